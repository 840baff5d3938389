/*
 * Searches as tables.
 */
#include "viewer/search.h"

#include <stdio.h>

#include "unit/viewer_fixture.h"

/* Which of the traces that take() has made are found: "21" for the second and the first. */
static void found(struct viewer_fixture *f, const char *query, const char *expected)
{
    char names[16] = "", target[512];
    const char *at;

    snprintf(target, sizeof(target), "/api/otelc/summary?%s", query);
    at = viewer_get(f, target);
    ck_assert_msg(f->status == 200, "%s: %s", query, at);
    while ((at = strstr(at, "\"traceID\":\""))) {
        at += strlen("\"traceID\":\"") + 15;
        strncat(names, at, 1);
    }
    ck_assert_msg(strcmp(names, expected) == 0, "%s: %s", query, names);
}

/* Three traces: one span each, of 1, 2 and 3 ms. */
static void take(struct viewer_fixture *f)
{
    viewer_take_span(f, "shop", "00000000000000000000000000000001", 1, "a",
                     ",\"attributes\":[{\"key\":\"n\",\"value\":{\"intValue\":1}},{\"key\":\"s\","
                     "\"value\":{\"stringValue\":\"x y\"}}]");
    viewer_take_span(f, "db", "00000000000000000000000000000002", 2, "a",
                     ",\"attributes\":[{\"key\":\"n\",\"value\":{\"intValue\":2}},{\"key\":\"d\","
                     "\"value\":{\"doubleValue\":0.5}}],\"status\":{\"code\":2}");
    viewer_take_span(f, "shop", "00000000000000000000000000000003", 3, "b",
                     ",\"attributes\":[{\"key\":\"l\",\"value\":{\"arrayValue\":{\"values\":[{"
                     "\"intValue\":1}]}}},{\"key\":\"e\"},{\"key\":\"y\",\"value\":{\"bytesValue\":"
                     "\"AA==\"}}],\"events\":[{\"name\":\"ev\",\"attributes\":[{\"key\":\"in\","
                     "\"value\":{\"boolValue\":true}}]}]");
}

START_TEST(traces_are_found)
{
    static const struct {
        const char *query, *expected;
    } cases[] = {
        {"", "321"},
        {"service=shop", "31"},
        {"service=shop&operation=a", "1"},
        {"operation=a", "21"},
        {"service=nothing", ""},
        {"limit=2", "32"},
        {"limit=0", "321"},
        {"limit=99999999", "321"},
        {"after=2", "3"},
        {"after=3", ""},
        {"error=true", "2"},
        {"error=false", "321"},
        {"service=shop&error=1", ""},
        {"minDuration=2ms", "32"},
        {"maxDuration=2ms", "21"},
        {"minDuration=1ms1ns&maxDuration=2999us", "2"},
        {"service=shop&minDuration=2ms", "3"},
        {"start=1700000002000000", "32"},
        {"end=1700000002000000", "21"},
        {"end=1700000001999999", "1"},
        {"start=9223372036854775807", ""},
        {"end=9223372036854775807", "321"},
        {"lookback=98s", "32"},
        {"lookback=custom", "321"},
        {"lookback=98s&start=0", "321"},
        {"tag=n:1", "1"},
        {"tag=n:01", ""},
        {"tag=s:x+y", "1"},
        {"tag=s:x", ""},
        {"tag=d:0.5", "2"},
        {"tag=d:5e-1", "2"},
        {"tag=d:", ""},
        {"tag=l:[1]", "3"},
        {"tag=e:", "3"},
        {"tag=y:AA==", ""},
        {"tag=in:true", "3"},
        {"tag=event:ev", "3"},
        {"tag=error:true", "2"},
        {"tag=span.kind:server", "321"},
        {"tag=otel.scope.name:lib", "321"},
        {"tag=service.name:db", "2"},
        {"tag=n:1&tag=s:x%20y", "1"},
        {"tag=n:1&tag=s:z", ""},
        {"tags=%7B%22n%22:%221%22,%22s%22:%22x%20y%22%7D", "1"},
        {"tags=%7B%22n%22:%22\\u0032%22%7D", "2"},
        {"tags=%7B%7D", "321"},
    };
    struct viewer_fixture f;

    viewer_begin(&f);
    take(&f);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        found(&f, cases[i].query, cases[i].expected);
    viewer_end(&f);
}
END_TEST

START_TEST(what_cannot_be_read_is_told)
{
    static const struct {
        const char *query, *told;
    } cases[] = {
        {"limit=x", "'limit' is not a number"},
        {"limit=-1", "'limit' is not a number"},
        {"start=1.5", "'start' is not a number"},
        {"end=18446744073709551616", "'end' is not a number"},
        {"after=x", "'after' is not a number"},
        {"minDuration=5", "'minDuration' has no unit"},
        {"maxDuration=-5s", "'maxDuration' is negative"},
        {"minDuration=2s&maxDuration=1s", "should be greater"},
        {"tag=x", "key:value"},
        {"tag=", "key:value"},
        {"tags=1", "malformed 'tags'"},
        {"tags={1:2}", "malformed 'tags'"},
        {"tags={%22a%22:1}", "malformed 'tags'"},
        {"tags={%22a%22:%22b%22", "malformed 'tags'"},
        {"tags={}{}", "malformed 'tags'"},
        {"error=perhaps", "neither true nor false"},
        {"service=%zz", "query string cannot be read"},
    };
    struct viewer_fixture f;

    viewer_begin(&f);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char target[512];

        snprintf(target, sizeof(target), "/api/otelc/summary?%s", cases[i].query);
        viewer_has(&f, target, cases[i].told);
        ck_assert_uint_eq(f.status, 400);
    }
    viewer_end(&f);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("search");

    tcase_add_test(cases, traces_are_found);
    tcase_add_test(cases, what_cannot_be_read_is_told);
    return run_tests("search", cases);
}
