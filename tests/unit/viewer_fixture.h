/*
 * A viewer without its server: OTLP in JSON goes in, what a path answers comes out.
 */
#pragma once

#include "base/budget.h"
#include "otlp/json_read.h"
#include "unit/check.h"
#include "unit/viewer_ask.h"

#define T1  "5b8efff798038103d269b633813fc60c"
#define T2  "5b8efff798038103d269b633813fc60d"
#define NOW UINT64_C(1700000100000000000)

struct viewer_fixture {
    struct trace_store *store;
    size_t work;     /* of a slice; 0: as little as can be */
    struct buf text; /* of the last answer */
    unsigned status;
    char disposition[DISPOSITION_SIZE];
    const char *type;
};

static inline void viewer_begin_with(struct viewer_fixture *f, size_t bytes, size_t traces)
{
    *f = (struct viewer_fixture){.store = trace_store_new(bytes, traces)};
}

static inline void viewer_begin(struct viewer_fixture *f)
{
    viewer_begin_with(f, 8 << 20, 1000);
}

static inline void viewer_end(struct viewer_fixture *f)
{
    trace_store_free(f->store);
    buf_done(&f->text);
    ck_assert_uint_eq(budget_used(), 0);
}

static inline void viewer_take_bytes(struct viewer_fixture *f, struct bytes *body)
{
    struct payload_report report;
    struct payload *payload = payload_read(TRACES, body, &report);
    struct batch *batch;

    if (!payload)
        return;
    batch = batch_of(payload);
    trace_store_take(f->store, batch);
    batch_unref(batch);
    payload_unref(payload);
}

static inline void viewer_take(struct viewer_fixture *f, const char *json)
{
    struct json_report report;
    struct bytes *body = json_read(signal_words[TRACES].request, str_of(json), &report);

    ck_assert_msg(body, "%s: %s", report.why, json);
    viewer_take_bytes(f, body);
}

/* Spans of one service and scope: the elements of their list. */
static inline void viewer_take_spans(struct viewer_fixture *f, const char *service,
                                     const char *spans)
{
    struct buf json = {0};

    buf_printf(
        &json,
        "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\","
        "\"value\":{\"stringValue\":\"%s\"}}]},\"scopeSpans\":[{\"scope\":{\"name\":\"lib\"},"
        "\"spans\":[%s]}]}]}",
        service, spans);
    viewer_take(f, buf_text(&json));
    buf_done(&json);
}

/* One of the span number n: it begins n seconds after 1700000000 and takes n milliseconds. more:
 * further members, with a comma in front of each. */
static inline void viewer_take_span(struct viewer_fixture *f, const char *service,
                                    const char *trace, unsigned n, const char *name,
                                    const char *more)
{
    struct buf json = {0};
    unsigned long long start_ns = (1700000000 + (unsigned long long)n) * 1000000000;

    buf_printf(&json,
               "{\"traceId\":\"%s\",\"spanId\":\"%016x\",\"name\":\"%s\",\"kind\":2,"
               "\"startTimeUnixNano\":\"%llu\",\"endTimeUnixNano\":\"%llu\"%s}",
               trace, n, name, start_ns, start_ns + n * 1000000ull, more);
    viewer_take_spans(f, service, buf_text(&json));
    buf_done(&json);
}

/* What is answered to "/path?query"; good until the next one. */
static inline const char *viewer_get(struct viewer_fixture *f, const char *target)
{
    struct api_answer answer;

    viewer_ask(f->store, str_of(target), NOW, f->work > 0 ? f->work : 1, &answer);
    buf_reset(&f->text);
    buf_append_str(&f->text, answer.body);
    f->status = answer.status;
    f->type = answer.type;
    memcpy(f->disposition, answer.disposition, sizeof(f->disposition));
    api_answer_done(&answer);
    return buf_text(&f->text);
}

static inline void viewer_has(struct viewer_fixture *f, const char *target, const char *part)
{
    const char *text = viewer_get(f, target);

    ck_assert_msg(strstr(text, part), "%s: %s\n%s", target, part, text);
}
