/*
 * What was taken comes out again.
 */
#include "viewer/otlp_json.h"

#include "unit/viewer_fixture.h"

START_TEST(a_trace_is_one_request)
{
    static const char request[] =
        "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{"
        "\"stringValue\":\"shop\"}}]},\"schemaUrl\":\"u1\",\"scopeSpans\":[{\"scope\":{\"name\":"
        "\"lib\"},\"schemaUrl\":\"u2\",\"spans\":[{\"traceId\":\"" T1 "\",\"spanId\":"
        "\"0000000000000001\",\"name\":\"a\"},{\"traceId\":\"" T1 "\",\"spanId\":"
        "\"0000000000000002\",\"name\":\"b\"}]},{\"scope\":{\"name\":\"other\"},\"spans\":[{"
        "\"traceId\":\"" T1 "\",\"spanId\":\"0000000000000003\",\"name\":\"c\"}]}]},{"
        "\"scopeSpans\":[{\"spans\":[{\"traceId\":\"" T1 "\",\"spanId\":\"0000000000000004\","
        "\"name\":\"d\"}]}]}]}";
    struct viewer_fixture f;

    viewer_begin(&f);
    viewer_take(&f, request);
    ck_assert_str_eq(viewer_get(&f, "/api/otelc/traces/" T1 "/otlp"), request);
    ck_assert_str_eq(f.disposition, "attachment; filename=\"trace-" T1 ".otlp.json\"");
    viewer_end(&f);
}
END_TEST

START_TEST(spans_that_come_later_join_their_scope)
{
    struct viewer_fixture f;

    viewer_begin(&f);
    viewer_take_spans(&f, "a", "{\"traceId\":\"" T1 "\",\"spanId\":\"0000000000000001\"}");
    viewer_take_spans(&f, "b", "{\"traceId\":\"" T1 "\",\"spanId\":\"0000000000000002\"}");
    viewer_take_spans(&f, "a", "{\"traceId\":\"" T1 "\",\"spanId\":\"0000000000000003\"}");
    viewer_has(&f, "/api/otelc/traces/" T1 "/otlp",
               "\"spans\":[{\"traceId\":\"" T1 "\",\"spanId\":\"0000000000000001\"},{\"traceId\":"
               "\"" T1 "\",\"spanId\":\"0000000000000003\"}]}]},{");
    viewer_end(&f);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("otlp_json");

    tcase_add_test(cases, a_trace_is_one_request);
    tcase_add_test(cases, spans_that_come_later_join_their_scope);
    return run_tests("otlp_json", cases);
}
