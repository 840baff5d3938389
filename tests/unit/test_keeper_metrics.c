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
    metrics_say("otelcol_processor_tail_sampling_",
                "global_count_traces_sampled{sampled=\"false\",decision=\"not_sampled\"}=3\n"
                "global_count_traces_sampled{sampled=\"true\",decision=\"sampled\"}=2\n"
                "new_trace_id_received{}=0\n"
                "sampling_trace_dropped_too_early{}=0\n"
                "sampling_traces_on_memory{}=4\n"
                "traces_dropped_too_large{}=0\n");
    keeper_metrics_close(&metrics);
}
END_TEST

START_TEST(groupbytrace_has_others)
{
    struct keeper_metrics metrics;

    keeper_metrics_open(&metrics, true);
    metric_add(metrics.sampled, 2);
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
    tcase_add_test(cases, groupbytrace_has_others);
    return run_tests("keeper_metrics", cases);
}
