/*
 * Buckets and quantiles, packed or not, and cut short.
 */
#include "otlp/histogram.h"

#include <stdio.h>

#include "unit/check.h"

/* "1 2 3": what numbers there are. */
static const char *listed(struct numbers numbers)
{
    static char text[200];
    uint64_t value;
    size_t len = 0;

    text[0] = '\0';
    while (numbers_next(&numbers, &value))
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%llu", len > 0 ? " " : "",
                                (unsigned long long)value);
    return text;
}

#define ONE "\x01\0\0\0\0\0\0\0"
#define TWO "\x02\0\0\0\0\0\0\0"

START_TEST(counts_come_packed_or_not)
{
    static const struct {
        struct str point;
        const char *counts;
    } cases[] = {
        {STR_INIT(""), ""},
        {STR_INIT("\x32\x00"), ""},
        {STR_INIT("\x32\x10" ONE TWO), "1 2"},
        {STR_INIT("\x31" ONE "\x31" TWO), "1 2"},
        {STR_INIT("\x31" TWO "\x32\x08" ONE "\x39" TWO "\x31" TWO), "2 1 2"},
        /* cut short */
        {STR_INIT("\x32\x0c" ONE "\x02\0\0\0"), "1"},
        {STR_INIT("\x32\x10" ONE), ""},
        /* of another type */
        {STR_INIT("\x30\x05\x31" ONE), "1"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        ck_assert_str_eq(listed(histogram_counts(cases[i].point)), cases[i].counts);
}
END_TEST

START_TEST(bounds_are_doubles)
{
    struct numbers bounds = histogram_bounds(STR("\x3a\x08\0\0\0\0\0\0\xf0\xbf"));
    double bound;

    ck_assert(numbers_next_double(&bounds, &bound));
    ck_assert_double_eq(bound, -1);
    ck_assert(!numbers_next_double(&bounds, &bound));
}
END_TEST

START_TEST(exponential_buckets_have_a_scale_and_offsets)
{
    struct exponential_view view;

    exponential_read(STR(""), &view);
    ck_assert_int_eq(view.scale, 0);
    ck_assert_str_eq(listed(view.positive.counts), "");
    exponential_read(STR("\x30\x03\x39" TWO "\x42\x06\x08\x04\x12\x02\x05\x06"
                         "\x4a\x0b\x08\xff\xff\xff\xff\x0f\x10\x07\x12\x01\x08"),
                     &view);
    ck_assert_int_eq(view.scale, -2);
    ck_assert_uint_eq(view.zero_count, 2);
    ck_assert_int_eq(view.positive.offset, 2);
    ck_assert_str_eq(listed(view.positive.counts), "5 6");
    ck_assert_int_eq(view.negative.offset, INT32_MIN);
    ck_assert_str_eq(listed(view.negative.counts), "7 8");
}
END_TEST

START_TEST(quantiles_are_walked)
{
    struct wire left = wire_of(STR("\x32\x09\x09\0\0\0\0\0\0\xe0\x3f\x38\x01"
                                   "\x32\x09\x11\0\0\0\0\0\0\xf0\x3f\x32\x05"));
    struct quantile_view quantile;

    ck_assert(quantile_next(&left, &quantile));
    ck_assert_double_eq(quantile.quantile, 0.5);
    ck_assert_double_eq(quantile.value, 0);
    ck_assert(quantile_next(&left, &quantile));
    ck_assert_double_eq(quantile.quantile, 0);
    ck_assert_double_eq(quantile.value, 1);
    ck_assert(!quantile_next(&left, &quantile));
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("histogram");

    tcase_add_test(cases, counts_come_packed_or_not);
    tcase_add_test(cases, bounds_are_doubles);
    tcase_add_test(cases, exponential_buckets_have_a_scale_and_offsets);
    tcase_add_test(cases, quantiles_are_walked);
    return run_tests("histogram", cases);
}
