/*
 * Paths, and what is answered.
 */
#include "viewer/api.h"

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

START_TEST(who_may_not_ask_is_told_so_in_the_form_of_the_path)
{
    struct api_answer answer;

    api_refuse(STR("/api/services"), "no", &answer);
    ck_assert_uint_eq(answer.status, 403);
    ck_assert_str_eq(answer.type, "application/json");
    api_answer_done(&answer);
    api_refuse(STR("/"), "no", &answer);
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
    return run_tests("api", cases);
}
