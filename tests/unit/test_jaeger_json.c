/*
 * Spans, and the JSON that Jaeger 1.76 shows of them.
 */
#include "viewer/jaeger_json.h"

#include "unit/viewer_fixture.h"

#define SHOWN(key, type, value) "{\"key\":\"" key "\",\"type\":\"" type "\",\"value\":" value "}"

static void shows(const char *more, const char *part)
{
    struct viewer_fixture f;

    viewer_begin(&f);
    viewer_take_span(&f, "shop", T1, 1, "op", more);
    viewer_has(&f, "/api/traces/" T1, part);
    viewer_end(&f);
}

START_TEST(a_span_is_shown_whole)
{
    struct viewer_fixture f;

    viewer_begin(&f);
    viewer_take_span(&f, "shop", "00000000000000000000000000000abc", 7, "op",
                     ",\"parentSpanId\":\"0000000000000005\"");
    ck_assert_str_eq(
        viewer_get(&f, "/api/traces/abc"),
        "{\"data\":[{\"traceID\":\"0000000000000abc\",\"spans\":[{\"traceID\":\"0000000000000abc\","
        "\"spanID\":\"0000000000000007\",\"operationName\":\"op\",\"references\":[{\"refType\":"
        "\"CHILD_OF\",\"traceID\":\"0000000000000abc\",\"spanID\":\"0000000000000005\"}],"
        "\"startTime\":1700000007000000,\"duration\":7000,\"tags\":["
        "{\"key\":\"otel.scope.name\",\"type\":\"string\",\"value\":\"lib\"},"
        "{\"key\":\"span.kind\",\"type\":\"string\",\"value\":\"server\"}],\"logs\":[],"
        "\"processID\":\"p1\",\"warnings\":null}],\"processes\":{\"p1\":{\"serviceName\":\"shop\","
        "\"tags\":[]}},\"warnings\":null}],\"total\":0,\"limit\":0,\"offset\":0,\"errors\":null}");
    viewer_end(&f);
}
END_TEST

START_TEST(values_keep_their_types)
{
    static const struct {
        const char *key, *value, *tag;
    } cases[] = {
        {"k", "{\"stringValue\":\"a\\\"b\"}", SHOWN("k", "string", "\"a\\\"b\"")},
        {"k", "{\"boolValue\":true}", SHOWN("k", "bool", "true")},
        {"k", "{\"intValue\":\"9007199254740991\"}", SHOWN("k", "int64", "9007199254740991")},
        {"k", "{\"intValue\":\"9007199254740992\"}", SHOWN("k", "int64", "\"9007199254740992\"")},
        {"k", "{\"intValue\":\"-9223372036854775808\"}",
         SHOWN("k", "int64", "\"-9223372036854775808\"")},
        {"ip", "{\"intValue\":\"16909060\"}", SHOWN("ip", "string", "\"1.2.3.4\"")},
        {"peer.ipv4", "{\"intValue\":\"-1\"}", SHOWN("peer.ipv4", "string", "\"255.255.255.255\"")},
        {"k", "{\"doubleValue\":100000}", SHOWN("k", "float64", "100000")},
        {"k", "{\"doubleValue\":1e-7}", SHOWN("k", "float64", "1e-7")},
        {"k", "{\"doubleValue\":\"NaN\"}", SHOWN("k", "float64", "\"NaN\"")},
        {"k", "{\"doubleValue\":\"-Infinity\"}", SHOWN("k", "float64", "\"-Infinity\"")},
        {"k", "{\"doubleValue\":\"Infinity\"}", SHOWN("k", "float64", "\"Infinity\"")},
        {"k", "{\"bytesValue\":\"AP8B\"}", SHOWN("k", "binary", "\"AP8B\"")},
        {"k", "{\"bytesValue\":\"\"}", SHOWN("k", "binary", "null")},
        {"k", "{}", SHOWN("k", "string", "\"\"")},
        {"k", "{\"arrayValue\":{\"values\":[{\"intValue\":1},{\"stringValue\":\"x\"}]}}",
         SHOWN("k", "string", "\"[1,\\\"x\\\"]\"")},
        {"k", "{\"kvlistValue\":{\"values\":[{\"key\":\"a\",\"value\":{\"boolValue\":false}}]}}",
         SHOWN("k", "string", "\"{\\\"a\\\":false}\"")},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct buf more = {0};

        buf_printf(&more, ",\"attributes\":[{\"key\":\"%s\",\"value\":%s}]", cases[i].key,
                   cases[i].value);
        shows(buf_text(&more), cases[i].tag);
        buf_done(&more);
    }
}
END_TEST

START_TEST(tags_are_in_the_order_of_their_keys)
{
    const char *const tags =
        "\"tags\":[" SHOWN("a", "int64", "2") "," SHOWN("error", "bool", "true") ",";

    shows(",\"attributes\":[{\"key\":\"z\",\"value\":{\"intValue\":1}},{\"key\":\"a\",\"value\":"
          "{\"intValue\":2}}],\"status\":{\"code\":2}",
          tags);
}
END_TEST

START_TEST(logs_begin_with_their_event)
{
    shows(
        ",\"events\":[{\"timeUnixNano\":\"5999\",\"name\":\"ev\",\"attributes\":[{\"key\":\"b\","
        "\"value\":{\"intValue\":1}},{\"key\":\"a\",\"value\":{\"intValue\":2}}]},{}]",
        "\"logs\":[{\"timestamp\":5,\"fields\":[" SHOWN("event", "string", "\"ev\"") "," SHOWN(
            "a", "int64", "2") "," SHOWN("b", "int64", "1") "]},{\"timestamp\":0,\"fields\":[]}]");
}
END_TEST

START_TEST(references_to_nothing_are_left_out)
{
    shows(",\"links\":[{\"traceId\":\"00000000000000000000000000000000\",\"spanId\":"
          "\"0000000000000000\"},{\"traceId\":\"" T2 "\",\"spanId\":\"0000000000000009\"}]",
          "\"references\":[{\"refType\":\"FOLLOWS_FROM\",\"traceID\":\"" T2
          "\",\"spanID\":\"0000000000000009\"}]");
    shows(",\"links\":[{}]", "\"warnings\":[\"a reference to no trace was left out\"]");
}
END_TEST

START_TEST(each_resource_is_a_process)
{
    struct viewer_fixture f;
    const char *text;

    viewer_begin(&f);
    viewer_take_span(&f, "shop", T1, 1, "a", "");
    viewer_take_span(&f, "db", T1, 2, "b", "");
    viewer_take_span(&f, "shop", T1, 3, "c", "");
    viewer_take(&f, "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":\"" T1
                    "\",\"spanId\":\"0000000000000009\"}]}]}]}");
    text = viewer_get(&f, "/api/traces/" T1);
    ck_assert_msg(strstr(text, "\"processes\":{\"p1\":{\"serviceName\":\"shop\",\"tags\":[]},"
                               "\"p2\":{\"serviceName\":\"db\",\"tags\":[]},"
                               "\"p3\":{\"serviceName\":\"missing-service-name\",\"tags\":[]}}"),
                  "%s", text);
    viewer_end(&f);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("jaeger_json");

    tcase_add_test(cases, a_span_is_shown_whole);
    tcase_add_test(cases, values_keep_their_types);
    tcase_add_test(cases, tags_are_in_the_order_of_their_keys);
    tcase_add_test(cases, logs_begin_with_their_event);
    tcase_add_test(cases, references_to_nothing_are_left_out);
    tcase_add_test(cases, each_resource_is_a_process);
    return run_tests("jaeger_json", cases);
}
