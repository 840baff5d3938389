#include "base/metrics.h"

#include <pthread.h>
#include <string.h>

#include "base/mem.h"
#include "unit/check.h"

static const struct metric_family sent = {
    .name = "sent", .help = "Sent.", .kind = FAMILY_COUNTER, .level = METRICS_BASIC};
static const struct metric_family held = {.name = "held", .help = "Held.", .kind = FAMILY_GAUGE};
static const uint64_t bounds[] = {10, 20, 50};
static const struct metric_family sizes = {.name = "sizes",
                                           .help = "Sizes.",
                                           .kind = FAMILY_HISTOGRAM,
                                           .level = METRICS_DETAILED,
                                           .bounds = bounds,
                                           .bound_count = 3};

/* All that can be seen, as one text. */
static void tell(void *arg, const struct metric_reading *reading)
{
    struct buf *out = arg;

    buf_printf(out, "%s{%s}=%lu", reading->family->name, reading->labels,
               (unsigned long)reading->value);
    for (size_t i = 0; reading->count > 0 && i <= reading->family->bound_count; i++)
        buf_printf(out, "%c%lu", i == 0 ? ':' : ',', (unsigned long)reading->buckets[i]);
    buf_append_char(out, '\n');
}

static void sees(enum metric_level level, const char *expected)
{
    struct buf out = {0};

    metrics_each(level, tell, &out);
    ck_assert_str_eq(buf_text(&out), expected);
    buf_done(&out);
}

START_TEST(cells_of_one_series_are_summed)
{
    struct metric *a = metric_open(&sent, "exporter", "jaeger", "data_type", "traces", NULL);
    struct metric *b = metric_open(&sent, "exporter", "jaeger", "data_type", "traces", NULL);
    struct metric *other = metric_open(&sent, "exporter", "debug", NULL);

    metric_add(a, 3);
    metric_add(b, 4);
    metric_add(b, 5);
    ck_assert_uint_eq(metric_value(b), 9);
    sees(METRICS_BASIC, "sent{exporter=\"debug\"}=0\n"
                        "sent{exporter=\"jaeger\",data_type=\"traces\"}=12\n");
    metric_close(a);
    metric_close(b);
    metric_close(other);
}
END_TEST

START_TEST(what_was_counted_stays_when_a_cell_is_closed)
{
    struct metric *first = metric_open(&sent, NULL), *second;

    metric_add(first, 7);
    metric_close(first);
    sees(METRICS_BASIC, "sent{}=7\n");
    second = metric_open(&sent, NULL);
    metric_add(second, 1);
    sees(METRICS_BASIC, "sent{}=8\n");
    metric_close(second);
    metric_close(NULL);
}
END_TEST

START_TEST(a_gauge_goes_with_its_last_cell)
{
    struct metric *a = metric_open(&held, NULL), *b = metric_open(&held, NULL);

    metric_set(a, 5);
    metric_add(b, 3);
    metric_subtract(b, 2);
    sees(METRICS_BASIC, "held{}=6\n");
    metric_subtract(b, 2); /* what one cell took in another one may give away */
    sees(METRICS_BASIC, "held{}=4\n");
    metric_close(a);
    metric_add(b, 1);
    sees(METRICS_BASIC, "held{}=0\n");
    metric_close(b);
    sees(METRICS_DETAILED, "");
}
END_TEST

START_TEST(a_histogram_has_buckets_with_their_upper_bounds)
{
    struct metric *a = metric_open(&sizes, NULL), *b = metric_open(&sizes, NULL);

    for (uint64_t value = 9; value < 12; value++)
        metric_observe(a, value);
    metric_observe(b, 50);
    metric_observe(b, 51);
    sees(METRICS_DETAILED, "sizes{}=131:2,1,1,1\n");
    metric_close(a);
    sees(METRICS_DETAILED, "sizes{}=131:2,1,1,1\n");
    metric_close(b);
    sees(METRICS_DETAILED, "sizes{}=131:2,1,1,1\n");
}
END_TEST

START_TEST(a_level_shows_what_is_up_to_it)
{
    struct metric *basic = metric_open(&held, NULL), *detailed = metric_open(&sizes, NULL);

    sees(METRICS_NONE, "");
    sees(METRICS_NORMAL, "held{}=0\n");
    sees(METRICS_DETAILED, "held{}=0\nsizes{}=0\n");
    metric_close(basic);
    metric_close(detailed);
}
END_TEST

START_TEST(labels_are_escaped)
{
    struct metric *metric = metric_open(&held, "a", "\"x\\y\nz", "b", "", NULL);

    sees(METRICS_BASIC, "held{a=\"\\\"x\\\\y\\nz\",b=\"\"}=0\n");
    metric_close(metric);
}
END_TEST

START_TEST(a_level_is_wanted_with_those_below)
{
    ck_assert(!metrics_wanted(METRICS_BASIC));
    metrics_want(METRICS_NORMAL);
    ck_assert(metrics_wanted(METRICS_BASIC) && metrics_wanted(METRICS_NORMAL));
    ck_assert(!metrics_wanted(METRICS_DETAILED));
    metrics_want(METRICS_NONE);
    ck_assert(!metrics_wanted(METRICS_BASIC));
}
END_TEST

START_TEST(labels_may_be_written_already)
{
    struct metric *a = metric_open(&sent, "a", "x", "b", "y", NULL);
    struct metric *b = metric_open_as(&sent, "a=\"x\",b=\"y\"");

    metric_add(a, 1);
    metric_add(b, 2);
    sees(METRICS_BASIC, "sent{a=\"x\",b=\"y\"}=3\n");
    metric_close(a);
    metric_close(b);
}
END_TEST

static uint64_t eleven(void)
{
    return 11;
}

START_TEST(what_is_known_anyway_is_asked)
{
    metric_ask(&held, eleven);
    metric_ask(&held, eleven);
    sees(METRICS_BASIC, "held{}=11\n");
}
END_TEST

enum { THREADS = 4, ADDS = 20000 };

static void *count(void *arg)
{
    (void)arg;
    for (int round = 0; round < 4; round++) {
        struct metric *metric = metric_open(&sent, NULL);
        struct metric *histogram = metric_open(&sizes, NULL);

        for (int i = 0; i < ADDS; i++) {
            metric_add(metric, 1);
            metric_observe(histogram, 1);
        }
        metric_close(metric);
        metric_close(histogram);
    }
    return NULL;
}

static void see_rising(void *arg, const struct metric_reading *reading)
{
    uint64_t *before = arg;

    if (reading->family != &sent)
        return;
    ck_assert_uint_ge(reading->value, *before);
    *before = reading->value;
}

START_TEST(a_counter_never_sinks_while_others_count)
{
    pthread_t threads[THREADS];
    uint64_t seen = 0;

    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, count, NULL), 0);
    while (seen < THREADS * 4 * ADDS)
        metrics_each(METRICS_DETAILED, see_rising, &seen);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    metrics_each(METRICS_DETAILED, see_rising, &seen);
    ck_assert_uint_eq(seen, THREADS * 4 * ADDS);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("metrics");

    tcase_add_test(cases, cells_of_one_series_are_summed);
    tcase_add_test(cases, what_was_counted_stays_when_a_cell_is_closed);
    tcase_add_test(cases, a_gauge_goes_with_its_last_cell);
    tcase_add_test(cases, a_histogram_has_buckets_with_their_upper_bounds);
    tcase_add_test(cases, a_level_shows_what_is_up_to_it);
    tcase_add_test(cases, a_level_is_wanted_with_those_below);
    tcase_add_test(cases, labels_may_be_written_already);
    tcase_add_test(cases, labels_are_escaped);
    tcase_add_test(cases, what_is_known_anyway_is_asked);
    tcase_add_test(cases, a_counter_never_sinks_while_others_count);
    return run_tests("metrics", cases);
}
