/*
 * JSON's grammar, by passing over values; test_json_read.c has what is made of them.
 */
#include "otlp/json.h"

#include <stdlib.h>

#include "unit/check.h"

/* NULL: one value, and only white space behind it. */
static const char *fault_of(struct str text)
{
    char *exact = malloc(text.len > 0 ? text.len : 1);
    struct json json;

    ck_assert_ptr_nonnull(exact);
    memcpy(exact, text.at, text.len);
    json = (struct json){.at = exact, .end = exact + text.len};
    if (json_skip(&json)) {
        json_space(&json);
        if (json.at < json.end)
            json_fail(&json, "something follows");
        else
            ck_assert_uint_eq(json.depth, 0);
    }
    ck_assert(json.at >= exact && json.at <= exact + text.len);
    free(exact);
    return json.why;
}

START_TEST(what_is_json_is_passed_over)
{
    static const struct str cases[] = {
        STR_INIT("{}"),
        STR_INIT(" [ ] "),
        STR_INIT("null"),
        STR_INIT("true"),
        STR_INIT("false"),
        STR_INIT("-0.5e-10"),
        STR_INIT("\"\""),
        STR_INIT("\"12345678\""),
        STR_INIT("\"1234567\\\"\""),
        STR_INIT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\uD83d\\u0000\""),
        STR_INIT("\"\xff\x7f\xc3\xa9 bytes above ASCII are not looked at\""),
        STR_INIT("\t{\"a\":[1,2,{\"b\":null}],\r\n\"a\" : { } }\n"),
        STR_INIT("[[[[[[[[]]]]]]],[[]]]"),
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        ck_assert_msg(!fault_of(cases[i]), "case %zu: %s", i, fault_of(cases[i]));
}
END_TEST

START_TEST(what_is_no_json_is_found)
{
    static const struct str cases[] = {
        STR_INIT(""),
        STR_INIT(" "),
        STR_INIT("{"),
        STR_INIT("["),
        STR_INIT("[1"),
        STR_INIT("[1,"),
        STR_INIT("[,]"),
        STR_INIT("[1,]"),
        STR_INIT("[1 2]"),
        STR_INIT("[1}"),
        STR_INIT("{\"a\"}"),
        STR_INIT("{\"a\":}"),
        STR_INIT("{\"a\":1,}"),
        STR_INIT("{1:2}"),
        STR_INIT("{,}"),
        STR_INIT("]"),
        STR_INIT("tru"),
        STR_INIT("True"),
        STR_INIT("nulL"),
        STR_INIT("+1"),
        STR_INIT("1."),
        STR_INIT("01"),
        STR_INIT("-"),
        STR_INIT("'a'"),
        STR_INIT("\""),
        STR_INIT("\"\\"),
        STR_INIT("\"\\\""),
        STR_INIT("\"\\u12\""),
        STR_INIT("\"\\u12"),
        STR_INIT("\"\\x41\""),
        STR_INIT("\"\n\""),
        STR_INIT("\"a\0b\""),
        STR_INIT("\"\\\0\""),
        STR_INIT("[1\0]"),
        STR_INIT("1 1"),
        STR_INIT("/**/1"),
        STR_INIT("// \n1"),
        STR_INIT("\xef\xbb\xbf"
                 "1"),
        STR_INIT("NaN"),
        STR_INIT("nullx"),
        STR_INIT("\"12345678\x1f\""),
        STR_INIT("[1]]"),
        STR_INIT("{\"a\":1]"),
        STR_INIT("\0"),
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        ck_assert_msg(fault_of(cases[i]) != NULL, "case %zu: %.*s", i, STR_ARG(cases[i]));
}
END_TEST

/* At each place of a word of eight, whatever stands before it. */
START_TEST(the_end_of_a_string_is_found_wherever_it_is)
{
    static const char ends[] = {'"', '\\', '\x1f', '\0', '\n'};
    char text[40];

    for (size_t len = 0; len < 24; len++) {
        for (size_t i = 0; i < sizeof(ends); i++) {
            struct json_string string;
            struct json json = {.at = text, .end = text + len + 11};

            memset(text, i % 2 ? '\xa1' : '!', sizeof(text)); /* next to the quote, and with 0x80 */
            text[0] = '"';
            text[1 + len] = ends[i];
            text[2 + len] = '"'; /* of a backslash, what is escaped */
            text[3 + len] = '"';
            ck_assert(json_string(&json, &string) == (ends[i] == '"' || ends[i] == '\\'));
            if (!json.why)
                ck_assert_uint_eq(string.raw.len, ends[i] == '"' ? len : len + 2);
        }
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("json");

    tcase_add_test(cases, what_is_json_is_passed_over);
    tcase_add_test(cases, what_is_no_json_is_found);
    tcase_add_test(cases, the_end_of_a_string_is_found_wherever_it_is);
    return run_tests("json", cases);
}
