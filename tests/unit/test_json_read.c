/*
 * OTLP/JSON to protobuf and back. What was read is shown as JSON again: by json_write, which the
 * vectors and protobuf-c vouch for.
 */
#include "otlp/json_read.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/budget.h"
#include "otlp/json.h"
#include "otlp/json_write.h"
#include "otlp/payload.h"
#include "unit/check.h"
#include "unit/pb.h"
#include "unit/random_request.h"
#include "unit/spans_text.h"

enum { ROUNDS = 3000 };

#define SPAN(members)  "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{" members "}]}]}]}"
#define VALUE(member)  SPAN("\"attributes\":[{\"key\":\"k\",\"value\":{" member "}}]")
#define METRIC(member) "{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{" member "}]}]}]}"
#define LOG(members)   "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{" members "}]}]}]}"

/* From memory that ends where the text ends, so that a sanitizer sees who reads on. */
static struct bytes *read_text(const struct shape *shape, struct str text,
                               struct json_report *report)
{
    char *exact = malloc(text.len > 0 ? text.len : 1);
    struct bytes *result;

    ck_assert_ptr_nonnull(exact);
    memcpy(exact, text.at, text.len);
    result = json_read(shape, (struct str){exact, text.len}, report);
    free(exact);
    ck_assert((result == NULL) == (report->verdict != JSON_OK));
    return result;
}

/* What a request says, as JSON; or why it is refused. */
static void expect(const struct shape *shape, struct str text, const char *expected)
{
    struct json_report report;
    struct bytes *got = read_text(shape, text, &report);
    struct buf json = {0};

    if (got)
        json_write(&json, shape, bytes_str(got));
    ck_assert_str_eq(got ? buf_text(&json) : report.why, expected);
    buf_done(&json);
    bytes_unref(got);
    ck_assert_uint_eq(budget_used(), 0);
}

/* As protobuf-c writes it: the same bytes for the same content. */
static struct buf canonical(struct str request)
{
    pb_request *message = (pb_request *)protobuf_c_message_unpack(PB_REQUEST, NULL, request.len,
                                                                  (const uint8_t *)request.at);
    struct buf out = {0};

    ck_assert_ptr_nonnull(message);
    out.len = protobuf_c_message_pack(
        &message->base,
        (uint8_t *)buf_reserve(&out, protobuf_c_message_get_packed_size(&message->base)));
    protobuf_c_message_free_unpacked(&message->base, NULL);
    return out;
}

static void expect_same(struct str request, const struct bytes *got, const char *what)
{
    struct buf a = canonical(request), b = canonical(bytes_str(got));

    ck_assert_msg(str_eq(buf_str(&a), buf_str(&b)), "%s", what);
    buf_done(&a);
    buf_done(&b);
}

START_TEST(vectors_are_the_same_in_both_forms)
{
    glob_t found;

    ck_assert_int_eq(glob("tests/data/vectors/*.otlp.json", 0, NULL, &found), 0);
    ck_assert_uint_ge(found.gl_pathc, 20);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        const char *path = found.gl_pathv[i];
        struct buf json = file_bytes(path), name = {0}, protobuf, again = {0};
        struct json_report report;
        struct bytes *got = read_text(&shape_traces_request, buf_str(&json), &report);

        ck_assert_msg(got != NULL, "%s: %s", path, report.why);
        buf_printf(&name, "%.*s.pb", (int)(strlen(path) - strlen(".json")), path);
        protobuf = file_bytes(buf_text(&name));
        expect_same(buf_str(&protobuf), got, path);
        json_write(&again, &shape_traces_request, buf_str(&protobuf));
        bytes_unref(got);
        got = read_text(&shape_traces_request, buf_str(&again), &report);
        ck_assert_msg(got != NULL, "%s: %s", path, report.why);
        expect_same(buf_str(&protobuf), got, path);
        bytes_unref(got);
        buf_done(&again);
        buf_done(&protobuf);
        buf_done(&name);
        buf_done(&json);
    }
    globfree(&found);
}
END_TEST

START_TEST(vectors_that_are_cut_are_refused)
{
    struct buf json = file_bytes("tests/data/vectors/19-realistic.otlp.json");
    struct json_report report;

    while (json.len > 0 && json.at[json.len - 1] != '}')
        json.len--;
    for (size_t len = 0; len < json.len; len++) {
        ck_assert_ptr_null(read_text(&shape_traces_request, (struct str){json.at, len}, &report));
        ck_assert_int_eq(report.verdict, JSON_MALFORMED);
    }
    ck_assert_uint_eq(budget_used(), 0);
    buf_done(&json);
}
END_TEST

START_TEST(requests_by_chance_come_back_from_json)
{
    struct dice dice = dice_new("json");
    struct buf request = {0}, json = {0};
    struct json_report report;
    struct bytes *got;

    for (unsigned round = 0; round < ROUNDS; round++) {
        random_request(&dice, &request);
        json_write(&json, &shape_traces_request, buf_str(&request));
        got = read_text(&shape_traces_request, buf_str(&json), &report);
        ck_assert_msg(got != NULL, "round %u: %s", round, report.why);
        expect_same(buf_str(&request), got, "they differ");
        bytes_unref(got);
        buf_reset(&request);
        buf_reset(&json);
    }
    buf_done(&request);
    buf_done(&json);
}
END_TEST

START_TEST(members_are_read_in_many_forms)
{
    static const struct {
        struct str text;
        const char *expected;
    } cases[] = {
        {STR_INIT("{}"), "{}"},
        {STR_INIT(" null "), "{}"},
        {STR_INIT("{\"resourceSpans\":null}"), "{}"},
        {STR_INIT("{\"resourceSpans\":[]}"), "{}"},
        {STR_INIT("{\"resourceSpans\":[null]}"), "{\"resourceSpans\":[{}]}"},
        {STR_INIT("\t{ \"resource_spans\" :\r\n[ { } , {} ] } "), "{\"resourceSpans\":[{},{}]}"},
        {STR_INIT("{\"resource\\u0053pans\":[{}]}"), "{\"resourceSpans\":[{}]}"},
        {STR_INIT("{\"resourceSpans\":[{\"resource\":{\"entity_refs\":[{\"idKeys\":[\"a\",null,"
                  "\"b\"]}]}}]}"),
         "{\"resourceSpans\":[{\"resource\":{\"entityRefs\":[{\"idKeys\":[\"a\",\"\",\"b\"]}]}}]}"},
        /* unknown names, of any value */
        {STR_INIT(SPAN("\"x\":{\"a\":[1,-2.5e3,true,false,null,\"\\ud800\",{}]},\"name\":\"n\"")),
         SPAN("\"name\":\"n\"")},
        {STR_INIT(SPAN("\"Name\":\"a\",\"trace_Id\":5,\"trace__id\":5,\"_\":1,\"\":2")), SPAN("")},
        /* ids */
        {STR_INIT(SPAN("\"traceId\":\"0123456789abcdefABCDEF9876543210\"")),
         SPAN("\"traceId\":\"0123456789abcdefabcdef9876543210\"")},
        {STR_INIT(SPAN("\"span_id\":\"\\u0030123456789abcdef\",\"parent_span_id\":\"\"")),
         SPAN("\"spanId\":\"0123456789abcdef\",\"parentSpanId\":\"\"")},
        {STR_INIT(
             SPAN("\"traceId\":\"01\",\"spanId\":\"0123456789abcdef0\",\"parentSpanId\":null")),
         SPAN("\"traceId\":\"01\",\"spanId\":\"00\"")},
        /* enums and integers */
        {STR_INIT(
             SPAN("\"kind\":\"SPAN_KIND_SERVER\",\"status\":{\"code\":\"STATUS_CODE_ERROR\"}")),
         SPAN("\"kind\":2,\"status\":{\"code\":2}")},
        {STR_INIT(SPAN("\"kind\":-1")), SPAN("\"kind\":-1")},
        {STR_INIT(SPAN("\"kind\":77,\"kind\":1,\"kind\":null")), SPAN("\"kind\":1")},
        {STR_INIT(SPAN("\"startTimeUnixNano\":\"18446744073709551615\",\"endTimeUnixNano\":1e3")),
         SPAN("\"startTimeUnixNano\":\"18446744073709551615\",\"endTimeUnixNano\":\"1000\"")},
        {STR_INIT(SPAN("\"flags\":\"4294967295\",\"dropped_links_count\":1.0")),
         SPAN("\"flags\":4294967295,\"droppedLinksCount\":1")},
        {STR_INIT(VALUE("\"intValue\":-9223372036854775808")),
         VALUE("\"intValue\":\"-9223372036854775808\"")},
        {STR_INIT(VALUE("\"int_value\":\"9007199254740993\"")),
         VALUE("\"intValue\":\"9007199254740993\"")},
        /* doubles, bools, bytes */
        {STR_INIT(VALUE("\"doubleValue\":\"NaN\"")), VALUE("\"doubleValue\":\"NaN\"")},
        {STR_INIT(VALUE("\"doubleValue\":\"-Infinity\"")), VALUE("\"doubleValue\":\"-Infinity\"")},
        {STR_INIT(VALUE("\"doubleValue\":\"Infinity\"")), VALUE("\"doubleValue\":\"Infinity\"")},
        {STR_INIT(VALUE("\"doubleValue\":\"1.5\"")), VALUE("\"doubleValue\":1.5")},
        {STR_INIT(VALUE("\"doubleValue\":\"0.30000000000000004\"")),
         VALUE("\"doubleValue\":0.30000000000000004")},
        {STR_INIT(VALUE("\"boolValue\":false")), VALUE("\"boolValue\":false")},
        {STR_INIT(VALUE("\"bytesValue\":\"-_8\"")), VALUE("\"bytesValue\":\"+/8=\"")},
        /* text */
        {STR_INIT(VALUE("\"stringValue\":\"\"")), VALUE("\"stringValue\":\"\"")},
        {STR_INIT(VALUE("\"stringValue\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\\u00e9\"")),
         VALUE("\"stringValue\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\xc3\xa9\"")},
        {STR_INIT(VALUE("\"stringValue\":\"\\ud83d\\ude00 \\u20AC\"")),
         VALUE("\"stringValue\":\"\xf0\x9f\x98\x80 \xe2\x82\xac\"")},
        {STR_INIT(VALUE("\"stringValue\":\"\\ud83d|\\ude00|\\ud83d\\ud83d\\ude00\"")),
         VALUE("\"stringValue\":\"\xef\xbf\xbd|\xef\xbf\xbd|\xef\xbf\xbd\xf0\x9f\x98\x80\"")},
        {STR_INIT(VALUE("\"stringValue\":\"a\xff\x80z\"")),
         VALUE("\"stringValue\":\"a\xef\xbf\xbd\xef\xbf\xbdz\"")},
        /* values in values */
        {STR_INIT(VALUE("\"arrayValue\":{\"values\":[{},null,{\"boolValue\":true}]}")),
         VALUE("\"arrayValue\":{\"values\":[{},{},{\"boolValue\":true}]}")},
        {STR_INIT(
             VALUE("\"kvlistValue\":{\"values\":[{\"value\":{\"intValue\":1},\"key\":\"a\"}]}")),
         VALUE("\"kvlistValue\":{\"values\":[{\"value\":{\"intValue\":\"1\"},\"key\":\"a\"}]}")},
        /* what comes twice: the last number or text, all lists, messages as one */
        {STR_INIT(SPAN("\"name\":\"a\",\"status\":{\"message\":\"m\"},\"events\":[{}],"
                       "\"name\":\"b\",\"status\":{\"code\":1},\"events\":[{\"name\":\"e\"}]")),
         SPAN("\"name\":\"b\",\"status\":{\"message\":\"m\",\"code\":1},"
              "\"events\":[{},{\"name\":\"e\"}]")},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        expect(&shape_traces_request, cases[i].text, cases[i].expected);
}
END_TEST

START_TEST(metrics_and_logs_are_read_too)
{
    expect(&shape_metrics_request,
           STR(METRIC("\"histogram\":{\"dataPoints\":[{\"bucketCounts\":[\"1\",2,3.0],"
                      "\"explicit_bounds\":[0.5,\"Infinity\"],\"sum\":0}],"
                      "\"aggregationTemporality\":\"AGGREGATION_TEMPORALITY_DELTA\"}")),
           METRIC("\"histogram\":{\"dataPoints\":[{\"bucketCounts\":[\"1\",\"2\",\"3\"],"
                  "\"explicitBounds\":[0.5,\"Infinity\"],\"sum\":0}],"
                  "\"aggregationTemporality\":1}"));
    expect(&shape_metrics_request,
           STR(METRIC("\"exponentialHistogram\":{\"dataPoints\":[{\"scale\":-3,\"positive\":"
                      "{\"offset\":-2147483648,\"bucketCounts\":[18446744073709551615,0]}}]}")),
           METRIC("\"exponentialHistogram\":{\"dataPoints\":[{\"scale\":-3,\"positive\":"
                  "{\"offset\":-2147483648,\"bucketCounts\":[\"18446744073709551615\",\"0\"]}}]}"));
    expect(&shape_metrics_request,
           STR(METRIC("\"sum\":{\"isMonotonic\":true,\"dataPoints\":[{\"asInt\":\"-5\"},"
                      "{\"asDouble\":2.5,\"exemplars\":[{\"traceId\":\"\"}]}]}")),
           METRIC("\"sum\":{\"isMonotonic\":true,\"dataPoints\":[{\"asInt\":\"-5\"},"
                  "{\"asDouble\":2.5,\"exemplars\":[{\"traceId\":\"\"}]}]}"));
    expect(&shape_metrics_request,
           STR(METRIC("\"histogram\":{\"dataPoints\":[{\"bucketCounts\":[null]}]}")),
           "resourceMetrics[0].scopeMetrics[0].metrics[0].histogram.dataPoints[0].bucketCounts[0]: "
           "a number is wanted here (at byte 94)");
    expect(&shape_logs_request,
           STR(LOG("\"severityNumber\":\"SEVERITY_NUMBER_FATAL4\",\"body\":{\"stringValue\":\"x\"},"
                   "\"observed_time_unix_nano\":\"7\",\"eventName\":\"e\"")),
           LOG("\"severityNumber\":24,\"body\":{\"stringValue\":\"x\"},"
               "\"observedTimeUnixNano\":\"7\",\"eventName\":\"e\""));
}
END_TEST

START_TEST(what_is_wrong_is_told_with_its_path)
{
#define AT_SPAN "resourceSpans[0].scopeSpans[0].spans[0]"
    static const struct {
        struct str text;
        const char *why;
    } cases[] = {
        {STR_INIT(""), "the request is empty (at byte 0)"},
        {STR_INIT(" \n"), "the request is empty (at byte 2)"},
        {STR_INIT("[]"), "an object is wanted here (at byte 0)"},
        {STR_INIT("\"x\""), "an object is wanted here (at byte 0)"},
        {STR_INIT("nul"), "not a value (at byte 0)"},
        {STR_INIT("\xef\xbb\xbf{}"), "an object is wanted here (at byte 0)"},
        {STR_INIT("{} {}"), "something follows the request (at byte 3)"},
        {STR_INIT("{"), "the text ends too early (at byte 1)"},
        {STR_INIT("{\"a\":1,}"), "a comma is followed by nothing (at byte 7)"},
        {STR_INIT("{\"a\" 1}"), "a colon is wanted here (at byte 5)"},
        {STR_INIT("{\"a\":1 \"b\":2}"), "a comma or a closing bracket is wanted here (at byte 7)"},
        {STR_INIT("{a:1}"), "a member's name is wanted here (at byte 1)"},
        {STR_INIT("{/**/}"), "a member's name is wanted here (at byte 1)"},
        {STR_INIT("{\"a\":[1,]}"), "a comma is followed by nothing (at byte 8)"},
        {STR_INIT("{\"a\":01}"), "a number is wanted here (at byte 5)"},
        {STR_INIT("{\"a\":1x}"), "a number is not valid (at byte 6)"},
        {STR_INIT("{\"a\":NaN}"), "a number is wanted here (at byte 5)"},
        {STR_INIT("{\"a\":\"\\x\"}"), "an escape in a string is not valid (at byte 7)"},
        {STR_INIT("{\"a\":\"\\u12g4\"}"), "an escape in a string is not valid (at byte 7)"},
        {STR_INIT("{\"a\":\"\t\"}"), "a control character stands in a string (at byte 6)"},
        {STR_INIT("{\"resourceSpans\":{}}"), "resourceSpans: a list is wanted here (at byte 17)"},
        {STR_INIT("{\"resourceSpans\":[{},1]}"),
         "resourceSpans[1]: an object is wanted here (at byte 21)"},
        {STR_INIT(SPAN("\"traceId\":\"0123456789abcdef0123456789abcdeg\"")),
         AT_SPAN ".traceId: not hex digits (at byte 88)"},
        {STR_INIT(SPAN("\"spanId\":\"-1\"")), AT_SPAN ".spanId: not hex digits (at byte 57)"},
        {STR_INIT(SPAN("\"spanId\":5")), AT_SPAN ".spanId: a string is wanted here (at byte 53)"},
        {STR_INIT(SPAN("\"name\":5")), AT_SPAN ".name: a string is wanted here (at byte 51)"},
        {STR_INIT(SPAN("\"kind\":\"SERVER\"")),
         AT_SPAN ".kind: not one of the names that it may have (at byte 59)"},
        {STR_INIT(SPAN("\"kind\":2147483648")),
         AT_SPAN ".kind: a number is out of range (at byte 61)"},
        {STR_INIT(SPAN("\"flags\":-1")), AT_SPAN ".flags: a number is out of range (at byte 54)"},
        {STR_INIT(SPAN("\"flags\":4294967296")),
         AT_SPAN ".flags: a number is out of range (at byte 62)"},
        {STR_INIT(SPAN("\"flags\":\"\"")), AT_SPAN ".flags: a number is wanted here (at byte 54)"},
        {STR_INIT(SPAN("\"flags\":\" 1\"")),
         AT_SPAN ".flags: a number is wanted here (at byte 56)"},
        {STR_INIT(SPAN("\"startTimeUnixNano\":1.5")),
         AT_SPAN ".startTimeUnixNano: a number is not whole (at byte 67)"},
        {STR_INIT(SPAN("\"startTimeUnixNano\":\"18446744073709551616\"")),
         AT_SPAN ".startTimeUnixNano: a number is out of range (at byte 86)"},
        {STR_INIT(VALUE("\"intValue\":9223372036854775808")),
         AT_SPAN ".attributes[0].value.intValue: a number is out of range (at byte 108)"},
        {STR_INIT(VALUE("\"intValue\":true")),
         AT_SPAN ".attributes[0].value.intValue: a number is wanted here (at byte 89)"},
        {STR_INIT(VALUE("\"doubleValue\":1e999")),
         AT_SPAN ".attributes[0].value.doubleValue: a number is out of range (at byte 97)"},
        {STR_INIT(VALUE("\"doubleValue\":\"nan\"")),
         AT_SPAN ".attributes[0].value.doubleValue: a number is wanted here (at byte 92)"},
        {STR_INIT(VALUE("\"boolValue\":1")),
         AT_SPAN ".attributes[0].value.boolValue: true or false is wanted here (at byte 90)"},
        {STR_INIT(VALUE("\"boolValue\":\"true\"")),
         AT_SPAN ".attributes[0].value.boolValue: true or false is wanted here (at byte 90)"},
        {STR_INIT(VALUE("\"bytesValue\":\"*\"")),
         AT_SPAN ".attributes[0].value.bytesValue: not base64 (at byte 94)"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        expect(&shape_traces_request, cases[i].text, cases[i].why);
}
END_TEST

/* A request whose member holds so many of open, then of close. */
static struct buf nested(const char *before, unsigned count, const char *open, const char *close,
                         const char *after)
{
    struct buf text = {0};

    buf_append_str(&text, str_of(before));
    for (unsigned i = 0; i < count; i++)
        buf_append_str(&text, str_of(open));
    for (unsigned i = 0; i < count; i++)
        buf_append_str(&text, str_of(close));
    buf_append_str(&text, str_of(after));
    return text;
}

START_TEST(nesting_is_bounded)
{
    static const struct {
        const char *before, *open, *close, *after;
        unsigned most;
        const char *why;
    } cases[] = {
        {"{\"x\":", "[", "]", "}", JSON_MAX_NESTING - 1, "objects and lists"},
        {"{\"x\":[", "{\"y\":[", "]}", "]}", JSON_MAX_NESTING / 2 - 1, "objects and lists"},
        {"{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"attributes\":[{\"value\":",
         "{\"arrayValue\":{\"values\":[", "]}}", "}]}]}]}]}", 64, "attribute values"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (unsigned more = 0; more < 3; more++) {
            struct buf text;
            struct json_report report;
            struct bytes *got;

            text = nested(cases[i].before, cases[i].most - 1 + more, cases[i].open, cases[i].close,
                          cases[i].after);
            got = read_text(&shape_traces_request, buf_str(&text), &report);
            ck_assert_msg((got != NULL) == (more < 2), "case %zu, %u more: %s", i, more,
                          report.why);
            if (!got)
                ck_assert_msg(strstr(report.why, cases[i].why) != NULL, "%s", report.why);
            bytes_unref(got);
            buf_done(&text);
        }
    }
    ck_assert_uint_eq(budget_used(), 0);
}
END_TEST

START_TEST(a_long_path_is_cut)
{
    struct buf text = nested("{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"attributes\":[{"
                             "\"value\":",
                             60, "{\"arrayValue\":{\"values\":[", "", "1");
    struct json_report report;

    ck_assert_ptr_null(read_text(&shape_traces_request, buf_str(&text), &report));
    ck_assert_ptr_nonnull(strstr(report.why, "...: an object is wanted here (at byte "));
    buf_done(&text);
}
END_TEST

START_TEST(the_budget_is_kept)
{
    struct buf json = file_bytes("tests/data/vectors/19-realistic.otlp.json"), wide = {0};
    struct json_report report = {.verdict = JSON_NO_ROOM};
    unsigned refused = 0;

    for (size_t limit = 1; report.verdict == JSON_NO_ROOM; limit += 64) {
        budget_set_limit(limit);
        bytes_unref(read_text(&shape_traces_request, buf_str(&json), &report));
        refused += report.verdict == JSON_NO_ROOM;
        ck_assert_uint_eq(budget_used(), 0);
    }
    ck_assert_int_eq(report.verdict, JSON_OK);
    ck_assert_uint_gt(refused, 20);
    /* 2 bytes of text become 8: it grows, and is refused where it cannot */
    buf_append_str(&wide,
                   STR("{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"histogram\":"
                       "{\"dataPoints\":[{\"bucketCounts\":[1"));
    for (unsigned i = 0; i < 10000; i++)
        buf_append_str(&wide, STR(",1"));
    buf_append_str(&wide, STR("]}]}}]}]}]}"));
    budget_set_limit(40000);
    ck_assert_ptr_null(read_text(&shape_metrics_request, buf_str(&wide), &report));
    ck_assert_int_eq(report.verdict, JSON_NO_ROOM);
    budget_set_limit(400000);
    bytes_unref(read_text(&shape_metrics_request, buf_str(&wide), &report));
    ck_assert_int_eq(report.verdict, JSON_OK);
    ck_assert_uint_eq(budget_used(), 0);
    buf_done(&wide);
    buf_done(&json);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("json_read");

    tcase_set_timeout(cases, 120);
    tcase_add_test(cases, vectors_are_the_same_in_both_forms);
    tcase_add_test(cases, vectors_that_are_cut_are_refused);
    tcase_add_test(cases, requests_by_chance_come_back_from_json);
    tcase_add_test(cases, members_are_read_in_many_forms);
    tcase_add_test(cases, metrics_and_logs_are_read_too);
    tcase_add_test(cases, what_is_wrong_is_told_with_its_path);
    tcase_add_test(cases, nesting_is_bounded);
    tcase_add_test(cases, a_long_path_is_cut);
    tcase_add_test(cases, the_budget_is_kept);
    return run_tests("json_read", cases);
}
