/*
 * What is held, and what goes.
 */
#include "viewer/trace_store.h"

#include <stdio.h>

#include "unit/viewer_fixture.h"

static struct held_trace *find(struct viewer_fixture *f, unsigned last)
{
    char id[TRACE_ID_SIZE] = {0};

    id[15] = (char)last;
    return trace_store_find(f->store, (struct str){id, sizeof(id)});
}

static void take(struct viewer_fixture *f, unsigned trace, unsigned n, const char *more)
{
    char id[40];

    snprintf(id, sizeof(id), "%032x", trace);
    viewer_take_span(f, "shop", id, n, "op", more);
}

START_TEST(spans_of_a_trace_come_together)
{
    struct viewer_fixture f;
    struct held_trace *t;

    viewer_begin(&f);
    take(&f, 1, 3, ",\"parentSpanId\":\"0000000000000001\",\"status\":{\"code\":2}");
    take(&f, 2, 2, "");
    take(&f, 1, 1, "");
    t = find(&f, 1);
    ck_assert_uint_eq(f.store->count, 2);
    ck_assert_uint_eq(t->span_count, 2);
    ck_assert_uint_eq(t->errors, 1);
    ck_assert_uint_eq(t->root, 1);
    ck_assert(t->rooted);
    ck_assert_uint_eq(t->seq, 3);
    ck_assert_uint_eq(t->start_ns, 1700000001000000000);
    ck_assert_uint_eq(t->end_ns, 1700000003003000000);
    ck_assert_ptr_null(find(&f, 3));
    viewer_end(&f);
}
END_TEST

START_TEST(a_span_that_comes_twice_is_held_once)
{
    struct viewer_fixture f;

    viewer_begin(&f);
    for (int i = 0; i < 3; i++)
        for (unsigned n = 1; n <= 100; n++)
            take(&f, 1, n, "");
    ck_assert_uint_eq(find(&f, 1)->span_count, 100);
    ck_assert_uint_eq(f.store->seq, 100);
    viewer_end(&f);
}
END_TEST

START_TEST(what_spans_have_in_common_is_held_once)
{
    struct viewer_fixture f;
    size_t one, all;

    viewer_begin(&f);
    take(&f, 1, 1, "");
    one = f.store->room.used;
    take(&f, 2, 2, "");
    all = f.store->room.used;
    ck_assert_uint_lt(all, 2 * one);
    ck_assert_uint_eq(f.store->parts.table.count, 4); /* service, operation, resource, scope */
    viewer_end(&f);
}
END_TEST

START_TEST(the_trace_that_nothing_came_for_goes_first)
{
    struct viewer_fixture f;

    viewer_begin_with(&f, 8 << 20, 3);
    for (unsigned n = 1; n <= 3; n++)
        take(&f, n, n, "");
    take(&f, 1, 9, "");
    take(&f, 4, 4, "");
    ck_assert_ptr_null(find(&f, 2));
    ck_assert_ptr_nonnull(find(&f, 1));
    ck_assert_uint_eq(f.store->count, 3);
    ck_assert_uint_eq(f.store->evicted, 1);
    trace_store_limit(f.store, 8 << 20, 1);
    ck_assert_uint_eq(f.store->count, 1);
    ck_assert_ptr_nonnull(find(&f, 4));
    viewer_end(&f);
}
END_TEST

START_TEST(memory_is_bounded)
{
    const size_t most = 256 << 10;
    struct viewer_fixture f;

    viewer_begin_with(&f, most, 100000);
    for (unsigned n = 1; n < 5000; n++) {
        take(&f, n, n, "");
        ck_assert_uint_le(f.store->room.used, most);
    }
    ck_assert_uint_gt(f.store->count, 100);
    ck_assert_uint_gt(f.store->evicted, 1000);
    ck_assert_uint_eq(f.store->left_out, 0);
    ck_assert_uint_ge(budget_used(), f.store->room.used);
    viewer_end(&f);
}
END_TEST

START_TEST(one_trace_has_a_quarter_at_most)
{
    const size_t most = 256 << 10;
    struct viewer_fixture f;
    struct held_trace *t;

    viewer_begin_with(&f, most, 1000);
    take(&f, 1, 1, "");
    for (unsigned n = 1; n < 3000; n++)
        take(&f, 2, n, "");
    t = find(&f, 2);
    ck_assert_uint_le(t->memory, most / 4);
    ck_assert_uint_gt(t->left_out, 100);
    ck_assert_uint_eq(t->left_out, f.store->left_out);
    ck_assert_uint_eq(t->left_out + t->span_count, 2999);
    ck_assert_ptr_nonnull(find(&f, 1));
    viewer_has(&f, "/api/traces/2", "spans are missing");
    viewer_end(&f);
}
END_TEST

START_TEST(a_full_budget_costs_old_traces_or_new_spans)
{
    struct viewer_fixture f;
    size_t limit = budget_limit(), taken = 0;

    viewer_begin(&f);
    for (unsigned n = 1; n <= 50; n++)
        take(&f, n, n, "");
    budget_set_limit(BUDGET_LEAST);
    while (budget_reserve(1024))
        taken += 1024;
    for (unsigned n = 51; n <= 60; n++) {
        /* The request itself is not to be refused. */
        budget_set_limit(2 * BUDGET_LEAST);
        take(&f, n, n, "");
        budget_set_limit(BUDGET_LEAST);
    }
    budget_release(taken);
    budget_set_limit(limit);
    viewer_end(&f);
}
END_TEST

START_TEST(names_go_with_the_last_span)
{
    struct viewer_fixture f;

    viewer_begin_with(&f, 8 << 20, 1);
    viewer_take_span(&f, "a", T1, 1, "one", "");
    viewer_has(&f, "/api/services", "\"data\":[\"a\"]");
    viewer_take_span(&f, "b", T2, 1, "two", "");
    viewer_has(&f, "/api/services", "\"data\":[\"b\"]");
    viewer_end(&f);
}
END_TEST

START_TEST(an_id_in_many_scopes_stays_linear)
{
    struct viewer_fixture f;
    struct held_trace *t;

    viewer_begin(&f);
    for (unsigned n = 1; n <= 300; n++) {
        char service[16];

        snprintf(service, sizeof(service), "s%u", n % 150);
        viewer_take_span(&f, service, T1, n, "op", "");
    }
    t = LIST_ENTRY(f.store->traces.next, struct held_trace, by_age);
    ck_assert_uint_eq(t->span_count, 300);
    ck_assert_uint_eq(t->scope_count, 300); /* 150 of them twice: only the last ones are sought */
    viewer_has(&f, "/api/traces/" T1, "\"p150\":");
    ck_assert_ptr_null(strstr(viewer_get(&f, "/api/traces/" T1), "\"p151\":"));
    viewer_end(&f);
}
END_TEST

START_TEST(times_may_be_nonsense)
{
    struct viewer_fixture f;

    viewer_begin(&f);
    viewer_take_spans(&f, "shop",
                      "{\"traceId\":\"" T1 "\",\"spanId\":\"0000000000000001\","
                      "\"startTimeUnixNano\":\"18446744073709551615\",\"endTimeUnixNano\":\"1\"},"
                      "{\"traceId\":\"" T1 "\",\"spanId\":\"0000000000000002\","
                      "\"startTimeUnixNano\":\"0\",\"endTimeUnixNano\":\"18446744073709551615\"},"
                      "{\"traceId\":\"" T1 "\",\"spanId\":\"0000000000000003\","
                      "\"startTimeUnixNano\":\"9223372036854775807\"}");
    viewer_has(&f, "/api/otelc/summary", "\"spans\":3");
    viewer_has(&f, "/api/traces/" T1, "the span ends before it begins");
    viewer_end(&f);
}
END_TEST

START_TEST(what_never_fits_costs_no_other_trace_its_place)
{
    struct viewer_fixture f;
    struct buf big = {0};

    viewer_begin_with(&f, 64 << 10, 2);
    take(&f, 1, 1, "");
    take(&f, 2, 2, "");
    buf_printf(&big, ",\"traceState\":\"%0*d\"", 20000, 0);
    take(&f, 3, 3, buf_text(&big)); /* more than one trace may have */
    buf_reset(&big);
    buf_printf(&big,
               "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"k\",\"value\":{"
               "\"stringValue\":\"%0*d\"}}]},\"scopeSpans\":[{\"spans\":[{\"traceId\":\"" T1
               "\",\"spanId\":\"0000000000000001\"}]}]}]}",
               100000, 0);
    viewer_take(&f, buf_text(&big)); /* a resource that is larger than all of the room */
    ck_assert_ptr_nonnull(find(&f, 1));
    ck_assert_ptr_nonnull(find(&f, 2));
    ck_assert_uint_eq(f.store->evicted, 0);
    ck_assert_uint_eq(f.store->left_out, 2);
    buf_done(&big);
    viewer_end(&f);
}
END_TEST

START_TEST(what_is_pinned_stays_in_memory_though_it_has_gone)
{
    struct held_trace *t, *other;
    struct viewer_fixture f;
    size_t used;

    viewer_begin_with(&f, 8 << 20, 2);
    take(&f, 1, 1, "");
    t = find(&f, 1);
    trace_pin(t);
    take(&f, 2, 2, "");
    take(&f, 3, 3, "");
    ck_assert_ptr_null(find(&f, 1));
    ck_assert_uint_eq(f.store->count, 2);
    take(&f, 1, 4, ""); /* another one of its id */
    other = find(&f, 1);
    ck_assert_ptr_ne(other, t);
    ck_assert_uint_eq(t->span_count, 1);
    used = f.store->room.used;
    trace_unpin(f.store, t);
    ck_assert_uint_lt(f.store->room.used, used);
    trace_pin(other);
    trace_unpin(f.store, other);
    ck_assert_ptr_eq(find(&f, 1), other);
    trace_store_limit(f.store, 8 << 20, 0);
    ck_assert_uint_eq(f.store->room.used, 0);
    viewer_end(&f);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("trace_store");

    tcase_add_test(cases, spans_of_a_trace_come_together);
    tcase_add_test(cases, a_span_that_comes_twice_is_held_once);
    tcase_add_test(cases, what_spans_have_in_common_is_held_once);
    tcase_add_test(cases, the_trace_that_nothing_came_for_goes_first);
    tcase_add_test(cases, memory_is_bounded);
    tcase_add_test(cases, one_trace_has_a_quarter_at_most);
    tcase_add_test(cases, a_full_budget_costs_old_traces_or_new_spans);
    tcase_add_test(cases, names_go_with_the_last_span);
    tcase_add_test(cases, an_id_in_many_scopes_stays_linear);
    tcase_add_test(cases, times_may_be_nonsense);
    tcase_add_test(cases, what_never_fits_costs_no_other_trace_its_place);
    tcase_add_test(cases, what_is_pinned_stays_in_memory_though_it_has_gone);
    return run_tests("trace_store", cases);
}
