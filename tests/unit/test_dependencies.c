/*
 * Who calls whom.
 */
#include "viewer/dependencies.h"

#include "unit/viewer_fixture.h"

static void take(struct viewer_fixture *f, const char *service, unsigned n, unsigned parent)
{
    struct buf more = {0};

    if (parent > 0)
        buf_printf(&more, ",\"parentSpanId\":\"%016x\"", parent);
    viewer_take_span(f, service, T1, n, "op", buf_text(&more));
    buf_done(&more);
}

START_TEST(calls_between_services_are_counted)
{
    struct viewer_fixture f;

    viewer_begin(&f);
    take(&f, "a", 1, 0);
    take(&f, "a", 2, 1); /* within a service */
    take(&f, "b", 3, 2);
    take(&f, "b", 4, 1);
    take(&f, "c", 5, 99); /* the parent is not here */
    ck_assert_str_eq(viewer_get(&f, "/api/dependencies"),
                     "{\"data\":[{\"parent\":\"a\",\"child\":\"b\",\"callCount\":2}],\"total\":0,"
                     "\"limit\":0,\"offset\":0,\"errors\":null}");
    viewer_has(&f, "/api/dependencies?endTs=1700000001000&lookback=1", "callCount");
    viewer_has(&f, "/api/dependencies?endTs=1700000000999&lookback=1", "\"data\":[]");
    viewer_has(&f, "/api/dependencies?endTs=1700000001002&lookback=1", "\"data\":[]");
    viewer_has(&f, "/api/dependencies?endTs=18446744073709&lookback=18446744073709", "callCount");
    viewer_end(&f);
}
END_TEST

START_TEST(without_traces_there_are_none)
{
    struct viewer_fixture f;

    viewer_begin(&f);
    viewer_has(&f, "/api/dependencies", "\"data\":[]");
    viewer_end(&f);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("dependencies");

    tcase_add_test(cases, calls_between_services_are_counted);
    tcase_add_test(cases, without_traces_there_are_none);
    return run_tests("dependencies", cases);
}
