/*
 * What requests leave in the metrics: by HTTP/1.1 as they come, of gRPC when it is told.
 */
#include "net/request.h"
#include "unit/check.h"
#include "unit/metrics_text.h"
#include "unit/server_fixture.h"

#define REST "network_protocol_name=\"http\",network_protocol_version=\"1.1\",server_address=\"\","
#define POST "POST /v1/traces HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-protobuf\r\n"

static void begin(enum metric_level level)
{
    metrics_want(level);
    fixture_begin();
}

START_TEST(a_request_is_measured_when_it_is_answered)
{
    begin(METRICS_DETAILED);
    fixture_feed(STR(POST "Content-Length: 3\r\n\r\nabc"));
    fixture_feed(STR("HEAD /tree/x?y HTTP/1.1\r\nHost: h\r\n\r\n"));
    fixture_feed(STR("PUT /nope HTTP/1.1\r\nHost: h\r\n\r\n"));
    metrics_say("http_server_request_body_size",
                "{http_request_method=\"HEAD\",http_response_status_code=\"200\","
                "http_route=\"/tree/\"," REST "url_scheme=\"http\"}=0\n"
                "{http_request_method=\"POST\",http_response_status_code=\"200\","
                "http_route=\"/v1/traces\"," REST "url_scheme=\"http\"}=3\n"
                "{http_request_method=\"PUT\",http_response_status_code=\"404\"," REST
                "url_scheme=\"http\"}=0\n");
    fixture_end();
}
END_TEST

START_TEST(sizes_of_answers_are_what_is_sent)
{
    begin(METRICS_DETAILED);
    fixture.answer.body = STR("12345");
    fixture_feed(STR(POST "Content-Length: 3\r\n\r\nabc"));
    fixture_feed(STR("HEAD /page HTTP/1.1\r\nHost: h\r\n\r\n"));
    metrics_say(
        "http_server_response_body_size",
        "{http_request_method=\"HEAD\",http_response_status_code=\"200\",http_route=\"/page\"," REST
        "url_scheme=\"http\"}=0\n"
        "{http_request_method=\"POST\",http_response_status_code=\"200\","
        "http_route=\"/v1/traces\"," REST "url_scheme=\"http\"}=5\n");
    fixture_end();
}
END_TEST

START_TEST(below_detailed_nothing_is_measured)
{
    begin(METRICS_NORMAL);
    fixture_feed(STR(POST "Content-Length: 3\r\n\r\nabc"));
    metrics_say("http_", "");
    metrics_want(METRICS_DETAILED);
    fixture.late = true;
    fixture_feed(STR(POST "Content-Length: 3\r\n\r\nabc"));
    metrics_want(METRICS_NONE); /* what has begun is measured */
    request_answer(fixture.held, &fixture.answer);
    metrics_say("http_server_request_body_size",
                "{http_request_method=\"POST\",http_response_status_code=\"200\","
                "http_route=\"/v1/traces\"," REST "url_scheme=\"http\"}=3\n");
    fixture_end();
}
END_TEST

START_TEST(the_old_version_is_told)
{
    begin(METRICS_DETAILED);
    fixture_feed(STR("GET /page HTTP/1.0\r\n\r\n"));
    metrics_say(
        "http_server_request_body_size",
        "{http_request_method=\"GET\",http_response_status_code=\"200\",http_route=\"/page\","
        "network_protocol_name=\"http\",network_protocol_version=\"1.0\","
        "server_address=\"\",url_scheme=\"http\"}=0\n");
    fixture_end();
}
END_TEST

START_TEST(a_client_that_goes_has_waited_for_nothing)
{
    begin(METRICS_DETAILED);
    fixture.late = true;
    fixture_feed(STR(POST "Content-Length: 3\r\n\r\nabc"));
    connection_done(&fixture.connection);
    request_answer(fixture.held, &fixture.answer);
    metrics_say("http_", "");
    fixture_end();
}
END_TEST

static void measure_grpc(const struct route *route, enum grpc_code code, bool lost)
{
    struct request request = {.connection = &fixture.connection,
                              .http2 = true,
                              .grpc = true,
                              .route = route,
                              .begun_ns = uv_hrtime()};
    struct response response = {.status = 200, .code = code};

    if (lost)
        request_measure_lost(&request);
    else
        request_measure(&request, &response);
}

/* How many calls there were: durations differ. */
static void tell_count(void *arg, const struct metric_reading *reading)
{
    if (strcmp(reading->family->name, "rpc_server_call_duration") == 0)
        buf_printf(arg, "%s: %lu\n", reading->labels, (unsigned long)reading->count);
}

START_TEST(calls_of_grpc_are_known_by_their_route)
{
    struct buf text = {0};

    begin(METRICS_DETAILED);
    measure_grpc(&fixture_routes[0], GRPC_OK, false);
    measure_grpc(&fixture_routes[0], GRPC_OK, false);
    measure_grpc(&fixture_routes[0], GRPC_UNAVAILABLE, false);
    measure_grpc(&fixture_routes[0], GRPC_OK, true);
    measure_grpc(&fixture_routes[1], GRPC_INVALID_ARGUMENT, false); /* a path of HTTP */
    measure_grpc(NULL, GRPC_UNIMPLEMENTED, false);
    metrics_each(METRICS_DETAILED, tell_count, &text);
    ck_assert_str_eq(
        buf_text(&text),
        "rpc_method=\"_OTHER\",rpc_response_status_code=\"INVALID_ARGUMENT\",rpc_system_name="
        "\"grpc\": 1\n"
        "rpc_method=\"_OTHER\",rpc_response_status_code=\"UNIMPLEMENTED\",rpc_system_name=\"grpc\":"
        " 1\n"
        "rpc_method=\"test.Service/"
        "Call\",rpc_response_status_code=\"CANCELLED\",rpc_system_name=\"grpc\": 1\n"
        "rpc_method=\"test.Service/"
        "Call\",rpc_response_status_code=\"OK\",rpc_system_name=\"grpc\": 2\n"
        "rpc_method=\"test.Service/"
        "Call\",rpc_response_status_code=\"UNAVAILABLE\",rpc_system_name=\"grpc\": 1\n");
    metrics_say("http_", "");
    buf_done(&text);
    fixture_end();
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("request_measure");

    tcase_add_test(cases, a_request_is_measured_when_it_is_answered);
    tcase_add_test(cases, sizes_of_answers_are_what_is_sent);
    tcase_add_test(cases, below_detailed_nothing_is_measured);
    tcase_add_test(cases, the_old_version_is_told);
    tcase_add_test(cases, a_client_that_goes_has_waited_for_nothing);
    tcase_add_test(cases, calls_of_grpc_are_known_by_their_route);
    return run_tests("request_measure", cases);
}
