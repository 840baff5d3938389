#include "pipeline/exporter_metrics.h"

#include "unit/check.h"
#include "unit/metrics_text.h"

START_TEST(a_queue_has_its_metrics_of_the_signals_that_are_expected)
{
    struct exporter_metrics metrics;

    exporter_metrics_init(&metrics, "exporters/jaeger/2", 100);
    metrics_say("otelc", "");
    exporter_metrics_expect(&metrics, 1u << TRACES | 1u << LOGS);
    metrics_say("otelcol_exporter_queue_capacity",
                "{exporter=\"jaeger/2\",data_type=\"logs\"}=100\n"
                "{exporter=\"jaeger/2\",data_type=\"traces\"}=100\n");
    metrics_say("otelcol_exporter_sent_", "log_records{exporter=\"jaeger/2\"}=0\n"
                                          "spans{exporter=\"jaeger/2\"}=0\n");
    metrics_say("otelcol_exporter_enqueue_failed_", "log_records{exporter=\"jaeger/2\"}=0\n"
                                                    "spans{exporter=\"jaeger/2\"}=0\n");
    exporter_metrics_done(&metrics);
    metrics_say("otelcol_exporter_queue", "");
    metrics_say("otelcol_exporter_sent_s", "pans{exporter=\"jaeger/2\"}=0\n");
}
END_TEST

START_TEST(one_without_a_queue_has_what_it_sends)
{
    struct exporter_metrics metrics;
    struct batch *batch = batch_new(METRICS);

    exporter_metrics_init(&metrics, "debug", 0);
    batch->items = 12;
    exporter_metrics_sent(&metrics, batch);
    exporter_metrics_sent(&metrics, batch);
    metrics_say("otelc", "ol_exporter_send_failed_metric_points{exporter=\"debug\"}=0\n"
                         "ol_exporter_sent_metric_points{exporter=\"debug\"}=24\n");
    batch->items = 0;
    batch_unref(batch);
    exporter_metrics_done(&metrics);
}
END_TEST

START_TEST(what_is_given_up_has_a_reason)
{
    struct exporter_metrics metrics;

    exporter_metrics_init(&metrics, "exporters/otlp", 1);
    exporter_metrics_drop(&metrics, TRACES, DROP_TOO_LATE, 3);
    exporter_metrics_drop(&metrics, TRACES, DROP_REJECTED, 4);
    exporter_metrics_drop(&metrics, TRACES, DROP_REJECTED, 5);
    metrics_say("otelc_exporter_dropped_items",
                "{exporter=\"otlp\",data_type=\"traces\",reason=\"max_elapsed_time\"}=3\n"
                "{exporter=\"otlp\",data_type=\"traces\",reason=\"rejected\"}=9\n");
    metrics_say("otelcol_exporter_send_failed_spans", "{exporter=\"otlp\"}=12\n");
    exporter_metrics_done(&metrics);
    metrics_say("otelcol_exporter_send_failed_spans", "{exporter=\"otlp\"}=12\n");
}
END_TEST

START_TEST(one_without_a_name_is_not_shown)
{
    struct exporter_metrics metrics;

    exporter_metrics_init(&metrics, NULL, 3);
    exporter_metrics_expect(&metrics, 1u << METRICS | 1u << LOGS);
    metric_observe(exporter_metrics_of(&metrics, LOGS)->duration, 5);
    metric_add(exporter_metrics_of(&metrics, LOGS)->sent, 5);
    exporter_metrics_drop(&metrics, LOGS, DROP_REJECTED, 4);
    metrics_say("otelc", "");
    exporter_metrics_done(&metrics);
    metrics_say("otelc", "");
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("exporter_metrics");

    tcase_add_test(cases, a_queue_has_its_metrics_of_the_signals_that_are_expected);
    tcase_add_test(cases, one_without_a_queue_has_what_it_sends);
    tcase_add_test(cases, what_is_given_up_has_a_reason);
    tcase_add_test(cases, one_without_a_name_is_not_shown);
    return run_tests("exporter_metrics", cases);
}
