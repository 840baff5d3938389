/*
 * Takes Zipkin's spans in: POST /api/v2/spans (JSON, protobuf) and /api/v1/spans (JSON, Thrift).
 *
 *     body -> zipkin/read: a request of OTLP -> payload_read -> consume -> 202, without a body
 *             | malformed: 400, which span and field      | for now:  503, Retry-After
 *             '-> no room: 503, Retry-After               | for good: 500
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/budget.h"
#include "base/log.h"
#include "base/mem.h"
#include "pipeline/doors.h"
#include "zipkin/read.h"

enum { NO_ROOM_RETRY_MS = 1000, ROUTES = 3, ACCEPTED_STATUS = 202 };

struct zipkin_receiver_settings {
    struct http_settings http; /* the first one: HTTP_SERVER_FIELDS are of it */
    bool parse_string_tags;
};

struct zipkin_receiver {
    struct component base;
    const struct zipkin_receiver_settings *settings; /* borrowed from the configuration */
    struct worker *worker;
    struct doors doors;
    struct route routes[ROUTES];
    component_drained_cb *drained;
};

static const struct field fields[] = {
    FIELD_STRING(struct http_settings, endpoint, "endpoint", NULL,
                 "host:port to listen on (default: localhost:9411); a path for a unix socket"),
    FIELD_BOOL(struct zipkin_receiver_settings, parse_string_tags, "parse_string_tags", "false",
               "true: tags that look like numbers or truths become such"),
    HTTP_SERVER_FIELDS,
    FIELD_END,
};

/* ---- answers ---- */

static void answer_error(struct request *request, enum grpc_code code, const char *why,
                         unsigned retry_after_ms)
{
    struct answer answer = {.code = code, .message = why, .retry_after_ms = retry_after_ms};

    request_answer(request, &answer);
}

static void answer_no_room(struct request *request)
{
    answer_error(request, GRPC_UNAVAILABLE, "the memory budget is used up", NO_ROOM_RETRY_MS);
}

static void answer_result(struct request *request, struct result result)
{
    switch (result.verdict) {
    case ACCEPTED:
        request_answer(request, &(struct answer){.code = GRPC_OK, .status = ACCEPTED_STATUS});
        break;
    case RETRY_LATER:
        answer_error(request, GRPC_UNAVAILABLE, result.why, result.retry_after_ms);
        break;
    case REJECTED:
        answer_error(request, GRPC_INTERNAL, result.why, 0);
        break;
    }
}

static void on_settled(void *arg, struct result result)
{
    answer_result(arg, result);
}

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
        answer_no_room(request);
        return NULL;
    }
    body = read(bytes_str(message), self->settings->parse_string_tags, &report);
    bytes_unref(message);
    budget_release(aside);
    if (!body) {
        if (report.verdict == ZIPKIN_NO_ROOM)
            answer_no_room(request);
        else
            answer_error(request, GRPC_INVALID_ARGUMENT, report.why, 0);
        return NULL;
    }
    payload = payload_read(TRACES, body, &payload_report);
    if (!payload && payload_report.verdict == PAYLOAD_NO_ROOM)
        answer_no_room(request);
    else if (!payload)
        answer_error(request, GRPC_INVALID_ARGUMENT, payload_report.why, 0);
    return payload;
}

/* Gives the payload to the pipelines, and the client its answer: now, or when it is settled. */
static void hand_on(struct request *request, struct component *next, struct payload *payload)
{
    struct result result = result_accepted();
    struct batch *batch;

    if (payload->counted == 0) {
        answer_result(request, result);
        return;
    }
    batch = batch_of(payload);
    result = consume(next, batch);
    if (result.verdict == ACCEPTED) /* unless who held it has said something else meanwhile */
        result = batch->wait.result;
    if (batch->wait.holds > 0) {
        batch->wait.settled = on_settled;
        batch->wait.arg = request;
    } else {
        answer_result(request, result);
    }
    batch_unref(batch);
}

static void take(struct zipkin_receiver *self, struct request *request, struct bytes *message,
                 read_fn *read)
{
    struct component *next = self->base.next[TRACES];
    struct payload *payload;
    struct bytes *metadata;

    if (!next) { /* a reload has taken it away */
        bytes_unref(message);
        answer_error(request, GRPC_INTERNAL, "no pipeline takes spans any more", 0);
        return;
    }
    payload = read_payload(self, request, message, read);
    if (!payload)
        return;
    metadata = request_metadata(request);
    if (metadata)
        payload->metadata = bytes_ref(metadata);
    hand_on(request, next, payload);
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
