#include "pipeline/receiver_metrics.h"

#include "unit/check.h"
#include "unit/metrics_text.h"

START_TEST(items_are_counted_by_what_became_of_them)
{
    struct receiver_metrics *metrics = receiver_metrics_new("otlp");

    metrics_say("otelc", "");
    receiver_metrics_count(metrics, BY_GRPC, TRACES, result_accepted(), 5);
    receiver_metrics_count(metrics, BY_GRPC, TRACES, result_retry(1, "full"), 2);
    receiver_metrics_count(metrics, BY_GRPC, TRACES, result_rejected("no"), 1);
    receiver_metrics_count(metrics, BY_HTTP, LOGS, result_accepted(), 7);
    metrics_say("otelcol_receiver_",
                "accepted_log_records{receiver=\"otlp\",transport=\"http\"}=7\n"
                "accepted_spans{receiver=\"otlp\",transport=\"grpc\"}=5\n"
                "failed_log_records{receiver=\"otlp\",transport=\"http\"}=0\n"
                "failed_spans{receiver=\"otlp\",transport=\"grpc\"}=0\n"
                "refused_log_records{receiver=\"otlp\",transport=\"http\"}=0\n"
                "refused_spans{receiver=\"otlp\",transport=\"grpc\"}=3\n");
    receiver_metrics_unref(metrics);
}
END_TEST

START_TEST(a_request_may_outlive_its_receiver)
{
    struct receiver_metrics *metrics = receiver_metrics_new("jaeger");
    struct receiver_metrics *held = receiver_metrics_ref(metrics);

    receiver_metrics_unref(metrics);
    receiver_metrics_count(held, BY_UDP, TRACES, result_accepted(), 1);
    receiver_metrics_unref(held);
    receiver_metrics_unref(NULL);
    metrics_say("otelcol_receiver_accepted", "_spans{receiver=\"jaeger\",transport=\"udp\"}=1\n");
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("receiver_metrics");

    tcase_add_test(cases, items_are_counted_by_what_became_of_them);
    tcase_add_test(cases, a_request_may_outlive_its_receiver);
    return run_tests("receiver_metrics", cases);
}
