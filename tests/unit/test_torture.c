/*
 * The memory budget refuses the n-th reservation, n = 1, 2, 3 ..., once and from then on, until all
 * goes through: whatever is refused is refused cleanly, and all is given back. What has been
 * accepted can be sent without any.
 *
 * Linked with --wrap=budget_reserve.
 */
#include <libdeflate.h>
#include <zstd.h>

#include "base/budget.h"
#include "jaeger/api_v2.h"
#include "jaeger/thrift.h"
#include "net/encoding.h"
#include "otlp/json_read.h"
#include "otlp/payload.h"
#include "unit/check.h"
#include "unit/random_request.h"
#include "unit/server_fixture.h"
#include "unit/viewer_ask.h"

static size_t left = SIZE_MAX; /* reservations that are granted */
static bool for_good;          /* all after that are refused, not only one */
static bool refused;           /* one was */

bool __real_budget_reserve(size_t size);
bool __wrap_budget_reserve(size_t size);

bool __wrap_budget_reserve(size_t size)
{
    if (left > 0) {
        left--;
        return __real_budget_reserve(size);
    }
    if (!for_good)
        left = SIZE_MAX;
    refused = true;
    return false;
}

/* Calls until nothing is refused; work says whether all went well. */
static void torture(bool (*work)(void))
{
    for (int mode = 0; mode < 2; mode++) {
        for (size_t n = 0; n == 0 || refused; n++) {
            size_t before = budget_used();
            bool well;

            ck_assert_uint_lt(n, 1000);
            left = n;
            for_good = mode == 1;
            refused = false;
            well = work();
            left = SIZE_MAX;
            ck_assert_uint_eq(budget_used(), before);
            ck_assert_msg(well || refused, "reservation %zu", n); /* some can be done without */
        }
    }
}

static struct buf text; /* what work() works on */
static struct payload *shown;

/* A span with a nested value; 0xff is no UTF-8, so that it has to be mended. */
static const char json[] =
    "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":"
    "{\"stringValue\":\"shop\"}}]},\"scopeSpans\":[{\"spans\":[{\"traceId\":"
    "\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":\"1112131415161718\",\"name\":\"\\u00e4%s\","
    "\"attributes\":[{\"key\":\"map\",\"value\":{\"kvlistValue\":{\"values\":[{\"key\":\"a\","
    "\"value\":{\"arrayValue\":{\"values\":[{\"intValue\":\"7\"}]}}}]}}}]}]}]}]}";

static struct bytes *bytes_of(struct str s)
{
    struct bytes *bytes = bytes_new(s.len);

    if (bytes) {
        if (s.len > 0)
            memcpy(bytes->at, s.at, s.len);
        bytes->len = s.len;
    }
    return bytes;
}

static bool read_protobuf(void)
{
    struct bytes *body = bytes_of(buf_str(&text));
    struct payload_report report;
    struct payload *payload;

    if (!body)
        return false;
    payload = payload_read(TRACES, body, &report);
    if (!payload)
        ck_assert_int_eq(report.verdict, PAYLOAD_NO_ROOM);
    payload_unref(payload);
    return payload != NULL;
}

static bool read_json(void)
{
    struct json_report report;
    struct bytes *protobuf = json_read(signal_words[TRACES].request, buf_str(&text), &report);

    if (!protobuf)
        ck_assert_int_eq(report.verdict, JSON_NO_ROOM);
    bytes_unref(protobuf);
    return protobuf != NULL;
}

START_TEST(requests_are_read_or_refused)
{
    struct dice dice = dice_new("requests");

    for (int i = 0; i < 50; i++) {
        buf_reset(&text);
        random_request(&dice, &text);
        torture(read_protobuf);
    }
    buf_done(&text);
}
END_TEST

START_TEST(requests_in_json_are_read_or_refused)
{
    static char name[20000];

    memset(name, 'n', sizeof(name) - 1);
    buf_printf(&text, json, "");
    torture(read_json);
    buf_reset(&text);
    buf_printf(&text, json, name);
    buf_append_str(&text, STR("                                     "));
    torture(read_json);
    buf_done(&text);
}
END_TEST

START_TEST(requests_are_mended_or_refused)
{
    struct json_report report;
    struct bytes *protobuf;
    struct str found;

    buf_printf(&text, json, "");
    protobuf = json_read(signal_words[TRACES].request, buf_str(&text), &report);
    buf_reset(&text);
    buf_append_str(&text, bytes_str(protobuf));
    bytes_unref(protobuf);
    found.at = memmem(text.at, text.len, "\xc3\xa4", 2);
    ck_assert_ptr_nonnull(found.at);
    text.at[found.at - text.at] = (char)0xff;
    torture(read_protobuf);
    buf_done(&text);
}
END_TEST

static enum encoding encoding;

static bool decode(void)
{
    struct bytes *out;
    enum decode_verdict verdict = encoding_decode(encoding, buf_str(&text), 1 << 20, &out);

    ck_assert(verdict == DECODE_OK || verdict == DECODE_NO_ROOM);
    bytes_unref(out);
    return verdict == DECODE_OK;
}

static char zeros[300000]; /* far more than a first guess of the size */

START_TEST(bodies_are_decompressed_or_refused)
{
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(6);

    buf_reserve(&text, sizeof(zeros));
    text.len = libdeflate_gzip_compress(compressor, zeros, sizeof(zeros), text.at, text.cap);
    encoding = ENCODING_GZIP;
    torture(decode);
    text.len = libdeflate_zlib_compress(compressor, zeros, sizeof(zeros), text.at, text.cap);
    encoding = ENCODING_DEFLATE;
    torture(decode);
    text.len = ZSTD_compress(text.at, text.cap, zeros, sizeof(zeros), 1);
    encoding = ENCODING_ZSTD;
    torture(decode);
    libdeflate_free_compressor(compressor);
    buf_done(&text);
}
END_TEST

static bool post(void)
{
    bool well;

    fixture_begin();
    fixture_feed(STR("POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Type: "
                     "application/x-protobuf\r\nContent-Encoding: gzip\r\n"));
    fixture_feed(STR("Transfer-Encoding: chunked\r\n\r\n"));
    for (size_t i = 0; i < text.len; i++) {
        char chunk[] = {'1', '\r', '\n', text.at[i], '\r', '\n', '\0'};

        fixture_feed((struct str){chunk, 6});
    }
    fixture_feed(STR("0\r\n\r\n"));
    well = str_starts(buf_str(&fixture.out), STR("HTTP/1.1 200 "));
    if (!well) {
        ck_assert(str_starts(buf_str(&fixture.out), STR("HTTP/1.1 503 ")));
        ck_assert_ptr_nonnull(strstr(buf_text(&fixture.out), "Retry-After: 1\r\n"));
    }
    fixture_end();
    return well;
}

START_TEST(calls_over_http_are_answered_well_or_for_now)
{
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(6);

    buf_reserve(&text, 4096);
    text.len = libdeflate_gzip_compress(compressor, "hello", 5, text.at, text.cap);
    torture(post);
    libdeflate_free_compressor(compressor);
    buf_done(&text);
}
END_TEST

static void write_all(struct batch *batch, struct buf *out)
{
    struct groups *groups = groups_new(batch);

    for (size_t i = 0; i < groups->count; i++) {
        struct thrift_writer *thrift = thrift_writer_new(&groups->at[i]);
        struct api_v2_writer *api_v2 = api_v2_writer_new(&groups->at[i]);
        struct api_v2_message message;
        size_t got;

        thrift_next(thrift, SIZE_MAX);
        while ((got = thrift_write(thrift, buf_reserve(out, 1000), 1000)) > 0)
            out->len += got;
        while (api_v2_next(api_v2, SIZE_MAX, &message))
            buf_append_str(out, message.bytes);
        thrift_writer_free(thrift);
        api_v2_writer_free(api_v2);
    }
    groups_free(groups);
}

START_TEST(what_was_accepted_is_sent_though_nothing_can_be_reserved)
{
    struct json_report report;
    struct payload_report payload_report;
    struct buf with = {0}, without = {0};
    struct payload *payload;
    struct batch *batch;
    size_t before;

    buf_printf(&text, json, "");
    payload = payload_read(TRACES, json_read(signal_words[TRACES].request, buf_str(&text), &report),
                           &payload_report);
    batch = batch_of(payload);
    payload_unref(payload);
    before = budget_used();
    write_all(batch, &with);
    left = 0;
    for_good = true;
    write_all(batch, &without);
    left = SIZE_MAX;
    ck_assert_uint_eq(budget_used(), before);
    ck_assert_ptr_nonnull(memmem(with.at, with.len, "{\"a\":[7]}", 9));
    ck_assert(str_eq(buf_str(&with), buf_str(&without)));
    batch_unref(batch);
    ck_assert_uint_eq(budget_used(), 0);
    buf_done(&with);
    buf_done(&without);
    buf_done(&text);
}
END_TEST

static bool show(void)
{
    static const char *const targets[] = {"/api/traces?service=a", "/api/otelc/summary",
                                          "/api/dependencies"};
    struct trace_store *store = trace_store_new(1 << 20, 10);
    struct batch *batch = batch_of(shown);
    bool well;

    trace_store_take(store, batch);
    well = store->left_out == 0;
    for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++) {
        struct api_answer answer;

        viewer_ask(store, str_of(targets[i]), 1, 1000, &answer);
        ck_assert(answer.status == 200 || answer.status == 503);
        well = well && answer.status == 200;
        api_answer_done(&answer);
    }
    trace_store_free(store);
    batch_unref(batch);
    return well;
}

START_TEST(traces_are_shown_or_left_out)
{
    struct json_report report;
    struct payload_report payload_report;

    buf_printf(&text, json, "");
    shown = payload_read(TRACES, json_read(signal_words[TRACES].request, buf_str(&text), &report),
                         &payload_report);
    torture(show);
    payload_unref(shown);
    buf_done(&text);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("torture");

    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, requests_are_read_or_refused);
    tcase_add_test(cases, requests_in_json_are_read_or_refused);
    tcase_add_test(cases, requests_are_mended_or_refused);
    tcase_add_test(cases, bodies_are_decompressed_or_refused);
    tcase_add_test(cases, calls_over_http_are_answered_well_or_for_now);
    tcase_add_test(cases, what_was_accepted_is_sent_though_nothing_can_be_reserved);
    tcase_add_test(cases, traces_are_shown_or_left_out);
    return run_tests("torture", cases);
}
