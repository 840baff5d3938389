/*
 * Paths, and what is answered.
 */
#include "viewer/api.h"

#include <stdio.h>

#include "unit/viewer_fixture.h"

START_TEST(each_path_has_its_answer)
{
    static const struct {
        const char *target, *part;
        unsigned status;
    } cases[] = {
        {"/api/services", "\"data\":[\"shop\"]", 200},
        {"/api/traces?service=shop", "\"traceID\":\"" T1, 200},
        {"/api/traces?service=", "parameter 'service' is required", 400},
        {"/api/traces", "parameter 'service' is required", 400},
        {"/api/traces?traceID=" T1 "&traceID=1", "\"traceID\":\"1\"}]}", 200},
        {"/api/traces?traceID=1", "{\"data\":[],", 200},
        {"/api/traces?traceID=1&traceID=x", "hexadecimal", 400},
        {"/api/traces/" T1, "\"traceID\":\"" T1, 200},
        {"/api/traces/1", "trace not found", 404},
        {"/api/traces/x", "hexadecimal", 400},
        {"/api/traces/", "hexadecimal", 400},
        {"/api/traces/%zz", "the path cannot be read", 400},
        {"/api/traces/05b8efff798038103d269b633813fc60c1", "hexadecimal", 400},
        {"/api/services/shop", "operations are at", 404},
        {"/api/services//operations", "operations are at", 404},
        {"/api/operations", "parameter 'service' is required", 400},
        {"/api/dependencies?endTs=x", "milliseconds", 400},
        {"/api/otelc/traces/" T1 "/otlp", "resourceSpans", 200},
        {"/api/otelc/traces/" T1 "/jaeger", "\"data\":[", 200},
        {"/api/otelc/traces/" T1, "/otlp and", 404},
        {"/api/otelc/traces/1/otlp", "trace not found", 404},
        {"/api/otelc/traces/" T1 "/spans/1", "\"spanId\":\"0000000000000001\"", 200},
        {"/api/otelc/traces/" T1 "/spans/2", "{\"resourceSpans\":[]}", 200},
        {"/api/otelc/traces/" T1 "/spans/", "a span ID has 1 to 16", 400},
        {"/api/otelc/traces/" T1 "/spans/00000000000000001", "a span ID has 1 to 16", 400},
        {"/api/otelc/traces/1/spans/1", "trace not found", 404},
        {"/api/otelc/summary?traceID=" T1, "\"traceID\":\"" T1, 200},
        {"/api/otelc/summary?traceID=" T1 "&after=1", "\"traces\":[]", 200},
        {"/api/otelc/summary?traceID=1", "\"traces\":[]", 200},
        {"/api/otelc/summary?traceID=x", "hexadecimal", 400},
        {"/api/nothing", "nothing is served at this path", 404},
        {"/", "<!doctype html>", 200},
        {"/trace/" T1 "?x=%zz", "<!doctype html>", 200},
    };
    struct viewer_fixture f;

    viewer_begin(&f);
    viewer_take_span(&f, "shop", T1, 1, "op", "");
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        viewer_has(&f, cases[i].target, cases[i].part);
        ck_assert_msg(f.status == cases[i].status, "%s: %u", cases[i].target, f.status);
    }
    viewer_end(&f);
}
END_TEST

START_TEST(errors_have_the_form_of_jaeger)
{
    struct viewer_fixture f;

    viewer_begin(&f);
    ck_assert_str_eq(viewer_get(&f, "/api/traces/1"),
                     "{\"data\":null,\"total\":0,\"limit\":0,\"offset\":0,\"errors\":[{\"code\":"
                     "404,\"msg\":\"trace not found\"}]}");
    ck_assert_str_eq(f.type, "application/json");
    viewer_end(&f);
}
END_TEST

/* Has the one part as often as told. */
static void has_times(const char *text, const char *part, unsigned times)
{
    unsigned count = 0;

    for (const char *at = text; (at = strstr(at, part)); at += strlen(part))
        count++;
    ck_assert_msg(count == times, "%u times %s: %s", count, part, text);
}

START_TEST(an_id_that_is_asked_for_twice_counts_once)
{
    struct viewer_fixture f;

    viewer_begin(&f);
    viewer_take_span(&f, "shop", T1, 1, "op", "");
    viewer_take_span(&f, "shop", T2, 2, "op", "");
    has_times(viewer_get(&f, "/api/traces?traceID=" T1 "&traceID=" T2 "&traceID=" T1
                             "&traceID=5B8EFFF798038103d269b633813fc60c&traceID=1&traceID=01"),
              "\"spans\":[", 2);
    has_times(buf_text(&f.text), "trace not found", 1);
    viewer_end(&f);
}
END_TEST

START_TEST(another_store_is_told_from_this_one)
{
    struct viewer_fixture f, other;

    viewer_begin(&f);
    viewer_begin(&other);
    viewer_get(&f, "/api/otelc/summary");
    viewer_get(&other, "/api/otelc/summary");
    ck_assert_str_ne(buf_text(&f.text), buf_text(&other.text));
    buf_reset(&other.text);
    buf_append_str(&other.text, buf_str(&f.text));
    ck_assert_str_eq(viewer_get(&f, "/api/otelc/summary"), buf_text(&other.text));
    viewer_end(&other);
    viewer_end(&f);
}
END_TEST

START_TEST(a_span_is_told_with_all_that_it_has)
{
    struct viewer_fixture f;

    viewer_begin(&f);
    viewer_take_span(&f, "shop", T1, 1, "other", "");
    viewer_take_span(&f, "shop", T1, 16, "one", ",\"traceState\":\"a=b\"");
    viewer_take_span(&f, "db", T1, 16, "two", ",\"droppedLinksCount\":3");
    viewer_get(&f, "/api/otelc/traces/" T1 "/spans/10");
    has_times(buf_text(&f.text), "\"name\":\"one\"", 1);
    has_times(buf_text(&f.text), "\"name\":\"two\"", 1);
    has_times(buf_text(&f.text), "other", 0);
    has_times(buf_text(&f.text), "\"traceState\":\"a=b\"", 1);
    has_times(buf_text(&f.text), "\"droppedLinksCount\":3", 1);
    has_times(buf_text(&f.text), "\"resource\":{", 2);
    viewer_end(&f);
}
END_TEST

/* Asks, lets the store change after each bit of work, and gives the answer. */
static const char *ask_while(struct viewer_fixture *f, const char *path, const char *query,
                             void (*change)(struct viewer_fixture *f, unsigned step))
{
    struct api_answer answer;
    struct api_call *call = api_begin(f->store, str_of(path), str_of(query), NOW, &answer);
    unsigned step = 0;

    ck_assert(call);
    while (!api_go_on(call, 1))
        change(f, step++);
    ck_assert_uint_gt(step, 2);
    ck_assert_uint_eq(answer.status, 200);
    buf_reset(&f->text);
    buf_append_str(&f->text, answer.body);
    api_answer_done(&answer);
    return buf_text(&f->text);
}

static void take_one(struct viewer_fixture *f, unsigned trace, unsigned n)
{
    char id[40];

    snprintf(id, sizeof(id), "%032x", trace);
    viewer_take_span(f, n % 2 ? "shop" : "db", id, n, "op", "");
}

static void take_more(struct viewer_fixture *f, unsigned step)
{
    take_one(f, 1, 100 + step % 100);
}

static void take_others(struct viewer_fixture *f, unsigned step)
{
    for (unsigned n = 0; n < 10; n++)
        take_one(f, 1000 + 10 * step + n, n + 1);
}

START_TEST(a_trace_is_written_as_it_was_whatever_comes_or_goes)
{
    static const char *const paths[] = {"/api/traces/1", "/api/otelc/traces/1/otlp",
                                        "/api/otelc/traces/1/jaeger"};

    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
        void (*changes[])(struct viewer_fixture *, unsigned) = {take_more, take_others};

        for (size_t k = 0; k < sizeof(changes) / sizeof(*changes); k++) {
            struct buf before = {0};
            struct viewer_fixture f;

            viewer_begin_with(&f, 8 << 20, 10);
            for (unsigned n = 1; n <= 5; n++)
                take_one(&f, 1, n);
            buf_append_str(&before, str_of(viewer_get(&f, paths[i])));
            ck_assert_str_eq(ask_while(&f, paths[i], "", changes[k]), buf_text(&before));
            buf_done(&before);
            viewer_end(&f);
        }
    }
}
END_TEST

/* All of them change, over and over. */
static void stir(struct viewer_fixture *f, unsigned step)
{
    for (unsigned trace = 1; trace <= 5; trace++)
        take_one(f, trace, 20 * (step + 1) + 2 * trace + 1);
}

START_TEST(a_search_finds_each_trace_once_while_they_change)
{
    static const char *const paths[] = {"/api/traces", "/api/otelc/summary"};

    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
        struct viewer_fixture f;

        viewer_begin(&f);
        stir(&f, 0);
        ask_while(&f, paths[i], "service=shop&tag=span.kind:server", stir);
        for (unsigned trace = 1; trace <= 5; trace++) {
            char part[64];

            snprintf(part, sizeof(part), "{\"traceID\":\"%016x\",\"s%s", trace,
                     i == 0 ? "pans\":[" : "eq\":");
            has_times(buf_text(&f.text), part, 1);
        }
        viewer_end(&f);
    }
}
END_TEST

START_TEST(an_answer_that_nobody_wants_leaves_nothing_behind)
{
    static const char *const paths[] = {"/api/traces/1", "/api/traces", "/api/otelc/summary",
                                        "/api/otelc/traces/1/otlp", "/api/dependencies"};
    struct viewer_fixture f;

    viewer_begin_with(&f, 8 << 20, 10);
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
        struct api_answer answer;
        struct api_call *call;

        take_one(&f, 1, 1);
        take_one(&f, 1, 2);
        call = api_begin(f.store, str_of(paths[i]), str_of("service=shop&traceID"), NOW, &answer);
        ck_assert(!api_go_on(call, 1));
        take_others(&f, 0);
        api_stop(call);
        api_answer_done(&answer);
    }
    viewer_end(&f);
}
END_TEST

START_TEST(who_may_not_ask_is_told_so_in_the_form_of_the_path)
{
    struct api_answer answer;

    api_refuse(STR("/api/services"), 403, "no", &answer);
    ck_assert_uint_eq(answer.status, 403);
    ck_assert_str_eq(answer.type, "application/json");
    api_answer_done(&answer);
    api_refuse(STR("/"), 403, "no", &answer);
    ck_assert_uint_eq(answer.status, 403);
    ck_assert(str_is(answer.body, "no\n"));
    api_answer_done(&answer);
    ck_assert_uint_eq(budget_used(), 0);
}
END_TEST

START_TEST(without_memory_it_is_told_to_come_again)
{
    size_t limit = budget_limit(), taken = 0;
    struct viewer_fixture f;

    viewer_begin(&f);
    for (unsigned n = 1; n < 200; n++)
        viewer_take_span(&f, "shop", T1, n, "op", "");
    budget_set_limit(BUDGET_LEAST);
    while (budget_reserve(8192))
        taken += 8192;
    budget_release(16384);
    taken -= 16384;
    viewer_get(&f, "/api/traces/" T1);
    ck_assert_uint_eq(f.status, 503);
    viewer_get(&f, "/api/otelc/traces/" T1 "/otlp");
    ck_assert_uint_eq(f.status, 503);
    ck_assert_str_eq(f.disposition, "");
    budget_release(taken);
    budget_set_limit(limit);
    viewer_end(&f);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("api");

    tcase_add_test(cases, each_path_has_its_answer);
    tcase_add_test(cases, errors_have_the_form_of_jaeger);
    tcase_add_test(cases, who_may_not_ask_is_told_so_in_the_form_of_the_path);
    tcase_add_test(cases, without_memory_it_is_told_to_come_again);
    tcase_add_test(cases, an_id_that_is_asked_for_twice_counts_once);
    tcase_add_test(cases, another_store_is_told_from_this_one);
    tcase_add_test(cases, a_span_is_told_with_all_that_it_has);
    tcase_add_test(cases, a_trace_is_written_as_it_was_whatever_comes_or_goes);
    tcase_add_test(cases, a_search_finds_each_trace_once_while_they_change);
    tcase_add_test(cases, an_answer_that_nobody_wants_leaves_nothing_behind);
    return run_tests("api", cases);
}
