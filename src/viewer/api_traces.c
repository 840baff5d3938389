/*
 * What is answered with traces: one, those of a search, or what they are as a whole.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/hex.h"
#include "jaeger/translate.h"
#include "viewer/api_priv.h"
#include "viewer/jaeger_json.h"
#include "viewer/otlp_json.h"
#include "viewer/summary.h"
#include "viewer/work.h"

#define BAD_TRACE_ID "a trace ID has 1 to 32 hexadecimal digits"

enum {
    TRACE_ID_DIGITS = 2 * TRACE_ID_SIZE,
    ANSWER_LARGE = 16 << 20 /* an answer of several traces has no more after that */
};

/* Up to 32 digits, as zeros in front may be left out. */
static bool read_trace_id(struct str text, char id[TRACE_ID_SIZE])
{
    memset(id, 0, TRACE_ID_SIZE);
    if (text.len == 0 || text.len > TRACE_ID_DIGITS)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        int digit = hex_digit(text.at[text.len - 1 - i]);

        if (digit < 0)
            return false;
        id[TRACE_ID_SIZE - 1 - i / 2] |= (char)(i % 2 == 0 ? digit : digit << 4);
    }
    return true;
}

/* NULL: the answer says why. */
static struct held_trace *find_trace(struct api_call *call, struct str text)
{
    char id[TRACE_ID_SIZE];
    struct held_trace *trace;

    if (!read_trace_id(text, id)) {
        api_fail(call->answer, 400, BAD_TRACE_ID);
        return NULL;
    }
    trace = trace_store_find(call->store, (struct str){id, TRACE_ID_SIZE});
    if (!trace)
        api_fail(call->answer, 404, "trace not found");
    return trace;
}

static void begin_trace(struct api_call *call, struct held_trace *trace)
{
    call->progress = (struct trace_progress){
        .trace = trace, .spans = trace->span_count, .scopes = trace->scope_count};
}

static void begin_jaeger(struct api_call *call, struct held_trace *trace)
{
    begin_trace(call, trace);
    writing_comma(call->w, &call->first);
    jaeger_json_begin(call->w, call->store, &call->progress);
}

/* Whether the trace that is written, if any, is. */
static bool go_on_jaeger(struct api_call *call, size_t *work)
{
    if (call->progress.trace && !jaeger_json_go_on(call->w, &call->progress, work))
        return false;
    call->progress.trace = NULL;
    return true;
}

static void pin(struct api_call *call, struct held_trace *trace)
{
    trace_pin(trace);
    call->pinned = trace;
}

static void unpin(struct api_call *call)
{
    if (call->pinned)
        trace_unpin(call->store, call->pinned);
    call->pinned = NULL;
}

static bool go_on_trace(struct api_call *call, size_t *work)
{
    if (!go_on_jaeger(call, work))
        return false;
    api_list_end(call, 0);
    return true;
}

static void put_whole_trace(struct api_call *call, struct held_trace *trace)
{
    pin(call, trace);
    api_list_begin(call);
    begin_jaeger(call, trace);
    call->go_on = go_on_trace;
}

void api_get_trace(struct api_call *call)
{
    struct held_trace *trace = find_trace(call, call->path);

    if (trace)
        put_whole_trace(call, trace);
}

/* The next id of ?traceID=..&traceID=..; each counts once. False: no more. */
static bool next_id(struct api_call *call, char id[TRACE_ID_SIZE])
{
    const struct params *params = &call->params;
    char other[TRACE_ID_SIZE];

    while (call->param < params->count) {
        size_t at = call->param++, i = 0;

        if (!str_is(params->at[at].name, "traceID"))
            continue;
        read_trace_id(params->at[at].value, id);
        while (i < at && !(str_is(params->at[i].name, "traceID") &&
                           read_trace_id(params->at[i].value, other) &&
                           memcmp(id, other, TRACE_ID_SIZE) == 0))
            i++;
        if (i == at)
            return true;
    }
    return false;
}

static void miss(struct api_call *call, const char *why)
{
    struct str id = call->params.at[call->param - 1].value;

    buf_printf(&call->missing, "%s{\"msg\":\"%s\",\"traceID\":\"%.*s\"}",
               call->missing.len > 0 ? "," : "", why, STR_ARG(id));
}

static void end_with_missing(struct api_call *call)
{
    writing_put(call->w, "],\"total\":0,\"limit\":0,\"offset\":0,\"errors\":");
    if (call->missing.len > 0) {
        writing_put(call->w, "[");
        writing_put(call->w, buf_text(&call->missing));
        writing_put(call->w, "]}");
    } else {
        writing_put(call->w, "null}");
    }
}

/* Ids that there is nothing for are told. */
static bool go_on_ids(struct api_call *call, size_t *work)
{
    char id[TRACE_ID_SIZE];

    while (go_on_jaeger(call, work)) {
        struct held_trace *trace;

        unpin(call);
        if (!next_id(call, id)) {
            end_with_missing(call);
            return true;
        }
        trace = trace_store_find(call->store, (struct str){id, TRACE_ID_SIZE});
        if (!trace) {
            miss(call, "trace not found");
        } else if (call->w->out.len >= ANSWER_LARGE) {
            miss(call, "the answer is large already: ask for this one alone");
        } else {
            pin(call, trace);
            begin_jaeger(call, trace);
        }
    }
    return false;
}

static void get_traces_by_id(struct api_call *call)
{
    char id[TRACE_ID_SIZE];

    for (size_t i = 0; i < call->params.count; i++) {
        const struct param *param = &call->params.at[i];

        if (str_is(param->name, "traceID") && !read_trace_id(param->value, id)) {
            api_fail(call->answer, 400, BAD_TRACE_ID);
            return;
        }
    }
    api_list_begin(call);
    call->go_on = go_on_ids;
}

static bool read_search(struct api_call *call)
{
    struct error err;

    if (search_read(&call->search, &call->params, call->now_ns, call->arena, &err))
        return true;
    api_fail(call->answer, 400, err.text);
    return false;
}

static bool go_on_traces(struct api_call *call, size_t *work)
{
    struct search *search = &call->search;

    while (go_on_jaeger(call, work)) {
        enum search_step step = SEARCH_OVER;

        if (search->limit > 0 && !call->w->full && call->w->out.len < ANSWER_LARGE)
            step = search_next(search, call->store, work);
        if (step == SEARCH_PAUSED)
            return false;
        if (step == SEARCH_OVER) {
            api_list_end(call, 0);
            return true;
        }
        search->limit--;
        begin_jaeger(call, search->trace);
    }
    return false;
}

void api_get_traces(struct api_call *call)
{
    struct str id;

    if (params_find(&call->params, "traceID", &id)) {
        get_traces_by_id(call);
        return;
    }
    if (!read_search(call))
        return;
    if (call->search.service.len == 0) {
        api_fail(call->answer, 400, "parameter 'service' is required");
        return;
    }
    api_list_begin(call);
    trace_walk_begin(call->store);
    call->go_on = go_on_traces;
}

static void put_summary(struct api_call *call, const struct held_trace *trace, size_t *work)
{
    size_t len = call->w->out.len;

    writing_comma(call->w, &call->first);
    summary_put_trace(call->w, call->store, trace);
    work_spend(work, WORK_SPAN * trace->span_count + WORK_WRITTEN * (call->w->out.len - len));
}

static bool go_on_summary(struct api_call *call, size_t *work)
{
    struct search *search = &call->search;

    while (search->limit > 0 && !call->w->full) {
        enum search_step step = search_next(search, call->store, work);

        if (step == SEARCH_PAUSED)
            return false;
        if (step == SEARCH_OVER)
            break;
        search->limit--;
        put_summary(call, search->trace, work);
    }
    writing_put(call->w, "]}");
    return true;
}

/* Of ?traceID=..: the one, if it has changed since "after". */
static void put_summary_of(struct api_call *call, const char id[TRACE_ID_SIZE])
{
    struct held_trace *trace = trace_store_find(call->store, (struct str){id, TRACE_ID_SIZE});

    if (trace && trace->seq > call->search.after)
        summary_put_trace(call->w, call->store, trace);
    writing_put(call->w, "]}");
}

/* {"store": .., "seq": .., "held": .., "traces": [..]}: those that are found, newest first. */
void api_get_summary(struct api_call *call)
{
    const struct trace_store *store = call->store;
    char id[TRACE_ID_SIZE];
    struct str text;
    bool one = params_find(&call->params, "traceID", &text);

    if (!read_search(call))
        return;
    if (one && !read_trace_id(text, id)) {
        api_fail(call->answer, 400, BAD_TRACE_ID);
        return;
    }
    writing_printf(call->w,
                   "{\"store\":\"%016" PRIx64 "\",\"seq\":%" PRIu64 ",\"held\":%zu,\"traces\":[",
                   trace_store_id(store), store->seq, store->count);
    if (one) {
        put_summary_of(call, id);
        return;
    }
    trace_walk_begin(call->store);
    call->go_on = go_on_summary;
}

static void download(struct api_call *call, const struct held_trace *trace, const char *form)
{
    snprintf(call->answer->disposition, DISPOSITION_SIZE,
             "attachment; filename=\"trace-%016llx%016llx.%s.json\"",
             (unsigned long long)id_number(trace->id), (unsigned long long)id_number(trace->id + 8),
             form);
}

static bool go_on_otlp(struct api_call *call, size_t *work)
{
    return otlp_json_go_on(call->w, &call->progress, work);
}

static void put_whole_otlp(struct api_call *call, struct held_trace *trace)
{
    pin(call, trace);
    begin_trace(call, trace);
    otlp_json_begin(call->w);
    call->go_on = go_on_otlp;
}

static bool go_on_spans(struct api_call *call, size_t *work)
{
    return otlp_json_go_on_with(call->w, &call->progress, call->span_id, work);
}

/* Those of that id, of which there may be several. */
static void put_spans(struct api_call *call, struct held_trace *trace, struct str id)
{
    char bytes[TRACE_ID_SIZE];

    if (id.len > 2 * sizeof(call->span_id) || !read_trace_id(id, bytes)) {
        api_fail(call->answer, 400, "a span ID has 1 to 16 hexadecimal digits");
        return;
    }
    call->span_id = id_number(bytes + 8);
    put_whole_otlp(call, trace);
    call->go_on = go_on_spans;
}

/* "{id}/otlp", "{id}/jaeger" or "{id}/spans/{span id}" */
void api_get_part_of_trace(struct api_call *call)
{
    const char *slash = memchr(call->path.at, '/', call->path.len);
    size_t len = slash ? (size_t)(slash - call->path.at) : call->path.len;
    struct str form = {call->path.at + len, call->path.len - len};
    bool spans = str_starts(form, STR("/spans/"));
    struct held_trace *trace;

    if (!spans && !str_is(form, "/otlp") && !str_is(form, "/jaeger")) {
        api_fail(
            call->answer, 404,
            "a trace is at /api/otelc/traces/{id}/otlp and .../jaeger, a span at .../spans/{id}");
        return;
    }
    trace = find_trace(call, (struct str){call->path.at, len});
    if (!trace)
        return;
    if (spans) {
        put_spans(call, trace, (struct str){form.at + 7, form.len - 7});
        return;
    }
    download(call, trace, form.at + 1);
    if (str_is(form, "/otlp"))
        put_whole_otlp(call, trace);
    else
        put_whole_trace(call, trace);
}

void api_leave_traces(struct api_call *call)
{
    search_leave(&call->search, call->store);
    unpin(call);
    trace_walk_end(call->store);
}
