/*
 * OTLP protobuf to JSON, where it is not the plain way: test_json_read.c has that.
 */
#include "otlp/json_write.h"

#include "otlp/wire_write.h"
#include "unit/check.h"

static void expect(struct buf *got, const char *expected)
{
    ck_assert_str_eq(buf_text(got), expected);
    buf_done(got);
}

/* Two spans of one scope, with a schema_url between them that comes twice. */
START_TEST(what_stands_apart_comes_together)
{
    struct buf request = {0}, out = {0};
    size_t resource = wire_begin(&request, 1), scope = wire_begin(&request, 2);

    wire_put_bytes(&request, 3, STR("first"));
    wire_put_bytes(&request, 2,
                   STR("\x2a\x01"
                       "a"));
    wire_put_bytes(&request, 77, STR("unknown"));
    wire_put_bytes(&request, 3, STR("last"));
    wire_put_bytes(&request, 2,
                   STR("\x2a\x01"
                       "b"));
    wire_end(&request, scope);
    wire_end(&request, resource);
    json_write(&out, &shape_traces_request, buf_str(&request));
    expect(&out, "{\"resourceSpans\":[{\"scopeSpans\":[{\"schemaUrl\":\"last\",\"spans\":["
                 "{\"name\":\"a\"},{\"name\":\"b\"}]}]}]}");
    buf_done(&request);
}
END_TEST

START_TEST(a_message_that_comes_twice_is_one)
{
    struct buf request = {0}, out = {0};
    size_t resource = wire_begin(&request, 1);

    wire_put_bytes(&request, 1, STR("\x10\x05"));
    wire_put_bytes(&request, 1, STR("\x0a\x03\x0a\x01k"));
    wire_end(&request, resource);
    json_write(&out, &shape_traces_request, buf_str(&request));
    expect(&out, "{\"resourceSpans\":[{\"resource\":{\"droppedAttributesCount\":5,"
                 "\"attributes\":[{\"key\":\"k\"}]}}]}");
    buf_done(&request);
}
END_TEST

/* Of a oneof the last one counts, wherever its number comes in the table. */
START_TEST(the_last_of_a_oneof_stays_last)
{
    struct buf log = {0}, out = {0};
    size_t resource = wire_begin(&log, 1), scope = wire_begin(&log, 2),
           record = wire_begin(&log, 2);

    wire_put_bytes(&log, 5, STR("\x18\x01\x0a\x01x\x18\x02\x0a\x01y"));
    wire_end(&log, record);
    wire_end(&log, scope);
    wire_end(&log, resource);
    json_write(&out, &shape_logs_request, buf_str(&log));
    expect(&out, "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"body\":"
                 "{\"intValue\":\"2\",\"stringValue\":\"y\"}}]}]}]}");
    buf_done(&log);
}
END_TEST

/* In runs, one by one, and in runs of none. */
START_TEST(numbers_come_packed_or_not)
{
    struct buf request = {0}, out = {0};
    size_t begins[5];

    for (unsigned i = 0; i < 5; i++) /* metric 9 histogram, 1 data_points */
        begins[i] = wire_begin(&request, (const unsigned[]){1, 2, 2, 9, 1}[i]);
    wire_put_bytes(&request, 6, STR(""));
    wire_put_bytes(&request, 6, STR("\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0"));
    wire_put_bytes(&request, 6, STR(""));
    buf_append_str(&request, STR("\x31\3\0\0\0\0\0\0\0"));
    buf_append_str(&request, STR("\x21\4\0\0\0\0\0\0\0")); /* count */
    buf_append_str(&request, STR("\x31\5\0\0\0\0\0\0\0"));
    for (unsigned i = 5; i-- > 0;)
        wire_end(&request, begins[i]);
    json_write(&out, &shape_metrics_request, buf_str(&request));
    expect(&out, "{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"histogram\":"
                 "{\"dataPoints\":[{\"count\":\"4\",\"bucketCounts\":"
                 "[\"1\",\"2\",\"3\",\"5\"]}]}}]}]}]}");
    buf_done(&request);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("json_write");

    tcase_add_test(cases, what_stands_apart_comes_together);
    tcase_add_test(cases, a_message_that_comes_twice_is_one);
    tcase_add_test(cases, the_last_of_a_oneof_stays_last);
    tcase_add_test(cases, numbers_come_packed_or_not);
    return run_tests("json_write", cases);
}
