#include "net/server_metrics.h"

#include <string.h>

#include "unit/check.h"

static void tell(void *arg, const struct metric_reading *reading)
{
    buf_printf(arg, "%s{%s}=%lu\n", reading->family->name, reading->labels,
               (unsigned long)reading->value);
}

START_TEST(refusals_are_counted_by_reason)
{
    struct server_metrics metrics;
    struct buf out = {0};

    server_metrics_open(&metrics, "receivers/otlp");
    server_metrics_refuse(&metrics, "path");
    server_metrics_refuse(&metrics, "slow");
    server_metrics_refuse(&metrics, "path");
    metric_add(metrics.open_connections, 1);
    metrics_each(METRICS_NORMAL, tell, &out);
    ck_assert_str_eq(
        buf_text(&out),
        "otelc_server_connections{component=\"receivers/otlp\"}=1\n"
        "otelc_server_connections_accepted{component=\"receivers/otlp\"}=0\n"
        "otelc_server_requests{component=\"receivers/otlp\"}=0\n"
        "otelc_server_requests_refused{component=\"receivers/otlp\",reason=\"path\"}=2\n"
        "otelc_server_requests_refused{component=\"receivers/otlp\",reason=\"slow\"}=1\n");
    server_metrics_close(&metrics);
    buf_done(&out);
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
