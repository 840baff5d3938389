#include "base/buf.h"
#include "config/source.h"
#include "unit/config_check.h"

struct example {
    const char *value, *tree, *problems;
};

/* Reads "v: VALUE" and expands it. */
static void check_example(const struct example *e)
{
    struct arena *arena = arena_new(1024);
    struct source source = {SOURCE_CONFIG, arena_printf(arena, "yaml:v: %s", e->value)};
    struct problems problems;
    struct node *root;
    const char *tree, *told;

    problems_init(&problems, arena);
    root = config_read(&source, 1, arena, &problems, NULL);
    tree = tree_text(node_get(root, "v"), arena);
    told = problems_text(&problems, arena);
    ck_assert_msg(strcmp(tree, e->tree) == 0, "%s\n-> %s\nnot %s\n%s", e->value, tree, e->tree,
                  told);
    ck_assert_msg(strcmp(told, e->problems) == 0, "%s\n-> %s\nnot %s", e->value, told, e->problems);
    problems_done(&problems);
    arena_free(arena);
}

static void set_variables(void)
{
    setenv("HOST", "jaeger", 1);
    setenv("PORT", "14250", 1);
    setenv("EMPTY", "", 1);
    setenv("ZEROS", "0123", 1);
    setenv("LIST", "[a, {b: '${PORT}'}]", 1);
    setenv("QUOTED", "\"5\"", 1);
    setenv("AGAIN", "${env:PORT}", 1);
    setenv("NAME", "PORT", 1);
    setenv("CIRCLE", "${CIRCLE}", 1);
    setenv("TWICE", "x${TWICE}${TWICE}", 1);
    setenv("DOLLARS", "a$$b$c", 1);
    setenv("OPEN", "p${ss", 1);
    setenv("COLON", "a: b: c", 1);
    setenv("HASH", "#secret", 1);
    unsetenv("UNSET");
}

START_TEST(references_are_replaced)
{
    static const struct example examples[] = {
        {"${env:HOST}", "jaeger", ""},
        {"${HOST}", "jaeger", ""},
        {"'${HOST}'", "jaeger", ""},
        {"${env:HOST}:${env:PORT}", "jaeger:14250", ""},
        {"http://${HOST}/x", "http://jaeger/x", ""},
        {"${PORT}", "14250", ""},
        {"${LIST}", "[a, {b: 14250}]", ""},
        {"${QUOTED}", "\"5\"", ""},
        {"${EMPTY}", "null", ""},
        {"x${EMPTY}", "x", ""},
        {"${AGAIN}", "14250", ""},
        {"a${AGAIN}", "a14250", ""},
        {"${env:${NAME}}", "14250", ""},
        {"${${NAME}}", "14250", ""},
        {"${UNSET:-http://x:1/y}", "http://x:1/y", ""},
        {"${env:UNSET:-}", "null", ""},
        {"${env:EMPTY:-x}", "null", ""},
        {"${env:UNSET:-${env:HOST}}", "jaeger", ""},
        {"${env:HOST:-${env:UNSET}}", "jaeger", ""},
        {"${env:UNSET:-a}${env:UNSET:-b}", "ab", ""},
        {"'${yaml:[1, x:-y]}'", "[1, x:-y]", ""},
        {"a$$b", "a$b", ""},
        {"$${env:HOST}", "${env:HOST}", ""},
        {"$$$${HOST}", "$${HOST}", ""},
        {"$$${HOST}", "$jaeger", ""},
        {"a$", "a$", ""},
        {"${DOLLARS}", "a$b$c", ""},
        {"${OPEN}", "p${ss", ""},
        {"${COLON}", "\"a: b: c\"", ""},
        {"${HASH}", "null", ""},
        {"[ '${PORT}', {a: '${HOST}'}]", "[14250, {a: jaeger}]", ""},
        {"{'${HOST}': 1}", "{${HOST}: 1}", ""},
        {"$HOST", "$HOST",
         "yaml::1:4: warning: v: $ is taken as it stands: write ${env:NAME} for an environment "
         "variable, $$ for a dollar\n"}, /* the name may be a part of a password's hash */
    };

    set_variables();
    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
        check_example(&examples[i]);
}
END_TEST

START_TEST(what_cannot_be_replaced_is_told)
{
    static const struct example examples[] = {
        {"${env:UNSET}", "${env:UNSET}",
         "yaml::1:4: v: environment variable UNSET is not set: set it, or write "
         "${env:UNSET:-default}\n"},
        {"a${UNSET}", "a${UNSET}",
         "yaml::1:4: v: environment variable UNSET is not set: set it, or write "
         "${env:UNSET:-default}\n"},
        {"${1BAD}", "${1BAD}",
         "yaml::1:4: v: \"1BAD\" cannot be the name of an environment variable: letters, digits "
         "and \"_\" make one\n"},
        {"${}", "${}",
         "yaml::1:4: v: \"\" cannot be the name of an environment variable: letters, digits and "
         "\"_\" make one\n"},
        {"${nosuch:x}", "${nosuch:x}",
         "yaml::1:4: v: ${nosuch:...} is not supported: there are ${env:NAME}, ${file:PATH} and "
         "${yaml:TEXT}\n"},
        {"${http://x}", "${http://x}",
         "yaml::1:4: v: ${http:...} is not supported: there are ${env:NAME}, ${file:PATH} and "
         "${yaml:TEXT}\n"},
        {"${HOST", "${HOST", "yaml::1:4: v: \"${\" without \"}\": write $${ for the text itself\n"},
        {"${file:/nonexistent/x}", "${file:/nonexistent/x}",
         "yaml::1:4: v: cannot read /nonexistent/x: No such file or directory\n"},
        {"${file:/}", "${file:/}",
         "yaml::1:4: v: cannot read /: it is a directory: name the file in it\n"},
        {"${file:/dev/zero}", "${file:/dev/zero}",
         "yaml::1:4: v: cannot read /dev/zero: it is no regular file\n"},
        {"a${CIRCLE}", "a${CIRCLE}",
         "yaml::1:4: v: references go round in a circle, or deeper than 32 levels\n"},
        {"a${TWICE}", "a${TWICE}",
         "yaml::1:4: v: references go round in a circle, or deeper than 32 levels\n"},
    };

    set_variables();
    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
        check_example(&examples[i]);
}
END_TEST

START_TEST(a_reference_keeps_its_original_text_for_strings)
{
    struct arena *arena = arena_new(1024);
    struct source source = {SOURCE_CONFIG, "yaml:{a: '${ZEROS}', b: '${LIST}', c: '${HASH}', d: "
                                           "'${QUOTED}', e: 'x${ZEROS}', f: '$$'}"};
    struct problems problems;
    struct node *root;

    set_variables();
    problems_init(&problems, arena);
    root = config_read(&source, 1, arena, &problems, NULL);
    ck_assert_ptr_nonnull(root);
    ck_assert_str_eq(node_get(root, "a")->original, "0123");
    ck_assert_str_eq(node_get(root, "b")->original, "[a, {b: '${PORT}'}]");
    ck_assert_str_eq(node_get(root, "c")->original, "#secret");
    ck_assert_str_eq(node_get(root, "d")->original, "5");
    ck_assert_str_eq(node_get(root, "e")->original, "x0123");
    ck_assert_ptr_null(node_get(root, "f")->original);
    problems_done(&problems);
    arena_free(arena);
}
END_TEST

START_TEST(what_references_bring_has_a_limit)
{
    struct arena *arena = arena_new(1024);
    struct buf text = {0};
    struct source source;
    struct problems problems;

    setenv("LONG", arena_printf(arena, "%0100000d", 0), 1);
    buf_append_str(&text, STR("yaml:v: "));
    for (int i = 0; i < 43; i++)
        buf_append_str(&text, STR("${LONG}"));
    source = (struct source){SOURCE_CONFIG, buf_text(&text)};
    problems_init(&problems, arena);
    ck_assert_ptr_null(config_read(&source, 1, arena, &problems, NULL));
    ck_assert_str_eq(
        problems_text(&problems, arena),
        "yaml::1:4: v: too large: references and aliases may bring 4 MiB, in 10000 references\n");
    problems_done(&problems);
    buf_done(&text);
    arena_free(arena);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("expand");

    tcase_add_test(cases, references_are_replaced);
    tcase_add_test(cases, what_cannot_be_replaced_is_told);
    tcase_add_test(cases, a_reference_keeps_its_original_text_for_strings);
    tcase_add_test(cases, what_references_bring_has_a_limit);
    return run_tests("expand", cases);
}
