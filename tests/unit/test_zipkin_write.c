/*
 * OTLP as JSON in, Zipkin's JSON out: the table shows what becomes of each thing. Protobuf is
 * compared with it in test_zipkin_read.c.
 */
#include "zipkin/write.h"

#include "unit/batches.h"
#include "unit/check.h"

#define IDS     "\"traceId\":\"5b8efff798038103d269b633813fc60c\",\"spanId\":\"eee19b7ec3c1b174\""
#define OUT_IDS "\"traceId\":\"5b8efff798038103d269b633813fc60c\",\"id\":\"eee19b7ec3c1b174\""
#define LOCAL   ",\"localEndpoint\":{\"serviceName\":\"shop\"}"

static struct buf written(const struct batch *batch)
{
    struct zipkin_writer *writer = zipkin_writer_new(batch, &zipkin_json, STR("nobody"));
    struct buf out = {0};

    ck_assert_uint_eq(zipkin_writer_next(writer, SIZE_MAX, SIZE_MAX, &out), batch->items);
    zipkin_writer_free(writer);
    return out;
}

static void check(const char *resource, const char *scope, const char *span, const char *expected)
{
    struct buf in = {0}, out, whole = {0};
    struct batch *batch;

    buf_printf(&in,
               "{\"resourceSpans\":[{\"resource\":{\"attributes\":[%s]},\"scopeSpans\":[{"
               "\"scope\":{%s},\"spans\":[{" IDS "%s}]}]}]}",
               resource, scope, span);
    batch = batch_of_json(TRACES, buf_text(&in));
    out = written(batch);
    buf_printf(&whole, "[{" OUT_IDS "%s}]", expected);
    ck_assert_str_eq(buf_text(&out), buf_text(&whole));
    batch_unref(batch);
    buf_done(&in);
    buf_done(&out);
    buf_done(&whole);
}

#define TEXT(key, value) "{\"key\":\"" key "\",\"value\":{\"stringValue\":\"" value "\"}}"
#define SHOP             TEXT("service.name", "shop")
#define ATTRS(list)      ",\"attributes\":[" list "]"
#define CLIENT           ",\"kind\":3"
#define OUT_CLIENT       ",\"kind\":\"CLIENT\"" LOCAL
#define PORT(key, value) "{\"key\":\"" key "\",\"value\":{\"intValue\":\"" value "\"}}"

static const struct {
    const char *span, *expected;
} spans[] = {
    {"", LOCAL},
    {",\"name\":\"GET /\\\"\\n\"", ",\"name\":\"GET /\\\"\\n\"" LOCAL},
    {",\"parentSpanId\":\"0000000000000000\"", LOCAL},
    /* times */
    {",\"startTimeUnixNano\":\"1700000000000001999\",\"endTimeUnixNano\":\"1700000000000005000\"",
     ",\"timestamp\":1700000000000001,\"duration\":3" LOCAL},
    {",\"startTimeUnixNano\":\"1700000000000001000\",\"endTimeUnixNano\":\"1700000000000001001\"",
     ",\"timestamp\":1700000000000001,\"duration\":1" LOCAL},
    {",\"startTimeUnixNano\":\"1700000000000001000\",\"endTimeUnixNano\":\"1700000000000001000\"",
     ",\"timestamp\":1700000000000001" LOCAL},
    {",\"startTimeUnixNano\":\"1700000000000001000\",\"endTimeUnixNano\":\"5\"",
     ",\"timestamp\":1700000000000001" LOCAL},
    /* kinds */
    {",\"kind\":1", LOCAL ",\"tags\":{\"span.kind\":\"internal\"}"},
    {",\"kind\":2", ",\"kind\":\"SERVER\"" LOCAL},
    {CLIENT, OUT_CLIENT},
    {",\"kind\":4", ",\"kind\":\"PRODUCER\"" LOCAL},
    {",\"kind\":5", ",\"kind\":\"CONSUMER\"" LOCAL},
    {",\"kind\":77", LOCAL},
    /* status */
    {",\"status\":{\"code\":1}", LOCAL ",\"tags\":{\"otel.status_code\":\"OK\"}"},
    {",\"status\":{\"code\":2}",
     LOCAL ",\"tags\":{\"otel.status_code\":\"ERROR\",\"error\":\"true\"}"},
    {",\"status\":{\"code\":2,\"message\":\"no\"}",
     LOCAL ",\"tags\":{\"otel.status_code\":\"ERROR\",\"error\":\"no\"}"},
    {",\"status\":{\"code\":2,\"message\":\"no\"}" ATTRS(TEXT("error", "true")),
     LOCAL ",\"tags\":{\"otel.status_code\":\"ERROR\",\"error\":\"no\"}"},
    {",\"status\":{\"code\":2}" ATTRS(TEXT("error", "")),
     LOCAL ",\"tags\":{\"otel.status_code\":\"ERROR\",\"error\":\"\"}"},
    {ATTRS("{\"key\":\"error\",\"value\":{\"boolValue\":false}}"), LOCAL},
    /* the remote endpoint */
    {ATTRS(TEXT("peer.service", "db") "," TEXT("net.peer.ip", "10.0.0.1") "," PORT("net.peer.port",
                                                                                   "5432")),
     LOCAL ",\"remoteEndpoint\":{\"serviceName\":\"db\",\"ipv4\":\"10.0.0.1\",\"port\":5432}"},
    {ATTRS(TEXT("net.peer.ip", "::1") "," TEXT("net.peer.port", "80")),
     LOCAL ",\"remoteEndpoint\":{\"ipv6\":\"::1\",\"port\":80}"},
    {ATTRS(TEXT("net.peer.ip", "a host") "," TEXT("net.peer.port", "99999")),
     LOCAL ",\"tags\":{\"net.peer.ip\":\"a host\",\"net.peer.port\":\"99999\"}"},
    {ATTRS(TEXT("net.host.ip", "10.0.0.2") "," PORT("net.host.port", "80")),
     ",\"localEndpoint\":{\"serviceName\":\"shop\",\"ipv4\":\"10.0.0.2\",\"port\":80}"},
    {CLIENT ATTRS(TEXT("server.address", "db.example") "," PORT("server.port", "5432")),
     OUT_CLIENT ",\"remoteEndpoint\":{\"serviceName\":\"db.example\",\"port\":5432},\"tags\":{"
                "\"server.address\":\"db.example\",\"server.port\":\"5432\"}"},
    {CLIENT ATTRS(TEXT("server.address", "10.0.0.3") "," TEXT("db.name", "carts")),
     OUT_CLIENT ",\"remoteEndpoint\":{\"serviceName\":\"carts\",\"ipv4\":\"10.0.0.3\"},\"tags\":{"
                "\"server.address\":\"10.0.0.3\",\"db.name\":\"carts\"}"},
    {CLIENT ATTRS(TEXT("network.peer.address", "10.0.0.3") "," PORT("network.peer.port", "9")),
     OUT_CLIENT ",\"remoteEndpoint\":{\"ipv4\":\"10.0.0.3\",\"port\":9},\"tags\":{"
                "\"network.peer.address\":\"10.0.0.3\",\"network.peer.port\":\"9\"}"},
    {CLIENT ATTRS(TEXT("peer.service", "db") "," TEXT("server.address", "x")),
     OUT_CLIENT ",\"remoteEndpoint\":{\"serviceName\":\"db\"},\"tags\":{"
                "\"server.address\":\"x\"}"},
    {",\"kind\":2" ATTRS(TEXT("server.address", "x")),
     ",\"kind\":\"SERVER\"" LOCAL ",\"tags\":{\"server.address\":\"x\"}"},
    /* values */
    {ATTRS("{\"key\":\"i\",\"value\":{\"intValue\":\"-5\"}},{\"key\":\"d\",\"value\":{"
           "\"doubleValue\":0.5}},{\"key\":\"b\",\"value\":{\"boolValue\":true}},{\"key\":\"n\","
           "\"value\":{}},{\"key\":\"x\",\"value\":{\"bytesValue\":\"AP8=\"}},{\"key\":\"l\","
           "\"value\":{\"arrayValue\":{\"values\":[{\"intValue\":1},{\"stringValue\":\"s\"}]}}},"
           "{\"key\":\"nan\",\"value\":{\"doubleValue\":\"NaN\"}}"),
     LOCAL ",\"tags\":{\"i\":\"-5\",\"d\":\"0.5\",\"b\":\"true\",\"n\":\"\",\"x\":\"AP8=\","
           "\"l\":\"[1,\\\"s\\\"]\",\"nan\":\"NaN\"}"},
    /* events and links */
    {",\"events\":[{\"timeUnixNano\":\"1700000000000001000\",\"name\":\"plain\"},{\"name\":"
     "\"e\"" ATTRS(TEXT("k", "v") ",{\"key\":\"n\",\"value\":{\"intValue\":\"2\"}}") "}]",
     LOCAL
     ",\"annotations\":[{\"timestamp\":1700000000000001,\"value\":\"plain\"},{\"timestamp\":0,"
     "\"value\":\"\\\"e\\\": {\\\"k\\\":\\\"v\\\",\\\"n\\\":2}\"}]"},
    {",\"links\":[{\"traceId\":\"5b8efff798038103d269b633813fc60d\",\"spanId\":\"0000000000000009\""
     ",\"traceState\":\"a=b\"" ATTRS(TEXT("k", "v")) ",\"droppedAttributesCount\":2}]",
     LOCAL ",\"tags\":{\"otlp.link.0\":\"5b8efff798038103d269b633813fc60d|0000000000000009|a=b|"
           "{\\\"k\\\":\\\"v\\\"}|2\"}"},
    {",\"traceState\":\"a=b\",\"droppedAttributesCount\":1,\"droppedEventsCount\":2,"
     "\"droppedLinksCount\":3",
     LOCAL ",\"tags\":{\"w3c.tracestate\":\"a=b\",\"otel.dropped_attributes_count\":\"1\","
           "\"otel.dropped_events_count\":\"2\",\"otel.dropped_links_count\":\"3\"}"},
    /* what came from Zipkin */
    {ATTRS("{\"key\":\"zipkin.shared\",\"value\":{\"boolValue\":true}},{\"key\":\"zipkin.debug\","
           "\"value\":{\"boolValue\":true}}"),
     LOCAL ",\"debug\":true,\"shared\":true"},
};

START_TEST(spans_become_zipkins)
{
    for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++)
        check(SHOP, "", spans[i].span, spans[i].expected);
}
END_TEST

START_TEST(parents_stand_between_the_ids)
{
    struct batch *batch =
        batch_of_json(TRACES, "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{" IDS
                              ",\"parentSpanId\":\"0000000000000007\"}]}]}]}");
    struct buf out = written(batch);

    ck_assert_str_eq(buf_text(&out),
                     "[{\"traceId\":\"5b8efff798038103d269b633813fc60c\",\"parentId\":"
                     "\"0000000000000007\",\"id\":\"eee19b7ec3c1b174\",\"localEndpoint\":{"
                     "\"serviceName\":\"nobody\"}}]");
    buf_done(&out);
    batch_unref(batch);
}
END_TEST

START_TEST(a_trace_id_of_64_bits_is_written_so)
{
    struct batch *batch = batch_of_json(
        TRACES, "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":"
                "\"0000000000000000d269b633813fc60c\",\"spanId\":\"eee19b7ec3c1b174\"}]}]}]}");
    struct buf out = written(batch);

    ck_assert_ptr_nonnull(strstr(buf_text(&out), "{\"traceId\":\"d269b633813fc60c\","));
    buf_done(&out);
    batch_unref(batch);
}
END_TEST

START_TEST(resources_and_scopes_are_tags_of_each_span)
{
    check(SHOP "," TEXT("host.name", "h1"), "\"name\":\"lib\",\"version\":\"1.2\"",
          ATTRS(TEXT("k", "v")),
          LOCAL ",\"tags\":{\"host.name\":\"h1\",\"otel.scope.name\":\"lib\","
                "\"otel.library.name\":\"lib\",\"otel.scope.version\":\"1.2\","
                "\"otel.library.version\":\"1.2\",\"k\":\"v\"}");
    check(TEXT("host.name", "h1"), "", "",
          ",\"localEndpoint\":{\"serviceName\":\"nobody\"},\"tags\":{\"host.name\":\"h1\"}");
}
END_TEST

/* Two resources, of three spans and one. */
static struct batch *four_spans(void)
{
    struct buf in = {0};
    struct batch *batch;

    buf_printf(&in, "{\"resourceSpans\":[{\"resource\":{\"attributes\":[" SHOP
                    "]},\"scopeSpans\":[{\"spans\":[");
    for (unsigned i = 1; i <= 4; i++) {
        if (i == 4)
            buf_printf(&in, "]}]},{\"scopeSpans\":[{\"spans\":[");
        buf_printf(&in, "%s{\"traceId\":\"5b8efff798038103d269b633813fc60c\",\"spanId\":\"%016x\"}",
                   i == 1 || i == 4 ? "" : ",", i);
    }
    buf_printf(&in, "]}]}]}");
    batch = batch_of_json(TRACES, buf_text(&in));
    buf_done(&in);
    return batch;
}

/* The spans of a body, by the last digits of their ids. */
static const char *ids_of(struct buf *body)
{
    static char ids[10];
    size_t count = 0;

    for (const char *at = buf_text(body); (at = strstr(at, "\"id\":\"")) != NULL; at++)
        ids[count++] = at[6 + 15];
    ids[count] = '\0';
    return ids;
}

START_TEST(bodies_are_cut_and_made_again)
{
    const struct zipkin_form *const forms[] = {&zipkin_json, &zipkin_proto};
    struct batch *batch = four_spans();

    for (size_t f = 0; f < 2; f++) {
        struct zipkin_writer *w = zipkin_writer_new(batch, forms[f], STR("nobody"));
        struct buf first = {0}, body = {0};

        ck_assert_uint_eq(zipkin_writer_next(w, SIZE_MAX, 2, &first), 2);
        zipkin_writer_again(w);
        ck_assert_uint_eq(zipkin_writer_next(w, SIZE_MAX, 2, &body), 2);
        ck_assert(str_eq(buf_str(&first), buf_str(&body)));
        if (f == 0)
            ck_assert_str_eq(ids_of(&body), "12");
        buf_reset(&body);
        ck_assert_uint_eq(zipkin_writer_next(w, 1, 2, &body), 1);
        buf_reset(&body);
        ck_assert_uint_eq(zipkin_writer_next(w, SIZE_MAX, SIZE_MAX, &body), 1);
        if (f == 0)
            ck_assert_str_eq(ids_of(&body), "4");
        buf_reset(&body);
        ck_assert_uint_eq(zipkin_writer_next(w, SIZE_MAX, 2, &body), 0);
        ck_assert_uint_eq(body.len, 0);
        zipkin_writer_free(w);
        buf_done(&body);
        buf_done(&first);
    }
    batch_unref(batch);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("zipkin_write");

    tcase_add_test(cases, spans_become_zipkins);
    tcase_add_test(cases, parents_stand_between_the_ids);
    tcase_add_test(cases, a_trace_id_of_64_bits_is_written_so);
    tcase_add_test(cases, resources_and_scopes_are_tags_of_each_span);
    tcase_add_test(cases, bodies_are_cut_and_made_again);
    return run_tests("zipkin_write", cases);
}
