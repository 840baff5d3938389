/*
 * The functions that change attributes: which ones are left, and what stands in them.
 */
#include "ottl/editor.h"

#include "unit/statement_fixture.h"

static struct statement_fixture f;

static void end(void)
{
    statement_done(&f);
}

#define S(key, text) "{'key':'" key "','value':{'stringValue':'" text "'}}"
#define I(key, text) "{'key':'" key "','value':{'intValue':'" text "'}}"
#define OF(list)     "{'name':'n','attributes':[" list "]}"
#define NONE         "{'name':'n'}"
#define ABC          OF(S("a", "x") "," I("b", "1") "," S("c", "yy"))

static const struct {
    const char *statement, *json, *result;
} good[] = {
    {"delete_key(attributes, \"b\")", ABC, OF(S("a", "x") "," S("c", "yy"))},
    {"delete_key(attributes, \"none\")", ABC, "same"},
    {"delete_key(attributes, name)", OF(I("n", "1")), NONE},
    {"delete_key(attributes, \"b\")", NONE, "same"},
    {"delete_key(attributes, \"a\")", OF(S("a", "1") "," S("a", "2")), NONE},

    {"delete_matching_keys(attributes, \"[ab]\")", ABC, OF(S("c", "yy"))},
    {"delete_matching_keys(attributes, \"^$\")", OF(S("", "x") "," S("a", "x")), OF(S("a", "x"))},
    {"delete_matching_keys(attributes, \"x\")", ABC, "same"},
    {"keep_matching_keys(attributes, \"[ab]\")", ABC, OF(S("a", "x") "," I("b", "1"))},
    {"keep_matching_keys(attributes, \".\")", ABC, "same"},
    {"keep_matching_keys(attributes, \"x\")", ABC, NONE},

    {"keep_keys(attributes, [\"c\", \"none\", \"a\"])", ABC, OF(S("a", "x") "," S("c", "yy"))},
    {"keep_keys(attributes, [])", ABC, NONE},
    {"keep_keys(attributes, [\"a\", \"b\", \"c\"])", ABC, "same"},
    {"keep_keys(attributes, [1, name, \"b\"])", OF(I("n", "1") "," S("1", "x")), OF(I("n", "1"))},
    {"keep_keys(attributes, Split(\"a,c\", \",\"))", ABC, OF(S("a", "x") "," S("c", "yy"))},

    {"limit(attributes, 3, [])", ABC, "same"},
    {"limit(attributes, 2, [])", ABC, OF(S("a", "x") "," I("b", "1"))},
    {"limit(attributes, 2, [\"c\"])", ABC, OF(S("a", "x") "," S("c", "yy"))},
    {"limit(attributes, 1, [\"c\", \"b\"])", ABC, OF(I("b", "1") "," S("c", "yy"))},
    {"limit(attributes, 0, [])", ABC, NONE},

    {"truncate_all(attributes, 1)", ABC, OF(S("a", "x") "," I("b", "1") "," S("c", "y"))},
    {"truncate_all(attributes, 2)", ABC, "same"},
    {"truncate_all(attributes, 0)", OF(S("a", "x")), OF(S("a", ""))},
    {"truncate_all(attributes, 3)", OF(S("a", "a\xc3\xa4\xc3\xb6")), OF(S("a", "a\xc3\xa4"))},
    {"truncate_all(attributes, 2)", OF(S("a", "a\xc3\xa4\xc3\xb6")), OF(S("a", "a"))},
    {"truncate_all(attributes, 3)", OF(S("a", "\xf0\x9f\x98\x80")), OF(S("a", ""))},

    {"merge_maps(attributes, attributes[\"m\"], \"insert\")",
     OF("{'key':'m','value':{'kvlistValue':{'values':[" S("m", "1") "," S("n", "2") "]}}}"),
     OF("{'key':'m','value':{'kvlistValue':{'values':[" S("m", "1") "," S("n", "2") "]}}}," S(
         "n", "2"))},
    {"merge_maps(attributes, attributes[\"m\"], \"update\")",
     OF("{'key':'m','value':{'kvlistValue':{'values':[" S("m", "1") "," S("n", "2") "]}}}"),
     OF(S("m", "1"))},
    {"merge_maps(attributes, attributes[\"m\"], \"upsert\")",
     OF("{'key':'m','value':{'kvlistValue':{'values':[" S("m", "1") "," S("n", "2") "]}}}"),
     OF(S("m", "1") "," S("n", "2"))},
    {"merge_maps(attributes, attributes, \"upsert\")", NONE, "same"},
    {"set(attributes[\"new\"], 1) where attributes[\"b\"] == 1", OF(I("b", "1")),
     OF(I("b", "1") "," I("new", "1"))},
    {"set(attributes[\"new\"], 1) where attributes[\"b\"] == 2", OF(I("b", "1")), "same"},
};

START_TEST(attributes_become_what_it_says)
{
    const char *text = statement_after(&f, OTTL_SPAN, good[_i].statement, good[_i].json);

    ck_assert_msg(strcmp(text, good[_i].result) == 0, "%s: %s", good[_i].statement, text);
}
END_TEST

/* What is found out only when there is a span. */
static const struct {
    const char *statement, *why;
} failing[] = {
    {"delete_key(attributes, attributes[\"b\"])",
     "delete_key wants a string as key, and got an integer"},
    {"delete_key(attributes, attributes[\"none\"])",
     "delete_key wants a string as key, and got nil"},
    {"keep_keys(attributes, attributes[\"a\"])",
     "keep_keys wants a list as keys, and got a string"},
    {"keep_keys(attributes, attributes[\"none\"])", "keep_keys wants a list as keys, and got nil"},
    {"limit(attributes, attributes[\"a\"], [])", "limit: the number of attributes is not negative"},
    {"limit(attributes, 1 - 2, [])", "limit: the number of attributes is not negative"},
    {"limit(attributes, 1, attributes[\"b\"])",
     "limit wants a list as priority_keys, and got an integer"},
    {"truncate_all(attributes, attributes[\"a\"])", "truncate_all: the limit is not negative"},
    {"truncate_all(attributes, kind - 1)", "truncate_all: the limit is not negative"},
    {"merge_maps(attributes, attributes[\"a\"], \"upsert\")",
     "merge_maps wants a map as source, and got a string"},
    {"merge_maps(attributes, attributes, attributes[\"b\"])",
     "merge_maps wants a string as strategy, and got an integer"},
    {"merge_maps(attributes, attributes, name)", "merge_maps: insert, update or upsert"},
    {"set(attributes[\"new\"], Substring(name, 5, 5))",
     "Substring: there is nothing at 5, 5 long, in a string of 1 bytes"},
    {"set(name, \"x\") where Len(attributes[\"b\"]) > 1",
     "Len wants a string, a list or a map, and got an integer"},
};

START_TEST(what_cannot_be_done_is_told_and_changes_nothing)
{
    const char *text = statement_after(&f, OTTL_SPAN, failing[_i].statement, ABC);

    ck_assert_msg(strncmp(text, "failed: ", 8) == 0 && strcmp(text + 8, failing[_i].why) == 0,
                  "%s: %s", failing[_i].statement, text);
}
END_TEST

/* It is not known whether it matches: keep_matching_keys would lose it, delete_... would keep it.
 */
START_TEST(a_key_that_is_matched_for_too_long_is_an_error)
{
    static const char *const names[] = {"delete_matching_keys", "keep_matching_keys"};
    struct buf json = {0}, statement = {0}, why = {0};

    buf_append_str(&json, STR("{'attributes':[{'key':'"));
    for (int i = 0; i < 5000; i++)
        buf_append_char(&json, 'a');
    buf_append_str(&json, STR("b'}]}"));
    for (int i = 0; i < 2; i++) {
        buf_reset(&statement);
        buf_reset(&why);
        buf_printf(&statement, "%s(attributes, \"(a+)+$\")", names[i]);
        buf_printf(&why, "failed: %s: matching this text takes too long", names[i]);
        ck_assert_str_eq(statement_after(&f, OTTL_SPAN, buf_text(&statement), buf_text(&json)),
                         buf_text(&why));
    }
    buf_done(&json);
    buf_done(&statement);
    buf_done(&why);
}
END_TEST

START_TEST(editors_are_found_by_their_names)
{
    struct arena *arena = arena_new(256);
    const char *const *names = editor_names(arena);
    size_t count = 0;

    for (; names[count]; count++)
        ck_assert_str_eq(editor_find(str_of(names[count]))->name, names[count]);
    ck_assert_uint_eq(count, 12);
    ck_assert_ptr_null(editor_find(STR("Set")));
    ck_assert_ptr_null(editor_find(STR("")));
    arena_free(arena);
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
    TCase *cases = tcase_create("editor");

    tcase_add_checked_fixture(cases, NULL, end);
    tcase_add_loop_test(cases, attributes_become_what_it_says, 0, COUNT(good));
    tcase_add_loop_test(cases, what_cannot_be_done_is_told_and_changes_nothing, 0, COUNT(failing));
    tcase_add_test(cases, a_key_that_is_matched_for_too_long_is_an_error);
    tcase_add_test(cases, editors_are_found_by_their_names);
    return run_tests("editor", cases);
}
