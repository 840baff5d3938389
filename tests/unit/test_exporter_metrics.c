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
    exporter_metrics_drop(&metrics, TRACES, DROP_TOO_LATE, NULL, 3);
    exporter_metrics_drop(&metrics, TRACES, DROP_REJECTED, "Internal", 4);
    exporter_metrics_drop(&metrics, TRACES, DROP_REJECTED, NULL, 5);
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
    exporter_metrics_drop(&metrics, LOGS, DROP_REJECTED, NULL, 4);
    metrics_say("otelc", "");
    exporter_metrics_done(&metrics);
    metrics_say("otelc", "");
}
END_TEST

START_TEST(where_it_sends_is_told)
{
    struct exporter_metrics metrics;

    exporter_metrics_init(&metrics, "exporters/otlphttp", 1);
    exporter_metrics_aim(&metrics, TRACES, "http://gone:1/", true);
    exporter_metrics_aim(&metrics, TRACES, "http://u:p@backend:4318/v1/traces?key=1", true);
    exporter_metrics_aim(&metrics, LOGS, "https://[::1]/v1/logs", false);
    exporter_metrics_expect(&metrics, 1u << TRACES | 1u << METRICS | 1u << LOGS);
    metrics_say("otelcol_exporter_sent_",
                "log_records{exporter=\"otlphttp\",server_address=\"::1\",server_port=\"443\"}=0\n"
                "metric_points{exporter=\"otlphttp\"}=0\n"
                "spans{exporter=\"otlphttp\",server_address=\"backend\",server_port=\"4318\","
                "url_path=\"/v1/traces\"}=0\n");
    metrics_say("otelcol_exporter_send_failed_s",
                "pans{exporter=\"otlphttp\",server_address=\"backend\",server_port=\"4318\","
                "url_path=\"/v1/traces\"}=0\n");
    metrics_say("otelcol_exporter_enqueue_failed_s", "pans{exporter=\"otlphttp\"}=0\n");
    exporter_metrics_done(&metrics);
}
END_TEST

START_TEST(errors_are_told_where_metrics_are_detailed)
{
    struct exporter_metrics metrics;

    exporter_metrics_init(&metrics, "exporters/otlp", 1);
    exporter_metrics_aim(&metrics, TRACES, "http://backend:4317", false);
    exporter_metrics_drop(&metrics, TRACES, DROP_REJECTED, "Internal", 1);
    metrics_want(METRICS_DETAILED);
    exporter_metrics_drop(&metrics, TRACES, DROP_REJECTED, "Internal", 2);
    exporter_metrics_drop(&metrics, TRACES, DROP_TOO_LATE, "Unavailable", 4);
    exporter_metrics_drop(&metrics, TRACES, DROP_REJECTED, "Unavailable", 8);
    exporter_metrics_drop(&metrics, TRACES, DROP_RETRY_OFF, "Unavailable", 16);
    exporter_metrics_drop(&metrics, TRACES, DROP_REJECTED, NULL, 32);
    ck_assert_uint_eq(exporter_counts_failed(&metrics.of[TRACES]), 63);
    ck_assert_uint_eq(metrics.of[TRACES].failure_count, 4);
#define BACKEND "{exporter=\"otlp\",server_address=\"backend\",server_port=\"4317\""
    metrics_say("otelcol_exporter_send_failed_spans", BACKEND
                "}=1\n" BACKEND ",error_type=\"Internal\",error_permanent=\"true\"}=2\n" BACKEND
                ",error_type=\"Unavailable\",error_permanent=\"false\"}=20\n" BACKEND
                ",error_type=\"Unavailable\",error_permanent=\"true\"}=8\n" BACKEND
                ",error_type=\"_OTHER\",error_permanent=\"true\"}=32\n");
    exporter_metrics_done(&metrics);
}
END_TEST

START_TEST(sizes_are_counted_where_metrics_are_detailed)
{
    struct exporter_metrics metrics;
    struct batch *batch = batch_new(LOGS);

    exporter_metrics_init(&metrics, "exporters/otlp", 1);
    batch->items = 12;
    batch->bytes = 900;
    exporter_metrics_enqueued(&metrics, batch);
    exporter_metrics_batched(&metrics, batch);
    metrics_say("otelcol_exporter_enqueue_size", "");
    metrics_want(METRICS_DETAILED);
    exporter_metrics_enqueued(&metrics, batch);
    exporter_metrics_enqueued(&metrics, batch);
    exporter_metrics_batched(&metrics, batch);
    metrics_say("otelcol_exporter_enqueue_size",
                "{exporter=\"otlp\"}=24\n_bytes{exporter=\"otlp\"}=1800\n");
    metrics_say("otelcol_exporter_queue_batch_send_size",
                "{exporter=\"otlp\"}=12\n_bytes{exporter=\"otlp\"}=900\n");
    batch->items = batch->bytes = 0;
    batch_unref(batch);
    exporter_metrics_done(&metrics);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("exporter_metrics");

    tcase_add_test(cases, a_queue_has_its_metrics_of_the_signals_that_are_expected);
    tcase_add_test(cases, one_without_a_queue_has_what_it_sends);
    tcase_add_test(cases, what_is_given_up_has_a_reason);
    tcase_add_test(cases, where_it_sends_is_told);
    tcase_add_test(cases, errors_are_told_where_metrics_are_detailed);
    tcase_add_test(cases, sizes_are_counted_where_metrics_are_detailed);
    tcase_add_test(cases, one_without_a_name_is_not_shown);
    return run_tests("exporter_metrics", cases);
}
