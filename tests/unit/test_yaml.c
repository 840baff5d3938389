#include "base/buf.h"
#include "config/source.h"
#include "unit/config_check.h"

struct example {
    const char *text, *tree, *problems;
};

static void check_examples(const struct example *examples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct example *e = &examples[i];
        struct arena *arena = arena_new(1024);
        struct problems problems;
        struct node *root;
        const char *tree, *told;

        problems_init(&problems, arena);
        root = yaml_parse("f", e->text, strlen(e->text), arena, &problems);
        tree = tree_text(root, arena);
        told = problems_text(&problems, arena);
        ck_assert_msg(strcmp(tree, e->tree) == 0, "%s\n-> %s\nnot %s\n%s", e->text, tree, e->tree,
                      told);
        ck_assert_msg(strcmp(told, e->problems) == 0, "%s\n-> %s\nnot %s", e->text, told,
                      e->problems);
        problems_done(&problems);
        arena_free(arena);
    }
}

START_TEST(yaml_becomes_a_tree)
{
    static const struct example examples[] = {
        {"a: 1\nb: '2'\n", "{a: 1, b: \"2\"}", ""},
        {"\n# c\na:\nb: ~\nc: null\nd: {}\ne: \"\"\n",
         "{a: null, b: null, c: null, d: {}, e: \"\"}", ""},
        {"a: [x,y]\nb: [x ,y]\nc:\n- x\n- y\n", "{a: [x, y], b: [x, y], c: [x, y]}", ""},
        {"a: {b: {c: [d, e,],\n  }, f: g,\n }\n", "{a: {b: {c: [d, e]}, f: g}}", ""},
        {"a:\n b:\n  c: d\n", "{a: {b: {c: d}}}", ""},
        {"a:\r\n  b: c\r\n", "{a: {b: c}}", ""},
        {"\xef\xbb\xbf"
         "a: b\n",
         "{a: b}", ""},
        {"a: :1888\nb: 0.0.0.0:4317\nc: http://x/y\n", "{a: :1888, b: 0.0.0.0:4317, c: http://x/y}",
         ""},
        {"# caf\xc3\xa9\na: \xc3\xa9\n", "{a: \xc3\xa9}", ""},
        {"a: |\n  x\n  y\nb: >-\n  x\n  y\n", "{a: \"x\ny\n\", b: \"x y\"}", ""},
        {"a: !!str 5\nb: ! 6\nc: !!int '7'\n", "{a: \"5\", b: \"6\", c: 7}", ""},
        {"a::b::c: 1\na:\n  b::d: 2\n", "{a: {b: {c: 1}}}",
         "f:2:1: a: repeated key: it stands in line 1 already\n"},
        {"a::b: 1\na::c: 2\n", "{a: {b: 1, c: 2}}", ""},
        {"a: 1\n---\nb: 2\n", "{a: 1}",
         "f:2:1: warning: a second document starts here: it is not read\n"},
        {"---\na: 1\n...\n", "{a: 1}", ""},
    };

    check_examples(examples, sizeof(examples) / sizeof(examples[0]));
}
END_TEST

START_TEST(aliases_are_copies_and_merge_keys_join)
{
    static const struct example examples[] = {
        {"a: &x {b: 1}\nc: *x\n", "{a: {b: 1}, c: {b: 1}}", ""},
        {"a: &x [1, 2]\nc: [*x, *x]\n", "{a: [1, 2], c: [[1, 2], [1, 2]]}", ""},
        {"a: &x 1\nb: &x 2\nc: *x\n", "{a: 1, b: 2, c: 2}", ""},
        {"a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  c: 3\n", "{a: {b: 1, c: 2}, d: {c: 3, b: 1}}", ""},
        {"a: &x {b: 1}\nc: &y {b: 2, d: 3}\ne: {<<: [*x, *y]}\n",
         "{a: {b: 1}, c: {b: 2, d: 3}, e: {b: 1, d: 3}}", ""},
        {"a: {'<<': 1}\n", "{a: {<<: 1}}", ""},
        {"a: *x\n", "(none)", "f:1:4: *x: there is no complete &x before this place\n"},
        {"a: &x [*x]\n", "(none)", "f:1:8: *x: there is no complete &x before this place\n"},
        {"a: {<<: 1}\n", "(none)", "f:1:9: \"<<\" wants a map, or a list of maps\n"},
        {"a: {<<: [1]}\n", "(none)", "f:1:10: \"<<\" wants a map, or a list of maps\n"},
    };

    check_examples(examples, sizeof(examples) / sizeof(examples[0]));
}
END_TEST

START_TEST(what_is_wrong_has_a_place_and_plain_words)
{
    static const struct example examples[] = {
        {"", "(none)", "f: empty configuration file\n"},
        {"# nothing\n", "(none)", "f: empty configuration file\n"},
        {"\xff\xfe"
         "a",
         "(none)", "f: UTF-16 text: save it as UTF-8\n"},
        {"hello\n", "(none)",
         "f:1:1: a configuration is a map of sections (receivers, exporters, service), this is a "
         "string\n"},
        {"- a\n", "(none)",
         "f:1:1: a configuration is a map of sections (receivers, exporters, service), this is a "
         "list\n"},
        {"a:\n\tb: c\n", "(none)", "f:2:1: a tab in the indentation: YAML wants blanks\n"},
        {"a:\n  b: @c\n", "(none)", "f:2:6: a value cannot start with @: put it in quotes\n"},
        {"a: b: c\n", "(none)", "f:1:5: a second \":\" in one line: put the value in quotes\n"},
        {"a:\n  b: 1\n c: 2\n", "(none)",
         "f:3:2: is indented by 1, line 2 above by 2: indent what belongs together alike\n"},
        {"a: 1\nb\nc: 2\n", "(none)", "f:2:1: a \":\" is missing behind \"b\"\n"},
        {"a:\n  b\n    c: 1\n", "(none)", "f:2:3: a \":\" is missing behind \"b\"\n"},
        {"a:\n  b:1\n  c: 1\n", "(none)",
         "f:2:3: a blank is missing behind the \":\" of \"b:1\"\n"},
        {"a:\n  b: 1\n\n    # c\n    d: 1\n", "(none)",
         "f:5:5: is indented by 4, line 2 above by 2: indent what belongs together alike\n"},
        {"a: 1\n\n  b: 2\n", "(none)",
         "f:3:3: is indented deeper than line 1, which has a value already: indent both alike\n"},
        {"a:\n  - b\n  c: 1\n", "(none)",
         "f:3:3: does not fit in the list that begins in line 2: write \"- \" in front of it, or "
         "check the indentation\n"},
        {"a:\n  b: 1\n  - c\n", "(none)",
         "f:3:3: a \"-\" among the keys of a map: check the indentation\n"},
        {"a: \"b\" c\n", "(none)",
         "f:1:8: something is left behind the value: put all of it in quotes\n"},
        {"a: [b, c\nd: 1\n", "(none)",
         "f:1:4: a list in [ ] needs \",\" between its items and \"]\" at its end\n"},
        {"a: [b: \"c\" d]\n", "(none)",
         "f:1:12: a list in [ ] needs \",\" between its items and \"]\" at its end\n"},
        {"a: {b: 1\nd: 1\n", "(none)",
         "f:1:4: a map in { } needs \",\" between its members and \"}\" at its end\n"},
        {"a: \"x\n", "(none)", "f:1:4: the quotes that open here are not closed\n"},
        {"a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> x\n", "(none)",
         "f:2:1: a merge left both sides here: keep one, and take out the lines with <<<, === and "
         ">>>\n"},
        {"a:\n\u00a0 b: 1\n", "(none)",
         "f:2:1: a non-breaking space (U+00A0) in front: YAML wants blanks\n"},
        {"a: \u201cb\u201d\n", "{a: \u201cb\u201d}",
         "f:1:4: warning: this quote is one of typesetters, and taken as it stands: write \" or "
         "'\n"},
        {"a: \xff\n", "(none)", "f:1:4: not UTF-8 text\n"},
        {"a: 1\nb: \x01\n", "(none)", "f:2:4: a control character: not YAML text\n"},
        {"a: \"\\0\"\n", "(none)", "f:1:4: a NUL character in a text\n"},
        {"a: {{ .Values.x }}\n", "(none)",
         "f:1:5: a key must be a word (\"{{ }}\" belongs to templates: fill them in first)\n"},
        {"a: 1\nb: 2\na: 3\nb: 4\n", "{a: 1, b: 2}",
         "f:3:1: a: repeated key: it stands in line 1 already\nf:4:1: b: repeated key: it stands "
         "in line 2 already\n"},
    };

    check_examples(examples, sizeof(examples) / sizeof(examples[0]));
}
END_TEST

/* What is told about a text that is made of parts, each so often. */
static const char *told_about(struct arena *arena, const char *before, const char *part,
                              size_t times, const char *after)
{
    struct problems problems;
    struct buf text = {0};
    const char *told;

    buf_append_str(&text, str_of(before));
    for (size_t i = 0; i < times; i++)
        buf_append_str(&text, str_of(part));
    buf_append_str(&text, str_of(after));
    problems_init(&problems, arena);
    yaml_parse("f", text.at, text.len, arena, &problems);
    told = problems_text(&problems, arena);
    problems_done(&problems);
    buf_done(&text);
    return told;
}

START_TEST(limits_hold)
{
    struct arena *arena = arena_new(1024);

    ck_assert_str_eq(told_about(arena, "a: ", "[", 62, ""), "f:2:1: a value is missing here\n");
    ck_assert_str_eq(told_about(arena, "a: ", "[", 64, ""),
                     "f:1:67: nested deeper than 64 levels\n");
    ck_assert_str_eq(told_about(arena, "a: ", "[", 100000, ""),
                     "f:1:67: nested deeper than 64 levels\n");
    ck_assert_str_eq(told_about(arena, "", "a::", 100, "b: c"),
                     "f:1:1: nested deeper than 64 levels\n");
    ck_assert_str_eq(told_about(arena, "a: [", "1,", 9997, "]"), "");
    ck_assert_str_eq(told_about(arena, "a: [", "1,", 9998, "]"),
                     "f:1:19999: too large: a configuration holds at most 10000 keys and values\n");
    ck_assert_str_eq(told_about(arena, "a: &x [1,2,3,4,5,6,7,8,9,0]\nb: [", "*x,", 1000, "]"),
                     "f:1:22: too large: a configuration holds at most 10000 keys and values\n");
    ck_assert_str_eq(told_about(arena, "a: ", "x", (1 << 20) - 3, ""), "");
    ck_assert_str_eq(told_about(arena, "a: ", "x", (1 << 20) - 2, ""), "f: larger than 1 MiB\n");
    ck_assert_str_eq(
        told_about(arena, arena_printf(arena, "a: &x %0500000d\nb: [", 1), "*x,", 8, "]"), "");
    ck_assert_str_eq(
        told_about(arena, arena_printf(arena, "a: &x %0500000d\nb: [", 1), "*x,", 9, "]"),
        "f:1:4: b[8]: too large: references and aliases may bring 4 MiB, in 10000 references\n");
    ck_assert_str_eq(told_about(arena, "", "%X\n", 65, "--- a"),
                     "f: too many lines that start with %\n");
    arena_free(arena);
}
END_TEST

START_TEST(nodes_know_their_place_and_path)
{
    static const char text[] = "a:\n  b: [x, {c: 1}]\n  d:\ne: 2\n";
    struct arena *arena = arena_new(1024);
    struct problems problems;
    struct node *root, *list, *c;

    problems_init(&problems, arena);
    root = yaml_parse("f", text, strlen(text), arena, &problems);
    list = node_get(node_get(root, "a"), "b");
    c = node_get(list->children[1], "c");
    ck_assert_str_eq(node_path(c, arena), "a.b[1].c");
    ck_assert_uint_eq(c->at.line, 2);
    ck_assert_uint_eq(c->at.col, 14);
    ck_assert_uint_eq(c->key_at.col, 11);
    ck_assert_str_eq(c->at.file, "f");
    ck_assert_uint_eq(node_get(node_get(root, "a"), "d")->at.line, 3);
    ck_assert_str_eq(node_path(root, arena), "");
    ck_assert_ptr_null(node_get(root, "x"));
    ck_assert_ptr_null(node_get(NULL, "x"));
    ck_assert_ptr_eq(node_near(root, "x"), root);
    ck_assert_ptr_eq(node_near(root, "e"), node_get(root, "e"));
    problems_done(&problems);
    arena_free(arena);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("yaml");

    tcase_add_test(cases, yaml_becomes_a_tree);
    tcase_add_test(cases, aliases_are_copies_and_merge_keys_join);
    tcase_add_test(cases, what_is_wrong_has_a_place_and_plain_words);
    tcase_add_test(cases, limits_hold);
    tcase_add_test(cases, nodes_know_their_place_and_path);
    return run_tests("yaml", cases);
}
