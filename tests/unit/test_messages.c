/*
 * Answers, errors and health checks, byte by byte.
 */
#include "otlp/messages.h"

#include "proto/health.pb-c.h"
#include "proto/logs_service.pb-c.h"
#include "proto/metrics_service.pb-c.h"
#include "proto/trace_service.pb-c.h"
#include "unit/check.h"

#define RETRY_INFO "type.googleapis.com/google.rpc.RetryInfo"

/* out holds exactly these bytes; leaves it empty. */
static void expect(struct buf *out, struct str bytes)
{
    ck_assert_uint_eq(out->len, bytes.len);
    ck_assert(str_eq(buf_str(out), bytes));
    buf_done(out);
}

START_TEST(full_success_is_an_empty_message)
{
    struct buf out = {0};

    message_put_export_response(&out, 0, NULL);
    expect(&out, STR(""));
}
END_TEST

START_TEST(partial_success_tells_how_many_and_why)
{
    struct buf out = {0};

    message_put_export_response(&out, 3, "bad id");
    expect(&out, STR("\x0a\x0a\x08\x03\x12\x06"
                     "bad id"));
    message_put_export_response(&out, 300, NULL);
    expect(&out, STR("\x0a\x03\x08\xac\x02"));
}
END_TEST

START_TEST(a_warning_rejects_nothing)
{
    struct buf out = {0};

    message_put_export_response(&out, 0, "mended");
    expect(&out, STR("\x0a\x08\x12\x06"
                     "mended"));
}
END_TEST

START_TEST(a_writer_appends)
{
    struct buf out = {0};

    buf_append(&out, "head", 4);
    message_put_export_response(&out, 1, NULL);
    expect(&out, STR("head\x0a\x02\x08\x01"));
}
END_TEST

START_TEST(the_three_signals_have_the_same_response)
{
    struct buf out = {0};
    Opentelemetry__Proto__Collector__Trace__V1__ExportTraceServiceResponse *traces;
    Opentelemetry__Proto__Collector__Metrics__V1__ExportMetricsServiceResponse *metrics;
    Opentelemetry__Proto__Collector__Logs__V1__ExportLogsServiceResponse *logs;

    message_put_export_response(&out, 7, "why");
    traces = opentelemetry__proto__collector__trace__v1__export_trace_service_response__unpack(
        NULL, out.len, (const uint8_t *)out.at);
    metrics = opentelemetry__proto__collector__metrics__v1__export_metrics_service_response__unpack(
        NULL, out.len, (const uint8_t *)out.at);
    logs = opentelemetry__proto__collector__logs__v1__export_logs_service_response__unpack(
        NULL, out.len, (const uint8_t *)out.at);
    ck_assert_int_eq(traces->partial_success->rejected_spans, 7);
    ck_assert_str_eq(traces->partial_success->error_message, "why");
    ck_assert_int_eq(metrics->partial_success->rejected_data_points, 7);
    ck_assert_str_eq(metrics->partial_success->error_message, "why");
    ck_assert_int_eq(logs->partial_success->rejected_log_records, 7);
    ck_assert_str_eq(logs->partial_success->error_message, "why");
    protobuf_c_message_free_unpacked(&traces->base, NULL);
    protobuf_c_message_free_unpacked(&metrics->base, NULL);
    protobuf_c_message_free_unpacked(&logs->base, NULL);
    buf_done(&out);
}
END_TEST

START_TEST(status_without_retry_is_code_and_message)
{
    struct buf out = {0};

    message_put_status(&out, 3, "bad", MESSAGE_NO_RETRY);
    expect(&out, STR("\x08\x03\x12\x03"
                     "bad"));
    message_put_status(&out, 13, "", MESSAGE_NO_RETRY);
    expect(&out, STR("\x08\x0d"));
}
END_TEST

START_TEST(status_with_retry_has_a_retry_info)
{
    struct buf out = {0};

    message_put_status(&out, 14, "busy", 5000);
    expect(&out, STR("\x08\x0e\x12\x04"
                     "busy\x1a\x30\x0a\x28" RETRY_INFO "\x12\x04\x0a\x02\x08\x05"));
}
END_TEST

START_TEST(a_delay_has_seconds_and_nanos)
{
    const struct {
        unsigned ms;
        struct str any; /* from the field "value" on */
    } cases[] = {
        {1500, STR("\x12\x0a\x0a\x08\x08\x01\x10\x80\xca\xb5\xee\x01")},
        {1, STR("\x12\x06\x0a\x04\x10\xc0\x84\x3d")},
        {1000, STR("\x12\x04\x0a\x02\x08\x01")},
        {4294967295u, STR("\x12\x0d\x0a\x0b\x08\xb7\x92\x86\x02\x10\xc0\xaf\xd5\x8c\x01")},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf out = {0};
        struct str end;

        message_put_status(&out, 14, "busy", cases[i].ms);
        ck_assert_uint_gt(out.len, cases[i].any.len);
        end = (struct str){out.at + out.len - cases[i].any.len, cases[i].any.len};
        ck_assert_msg(str_eq(end, cases[i].any), "%u ms", cases[i].ms);
        buf_done(&out);
    }
}
END_TEST

START_TEST(answers_of_peers_are_read)
{
    static const struct {
        struct str message;
        bool good;
        uint64_t rejected;
        const char *why;
    } cases[] = {
        {STR_INIT(""), true, 0, ""},
        {STR_INIT("\x0a\x00"), true, 0, ""},
        {STR_INIT("\x0a\x07\x08\x05\x12\x03"
                  "why"),
         true, 5, "why"},
        {STR_INIT("\x12\x00\x0a\x05\x12\x03"
                  "why"),
         true, 0, "why"},
        {STR_INIT("\x0a\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), true, 0, ""}, /* -1 */
        {STR_INIT("\x08\x01"), false, 0, ""},
        {STR_INIT("\x0a\x02\x12\x03"), false, 0, ""},
        {STR_INIT("not found"), false, 0, ""},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct export_response response;

        ck_assert_int_eq(message_read_export_response(cases[i].message, &response), cases[i].good);
        ck_assert(!cases[i].good || response.rejected == cases[i].rejected);
        ck_assert(!cases[i].good || str_is(response.why, cases[i].why));
    }
}
END_TEST

START_TEST(what_we_answer_we_read)
{
    struct buf message = {0};
    struct export_response response;
    struct str why = {0};

    message_put_export_response(&message, 300, "ids");
    ck_assert(message_read_export_response(buf_str(&message), &response));
    ck_assert_uint_eq(response.rejected, 300);
    ck_assert(str_is(response.why, "ids"));
    buf_reset(&message);
    message_put_status(&message, 14, "busy", 1500);
    ck_assert(message_read_status(buf_str(&message), &why));
    ck_assert(str_is(why, "busy"));
    buf_done(&message);
}
END_TEST

START_TEST(text_is_no_status)
{
    static const char *const texts[] = {
        "",         "not found",  "{\"code\":3,\"message\":\"x\"}", "<html>", "Bad Request\n",
        "\x08\x03", "\x12\005bad"};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct str why = STR("as it was");

        ck_assert_msg(!message_read_status(str_of(texts[i]), &why), "%s", texts[i]);
        ck_assert(str_is(why, "as it was"));
    }
}
END_TEST

START_TEST(health_requests_are_read)
{
    const struct {
        struct str message;
        bool good;
        const char *service;
    } cases[] = {
        {STR(""), true, ""},
        {STR("\x0a\x00"), true, ""},
        {STR("\x0a\x03"
             "abc"),
         true, "abc"},
        {STR("\x0a\x01"
             "a\x0a\x01"
             "b"),
         true, "b"}, /* the last counts */
        {STR("\x10\x05\x0a\x01"
             "a"),
         true, "a"},                  /* an unknown field before it */
        {STR("\x08\x01"), false, ""}, /* a varint */
        {STR("\x0a\x04"
             "abc"),
         false, ""},                  /* cut short */
        {STR("\x0a"), false, ""},     /* no length */
        {STR("\x0b\x0c"), false, ""}, /* a group */
        {STR("\x00\x00"), false, ""}, /* field number 0 */
        {STR("\x0a\xff\xff\xff\xff\x0f"), false, ""},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct str service;

        ck_assert_msg(message_read_health_request(cases[i].message, &service) == cases[i].good,
                      "case %zu", i);
        if (cases[i].good)
            ck_assert_msg(str_is(service, cases[i].service), "case %zu", i);
    }
}
END_TEST

START_TEST(health_responses_tell_the_state)
{
    struct buf out = {0};

    message_put_health_response(&out, SERVING);
    expect(&out, STR("\x08\x01"));
    message_put_health_response(&out, NOT_SERVING);
    expect(&out, STR("\x08\x02"));
    message_put_health_response(&out, SERVING_UNKNOWN);
    expect(&out, STR(""));
    ck_assert_int_eq(NOT_SERVING,
                     GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__NOT_SERVING);
    ck_assert_int_eq(SERVICE_UNKNOWN,
                     GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVICE_UNKNOWN);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("messages");

    tcase_add_test(cases, full_success_is_an_empty_message);
    tcase_add_test(cases, partial_success_tells_how_many_and_why);
    tcase_add_test(cases, a_warning_rejects_nothing);
    tcase_add_test(cases, a_writer_appends);
    tcase_add_test(cases, the_three_signals_have_the_same_response);
    tcase_add_test(cases, status_without_retry_is_code_and_message);
    tcase_add_test(cases, status_with_retry_has_a_retry_info);
    tcase_add_test(cases, a_delay_has_seconds_and_nanos);
    tcase_add_test(cases, answers_of_peers_are_read);
    tcase_add_test(cases, what_we_answer_we_read);
    tcase_add_test(cases, text_is_no_status);
    tcase_add_test(cases, health_requests_are_read);
    tcase_add_test(cases, health_responses_tell_the_state);
    return run_tests("messages", cases);
}
