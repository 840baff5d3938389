/*
 * Times of all signals, found and moved.
 */
#include "otlp/times.h"

#include "otlp/json_read.h"
#include "otlp/json_write.h"
#include "otlp/signal.h"
#include "unit/check.h"

static const struct {
    enum signal signal;
    const char *json, *moved; /* by 1000 */
    uint64_t latest;
} cases[] = {
    {TRACES,
     "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"startTimeUnixNano\":\"5000\","
     "\"endTimeUnixNano\":\"7000\",\"events\":[{\"timeUnixNano\":\"6000\",\"name\":\"e\"}]}]}]}]}",
     "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"startTimeUnixNano\":\"6000\","
     "\"endTimeUnixNano\":\"8000\",\"events\":[{\"timeUnixNano\":\"7000\",\"name\":\"e\"}]}]}]}]}",
     7000},
    {METRICS,
     "{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"histogram\":{\"dataPoints\":[{"
     "\"startTimeUnixNano\":\"0\",\"timeUnixNano\":\"9000\",\"count\":\"3\",\"exemplars\":[{"
     "\"timeUnixNano\":\"8000\"}]}]}}]}]}]}",
     "{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"histogram\":{\"dataPoints\":[{"
     "\"startTimeUnixNano\":\"0\",\"timeUnixNano\":\"10000\",\"count\":\"3\",\"exemplars\":[{"
     "\"timeUnixNano\":\"9000\"}]}]}}]}]}]}",
     9000},
    {LOGS,
     "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"timeUnixNano\":\"1\","
     "\"observedTimeUnixNano\":\"2\"}]}]}]}",
     "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"timeUnixNano\":\"1001\","
     "\"observedTimeUnixNano\":\"1002\"}]}]}]}",
     2},
};

START_TEST(times_of_all_signals_are_moved)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct shape *shape = signal_words[cases[i].signal].request;
        struct json_report report;
        struct bytes *body = json_read(shape, str_of(cases[i].json), &report);
        struct buf json = {0};

        ck_assert_ptr_nonnull(body);
        ck_assert_uint_eq(times_latest(shape, bytes_str(body)), cases[i].latest);
        times_move(shape, body->at, body->len, 1000);
        ck_assert_uint_eq(times_latest(shape, bytes_str(body)), cases[i].latest + 1000);
        json_write(&json, shape, bytes_str(body));
        ck_assert_str_eq(buf_text(&json), cases[i].moved);
        times_move(shape, body->at, body->len, -1000);
        buf_reset(&json);
        json_write(&json, shape, bytes_str(body));
        ck_assert_str_eq(buf_text(&json), cases[i].json);
        buf_done(&json);
        bytes_unref(body);
    }
}
END_TEST

START_TEST(a_request_without_times_has_none)
{
    ck_assert_uint_eq(times_latest(&shape_traces_request, STR("")), 0);
    times_move(&shape_traces_request, NULL, 0, 5);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("times");

    tcase_add_test(tests, times_of_all_signals_are_moved);
    tcase_add_test(tests, a_request_without_times_has_none);
    return run_tests("times", tests);
}
