/*
 * Any text as OTLP/JSON, of each signal: what is accepted passes the check of protobuf, says the
 * same when it is written as JSON and read again, and all memory is given back.
 */
#include "fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/budget.h"
#include "otlp/check.h"
#include "otlp/json_read.h"
#include "otlp/json_write.h"

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    abort();
}

static void check_refusal(const struct json_report *report)
{
    if (report->verdict == JSON_OK || report->why[0] == '\0')
        fail("refused", "without a reason");
    if (report->verdict == JSON_NO_ROOM)
        fail("refused", "without need: there is room");
}

static void check_request(const struct shape *shape, struct str text)
{
    struct json_report report;
    struct bytes *first = json_read(shape, text, &report), *second;
    struct check_result result = {0};
    struct buf json = {0}, again = {0};

    if (!first) {
        check_refusal(&report);
        return;
    }
    if (!check_message(shape, bytes_str(first), &result))
        fail("accepted what is not valid", result.why);
    json_write(&json, shape, bytes_str(first));
    second = json_read(shape, buf_str(&json), &report);
    if (!second)
        fail("does not read what it has written", report.why);
    json_write(&again, shape, bytes_str(second));
    if (!str_eq(buf_str(&json), buf_str(&again)))
        fail("differs when read again", buf_text(&again));
    buf_done(&again);
    buf_done(&json);
    bytes_unref(second);
    bytes_unref(first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};

    check_request(&shape_traces_request, text);
    check_request(&shape_metrics_request, text);
    check_request(&shape_logs_request, text);
    if (budget_used() > 0)
        fail("the budget", "not all is given back");
    return 0;
}
