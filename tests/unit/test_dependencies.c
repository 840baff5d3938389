/*
 * Who calls whom.
 */
#include "viewer/dependencies.h"

#include <stdio.h>

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

/* The trace of that number: "gate" calls the service of that name. */
static void take_call(struct viewer_fixture *f, unsigned trace, const char *service)
{
    char id[40];

    snprintf(id, sizeof(id), "%032x", trace);
    viewer_take_span(f, "gate", id, 1, "op", "");
    viewer_take_span(f, service, id, 2, "op", ",\"parentSpanId\":\"0000000000000001\"");
}

START_TEST(many_pairs_are_counted)
{
    struct viewer_fixture f;
    char name[40], pair[100];

    viewer_begin(&f);
    for (unsigned trace = 1; trace <= 300; trace++) {
        snprintf(name, sizeof(name), "service-%u", trace % 150);
        take_call(&f, trace, name);
    }
    viewer_get(&f, "/api/dependencies");
    for (unsigned n = 0; n < 150; n++) {
        snprintf(pair, sizeof(pair),
                 "{\"parent\":\"gate\",\"child\":\"service-%u\",\"callCount\":2}", n);
        ck_assert_msg(strstr(buf_text(&f.text), pair), "%s", pair);
    }
    viewer_end(&f);
}
END_TEST

START_TEST(what_was_seen_counts_though_it_has_gone)
{
    struct api_answer answer;
    struct viewer_fixture f;
    struct api_call *call;

    viewer_begin_with(&f, 8 << 20, 2);
    take_call(&f, 1, "first");
    take_call(&f, 2, "second");
    call = api_begin(f.store, STR("/api/dependencies"), STR(""), NOW, &answer);
    ck_assert(!api_go_on(call, 1));
    for (unsigned trace = 3; trace < 9; trace++)
        viewer_take_span(&f, "other", T1, trace, "op", "");
    take_call(&f, 9, "ninth");
    while (!api_go_on(call, 1))
        ;
    ck_assert(str_starts(answer.body, STR("{\"data\":[{\"parent\":\"gate\",\"child\":\"second\","
                                          "\"callCount\":1}],")));
    api_answer_done(&answer);
    viewer_end(&f);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("dependencies");

    tcase_add_test(cases, calls_between_services_are_counted);
    tcase_add_test(cases, without_traces_there_are_none);
    tcase_add_test(cases, many_pairs_are_counted);
    tcase_add_test(cases, what_was_seen_counts_though_it_has_gone);
    return run_tests("dependencies", cases);
}
