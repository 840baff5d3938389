#include "exporters/otlp_endpoint.h"

#include "unit/check.h"

/* NULL where nothing is to be told, else a part of it. */
static void expect_told(const char *told, const char *expected, const char *text)
{
    ck_assert_msg((told == NULL) == (expected == NULL), "%s: %s", text, told ? told : "nothing");
    ck_assert_msg(!told || strstr(told, expected), "%s: %s", text, told);
}

START_TEST(endpoints_of_grpc)
{
    static const struct {
        const char *text;
        bool insecure;
        const char *url, *problem, *warning;
    } cases[] = {
        {"collector:4317", false, "https://collector:4317", NULL, NULL},
        {"collector:4317", true, "http://collector:4317", NULL, NULL},
        {"http://collector:4317", false, "http://collector:4317", NULL, NULL},
        {"https://collector:443", true, "https://collector:443", NULL, NULL},
        {"dns:///collector:4317", true, "http://collector:4317", NULL, NULL},
        {"http://collector:4317/", true, "http://collector:4317", NULL, NULL},
        {"[::1]:4317", true, "http://[::1]:4317", NULL, NULL},
        {"collector:4318", true, "http://collector:4318", NULL, "use the exporter otlphttp"},
        {"jaeger:14250", true, "http://jaeger:14250", NULL, "use the exporter jaeger"},
        {"collector:55680", true, "http://collector:55680", NULL, "4317 today"},
        {"http://collector:4317/v1/traces", true, "http://collector:4317", NULL, "has a path"},
        {"collector", true, NULL, "write host:4317", NULL},
        {"https://collector", true, NULL, "write host:4317", NULL},
        {"", true, NULL, "has no host", NULL},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct otlp_endpoint endpoint;
        const char *problem =
            otlp_endpoint_grpc(&endpoint, str_of(cases[i].text), cases[i].insecure);

        expect_told(problem, cases[i].problem, cases[i].text);
        expect_told(endpoint.warning, cases[i].warning, cases[i].text);
        ck_assert_ptr_null(endpoint.note);
        if (!problem)
            ck_assert_str_eq(endpoint.url.at, cases[i].url);
        otlp_endpoint_done(&endpoint);
    }
}
END_TEST

START_TEST(endpoints_of_http)
{
    static const struct {
        const char *text;
        enum signal signal;
        bool whole;
        const char *url, *note, *warning;
    } cases[] = {
        {"http://collector:4318", TRACES, false, "http://collector:4318/v1/traces", NULL, NULL},
        {"http://collector:4318", METRICS, false, "http://collector:4318/v1/metrics", NULL, NULL},
        {"http://collector:4318/", LOGS, false, "http://collector:4318/v1/logs", NULL, NULL},
        {"https://c/otlp//", TRACES, false, "https://c/otlp/v1/traces", NULL, NULL},
        {"https://c/otlp?key=k", TRACES, false, "https://c/otlp/v1/traces?key=k", NULL, NULL},
        {"https://c?key=k", TRACES, false, "https://c/v1/traces?key=k", NULL, NULL},
        {"http://c:4318/v1/traces", TRACES, false, "http://c:4318/v1/traces", "one signal", NULL},
        {"http://c:4318/v1/traces", LOGS, false, "http://c:4318/v1/logs", "one signal", NULL},
        {"http://c/a/v1/metrics/", TRACES, false, "http://c/a/v1/traces", "one signal", NULL},
        {"c:4318", TRACES, false, "http://c:4318/v1/traces", "has no scheme", NULL},
        {"http://c:4317", TRACES, false, "http://c:4317/v1/traces", NULL, "use the exporter otlp"},
        {"http://c:14268/api/traces", TRACES, true, "http://c:14268/api/traces", NULL,
         "use the exporter jaeger"},
        {"http://c:4318/v1/traces", TRACES, true, "http://c:4318/v1/traces", NULL, NULL},
        {"http://c:4318/ingest?k=v", TRACES, true, "http://c:4318/ingest?k=v", NULL, NULL},
        {"http://c:4318", TRACES, true, "http://c:4318/", NULL, NULL},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct otlp_endpoint endpoint;

        ck_assert_ptr_null(
            otlp_endpoint_http(&endpoint, str_of(cases[i].text), cases[i].signal, cases[i].whole));
        ck_assert_str_eq(endpoint.url.at, cases[i].url);
        expect_told(endpoint.note, cases[i].note, cases[i].text);
        expect_told(endpoint.warning, cases[i].warning, cases[i].text);
        otlp_endpoint_done(&endpoint);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("otlp_endpoint");

    tcase_add_test(cases, endpoints_of_grpc);
    tcase_add_test(cases, endpoints_of_http);
    return run_tests("otlp_endpoint", cases);
}
