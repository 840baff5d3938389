#include "exporters/jaeger_endpoint.h"

#include "unit/check.h"

START_TEST(the_shape_tells_the_wire)
{
    static const struct {
        const char *text;
        bool thrift, insecure;
        enum jaeger_wire wire;
        const char *url;
        bool note;
        const char *warning; /* how it begins; NULL: none */
    } cases[] = {
        {"http://jaeger:14268/api/traces", 0, 0, JAEGER_THRIFT, "http://jaeger:14268/api/traces",
         false, NULL},
        {"HTTPS://j.example/api/traces?x=1", 0, 1, JAEGER_THRIFT,
         "https://j.example/api/traces?x=1", false, NULL},
        {"http://[::1]:14268/api/traces", 0, 0, JAEGER_THRIFT, "http://[::1]:14268/api/traces",
         false, NULL},
        {" http://jaeger:14268 ", 0, 0, JAEGER_THRIFT, "http://jaeger:14268/api/traces", true,
         NULL},
        {"http://jaeger:14268/", 0, 0, JAEGER_THRIFT, "http://jaeger:14268/api/traces", true, NULL},
        {"jaeger:14268/api/traces", 0, 0, JAEGER_THRIFT, "http://jaeger:14268/api/traces", true,
         NULL},
        {"jaeger:14268", 1, 0, JAEGER_THRIFT, "http://jaeger:14268/api/traces", true, NULL},
        {"jaeger:14250", 0, 1, JAEGER_GRPC, "http://jaeger:14250", false, NULL},
        {"jaeger:14250", 0, 0, JAEGER_GRPC, "https://jaeger:14250", false, NULL},
        {"dns:///jaeger:14250", 0, 1, JAEGER_GRPC, "http://jaeger:14250", false, NULL},
        {"[::1]:14250", 0, 1, JAEGER_GRPC, "http://[::1]:14250", false, NULL},
        {"jaeger:4317", 0, 1, JAEGER_GRPC, "http://jaeger:4317", false, "4317 is"},
        {"jaeger:16685", 0, 1, JAEGER_GRPC, "http://jaeger:16685", false, "16685 is"},
        {"jaeger:14268", 0, 1, JAEGER_GRPC, "http://jaeger:14268", false, "14268 is"},
        {"http://jaeger:14250/api/traces", 0, 1, JAEGER_THRIFT, "http://jaeger:14250/api/traces",
         false, "14250 is"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jaeger_endpoint endpoint;

        ck_assert_ptr_null(jaeger_endpoint_read(&endpoint, str_of(cases[i].text), cases[i].thrift,
                                                cases[i].insecure));
        ck_assert_int_eq(endpoint.wire, cases[i].wire);
        ck_assert_str_eq(buf_text(&endpoint.url), cases[i].url);
        ck_assert_int_eq(endpoint.note != NULL, cases[i].note);
        ck_assert_int_eq(endpoint.warning != NULL, cases[i].warning != NULL);
        if (cases[i].warning)
            ck_assert_int_eq(strncmp(endpoint.warning, cases[i].warning, strlen(cases[i].warning)),
                             0);
        jaeger_endpoint_done(&endpoint);
    }
}
END_TEST

START_TEST(what_means_nothing_is_refused_with_the_reason)
{
    static const struct {
        const char *text, *problem; /* how it begins */
    } cases[] = {
        {"", "has no host"},
        {"   ", "has no host"},
        {":14250", "has no host"},
        {"http://", "has no host"},
        {"http:///api/traces", "has no host"},
        {"jaeger", "has no port;"},
        {"[::1]", "has no port;"},
        {"jaeger:", "has no port number"},
        {"jaeger:x", "has no port number"},
        {"jaeger:0", "has no port number"},
        {"jaeger:65536", "has no port number"},
        {"http://jaeger:14268x/api/traces", "has no port number"},
        {"http://jae ger:14268/api/traces", "has a blank"},
        {"ftp://jaeger:14268/api/traces", "has a scheme"},
        {"tcp://jaeger:14268", "has a scheme"},
        {"unix:///run/jaeger", "is a unix socket"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jaeger_endpoint endpoint;
        const char *problem = jaeger_endpoint_read(&endpoint, str_of(cases[i].text), false, true);

        ck_assert_ptr_nonnull(problem);
        ck_assert_msg(strncmp(problem, cases[i].problem, strlen(cases[i].problem)) == 0, "%s: %s",
                      cases[i].text, problem);
        jaeger_endpoint_done(&endpoint);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("jaeger_endpoint");

    tcase_add_test(cases, the_shape_tells_the_wire);
    tcase_add_test(cases, what_means_nothing_is_refused_with_the_reason);
    return run_tests("jaeger_endpoint", cases);
}
