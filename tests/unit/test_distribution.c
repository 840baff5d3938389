/*
 * Histograms against a plain reference: of each value, the bucket that the definition gives it.
 */
#include "connectors/distribution.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "otlp/histogram.h"
#include "unit/check.h"
#include "unit/random_request.h"

enum { VALUES = 2000 };

/* Durations as they come: most of some milliseconds, some of hours, some of nothing. */
static double random_value(struct dice *dice)
{
    unsigned bits = dice_roll(dice, 40);

    if (bits == 0)
        return 0;
    return (double)(dice_roll(dice, 1u << 30) + 1) * ldexp(1, (int)bits - 45);
}

START_TEST(values_are_in_the_bucket_between_its_bounds)
{
    static const double bounds[] = {0.5, 1, 2.5, 100, 1000};
    struct distribution_form form = {.bounds = bounds, .bound_count = 5};
    struct distribution *d = mem_alloc(distribution_size(&form));
    struct dice dice = dice_new("explicit");
    uint64_t reference[6] = {0};
    double sum = 0;

    distribution_clear(&form, d);
    for (unsigned n = 0; n < VALUES; n++) {
        double value = n < 5 ? bounds[n] : random_value(&dice);
        unsigned bucket = 0;

        while (bucket < 5 && value > bounds[bucket])
            bucket++;
        reference[bucket]++;
        sum += value;
        distribution_add(&form, d, value);
    }
    for (unsigned i = 0; i < 6; i++)
        ck_assert_uint_eq(d->buckets[i], reference[i]);
    ck_assert_uint_eq(d->count, VALUES);
    ck_assert_double_eq(d->sum, sum);
    distribution_clear(&form, d);
    ck_assert_uint_eq(d->count + d->buckets[0], 0);
    free(d);
}
END_TEST

static int32_t reference_index(double value, int32_t scale)
{
    return (int32_t)(ceill(log2l((long double)value) * ldexpl(1, scale)) - 1);
}

/* Whether it is so near to a bound that rounding decides. */
static bool is_at_bound(double value, int32_t scale)
{
    long double place = log2l((long double)value) * ldexpl(1, scale);

    return fabsl(place - roundl(place)) < 1e-9L && place != roundl(place);
}

static void check_exponential(uint32_t max_size, unsigned count, struct dice *dice)
{
    struct distribution_form form = {.exponential = true, .max_size = max_size};
    struct distribution *d = mem_alloc(distribution_size(&form));
    double values[VALUES];
    uint64_t total = 0, zeros = 0;

    distribution_clear(&form, d);
    for (unsigned n = 0; n < count; n++) {
        values[n] =
            dice_roll(dice, 10) == 0 ? ldexp(1, (int)dice_roll(dice, 40) - 20) : random_value(dice);
        distribution_add(&form, d, values[n]);
        ck_assert_uint_le(d->used, max_size);
    }
    for (uint32_t i = 0; i < d->used; i++) {
        uint64_t low = 0, high = 0;

        for (unsigned n = 0; n < count; n++) {
            bool here =
                values[n] > 0 && reference_index(values[n], d->scale) == d->first + (int32_t)i;

            low += here && !is_at_bound(values[n], d->scale);
            high += here || (values[n] > 0 && is_at_bound(values[n], d->scale));
        }
        ck_assert_msg(d->buckets[i] >= low && d->buckets[i] <= high, "bucket %u of scale %d", i,
                      d->scale);
        total += d->buckets[i];
    }
    for (unsigned n = 0; n < count; n++)
        zeros += values[n] == 0;
    ck_assert_uint_eq(d->zeros, zeros);
    ck_assert_uint_eq(total + zeros, count);
    ck_assert_uint_eq(d->count, count);
    free(d);
}

START_TEST(exponential_buckets_are_as_the_definition_says)
{
    static const uint32_t sizes[] = {2, 3, 20, 160};
    struct dice dice = dice_new("exponential");

    for (unsigned round = 0; round < 20; round++)
        check_exponential(sizes[round % 4], 1 + dice_roll(&dice, round < 10 ? 5 : 300), &dice);
}
END_TEST

START_TEST(powers_of_two_are_upper_bounds)
{
    struct distribution_form form = {.exponential = true, .max_size = 4};
    struct distribution *d = mem_alloc(distribution_size(&form));

    distribution_clear(&form, d);
    for (int exponent = 0; exponent < 4; exponent++)
        distribution_add(&form, d, ldexp(1, exponent));
    ck_assert_int_eq(d->scale, 0);
    ck_assert_int_eq(d->first, -1);
    for (unsigned i = 0; i < 4; i++)
        ck_assert_uint_eq(d->buckets[i], 1);
    free(d);
}
END_TEST

START_TEST(the_widest_range_fits_into_two_buckets)
{
    struct distribution_form form = {.exponential = true, .max_size = 2};
    struct distribution *d = mem_alloc(distribution_size(&form));

    distribution_clear(&form, d);
    distribution_add(&form, d, 1.7e308);
    distribution_add(&form, d, 5e-324);
    distribution_add(&form, d, 1);
    ck_assert_uint_le(d->used, 2);
    ck_assert_uint_eq(d->buckets[0] + d->buckets[1], 3);
    free(d);
}
END_TEST

START_TEST(what_is_written_is_read_back)
{
    struct distribution_form form = {.exponential = true, .max_size = 8};
    struct distribution *d = mem_alloc(distribution_size(&form));
    struct exponential_view view;
    struct buf out = {0};
    uint64_t count, total = 0;

    distribution_clear(&form, d);
    distribution_add(&form, d, 0);
    distribution_add(&form, d, 0.01);
    distribution_add(&form, d, 3000);
    distribution_put(&form, d, &out);
    exponential_read(buf_str(&out), &view);
    ck_assert_int_eq(view.scale, d->scale);
    ck_assert_int_eq(view.positive.offset, d->first);
    ck_assert_uint_eq(view.zero_count, 1);
    while (numbers_next(&view.positive.counts, &count))
        total += count;
    ck_assert_uint_eq(total, 2);
    buf_done(&out);
    free(d);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("distribution");

    tcase_add_test(cases, values_are_in_the_bucket_between_its_bounds);
    tcase_add_test(cases, exponential_buckets_are_as_the_definition_says);
    tcase_add_test(cases, powers_of_two_are_upper_bounds);
    tcase_add_test(cases, the_widest_range_fits_into_two_buckets);
    tcase_add_test(cases, what_is_written_is_read_back);
    return run_tests("distribution", cases);
}
