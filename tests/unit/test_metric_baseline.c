/*
 * Two walks over the same series, of which some are new in the second one.
 */
#include "service/metric_baseline.h"

#include "unit/check.h"

static const uint64_t bounds[] = {10, 20};
static const struct metric_family counter = {.name = "counter"},
                                  histogram = {.name = "histogram",
                                               .kind = FAMILY_HISTOGRAM,
                                               .bounds = bounds,
                                               .bound_count = 2};

static void subtract_from(struct metric_baseline *baseline, const struct metric_family *family,
                          const char *labels, uint64_t value, uint64_t left)
{
    uint64_t buckets[3] = {0};
    struct metric_reading reading = {.family = family, .labels = labels, .value = value};

    metric_baseline_subtract(baseline, &reading, buckets);
    ck_assert_uint_eq(reading.value, left);
}

START_TEST(what_was_there_is_taken_off_and_what_is_new_is_not)
{
    struct metric_baseline baseline = {0};

    metric_baseline_add(
        &baseline, &(struct metric_reading){.family = &counter, .labels = "a=\"2\"", .value = 5});
    metric_baseline_add(
        &baseline, &(struct metric_reading){.family = &counter, .labels = "a=\"4\"", .value = 7});
    for (unsigned walk = 0; walk < 2; walk++) {
        baseline.next = 0;
        subtract_from(&baseline, &counter, "a=\"1\"", 3, 3);
        subtract_from(&baseline, &counter, "a=\"2\"", 6, 1);
        subtract_from(&baseline, &counter, "a=\"3\"", 4, 4);
        subtract_from(&baseline, &counter, "a=\"4\"", 7, 0);
        subtract_from(&baseline, &counter, "a=\"5\"", 9, 9);
    }
    metric_baseline_done(&baseline);
    ck_assert_uint_eq(baseline.count, 0);
}
END_TEST

START_TEST(each_bucket_is_taken_off)
{
    uint64_t before[] = {1, 2, 3}, now[] = {1, 4, 6};
    struct metric_reading reading = {
        .family = &histogram, .labels = "", .value = 100, .count = 6, .buckets = before};
    struct metric_baseline baseline = {0};

    metric_baseline_add(&baseline, &reading);
    before[0] = 99; /* it has copies */
    reading.value = 150;
    reading.count = 11;
    metric_baseline_subtract(&baseline, &reading, now);
    ck_assert_uint_eq(reading.value, 50);
    ck_assert_uint_eq(reading.count, 5);
    ck_assert_uint_eq(now[0], 0);
    ck_assert_uint_eq(now[1], 2);
    ck_assert_uint_eq(now[2], 3);
    metric_baseline_done(&baseline);
}
END_TEST

START_TEST(an_empty_one_takes_nothing_off)
{
    struct metric_baseline baseline = {0};

    subtract_from(&baseline, &counter, "", 3, 3);
    metric_baseline_done(&baseline);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("metric_baseline");

    tcase_add_test(cases, what_was_there_is_taken_off_and_what_is_new_is_not);
    tcase_add_test(cases, each_bucket_is_taken_off);
    tcase_add_test(cases, an_empty_one_takes_nothing_off);
    return run_tests("metric_baseline", cases);
}
