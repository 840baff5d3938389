#include "processors/keeper_metrics.h"

#include "unit/check.h"
#include "unit/metrics_text.h"

START_TEST(tail_sampling_has_the_official_names)
{
    struct keeper_metrics metrics;

    keeper_metrics_open(&metrics, false);
    metric_add(metrics.sampled, 2);
    metric_add(metrics.dropped, 3);
    metric_set(metrics.held, 4);
    metric_add(metrics.late_sampled, 5);
    metric_add(metrics.late_dropped, 6);
    keeper_metrics_observe(metrics.late_age, 7);
    keeper_metrics_observe(metrics.removal_age, 8);
    keeper_metrics_observe(metrics.removal_age, 30);
    keeper_metrics_observe(metrics.decision_ms, 9);
    ck_assert_uint_eq(keeper_metrics_late(&metrics), 11);
    metrics_say("otelcol_processor_tail_sampling_",
                "early_releases_from_cache_decision{sampled=\"false\"}=6\n"
                "early_releases_from_cache_decision{sampled=\"true\"}=5\n"
                "global_count_traces_sampled{sampled=\"false\",decision=\"not_sampled\"}=3\n"
                "global_count_traces_sampled{sampled=\"true\",decision=\"sampled\"}=2\n"
                "new_trace_id_received{}=0\n"
                "sampling_decision_timer_latency{}=9\n"
                "sampling_late_span_age{}=7\n"
                "sampling_trace_dropped_too_early{}=0\n"
                "sampling_trace_removal_age{}=38\n"
                "sampling_traces_on_memory{}=4\n"
                "traces_dropped_too_large{}=0\n");
    keeper_metrics_close(&metrics);
}
END_TEST

static void check_bounds(void *arg, const struct metric_reading *reading)
{
    const struct metric_family *family = reading->family;

    (void)arg;
    if (family->kind != FAMILY_HISTOGRAM)
        return;
    for (size_t i = 1; i < family->bound_count; i++)
        ck_assert_uint_lt(family->bounds[i - 1], family->bounds[i]);
    ck_assert_uint_eq(family->bounds[family->bound_count - 1],
                      strcmp(family->unit, "ms") == 0 ? 50000 : 10000);
}

START_TEST(buckets_rise)
{
    struct keeper_metrics metrics;

    keeper_metrics_open(&metrics, false);
    metrics_each(METRICS_BASIC, check_bounds, NULL);
    keeper_metrics_close(&metrics);
}
END_TEST

START_TEST(groupbytrace_has_others)
{
    struct keeper_metrics metrics;

    keeper_metrics_open(&metrics, true);
    metric_add(metrics.sampled, 2);
    keeper_metrics_observe(metrics.removal_age, 1); /* which it does not have */
    ck_assert_uint_eq(keeper_metrics_late(&metrics), 0);
    metrics_say("otelcol_processor_", "groupbytrace_num_traces_in_memory{}=0\n"
                                      "groupbytrace_traces_evicted{}=0\n"
                                      "groupbytrace_traces_released{}=2\n");
    keeper_metrics_close(&metrics);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("keeper_metrics");

    tcase_add_test(cases, tail_sampling_has_the_official_names);
    tcase_add_test(cases, buckets_rise);
    tcase_add_test(cases, groupbytrace_has_others);
    return run_tests("keeper_metrics", cases);
}
