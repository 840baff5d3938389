/*
 * Values of attributes as they stand in the YAML, and as text.
 */
#include "processors/value.h"

#include "config/source.h"
#include "unit/config_check.h"
#include "unit/problems_fixture.h"

static const struct {
    const char *yaml;
    enum value_kind kind;
    const char *text;
} values[] = {
    {"text", VALUE_STRING, "text"},
    {"''", VALUE_STRING, ""},
    {"'42'", VALUE_STRING, "42"},
    {"'true'", VALUE_STRING, "true"},
    {"yes", VALUE_STRING, "yes"},
    {"2020-01-01", VALUE_STRING, "2020-01-01"},
    {"42", VALUE_INT, "42"},
    {"-42", VALUE_INT, "-42"},
    {"0x1f", VALUE_INT, "31"},
    {"1e3", VALUE_INT, "1000"},
    {"9223372036854775807", VALUE_INT, "9223372036854775807"},
    {"-9223372036854775807", VALUE_INT, "-9223372036854775807"},
    {"-9223372036854775808", VALUE_INT, "-9223372036854775808"},
    {"9223372036854775808", VALUE_DOUBLE, "9223372036854776000"},
    {"0.5", VALUE_DOUBLE, "0.5"},
    {"-.5", VALUE_DOUBLE, "-0.5"},
    {"true", VALUE_BOOL, "true"},
    {"False", VALUE_BOOL, "false"},
    {"~", VALUE_EMPTY, ""},
    {"null", VALUE_EMPTY, ""},
    {"[]", VALUE_ARRAY, "[]"},
    {"[1, a, '2', [true, null]]", VALUE_ARRAY, "[1,\"a\",\"2\",[true,null]]"},
    {"{}", VALUE_KVLIST, "{}"},
    {"{b: 1, a: {c: [0.5]}}", VALUE_KVLIST, "{\"a\":{\"c\":[0.5]},\"b\":1}"},
};

START_TEST(a_value_is_what_stands_there)
{
    const char *yaml = arena_printf(arena, "{v: %s}", values[_i].yaml);
    struct node *tree = yaml_parse("t", yaml, strlen(yaml), arena, &problems);
    struct value_view view;
    struct buf scratch = {0};

    value_read(value_of_node(node_get(tree, "v"), arena), &view);
    ck_assert_msg(view.kind == values[_i].kind, "%s: %d", values[_i].yaml, (int)view.kind);
    ck_assert_msg(str_is(value_text(&view, &scratch), values[_i].text), "%s: %.*s", values[_i].yaml,
                  STR_ARG(value_text(&view, &scratch)));
    buf_done(&scratch);
}
END_TEST

START_TEST(no_node_is_no_value)
{
    ck_assert_uint_eq(value_of_node(NULL, arena).len, 0);
}
END_TEST

START_TEST(bytes_are_base64_and_the_old_text_goes)
{
    struct value_view bytes = {.kind = VALUE_BYTES, .bytes = {"\x00\xff\xfe", 3}};
    struct buf scratch = {0};

    buf_append_str(&scratch, STR("old"));
    ck_assert(str_is(value_text(&bytes, &scratch), "AP/+"));
    bytes.bytes.len = 1;
    ck_assert(str_is(value_text(&bytes, &scratch), "AA=="));
    bytes.bytes.len = 0;
    ck_assert(str_is(value_text(&bytes, &scratch), ""));
    buf_done(&scratch);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("value");

    tcase_add_checked_fixture(cases, problems_begin, problems_end);
    tcase_add_loop_test(cases, a_value_is_what_stands_there, 0,
                        (int)(sizeof(values) / sizeof(values[0])));
    tcase_add_test(cases, no_node_is_no_value);
    tcase_add_test(cases, bytes_are_base64_and_the_old_text_goes);
    return run_tests("value", cases);
}
