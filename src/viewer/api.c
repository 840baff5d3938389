/*
 * From a path to an answer. Errors have Jaeger's form as well: {"data":null, .., "errors":[..]}.
 */
#include "viewer/api.h"

#include <stdio.h>

#include "base/hex.h"
#include "jaeger/translate.h"
#include "viewer/dependencies.h"
#include "viewer/jaeger_json.h"
#include "viewer/otlp_json.h"
#include "viewer/page.h"
#include "viewer/summary.h"

#define JSON_TYPE "application/json"
#define TEXT_TYPE "text/plain; charset=utf-8"

enum {
    ARENA_SIZE = 4096,
    TRACE_ID_DIGITS = 2 * TRACE_ID_SIZE,
    ANSWER_LARGE = 16 << 20, /* an answer of several traces has no more after that */
    NS_PER_MS = 1000000
};

struct call {
    struct trace_store *store;
    struct str path; /* decoded, behind the route */
    struct params params;
    uint64_t now_ns;
    struct arena *arena;
    struct api_answer *answer;
    struct writing *w; /* the answer's */
};

void api_answer_done(struct api_answer *answer)
{
    writing_done(&answer->writing);
}

/* ---- the envelope ---- */

static void begin(struct call *call)
{
    writing_put(call->w, "{\"data\":[");
}

static void end(struct call *call, size_t total)
{
    writing_printf(call->w, "],\"total\":%zu,\"limit\":0,\"offset\":0,\"errors\":null}", total);
}

static void fail(struct api_answer *answer, unsigned status, const char *why)
{
    struct writing *w = &answer->writing;

    writing_done(w);
    answer->status = status;
    writing_printf(
        w, "{\"data\":null,\"total\":0,\"limit\":0,\"offset\":0,\"errors\":[{\"code\":%u,", status);
    writing_put(w, "\"msg\":");
    writing_put_text(w, str_of(why));
    writing_put(w, "}]}");
}

/* ---- traces ---- */

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
static struct held_trace *find_trace(struct call *call, struct str text)
{
    char id[TRACE_ID_SIZE];
    struct held_trace *trace;

    if (!read_trace_id(text, id)) {
        fail(call->answer, 400, "a trace ID has 1 to 32 hexadecimal digits");
        return NULL;
    }
    trace = trace_store_find(call->store, (struct str){id, TRACE_ID_SIZE});
    if (!trace)
        fail(call->answer, 404, "trace not found");
    return trace;
}

static void get_trace(struct call *call)
{
    const struct held_trace *trace = find_trace(call, call->path);

    if (!trace)
        return;
    begin(call);
    jaeger_json_put_trace(call->w, call->store, trace);
    end(call, 0);
}

/* Those of ?traceID=..&traceID=..; ids that there is nothing for are told. */
static void get_traces_by_id(struct call *call)
{
    const char *separator = "";
    struct buf missing = {0};
    bool first = true;

    begin(call);
    for (size_t i = 0; i < call->params.count; i++) {
        const struct param *param = &call->params.at[i];
        const struct held_trace *trace;
        char id[TRACE_ID_SIZE];

        if (!str_is(param->name, "traceID"))
            continue;
        if (!read_trace_id(param->value, id)) {
            buf_done(&missing);
            fail(call->answer, 400, "a trace ID has 1 to 32 hexadecimal digits");
            return;
        }
        trace = trace_store_find(call->store, (struct str){id, TRACE_ID_SIZE});
        if (trace) {
            writing_comma(call->w, &first);
            jaeger_json_put_trace(call->w, call->store, trace);
        } else {
            buf_printf(&missing, "%s{\"msg\":\"trace not found\",\"traceID\":\"%.*s\"}", separator,
                       STR_ARG(param->value));
            separator = ",";
        }
    }
    writing_put(call->w, "],\"total\":0,\"limit\":0,\"offset\":0,\"errors\":");
    if (missing.len > 0) {
        writing_put(call->w, "[");
        writing_put(call->w, buf_text(&missing));
        writing_put(call->w, "]}");
    } else {
        writing_put(call->w, "null}");
    }
    buf_done(&missing);
}

static bool read_search(struct call *call, struct search *search)
{
    struct error err;

    if (search_read(search, &call->params, call->now_ns, call->arena, &err))
        return true;
    fail(call->answer, 400, err.text);
    return false;
}

static void get_traces(struct call *call)
{
    const struct held_trace *trace = NULL;
    struct search search;
    bool first = true;
    struct str id;

    if (params_find(&call->params, "traceID", &id)) {
        get_traces_by_id(call);
        return;
    }
    if (!read_search(call, &search))
        return;
    if (search.service.len == 0) {
        fail(call->answer, 400, "parameter 'service' is required");
        return;
    }
    begin(call);
    while (search.limit-- > 0 && !call->w->full && call->w->out.len < ANSWER_LARGE &&
           (trace = search_next(&search, call->store, trace))) {
        writing_comma(call->w, &first);
        jaeger_json_put_trace(call->w, call->store, trace);
    }
    end(call, 0);
}

static void get_summary(struct call *call)
{
    struct search search;

    if (read_search(call, &search))
        summary_put(call->w, call->store, &search);
}

static void download(struct call *call, const struct held_trace *trace, const char *form)
{
    snprintf(call->answer->disposition, DISPOSITION_SIZE,
             "attachment; filename=\"trace-%016llx%016llx.%s.json\"",
             (unsigned long long)id_number(trace->id), (unsigned long long)id_number(trace->id + 8),
             form);
}

/* "{id}/otlp" or "{id}/jaeger" */
static void get_download(struct call *call)
{
    const char *slash = memchr(call->path.at, '/', call->path.len);
    size_t len = slash ? (size_t)(slash - call->path.at) : call->path.len;
    struct str form = {call->path.at + len, call->path.len - len};
    const struct held_trace *trace;

    if (!str_is(form, "/otlp") && !str_is(form, "/jaeger")) {
        fail(call->answer, 404, "a trace is at /api/otelc/traces/{id}/otlp and .../jaeger");
        return;
    }
    trace = find_trace(call, (struct str){call->path.at, len});
    if (!trace)
        return;
    download(call, trace, form.at + 1);
    if (str_is(form, "/otlp")) {
        otlp_json_put_trace(call->w, trace);
    } else {
        begin(call);
        jaeger_json_put_trace(call->w, call->store, trace);
        end(call, 0);
    }
}

/* ---- services ---- */

static void get_services(struct call *call)
{
    begin(call);
    end(call, summary_put_services(call->w, call->store));
}

static void put_operations(struct call *call, struct str service, struct str kind, bool kinds)
{
    begin(call);
    end(call, summary_put_operations(call->w, call->store, service, kind, kinds));
}

/* "{name}/operations"; the name may have slashes. */
static void get_operations_of(struct call *call)
{
    struct str ending = STR("/operations"), service = call->path;

    if (service.len <= ending.len ||
        !str_eq((struct str){service.at + service.len - ending.len, ending.len}, ending)) {
        fail(call->answer, 404, "operations are at /api/services/{name}/operations");
        return;
    }
    service.len -= ending.len;
    put_operations(call, service, STR(""), false);
}

static void get_operations(struct call *call)
{
    struct str service, kind = {0};

    if (!params_find(&call->params, "service", &service)) {
        fail(call->answer, 400, "parameter 'service' is required");
        return;
    }
    if (!params_find(&call->params, "spanKind", &kind))
        kind = (struct str){0};
    put_operations(call, service, kind, true);
}

/* Milliseconds, as numbers; a day back from now on where they are not told. */
static void get_dependencies(struct call *call)
{
    uint64_t end_ms = call->now_ns / NS_PER_MS, back_ms = 86400000;
    const uint64_t most_ms = UINT64_MAX / NS_PER_MS;
    struct str text;

    if ((params_find(&call->params, "endTs", &text) && !str_to_uint(text, most_ms, &end_ms)) ||
        (params_find(&call->params, "lookback", &text) && !str_to_uint(text, most_ms, &back_ms))) {
        fail(call->answer, 400, "parameters 'endTs' and 'lookback' are numbers of milliseconds");
        return;
    }
    begin(call);
    dependencies_put(call->w, call->store, end_ms > back_ms ? (end_ms - back_ms) * NS_PER_MS : 0,
                     end_ms * NS_PER_MS);
    end(call, 0);
}

/* ---- routes ---- */

static const struct route_of_api {
    struct str path;
    bool below;
    void (*get)(struct call *call);
} routes[] = {
    {STR_INIT("/api/services"), false, get_services},
    {STR_INIT("/api/services/"), true, get_operations_of},
    {STR_INIT("/api/operations"), false, get_operations},
    {STR_INIT("/api/traces"), false, get_traces},
    {STR_INIT("/api/traces/"), true, get_trace},
    {STR_INIT("/api/dependencies"), false, get_dependencies},
    {STR_INIT("/api/otelc/summary"), false, get_summary},
    {STR_INIT("/api/otelc/traces/"), true, get_download},
};

static const struct route_of_api *find_route(struct str path)
{
    for (size_t i = 0; i < sizeof(routes) / sizeof(*routes); i++)
        if (routes[i].below ? str_starts(path, routes[i].path) : str_eq(path, routes[i].path))
            return &routes[i];
    return NULL;
}

static void call_route(struct call *call, const struct route_of_api *route, struct str query)
{
    struct error err;

    if (!percent_decode(call->path, false, call->arena, &call->path, &err)) {
        error_prefix(&err, "the path cannot be read");
        fail(call->answer, 400, err.text);
    } else if (!params_read(&call->params, query, call->arena, &err)) {
        fail(call->answer, 400, err.text);
    } else {
        route->get(call);
    }
}

void api_refuse(struct str path, const char *why, struct api_answer *answer)
{
    *answer = (struct api_answer){.type = JSON_TYPE};
    if (str_starts(path, STR("/api/"))) {
        fail(answer, 403, why);
    } else {
        answer->status = 403;
        answer->type = TEXT_TYPE;
        writing_put(&answer->writing, why);
        writing_put(&answer->writing, "\n");
    }
    answer->body = buf_str(&answer->writing.out);
}

void api_answer(struct trace_store *store, struct str path, struct str query, uint64_t now_ns,
                struct api_answer *answer)
{
    const struct route_of_api *route = find_route(path);
    struct call call = {.store = store, .now_ns = now_ns, .answer = answer};
    struct page page;

    *answer = (struct api_answer){.status = 200, .type = JSON_TYPE};
    call.w = &answer->writing;
    if (route) {
        call.path = (struct str){path.at + route->path.len, path.len - route->path.len};
        call.arena = arena_new(ARENA_SIZE);
        call_route(&call, route, query);
        arena_free(call.arena);
    } else if (page_find(path, &page)) {
        answer->type = page.type;
        answer->body = page.body;
        return;
    } else {
        fail(answer, 404,
             "nothing is served at this path: the page is at /, Jaeger's query API "
             "at /api/services, /api/traces, ...");
    }
    if (answer->writing.full) {
        answer->disposition[0] = '\0';
        fail(answer, 503, "no memory for the answer now: try again, or ask for less");
    }
    answer->body = buf_str(&answer->writing.out);
}
