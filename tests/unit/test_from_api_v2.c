#include "jaeger/from_api_v2.h"

#include "base/budget.h"
#include "otlp/json_write.h"
#include "unit/jaeger_trip.h"
#include "unit/spans_text.h"

/* What goes out again is what came in, to the byte; references may change their order. */
static void check_trip(void *arg, struct str otlp, const char *name)
{
    struct trip out, again;

    (void)arg;
    trip_api_v2(&out, otlp);
    for (size_t i = 0; i < out.count; i++) {
        struct str message = trip_part(&out, i);
        struct from_report report;
        struct bytes *request = from_api_v2(message, &report);

        ck_assert_msg(request != NULL, "%s: %s at %zu", name, report.why, report.at);
        trip_api_v2(&again, bytes_str(request));
        ck_assert_msg(again.count == 1, "%s: %zu messages", name, again.count);
        ck_assert_uint_eq(again.bytes.len, message.len);
        ck_assert_msg(str_eq(buf_str(&again.bytes), message) || strstr(name, "12-links"),
                      "%s: message %zu", name, i);
        bytes_unref(request);
        trip_done(&again);
    }
    trip_done(&out);
}

START_TEST(vectors_come_back_as_they_were)
{
    size_t before = budget_used();

    each_request(check_trip, NULL);
    ck_assert_uint_eq(budget_used(), before);
}
END_TEST

#define TRACE "\x0a\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x07"
#define SPAN  "\x12\x08\0\0\0\0\0\0\0\x09"

/* A message that has one batch: its spans, and what else it has. */
static struct buf message_of(const struct str *spans, size_t count, struct str rest)
{
    struct buf out = {0};
    size_t batch = wire_begin(&out, 1);

    for (size_t i = 0; i < count; i++)
        wire_put_bytes(&out, 1, spans[i]);
    buf_append_str(&out, rest);
    wire_end(&out, batch);
    return out;
}

static void json_of(struct str message, struct buf *json)
{
    struct from_report report;
    struct bytes *request = from_api_v2(message, &report);

    ck_assert_msg(request != NULL, "%s at %zu", report.why, report.at);
    batch_unref(batch_of_bytes(request->at, request->len));
    json_write(json, &shape_traces_request, bytes_str(request));
    bytes_unref(request);
}

START_TEST(spans_with_a_process_of_their_own_have_a_resource_of_their_own)
{
    static const struct str spans[] = {
        STR_INIT(TRACE SPAN "\x1a\x01"
                            "1"),
        STR_INIT(TRACE SPAN "\x1a\x01"
                            "2\x52\x05\x0a\x03own"),
        STR_INIT(TRACE SPAN "\x1a\x01"
                            "3"),
        STR_INIT(TRACE SPAN "\x1a\x01"
                            "4\x52\x05\x0a\x03own"),
    };
    struct buf message = message_of(spans, 4,
                                    STR("\x12\x05\x0a\x03"
                                        "all")),
               json = {0};
    const char *own;

    json_of(buf_str(&message), &json);
    own = strstr(buf_text(&json), "\"own\"");
    ck_assert_ptr_nonnull(own);
    ck_assert_ptr_null(strstr(own + 1, "\"own\""));
    ck_assert_ptr_nonnull(strstr(json.at, "\"all\""));
    ck_assert(strstr(json.at, "\"name\":\"1\"") < strstr(json.at, "\"name\":\"3\""));
    ck_assert(strstr(json.at, "\"name\":\"3\"") < own);
    ck_assert(own < strstr(json.at, "\"name\":\"2\""));
    ck_assert(strstr(json.at, "\"name\":\"2\"") < strstr(json.at, "\"name\":\"4\""));
    buf_done(&json);
    buf_done(&message);
}
END_TEST

START_TEST(short_trace_ids_are_the_low_half_and_nanoseconds_stay)
{
    static const struct str span =
        STR_INIT("\x0a\x08\0\0\0\0\0\0\0\x07" SPAN "\x32\x04\x08\x02\x10\x03\x3a\x02\x10\x05");
    struct buf message = message_of(&span, 1, STR("")), json = {0};

    json_of(buf_str(&message), &json);
    ck_assert_ptr_nonnull(
        strstr(buf_text(&json), "\"traceId\":\"00000000000000000000000000000007\""));
    ck_assert_ptr_nonnull(
        strstr(json.at, "\"startTimeUnixNano\":\"2000000003\",\"endTimeUnixNano\":\"2000000008\""));
    ck_assert_ptr_nonnull(strstr(json.at, "\"resourceSpans\":[{"));
    ck_assert_ptr_null(strstr(json.at, "service.name"));
    buf_done(&json);
    buf_done(&message);
}
END_TEST

START_TEST(an_empty_request_is_one_without_spans)
{
    struct from_report report;
    struct bytes *request = from_api_v2((struct str){NULL, 0}, &report);

    ck_assert_ptr_nonnull(request);
    ck_assert_uint_eq(request->len, 0);
    bytes_unref(request);
}
END_TEST

static const struct {
    struct str span;
    const char *why;
} bad[] = {
    {STR_INIT("\x0a\x00"), "trace id"},
    {STR_INIT("\x0a\x07\0\0\0\0\0\0\0"), "trace id"},
    {STR_INIT(TRACE "\x12\x04\0\0\0\0"), "span id"},
    {STR_INIT(TRACE SPAN "\x22\x02\x12\0"), "span id"},
    {STR_INIT(TRACE SPAN "\x22\x02\x18\x02"), "neither CHILD_OF"},
    {STR_INIT(TRACE SPAN "\x42\x02\x10\x05"), "v_type is none"},
    {STR_INIT(TRACE SPAN "\x42\x02\x0a"), "cut short"},
    {STR_INIT(TRACE SPAN "\x42\x02\x0a\x05"), "cut short"},
    {STR_INIT("{\"batch\":{}}"), "cut short"},
};

START_TEST(what_is_wrong_is_told)
{
    struct buf message = message_of(&bad[_i].span, 1, STR(""));
    struct from_report report;

    ck_assert_ptr_null(from_api_v2(buf_str(&message), &report));
    ck_assert_msg(strstr(report.why, bad[_i].why) != NULL, "%s", report.why);
    ck_assert_uint_gt(report.at, 0);
    ck_assert_uint_le(report.at, message.len);
    ck_assert(!report.no_room);
    buf_done(&message);
}
END_TEST

/* A byte changed anywhere, a cut anywhere: what is taken is OTLP. */
START_TEST(no_byte_can_make_what_is_not_otlp)
{
    struct buf otlp = file_bytes("tests/data/vectors/19-realistic.otlp.pb");
    struct trip out;

    trip_api_v2(&out, buf_str(&otlp));
    for (size_t at = 0; at < trip_part(&out, 0).len && at < 6000; at++) {
        struct from_report report;
        struct bytes *request;

        out.bytes.at[at] = (char)(out.bytes.at[at] ^ 1 << at % 8);
        request = from_api_v2(trip_part(&out, 0), &report);
        if (request)
            batch_unref(batch_of_bytes(request->at, request->len));
        bytes_unref(request);
        out.bytes.at[at] = (char)(out.bytes.at[at] ^ 1 << at % 8);
        request = from_api_v2((struct str){out.bytes.at, at}, &report);
        ck_assert(!request == (at > 0));
        bytes_unref(request);
    }
    trip_done(&out);
    buf_done(&otlp);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("from_api_v2");

    tcase_add_test(cases, vectors_come_back_as_they_were);
    tcase_add_test(cases, spans_with_a_process_of_their_own_have_a_resource_of_their_own);
    tcase_add_test(cases, short_trace_ids_are_the_low_half_and_nanoseconds_stay);
    tcase_add_test(cases, an_empty_request_is_one_without_spans);
    tcase_add_loop_test(cases, what_is_wrong_is_told, 0, sizeof(bad) / sizeof(bad[0]));
    tcase_add_test(cases, no_byte_can_make_what_is_not_otlp);
    return run_tests("from_api_v2", cases);
}
