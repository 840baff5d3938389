/*
 * From a path to an answer. Errors have Jaeger's form as well: {"data":null, .., "errors":[..]}.
 */
#include "viewer/api_priv.h"

#include <stdlib.h>

#include "base/mem.h"
#include "viewer/page.h"
#include "viewer/summary.h"

#define JSON_TYPE "application/json"
#define TEXT_TYPE "text/plain; charset=utf-8"

enum { ARENA_SIZE = 4096, NS_PER_MS = 1000000 };

void api_answer_done(struct api_answer *answer)
{
    writing_done(&answer->writing);
}

/* ---- the envelope ---- */

void api_list_begin(struct api_call *call)
{
    writing_put(call->w, "{\"data\":[");
}

void api_list_end(struct api_call *call, size_t total)
{
    writing_printf(call->w, "],\"total\":%zu,\"limit\":0,\"offset\":0,\"errors\":null}", total);
}

void api_fail(struct api_answer *answer, unsigned status, const char *why)
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

/* ---- services ---- */

static void get_services(struct api_call *call)
{
    api_list_begin(call);
    api_list_end(call, summary_put_services(call->w, call->store));
}

static void put_operations(struct api_call *call, struct str service, struct str kind, bool kinds)
{
    api_list_begin(call);
    api_list_end(call, summary_put_operations(call->w, call->store, service, kind, kinds));
}

/* "{name}/operations"; the name may have slashes. */
static void get_operations_of(struct api_call *call)
{
    struct str ending = STR("/operations"), service = call->path;

    if (service.len <= ending.len ||
        !str_eq((struct str){service.at + service.len - ending.len, ending.len}, ending)) {
        api_fail(call->answer, 404, "operations are at /api/services/{name}/operations");
        return;
    }
    service.len -= ending.len;
    put_operations(call, service, STR(""), false);
}

static void get_operations(struct api_call *call)
{
    struct str service, kind = {0};

    if (!params_find(&call->params, "service", &service)) {
        api_fail(call->answer, 400, "parameter 'service' is required");
        return;
    }
    if (!params_find(&call->params, "spanKind", &kind))
        kind = (struct str){0};
    put_operations(call, service, kind, true);
}

static bool go_on_dependencies(struct api_call *call, size_t *work)
{
    if (!dependencies_go_on(&call->dependencies, call->w, call->store, work))
        return false;
    api_list_end(call, 0);
    return true;
}

/* Milliseconds, as numbers; a day back from now on where they are not told. */
static void get_dependencies(struct api_call *call)
{
    uint64_t end_ms = call->now_ns / NS_PER_MS, back_ms = 86400000;
    const uint64_t most_ms = UINT64_MAX / NS_PER_MS;
    struct str text;

    if ((params_find(&call->params, "endTs", &text) && !str_to_uint(text, most_ms, &end_ms)) ||
        (params_find(&call->params, "lookback", &text) && !str_to_uint(text, most_ms, &back_ms))) {
        api_fail(call->answer, 400,
                 "parameters 'endTs' and 'lookback' are numbers of milliseconds");
        return;
    }
    call->dependencies = (struct dependencies){
        .start_ns = end_ms > back_ms ? (end_ms - back_ms) * NS_PER_MS : 0,
        .end_ns = end_ms * NS_PER_MS,
    };
    api_list_begin(call);
    trace_walk_begin(call->store);
    call->go_on = go_on_dependencies;
}

/* ---- routes ---- */

static const struct route_of_api {
    struct str path;
    bool below;
    void (*get)(struct api_call *call);
} routes[] = {
    {STR_INIT("/api/services"), false, get_services},
    {STR_INIT("/api/services/"), true, get_operations_of},
    {STR_INIT("/api/operations"), false, get_operations},
    {STR_INIT("/api/traces"), false, api_get_traces},
    {STR_INIT("/api/traces/"), true, api_get_trace},
    {STR_INIT("/api/dependencies"), false, get_dependencies},
    {STR_INIT("/api/otelc/summary"), false, api_get_summary},
    {STR_INIT("/api/otelc/traces/"), true, api_get_part_of_trace},
};

static const struct route_of_api *find_route(struct str path)
{
    for (size_t i = 0; i < sizeof(routes) / sizeof(*routes); i++)
        if (routes[i].below ? str_starts(path, routes[i].path) : str_eq(path, routes[i].path))
            return &routes[i];
    return NULL;
}

static void call_route(struct api_call *call, const struct route_of_api *route, struct str query)
{
    struct error err;

    if (!percent_decode(call->path, false, call->arena, &call->path, &err)) {
        error_prefix(&err, "the path cannot be read");
        api_fail(call->answer, 400, err.text);
    } else if (!params_read(&call->params, query, call->arena, &err)) {
        api_fail(call->answer, 400, err.text);
    } else {
        route->get(call);
    }
}

void api_refuse(struct str path, unsigned status, const char *why, struct api_answer *answer)
{
    *answer = (struct api_answer){.type = JSON_TYPE};
    if (str_starts(path, STR("/api/"))) {
        api_fail(answer, status, why);
    } else {
        answer->status = status;
        answer->type = TEXT_TYPE;
        writing_put(&answer->writing, why);
        writing_put(&answer->writing, "\n");
    }
    answer->body = buf_str(&answer->writing.out);
}

static void call_free(struct api_call *call)
{
    dependencies_done(&call->dependencies, call->store);
    api_leave_traces(call);
    buf_done(&call->missing);
    arena_free(call->arena);
    free(call);
}

static void finish(struct api_call *call)
{
    struct api_answer *answer = call->answer;

    call_free(call);
    if (answer->writing.full) {
        answer->disposition[0] = '\0';
        api_fail(answer, 503, "no memory for the answer now: try again, or ask for less");
    }
    answer->body = buf_str(&answer->writing.out);
}

struct api_call *api_begin(struct trace_store *store, struct str path, struct str query,
                           uint64_t now_ns, struct api_answer *answer)
{
    const struct route_of_api *route = find_route(path);
    struct api_call *call;
    struct page page;

    *answer = (struct api_answer){.status = 200, .type = JSON_TYPE};
    if (!route && page_find(path, &page)) {
        answer->type = page.type;
        answer->body = page.body;
        return NULL;
    }
    call = mem_zero(sizeof(*call));
    call->store = store;
    call->now_ns = now_ns;
    call->answer = answer;
    call->w = &answer->writing;
    call->first = true;
    call->arena = arena_new(ARENA_SIZE);
    if (route) {
        call->path = (struct str){path.at + route->path.len, path.len - route->path.len};
        call_route(call, route, query);
    } else {
        api_fail(answer, 404,
                 "nothing is served at this path: the page is at /, Jaeger's query API "
                 "at /api/services, /api/traces, ...");
    }
    if (call->go_on)
        return call;
    finish(call);
    return NULL;
}

bool api_go_on(struct api_call *call, size_t work)
{
    if (!call->go_on(call, &work))
        return false;
    finish(call);
    return true;
}

void api_stop(struct api_call *call)
{
    call_free(call);
}
