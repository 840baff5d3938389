/*
 * Takes Zipkin's spans in: POST /api/v2/spans (JSON, protobuf) and /api/v1/spans (JSON, Thrift).
 *
 *     body -> zipkin/read: a request of OTLP -> payload_read -> spans_request -> the answer
 *             | malformed: 400, which span and field
 *             '-> no room: 503, Retry-After
 */
#include <stdlib.h>

#include "base/budget.h"
#include "base/log.h"
#include "base/mem.h"
#include "pipeline/doors.h"
#include "receivers/spans_request.h"
#include "zipkin/read.h"

enum { ROUTES = 3 };

struct zipkin_receiver_settings {
    struct http_settings http; /* the first one: HTTP_SERVER_FIELDS are of it */
    bool parse_string_tags;
};

struct zipkin_receiver {
    struct component base;
    const struct zipkin_receiver_settings *settings; /* borrowed from the configuration */
    struct worker *worker;
    struct receiver_metrics *metrics; /* one reference */
    struct doors doors;
    struct route routes[ROUTES];
    component_drained_cb *drained;
};

static const struct field fields[] = {
    FIELD_STRING_LIKE(struct http_settings, endpoint, "endpoint", "0.0.0.0:9411",
                      "host:port to listen on (default: localhost:9411); a path for a unix socket"),
    FIELD_BOOL(struct zipkin_receiver_settings, parse_string_tags, "parse_string_tags", "false",
               "true: tags that look like numbers or truths become such"),
    HTTP_SERVER_FIELDS,
    FIELD_END,
};

/* ---- requests ---- */

typedef struct bytes *read_fn(struct str body, bool parse_tags, struct zipkin_report *report);

/* The spans as OTLP; takes over the message. NULL: it is answered. */
static struct payload *read_payload(const struct zipkin_receiver *self, struct request *request,
                                    struct bytes *message, read_fn *read)
{
    struct payload_report payload_report;
    struct payload *payload;
    struct zipkin_report report;
    struct bytes *body;
    size_t aside = message->len; /* texts, while they are unescaped */

    if (!budget_reserve(aside)) {
        bytes_unref(message);
        spans_request_no_room(request);
        return NULL;
    }
    body = read(bytes_str(message), self->settings->parse_string_tags, &report);
    bytes_unref(message);
    budget_release(aside);
    if (!body) {
        if (report.verdict == ZIPKIN_NO_ROOM)
            spans_request_no_room(request);
        else
            spans_request_fail(request, GRPC_INVALID_ARGUMENT, report.why, 0);
        return NULL;
    }
    payload = payload_read(TRACES, body, &payload_report);
    if (!payload && payload_report.verdict == PAYLOAD_NO_ROOM)
        spans_request_no_room(request);
    else if (!payload)
        spans_request_fail(request, GRPC_INVALID_ARGUMENT, payload_report.why, 0);
    return payload;
}

static void take(struct zipkin_receiver *self, struct request *request, struct bytes *message,
                 read_fn *read)
{
    struct payload *payload = read_payload(self, request, message, read);

    if (!payload)
        return;
    payload->came_ms = uv_now(self->worker->loop);
    spans_request_hand_on(request, self->base.next[TRACES], payload, self->metrics);
    payload_unref(payload);
}

static void on_v2(void *arg, struct request *request, struct bytes *message)
{
    take(arg, request, message,
         request_type(request) == CONTENT_PROTOBUF ? zipkin_read_proto : zipkin_read_json);
}

static void on_v1(void *arg, struct request *request, struct bytes *message)
{
    take(arg, request, message,
         request_type(request) == CONTENT_THRIFT ? zipkin_read_thrift : zipkin_read_v1_json);
}

static const char *unknown_path(void *arg, bool grpc, struct str path)
{
    (void)arg;
    (void)path;
    if (grpc)
        return "this is a Zipkin receiver: it has no gRPC";
    return "not found: POST Zipkin's spans to /api/v2/spans, or those of old to /api/v1/spans";
}

/* ---- the component ---- */

static void zipkin_check(void *settings, const struct node *node, struct problems *problems)
{
    struct http_settings *http = &((struct zipkin_receiver_settings *)settings)->http;

    http->enabled = true;
    http_settings_check(http, "9411", node, problems);
}

/* What of a server's settings is gRPC's; HTTP/2 has some of it too. */
static const struct grpc_settings no_grpc = {
    .max_concurrent_streams = 128,
    .keepalive.enforcement_policy.permit_without_stream = true,
};

static size_t zipkin_endpoints(const void *settings, const char *endpoints[ENDPOINTS_MAX])
{
    const struct zipkin_receiver_settings *s = settings;

    return doors_endpoints(&no_grpc, &s->http, endpoints);
}

static struct component *zipkin_create(const void *settings, struct worker *worker,
                                       struct error *err)
{
    struct zipkin_receiver *self = mem_zero(sizeof(*self));

    (void)err;
    self->settings = settings;
    self->worker = worker;
    return &self->base;
}

static bool zipkin_start(struct component *base, struct error *err)
{
    struct zipkin_receiver *self = (struct zipkin_receiver *)base;

    self->metrics = receiver_metrics_new(base->id);
    self->routes[0] = (struct route){
        .path = "/api/v2/spans",
        .types = 1u << CONTENT_JSON | 1u << CONTENT_PROTOBUF,
        .handler = on_v2,
        .arg = self,
    };
    self->routes[1] = (struct route){
        .path = "/api/v1/spans",
        .types = 1u << CONTENT_JSON | 1u << CONTENT_THRIFT,
        .handler = on_v1,
        .arg = self,
    };
    self->doors = (struct doors){
        .where = base->where,
        .what[HTTP_DOOR] = "Zipkin",
        .worker = self->worker,
        .grpc = &no_grpc,
        .http = &self->settings->http,
        .routes = self->routes,
        .unknown_path = unknown_path,
        .arg = self,
    };
    return doors_open(&self->doors, err);
}

static void on_drained(void *arg)
{
    struct zipkin_receiver *self = arg;

    self->drained(&self->base);
}

static void zipkin_drain(struct component *base, component_drained_cb *drained)
{
    struct zipkin_receiver *self = (struct zipkin_receiver *)base;

    self->drained = drained;
    doors_drain(&self->doors, on_drained, self);
}

static void zipkin_reloaded(struct component *base)
{
    doors_reread(&((struct zipkin_receiver *)base)->doors);
}

static void zipkin_destroy(struct component *base)
{
    struct zipkin_receiver *self = (struct zipkin_receiver *)base;

    doors_close(&self->doors);
    receiver_metrics_unref(self->metrics);
    free(self);
}

const struct component_type zipkin_receiver = {
    .name = "zipkin",
    .kind = RECEIVER,
    .signals = 1u << TRACES,
    .help = "takes Zipkin's spans: JSON v2 and v1, protobuf, Thrift",
    .fields = fields,
    .settings_size = sizeof(struct zipkin_receiver_settings),
    .check = zipkin_check,
    .endpoints = zipkin_endpoints,
    .create = zipkin_create,
    .start = zipkin_start,
    .drain = zipkin_drain,
    .reloaded = zipkin_reloaded,
    .destroy = zipkin_destroy,
};
