#include "net/call_metrics.h"

#include <stdio.h>

#include "unit/check.h"
#include "unit/metrics_text.h"

static struct http_call call_of(const char *method, unsigned status)
{
    static const struct server_place peer = {.address = "127.0.0.1", .port = "4318"};

    return (struct http_call){.method = str_of(method),
                              .status = status,
                              .error = "timeout",
                              .route = "/v1/traces",
                              .version = "1.1",
                              .peer = &peer,
                              .duration_ns = 7,
                              .request_bytes = 100,
                              .response_bytes = 20};
}

static void count_http(struct call_metrics *calls, const char *method, unsigned status)
{
    struct http_call call = call_of(method, status);

    call_metrics_http(calls, &call);
}

#define REST                                                                                       \
    "http_route=\"/v1/traces\",network_protocol_name=\"http\",network_protocol_version=\"1.1\","   \
    "server_address=\"127.0.0.1\",server_port=\"4318\",url_scheme=\"http\""

START_TEST(a_server_has_durations_and_sizes)
{
    struct call_metrics calls;

    call_metrics_init(&calls, CALLS_SERVED);
    count_http(&calls, "POST", 200);
    count_http(&calls, "POST", 200);
    count_http(&calls, "POST", 404);
    count_http(&calls, "POST", 503);
    metrics_say("http_", "server_request_body_size{http_request_method=\"POST\",http_response_"
                         "status_code=\"200\"," REST "}=200\n"
                         "server_request_body_size{http_request_method=\"POST\",http_response_"
                         "status_code=\"404\"," REST "}=100\n"
                         "server_request_body_size{http_request_method=\"POST\",http_response_"
                         "status_code=\"503\"," REST ",error_type=\"503\"}=100\n"
                         "server_request_duration{http_request_method=\"POST\",http_response_"
                         "status_code=\"200\"," REST "}=14\n"
                         "server_request_duration{http_request_method=\"POST\",http_response_"
                         "status_code=\"404\"," REST "}=7\n"
                         "server_request_duration{http_request_method=\"POST\",http_response_"
                         "status_code=\"503\"," REST ",error_type=\"503\"}=7\n"
                         "server_response_body_size{http_request_method=\"POST\",http_response_"
                         "status_code=\"200\"," REST "}=40\n"
                         "server_response_body_size{http_request_method=\"POST\",http_response_"
                         "status_code=\"404\"," REST "}=20\n"
                         "server_response_body_size{http_request_method=\"POST\",http_response_"
                         "status_code=\"503\"," REST ",error_type=\"503\"}=20\n");
    call_metrics_done(&calls);
}
END_TEST

START_TEST(a_client_has_what_went_wrong)
{
    struct call_metrics calls;

    call_metrics_init(&calls, CALLS_MADE);
    count_http(&calls, "POST", 404);
    count_http(&calls, "POST", 0);
    metrics_say("http_client_request_",
                "body_size{http_request_method=\"POST\",http_response_status_code=\"404\"," REST
                ",error_type=\"404\"}=100\n"
                "body_size{http_request_method=\"POST\"," REST ",error_type=\"timeout\"}=100\n"
                "duration{http_request_method=\"POST\",http_response_status_code=\"404\"," REST
                ",error_type=\"404\"}=7\n"
                "duration{http_request_method=\"POST\"," REST ",error_type=\"timeout\"}=7\n");
    call_metrics_done(&calls);
}
END_TEST

START_TEST(calls_of_grpc_have_their_method_and_code)
{
    struct call_metrics calls;

    call_metrics_init(&calls, CALLS_MADE);
    call_metrics_rpc(&calls, "/a.Service/Export", GRPC_OK, 5);
    call_metrics_rpc(&calls, "a.Service/Export", GRPC_OK, 6);
    call_metrics_rpc(&calls, NULL, (enum grpc_code)99, 7);
    metrics_say("rpc_client_call_duration",
                "{rpc_method=\"_OTHER\",rpc_response_status_code=\"UNKNOWN\","
                "rpc_system_name=\"grpc\"}=7\n"
                "{rpc_method=\"a.Service/Export\",rpc_response_status_code=\"OK\","
                "rpc_system_name=\"grpc\"}=11\n");
    call_metrics_done(&calls);
    call_metrics_init(&calls, CALLS_SERVED);
    call_metrics_rpc(&calls, "/a.Service/Export", GRPC_UNAVAILABLE, 5);
    metrics_say("rpc_server_call_duration",
                "{rpc_method=\"a.Service/Export\",rpc_response_status_code=\"UNAVAILABLE\","
                "rpc_system_name=\"grpc\"}=5\n");
    call_metrics_done(&calls);
}
END_TEST

START_TEST(what_is_not_known_is_another)
{
    static const char *const methods[] = {"post", "PROPFIND", "\"}\n", ""};
    static const unsigned statuses[] = {99, 299, 430, 600, 999};
    struct call_metrics calls;

    call_metrics_init(&calls, CALLS_MADE);
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        for (size_t n = 0; n < sizeof(statuses) / sizeof(statuses[0]); n++)
            count_http(&calls, methods[i], statuses[n]);
    /* 99 and 299 are no errors, 430 and what is above are */
    ck_assert_uint_eq(calls.count, 2);
    call_metrics_done(&calls);
}
END_TEST

START_TEST(there_is_an_end_of_series)
{
    struct call_metrics calls;
    char route[16];

    call_metrics_init(&calls, CALLS_SERVED);
    for (unsigned i = 0; i < SERVED_SERIES_MAX + 10; i++) {
        struct http_call call = call_of("POST", 200);

        snprintf(route, sizeof(route), "/%u", i);
        call.route = route;
        call_metrics_http(&calls, &call);
    }
    for (unsigned i = 0; i < 10; i++) {
        snprintf(route, sizeof(route), "/a.B/%u", i);
        call_metrics_rpc(&calls, route, GRPC_OK, 3);
    }
    count_http(&calls, "POST", 200);
    ck_assert_uint_eq(calls.count, SERVED_SERIES_MAX + 2);
    metrics_say("rpc_server_call_duration", "{otel_metric_overflow=\"true\"}=30\n");
    call_metrics_done(&calls);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("call_metrics");

    tcase_add_test(cases, a_server_has_durations_and_sizes);
    tcase_add_test(cases, a_client_has_what_went_wrong);
    tcase_add_test(cases, calls_of_grpc_have_their_method_and_code);
    tcase_add_test(cases, what_is_not_known_is_another);
    tcase_add_test(cases, there_is_an_end_of_series);
    return run_tests("call_metrics", cases);
}
