/*
 * A target ("/api/traces?service=.."), a line end, and a request of OTLP: the viewer takes the
 * request and answers. All that it says is JSON, or a file of the page; what is downloaded is the
 * same trace again; no memory is left behind.
 */
#include <assert.h>
#include <stdio.h>

#include "base/budget.h"
#include "base/hex.h"
#include "fuzz/fuzz.h"
#include "otlp/json.h"
#include "otlp/json_read.h"
#include "unit/reference.h"
#include "unit/viewer_ask.h"
#include "viewer/host.h"

enum { NOW_MS = 1700000100 };

static void take(struct trace_store *store, struct bytes *body)
{
    struct payload_report report;
    struct payload *payload = payload_read(TRACES, body, &report);
    struct batch *batch;

    if (!payload)
        return;
    batch = batch_of(payload);
    trace_store_take(store, batch);
    batch_unref(batch);
    payload_unref(payload);
}

static void check_json(struct str text)
{
    struct json json = json_of(text);
    bool ok = json_skip(&json) && json_peek(&json) == '\0';

    if (!ok)
        fprintf(stderr, "%s at %zu of %.*s\n", json.why ? json.why : "more behind it",
                (size_t)(json.at - text.at), STR_ARG(text));
    assert(ok);
}

/* What is answered; its text is appended where out is not NULL. Returns the status. */
static unsigned get(struct trace_store *store, struct str target, struct buf *out)
{
    const uint64_t now_ns = (uint64_t)NOW_MS * 1000000000;
    struct api_answer answer, at_once;
    unsigned status;

    viewer_ask(store, target, now_ns, 1, &answer);
    viewer_ask(store, target, now_ns, SIZE_MAX, &at_once);
    status = answer.status;
    assert(status == at_once.status && str_eq(answer.body, at_once.body));
    if (str_is(str_of(answer.type), "application/json"))
        check_json(answer.body);
    if (out)
        buf_append_str(out, answer.body);
    api_answer_done(&answer);
    api_answer_done(&at_once);
    return status;
}

static unsigned get_of(struct trace_store *store, const struct held_trace *trace, const char *form,
                       struct buf *out)
{
    struct buf target = {0};
    unsigned status;

    buf_printf(&target, "/api/otelc/traces/");
    hex_append(&target, (struct str){trace->id, TRACE_ID_SIZE});
    buf_printf(&target, "/%s", form);
    status = get(store, buf_str(&target), out);
    buf_done(&target);
    return status;
}

/* A download is taken as a trace that is shown in the same way. */
static void check_trace(struct trace_store *store, const struct held_trace *trace)
{
    struct trace_store *other = trace_store_new(64 << 20, 100);
    struct buf otlp = {0}, shown = {0}, again = {0};
    const struct held_trace *copy;
    struct json_report report;
    struct bytes *body;

    assert(get_of(store, trace, "otlp", &otlp) == 200);
    assert(get_of(store, trace, "jaeger", &shown) == 200);
    body = json_read(&shape_traces_request, buf_str(&otlp), &report);
    if (!body)
        fprintf(stderr, "%s: %.*s\n", report.why, STR_ARG(buf_str(&otlp)));
    assert(body);
    take(other, body);
    copy = trace_store_find(other, (struct str){trace->id, TRACE_ID_SIZE});
    /* Spans that only differed in how they were written are one now. */
    assert(copy && copy->span_count <= trace->span_count);
    assert(get_of(other, copy, "jaeger", &again) == 200);
    trace_store_free(other);
    buf_done(&otlp);
    buf_done(&shown);
    buf_done(&again);
}

static void check_hosts(struct str text)
{
    const char *names[] = {"*.example.com", "a*b"};

    host_is_ours(text, "localhost:16686", &(struct string_list){names, 2});
    host_is_origin(STR("localhost:16686"), text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str input = {(const char *)data, size}, target = input, request = {0};
    const char *end = size > 0 ? memchr(input.at, '\n', size) : NULL;
    struct trace_store *store = trace_store_new(64 << 20, 100);

    if (end) {
        target.len = (size_t)(end - input.at);
        request = (struct str){end + 1, size - target.len - 1};
    }
    take(store, reference_body(request));
    check_hosts(target);
    get(store, target, NULL);
    get(store, STR("/api/services"), NULL);
    get(store, STR("/api/otelc/summary"), NULL);
    get(store, STR("/api/dependencies?endTs=18446744073709&lookback=18446744073709"), NULL);
    for (struct list *node = store->traces.next; node != &store->traces; node = node->next)
        check_trace(store, LIST_ENTRY(node, struct held_trace, by_age));
    trace_store_free(store);
    assert(budget_used() == 0);
    return 0;
}
