/*
 * Lists.
 */
#include "viewer/summary.h"

#include "unit/viewer_fixture.h"

START_TEST(a_trace_is_summed_up)
{
    struct viewer_fixture f;

    viewer_begin(&f);
    viewer_take_span(&f, "db", T1, 2, "select", ",\"parentSpanId\":\"0000000000000001\"");
    viewer_take_span(&f, "shop", T1, 1, "GET /", ",\"status\":{\"code\":2}");
    viewer_take_span(&f, "db", T1, 3, "select", ",\"parentSpanId\":\"0000000000000001\"");
    ck_assert_str_eq(strstr(viewer_get(&f, "/api/otelc/summary"), ",\"seq\""),
                     ",\"seq\":3,\"held\":1,\"traces\":[{\"traceID\":\"" T1
                     "\",\"seq\":3,\"service\":\"shop\",\"operation\":\"GET /\",\"start\":"
                     "1700000001000000,\"duration\":2003000,\"spans\":3,\"errors\":1,\"leftOut\":0,"
                     "\"services\":[{\"name\":\"db\",\"spans\":2},{\"name\":\"shop\",\"spans\":1}]}"
                     "]}");
    viewer_end(&f);
}
END_TEST

START_TEST(operations_are_those_of_a_service)
{
    struct viewer_fixture f;

    viewer_begin(&f);
    viewer_take_span(&f, "a/b", T1, 1, "op", "");
    viewer_take_span(&f, "a/b", T1, 2, "op", ",\"kind\":3");
    viewer_take_span(&f, "a/b", T1, 3, "other", ",\"kind\":77");
    viewer_take_span(&f, "db", T1, 4, "select", "");
    viewer_has(&f, "/api/services", "[\"a/b\",\"db\"],\"total\":2,");
    viewer_has(&f, "/api/services/a%2Fb/operations", "[\"op\",\"other\"],\"total\":2,");
    viewer_has(&f, "/api/services/a/b/operations", "[\"op\",\"other\"],\"total\":2,");
    viewer_has(&f, "/api/services/none/operations", "[],\"total\":0,");
    viewer_has(&f, "/api/operations?service=a/b",
               "[{\"name\":\"op\",\"spanKind\":\"server\"},{\"name\":\"op\",\"spanKind\":"
               "\"client\"},{\"name\":\"other\",\"spanKind\":\"\"}],\"total\":3,");
    viewer_has(&f, "/api/operations?service=a/b&spanKind=client",
               "[{\"name\":\"op\",\"spanKind\":\"client\"}],\"total\":1,");
    viewer_end(&f);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("summary");

    tcase_add_test(cases, a_trace_is_summed_up);
    tcase_add_test(cases, operations_are_those_of_a_service);
    return run_tests("summary", cases);
}
