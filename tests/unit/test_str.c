/*
 * Ranges of bytes.
 */
#include "base/str.h"

#include <stdio.h>

#include "unit/check.h"

START_TEST(equality_is_of_bytes)
{
    ck_assert(str_eq(STR("abc"), STR("abc")));
    ck_assert(str_eq(STR("a\0b"), STR("a\0b")));
    ck_assert(!str_eq(STR("a\0b"), STR("a\0c")));
    ck_assert(!str_eq(STR("abc"), STR("ab")));
    ck_assert(!str_eq(STR("abc"), STR("ABC")));
    ck_assert(str_eq((struct str){0}, STR("")));
    ck_assert(str_is(STR("text"), "text"));
    ck_assert(!str_is(STR("text\0"), "text"));
}
END_TEST

START_TEST(prefixes_are_found)
{
    ck_assert(str_starts(STR("application/grpc+proto"), STR("application/grpc")));
    ck_assert(str_starts(STR("abc"), STR("abc")));
    ck_assert(str_starts(STR("abc"), STR("")));
    ck_assert(!str_starts(STR("ab"), STR("abc")));
    ck_assert(!str_starts(STR("xbc"), STR("a")));
}
END_TEST

START_TEST(only_ascii_letters_are_equal_in_either_case)
{
    ck_assert(str_eq_nocase(STR("Content-Type"), STR("content-TYPE")));
    ck_assert(str_eq_nocase(STR(""), STR("")));
    ck_assert(!str_eq_nocase(STR("a"), STR("ab")));
    ck_assert(!str_eq_nocase(STR("["), STR("{"))); /* they differ by the same bit */
    ck_assert(!str_eq_nocase(STR("@"), STR("`")));
    ck_assert(!str_eq_nocase(STR("\xc3\xa9"), STR("\xc3\x89")));
}
END_TEST

START_TEST(blanks_and_tabs_are_trimmed)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"", ""}, {" ", ""}, {" \t ", ""}, {"a", "a"}, {"  a b\t", "a b"}, {"\na\r", "\na\r"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        ck_assert_msg(str_is(str_trim(str_of(cases[i].in)), cases[i].out), "case %zu", i);
    ck_assert_uint_eq(str_trim((struct str){0}).len, 0);
}
END_TEST

START_TEST(order_is_that_of_the_bytes)
{
    const struct str sorted[] = {STR(""),   STR("\0"), STR("A"),       STR("a"),
                                 STR("ab"), STR("b"),  STR("\xc3\xa9")};

    for (size_t i = 0; i < 7; i++)
        for (size_t j = 0; j < 7; j++) {
            int order = str_cmp(sorted[i], sorted[j]);

            ck_assert_int_eq((order > 0) - (order < 0), (i > j) - (i < j));
        }
    ck_assert_int_eq(str_cmp((struct str){0}, STR("")), 0);
}
END_TEST

START_TEST(numbers_are_all_digits_and_in_range)
{
    static const struct {
        const char *text;
        uint64_t max;
        bool good;
        uint64_t value;
    } cases[] = {
        {"0", 0, true, 0},
        {"00042", 100, true, 42},
        {"65535", 65535, true, 65535},
        {"65536", 65535, false, 0},
        {"18446744073709551615", UINT64_MAX, true, UINT64_MAX},
        {"18446744073709551616", UINT64_MAX, false, 0},
        {"184467440737095516150", UINT64_MAX, false, 0},
        {"", 10, false, 0},
        {"-1", 10, false, 0},
        {"+1", 10, false, 0},
        {" 1", 10, false, 0},
        {"1 ", 10, false, 0},
        {"1a", 10, false, 0},
        {"/", 100, false, 0}, /* the neighbours of the digits */
        {":", 100, false, 0},
        {"\xb2", 1000, false, 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint64_t value = 7;

        ck_assert_msg(str_to_uint(str_of(cases[i].text), cases[i].max, &value) == cases[i].good,
                      "\"%s\"", cases[i].text);
        ck_assert_uint_eq(value, cases[i].good ? cases[i].value : 7);
    }
}
END_TEST

START_TEST(hashes_depend_on_every_byte_and_the_length)
{
    char text[40] = {0};

    for (size_t len = 0; len <= sizeof(text); len++) {
        uint64_t hash = str_hash((struct str){text, len});

        ck_assert_uint_eq(str_hash((struct str){text, len}), hash);
        if (len < sizeof(text))
            ck_assert_uint_ne(str_hash((struct str){text, len + 1}), hash);
        for (size_t i = 0; i < len; i++) {
            text[i] = 1;
            ck_assert_uint_ne(str_hash((struct str){text, len}), hash);
            text[i] = 0;
        }
    }
}
END_TEST

START_TEST(a_range_is_printed_with_its_length)
{
    char out[16];

    snprintf(out, sizeof(out), "<%.*s>", STR_ARG(((struct str){"abcdef", 3})));
    ck_assert_str_eq(out, "<abc>");
    snprintf(out, sizeof(out), "<%.*s>", STR_ARG((struct str){0}));
    ck_assert_str_eq(out, "<>");
}
END_TEST

START_TEST(stars_stand_for_anything)
{
    static const struct {
        const char *text, *pattern;
        bool like;
    } cases[] = {
        {"app.example.com", "app.example.com", true},
        {"APP.example.com", "app.EXAMPLE.com", true},
        {"app.example.com", "*.example.com", true},
        {"example.com", "*.example.com", false},
        {"anything", "*", true},
        {"", "*", true},
        {"", "", true},
        {"a", "", false},
        {"abcabd", "a*abd", true},
        {"abcabc", "a*abd", false},
        {"ab", "a*b*", true},
        {"ab", "abc", false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        ck_assert_msg(str_is_like(str_of(cases[i].text), cases[i].pattern) == cases[i].like,
                      "%s like %s", cases[i].text, cases[i].pattern);
}
END_TEST

START_TEST(stripping_takes_line_ends_too)
{
    ck_assert(str_is(str_strip(STR(" \t a b\r\n")), "a b"));
    ck_assert_uint_eq(str_strip(STR("\r\n ")).len, 0);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("str");

    tcase_add_test(cases, equality_is_of_bytes);
    tcase_add_test(cases, prefixes_are_found);
    tcase_add_test(cases, only_ascii_letters_are_equal_in_either_case);
    tcase_add_test(cases, blanks_and_tabs_are_trimmed);
    tcase_add_test(cases, order_is_that_of_the_bytes);
    tcase_add_test(cases, numbers_are_all_digits_and_in_range);
    tcase_add_test(cases, hashes_depend_on_every_byte_and_the_length);
    tcase_add_test(cases, a_range_is_printed_with_its_length);
    tcase_add_test(cases, stars_stand_for_anything);
    tcase_add_test(cases, stripping_takes_line_ends_too);
    return run_tests("str", cases);
}
