#include "pipeline/batcher_metrics.h"

#include "unit/check.h"
#include "unit/metrics_text.h"

START_TEST(batches_are_counted_by_why_they_went)
{
    struct batcher_metrics metrics;

    batcher_metrics_open(&metrics, "batch", true);
    batcher_metrics_send(&metrics, 10, 1000, true);
    batcher_metrics_send(&metrics, 8, 500, false);
    batcher_metrics_send(&metrics, 10, 1000, true);
    metric_set(metrics.combinations, 3);
    metrics_say("otelcol_processor_batch_", "batch_send_size{processor=\"batch\"}=28\n"
                                            "batch_send_size_bytes{processor=\"batch\"}=2500\n"
                                            "batch_size_trigger_send{processor=\"batch\"}=2\n"
                                            "metadata_cardinality{processor=\"batch\"}=3\n"
                                            "timeout_trigger_send{processor=\"batch\"}=1\n");
    batcher_metrics_close(&metrics);
    batcher_metrics_close(&metrics);
    metrics_say("otelcol_processor_batch_m", "");
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("batcher_metrics");

    tcase_add_test(cases, batches_are_counted_by_why_they_went);
    return run_tests("batcher_metrics", cases);
}
