/*
 * Series are found by the text of their labels: of a server, they are a handful.
 */
#include "net/call_metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/metrics.h"

struct call_series {
    struct list node;
    bool rpc;
    char *labels;
    struct metric *duration, *request, *response; /* NULL: not of this kind or side */
};

/* ---- families ---- */

#define MS UINT64_C(1000000)
static const uint64_t duration_bounds[] = {5 * MS,    10 * MS,   25 * MS,   50 * MS,   75 * MS,
                                           100 * MS,  250 * MS,  500 * MS,  750 * MS,  1000 * MS,
                                           2500 * MS, 5000 * MS, 7500 * MS, 10000 * MS};
static const uint64_t size_bounds[] = {0,   5,   10,   25,   50,   75,   100,  250,
                                       500, 750, 1000, 2500, 5000, 7500, 10000};

#define DURATION(text, what)                                                                       \
    {                                                                                              \
        .name = text, .help = what, .unit = "s", .per_unit = 1000000000, .kind = FAMILY_HISTOGRAM, \
        .level = METRICS_DETAILED, .bounds = duration_bounds,                                      \
        .bound_count = sizeof(duration_bounds) / sizeof(duration_bounds[0])                        \
    }
#define SIZE(text, what)                                                                           \
    {                                                                                              \
        .name = text, .help = what, .unit = "By", .kind = FAMILY_HISTOGRAM,                        \
        .level = METRICS_DETAILED, .bounds = size_bounds,                                          \
        .bound_count = sizeof(size_bounds) / sizeof(size_bounds[0])                                \
    }

static const struct metric_family http_duration[] = {
    [CALLS_SERVED] = DURATION("http_server_request_duration", "Duration of HTTP server requests."),
    [CALLS_MADE] = DURATION("http_client_request_duration", "Duration of HTTP client requests."),
};
static const struct metric_family request_size[] = {
    [CALLS_SERVED] = SIZE("http_server_request_body_size", "Size of HTTP server request bodies."),
    [CALLS_MADE] = SIZE("http_client_request_body_size", "Size of HTTP client request bodies."),
};
static const struct metric_family response_size =
    SIZE("http_server_response_body_size", "Size of HTTP server response bodies.");
static const struct metric_family rpc_duration[] = {
    [CALLS_SERVED] = DURATION("rpc_server_call_duration",
                              "Measures the duration of an incoming Remote Procedure Call (RPC)."),
    [CALLS_MADE] = DURATION("rpc_client_call_duration",
                            "Measures the duration of an outgoing Remote Procedure Call (RPC)."),
};

/* ---- labels ---- */

static const char other[] = "_OTHER";

static const char *known_method(struct str method)
{
    static const char *const known[] = {"GET",     "HEAD",  "POST",  "PUT",   "DELETE",
                                        "CONNECT", "TRACE", "PATCH", "QUERY", "OPTIONS"};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (str_is(method, known[i]))
            return known[i];
    return other;
}

/* Those that are registered: https://www.iana.org/assignments/http-status-codes */
static bool is_known_status(unsigned status)
{
    static const struct {
        unsigned first, last;
    } known[] = {{100, 104}, {200, 208}, {226, 226}, {300, 305}, {307, 308}, {400, 418},
                 {421, 426}, {428, 429}, {431, 431}, {451, 451}, {500, 508}, {510, 511}};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (status >= known[i].first && status <= known[i].last)
            return true;
    return false;
}

static void write_status(char text[8], unsigned status)
{
    if (is_known_status(status))
        snprintf(text, 8, "%u", status);
    else
        snprintf(text, 8, "%s", other);
}

static void describe_http(const struct call_metrics *calls, struct buf *labels,
                          const struct http_call *call)
{
    unsigned first_error = calls->side == CALLS_SERVED ? 500 : 400;
    char status[8];

    write_status(status, call->status);
    metric_label(labels, "http_request_method", known_method(call->method));
    if (call->status > 0)
        metric_label(labels, "http_response_status_code", status);
    if (call->route)
        metric_label(labels, "http_route", call->route);
    metric_label(labels, "network_protocol_name", "http");
    metric_label(labels, "network_protocol_version", call->version);
    metric_label(labels, "server_address", call->peer->address);
    if (call->peer->port[0])
        metric_label(labels, "server_port", call->peer->port);
    metric_label(labels, "url_scheme", call->peer->https ? "https" : "http");
    if (call->status == 0)
        metric_label(labels, "error_type", call->error);
    else if (call->status >= first_error)
        metric_label(labels, "error_type", status);
}

static void describe_rpc(struct buf *labels, const char *method, enum grpc_code code)
{
    if (!method)
        method = other;
    else if (method[0] == '/')
        method++;
    metric_label(labels, "rpc_method", method);
    metric_label(labels, "rpc_response_status_code", grpc_code_name(code));
    metric_label(labels, "rpc_system_name", "grpc");
}

/* ---- series ---- */

static struct call_series *find(struct call_metrics *calls, bool rpc)
{
    const char *labels = buf_text(&calls->labels);

    for (struct list *node = calls->series.next; node != &calls->series; node = node->next) {
        struct call_series *series = LIST_ENTRY(node, struct call_series, node);

        if (series->rpc == rpc && strcmp(series->labels, labels) == 0)
            return series;
    }
    return NULL;
}

static struct call_series *add(struct call_metrics *calls, bool rpc)
{
    struct call_series *series = mem_zero(sizeof(*series));
    const char *labels = buf_text(&calls->labels);

    series->rpc = rpc;
    series->labels = mem_text(labels);
    series->duration =
        metric_open_as(rpc ? &rpc_duration[calls->side] : &http_duration[calls->side], labels);
    if (!rpc)
        series->request = metric_open_as(&request_size[calls->side], labels);
    if (!rpc && calls->side == CALLS_SERVED)
        series->response = metric_open_as(&response_size, labels);
    list_push_back(&calls->series, &series->node);
    calls->count++;
    return series;
}

/* Of calls->labels. */
static struct call_series *find_or_add(struct call_metrics *calls, bool rpc)
{
    size_t most = calls->side == CALLS_SERVED ? SERVED_SERIES_MAX : MADE_SERIES_MAX;
    struct call_series *series = find(calls, rpc);

    if (!series && calls->count >= most) {
        buf_reset(&calls->labels);
        metric_label(&calls->labels, "otel_metric_overflow", "true");
        series = find(calls, rpc);
    }
    return series ? series : add(calls, rpc);
}

void call_metrics_init(struct call_metrics *calls, enum call_side side)
{
    *calls = (struct call_metrics){.side = side};
    list_init(&calls->series);
}

void call_metrics_done(struct call_metrics *calls)
{
    struct list *node, *next;

    for (node = calls->series.next; node != &calls->series; node = next) {
        struct call_series *series = LIST_ENTRY(node, struct call_series, node);

        next = node->next;
        metric_close(series->duration);
        metric_close(series->request);
        metric_close(series->response);
        free(series->labels);
        free(series);
    }
    buf_done(&calls->labels);
}

void call_metrics_http(struct call_metrics *calls, const struct http_call *call)
{
    struct call_series *series;

    buf_reset(&calls->labels);
    describe_http(calls, &calls->labels, call);
    series = find_or_add(calls, false);
    metric_observe(series->duration, call->duration_ns);
    metric_observe(series->request, call->request_bytes);
    if (series->response)
        metric_observe(series->response, call->response_bytes);
}

void call_metrics_rpc(struct call_metrics *calls, const char *method, enum grpc_code code,
                      uint64_t duration_ns)
{
    buf_reset(&calls->labels);
    describe_rpc(&calls->labels, method, code);
    metric_observe(find_or_add(calls, true)->duration, duration_ns);
}
