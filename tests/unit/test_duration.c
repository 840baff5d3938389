#include "config/duration.h"

#include <string.h>

#include "unit/check.h"

START_TEST(durations_become_milliseconds)
{
    static const struct {
        const char *text;
        uint64_t ms;
    } cases[] = {
        {"0", 0},
        {"0s", 0},
        {"5s", 5000},
        {"+5s", 5000},
        {"200ms", 200},
        {"1h2m3.5s", 3723500},
        {"180m", 10800000},
        {"1.5h", 5400000},
        {".5s", 500},
        {"5.s", 5000},
        {"1ns", 1},
        {"1000001ns", 2},
        {"1500us", 2},
        {"1500\xc2\xb5s", 2},
        {"1500\xce\xbcs", 2},
        {"0.123456789s", 124},
        {"-0s", 0},
        {"2562047h", 9223369200000},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint64_t ms = 77;
        const char *wrong = duration_parse(cases[i].text, &ms);

        ck_assert_msg(!wrong, "%s: %s", cases[i].text, wrong);
        ck_assert_msg(ms == cases[i].ms, "%s: %lu", cases[i].text, (unsigned long)ms);
    }
}
END_TEST

START_TEST(what_is_no_duration_is_told)
{
    static const struct {
        const char *text, *wrong;
    } cases[] = {
        {"", "is not a duration"},
        {"s", "is not a duration"},
        {".s", "is not a duration"},
        {"- 5s", "is not a duration"},
        {"5", "has no unit"},
        {"5s5", "has no unit"},
        {"5sec", "has an unknown unit"},
        {"1d", "has an unknown unit"},
        {"5 s", "has an unknown unit"},
        {"5S", "has an unknown unit"},
        {"-5s", "is negative"},
        {"2562048h", "is too long"},
        {"9999999999999999999999999999s", "is too long"},
        {"2562047h2562047h", "is too long"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint64_t ms = 77;
        const char *wrong = duration_parse(cases[i].text, &ms);

        ck_assert_msg(wrong && strncmp(wrong, cases[i].wrong, strlen(cases[i].wrong)) == 0,
                      "%s: %s", cases[i].text, wrong);
        ck_assert_uint_eq(ms, 77);
    }
}
END_TEST

START_TEST(nanoseconds_are_exact)
{
    uint64_t ns = 0;

    ck_assert_ptr_null(duration_parse_ns("1.5us", &ns));
    ck_assert_uint_eq(ns, 1500);
    ck_assert_ptr_null(duration_parse_ns("1m0.000000001s", &ns));
    ck_assert_uint_eq(ns / 1000, 60000000);
    ck_assert_ptr_nonnull(duration_parse_ns("1", &ns));
    ck_assert_ptr_nonnull(duration_parse_ns("-1ns", &ns));
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("duration");

    tcase_add_test(cases, nanoseconds_are_exact);
    tcase_add_test(cases, durations_become_milliseconds);
    tcase_add_test(cases, what_is_no_duration_is_told);
    return run_tests("duration", cases);
}
