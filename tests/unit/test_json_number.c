/*
 * Numbers as they stand in JSON.
 */
#include "otlp/json_number.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "unit/check.h"

START_TEST(numbers_are_as_long_as_json_has_them)
{
    static const struct {
        const char *text;
        size_t len;
    } cases[] = {
        {"0", 1},       {"-0", 2},   {"12,", 2},  {"1.5}", 3},  {"1e5]", 3}, {"1E+05", 5},
        {"-1.0e-7", 7}, {"", 0},     {"-", 0},    {"01", 0},    {"-01", 0},  {".5", 0},
        {"1.", 0},      {"1.e5", 0}, {"1e", 0},   {"1e+", 0},   {"+1", 0},   {"NaN", 0},
        {"0x10", 1},    {"00", 0},   {"1..2", 0}, {"1.2.3", 3}, {" 1", 0},   {"Infinity", 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        ck_assert_msg(json_number_len(str_of(cases[i].text)) == cases[i].len, "%s", cases[i].text);
}
END_TEST

START_TEST(integers_lose_no_digit)
{
    static const struct {
        const char *text, *integer;
    } cases[] = {
        {"0", "0"},
        {"-0", "-0"},
        {"18446744073709551615", "18446744073709551615"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"9007199254740993", "9007199254740993"},
        {"1.0", "1"},
        {"1.50e1", "15"},
        {"1e3", "1000"},
        {"-12.5e1", "-125"},
        {"120e-1", "12"},
        {"0.00", "0"},
        {"0e99999999999999999999", "0"},
        {"0.000001e6", "1"},
        {"1844674407370955161.5e1", "18446744073709551615"},
        {"18446744073709551615000e-3", "18446744073709551615"},
        {"100000000000000000000000000000000000000000e-40", "10"},
        {"18446744073709551616", "a number is out of range"},
        {"1e20", "a number is out of range"},
        {"1e99999999999999999999", "a number is out of range"},
        {"99999999999999999999999", "a number is out of range"},
        {"1.5", "a number is not whole"},
        {"1e-1", "a number is not whole"},
        {"1e-99999999999999999999", "a number is not whole"},
        {"0.1234567890123456789012345678901234567890", "a number is not whole"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint64_t magnitude = 0;
        bool negative;
        const char *why = json_integer(str_of(cases[i].text), &negative, &magnitude);
        char got[64];

        snprintf(got, sizeof(got), "%s%" PRIu64, negative ? "-" : "", magnitude);
        ck_assert_str_eq(why ? why : got, cases[i].integer);
    }
}
END_TEST

START_TEST(doubles_are_as_exact_as_strtod_has_them)
{
    static const char *const cases[] = {
        "0",
        "-0",
        "1.5",
        "0.1",
        "-123.456",
        "1e22",
        "1e23",
        "1e-22",
        "1e-23",
        "5e-324",
        "2.4e-324",
        "1.7976931348623157e308",
        "1e-400",
        "3e0",
        "9007199254740993",
        "0.30000000000000004",
        "8.41e21",
        "9.5367431640625e-7",
        "123456789012345678901234567890",
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        double value, expected = strtod(cases[i], NULL);

        ck_assert_msg(json_double(str_of(cases[i]), &value), "%s", cases[i]);
        ck_assert_msg(memcmp(&value, &expected, sizeof(value)) == 0, "%s", cases[i]);
    }
}
END_TEST

START_TEST(doubles_by_chance_are_what_strtod_reads)
{
    char text[64];

    srandom(7);
    for (unsigned i = 0; i < 100000; i++) {
        double value, expected;

        snprintf(text, sizeof(text), "%ld.%lde%ld", random() % 100000, random() % 1000000,
                 random() % 60 - 30);
        expected = strtod(text, NULL);
        ck_assert(json_double(str_of(text), &value));
        ck_assert_msg(memcmp(&value, &expected, sizeof(value)) == 0, "%s", text);
    }
}
END_TEST

START_TEST(what_is_larger_than_any_double_is_refused)
{
    double value;

    ck_assert(!json_double(STR("1e999"), &value));
    ck_assert(!json_double(STR("-1e309"), &value));
    ck_assert(!json_double(STR("1.8e308"), &value));
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("json_number");

    tcase_add_test(cases, numbers_are_as_long_as_json_has_them);
    tcase_add_test(cases, integers_lose_no_digit);
    tcase_add_test(cases, doubles_are_as_exact_as_strtod_has_them);
    tcase_add_test(cases, doubles_by_chance_are_what_strtod_reads);
    tcase_add_test(cases, what_is_larger_than_any_double_is_refused);
    return run_tests("json_number", cases);
}
