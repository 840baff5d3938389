#include "net/server_metrics.h"

#include "unit/check.h"
#include "unit/metrics_text.h"

START_TEST(refusals_are_counted_by_reason)
{
    struct server_metrics metrics;

    server_metrics_open(&metrics, "receivers/otlp");
    server_metrics_refuse(&metrics, "path");
    server_metrics_refuse(&metrics, "slow");
    server_metrics_refuse(&metrics, "path");
    metric_add(metrics.open_connections, 1);
    metrics_say("otelc_server_",
                "connections{component=\"receivers/otlp\"}=1\n"
                "connections_accepted{component=\"receivers/otlp\"}=0\n"
                "requests{component=\"receivers/otlp\"}=0\n"
                "requests_refused{component=\"receivers/otlp\",reason=\"path\"}=2\n"
                "requests_refused{component=\"receivers/otlp\",reason=\"slow\"}=1\n");
    server_metrics_close(&metrics);
}
END_TEST

START_TEST(there_is_an_end_of_reasons)
{
    static const char names[REFUSED_REASONS_MAX + 2];
    struct server_metrics metrics;

    server_metrics_open(&metrics, NULL);
    for (size_t i = 0; i < sizeof(names); i++)
        server_metrics_refuse(&metrics, &names[i]);
    ck_assert_uint_eq(metrics.reasons, REFUSED_REASONS_MAX);
    server_metrics_close(&metrics);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("server_metrics");

    tcase_add_test(cases, refusals_are_counted_by_reason);
    tcase_add_test(cases, there_is_an_end_of_reasons);
    return run_tests("server_metrics", cases);
}
