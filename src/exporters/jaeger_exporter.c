/*
 * Sends spans to Jaeger, on either of its wires, which the endpoint's shape tells.
 *
 *     consume -> queue -> group by resource -> write -> POST, PostSpans
 *
 *     2xx, OK                    the next request
 *     429, 5xx, no answer, ...   back to the queue, later
 *     413, too large             again in halves
 *     any other                  dropped, counted, logged
 *
 * The groups of a batch go one after the other: what has arrived is not sent again when a later one
 * fails. Of a request that is too large, only a span that is so alone is dropped. The queue and the
 * waiting are pipeline/sender.c's, the bytes are those of jaeger/.
 */
#include <stdlib.h>

#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "exporters/answer.h"
#include "exporters/jaeger_settings.h"
#include "exporters/request_headers.h"
#include "jaeger/api_v2.h"
#include "jaeger/thrift.h"
#include "net/proxy.h"
#include "pipeline/component.h"
#include "pipeline/worker.h"

struct jaeger_exporter {
    struct component base;
    const struct jaeger_settings *settings; /* borrowed from the configuration */
    struct worker *worker;                  /* borrowed */
    struct jaeger_endpoint endpoint;
    struct request_headers headers;
    struct sender *sender; /* owned; NULL before start() */
    struct list sendings;  /* under way */
    struct log_limit halved;
    component_drained_cb *drained;
};

struct sending { /* how far a delivery has come */
    struct jaeger_exporter *exporter;
    struct delivery *delivery;
    struct groups *groups;
    size_t group;                 /* the one that is being sent */
    struct thrift_writer *thrift; /* of this group, one of the two; NULL: not begun */
    struct api_v2_writer *api_v2;
    size_t most;  /* items in a request, since one was too large; SIZE_MAX: as many as there are */
    size_t items; /* in the request that is under way */

    struct list node;           /* in exporter->sendings, while a request is under way */
    struct http_transfer *post; /* that request, one of the two; else NULL */
    struct grpc_transfer *call;
};

/* ---- what Jaeger's answers mean ---- */

static const char *http_advice(unsigned status)
{
    switch (status) {
    case 401:
    case 403:
        return " (is an Authorization missing in headers?)";
    case 404:
    case 405:
        return " (Jaeger's path is /api/traces)";
    case 301:
    case 302:
    case 307:
    case 308:
        return " (redirects are not followed: write the address that it means)";
    default:
        return "";
    }
}

static const char *grpc_advice(enum grpc_code code)
{
    switch (code) {
    case GRPC_UNIMPLEMENTED:
        return " (is this Jaeger's gRPC port, 14250? its OTLP port, 4317, needs the exporter otlp)";
    case GRPC_UNAUTHENTICATED:
    case GRPC_PERMISSION_DENIED:
        return " (is an Authorization missing in headers?)";
    default:
        return "";
    }
}

static const struct peer jaeger = {
    .name = "Jaeger", .http_advice = http_advice, .grpc_advice = grpc_advice};

/* ---- the way of one delivery ---- */

static void writers_free(struct sending *s)
{
    thrift_writer_free(s->thrift);
    api_v2_writer_free(s->api_v2);
    s->thrift = NULL;
    s->api_v2 = NULL;
}

/* The request that came last is to be made again. */
static void step_back(struct sending *s)
{
    if (s->thrift)
        thrift_again(s->thrift);
    else
        api_v2_again(s->api_v2);
}

static void send_next(struct sending *s);

/* The first half of it, then the rest. */
static void send_in_halves(struct sending *s, const char *why)
{
    struct jaeger_exporter *self = s->exporter;

    if (s->most == SIZE_MAX) /* once for each delivery */
        log_limited(&self->halved, LOG_WARN, self->base.where,
                    "%s; its %zu spans are sent again in halves: a lower send_batch_max_size of "
                    "the batch processor saves this",
                    why, s->items);
    s->most = s->items - s->items / 2;
    step_back(s);
    send_next(s);
}

static void on_outcome(struct sending *s, enum outcome outcome, uint64_t retry_after_ms,
                       const char *why)
{
    s->post = NULL;
    s->call = NULL;
    list_remove(&s->node);
    if (outcome == SEND_AGAIN) {
        step_back(s);
        delivery_retry(s->delivery, retry_after_ms, why);
        return;
    }
    if (outcome == TOO_LARGE && s->items > 1) {
        send_in_halves(s, why);
        return;
    }
    delivery_part(s->delivery, s->items, outcome == SENT ? NULL : why);
    if (s->most <= SIZE_MAX / 2) /* one large span must not keep the rest small */
        s->most *= 2;
    send_next(s);
}

static void on_http_answer(void *arg, const struct http_answer *answer)
{
    char why[WHY_MAX];
    enum outcome outcome = http_outcome(&jaeger, answer, why);

    on_outcome(arg, outcome, answer->retry_after_ms, why);
}

static void on_grpc_answer(void *arg, const struct grpc_answer *answer)
{
    char why[WHY_MAX];
    enum outcome outcome = grpc_outcome(&jaeger, answer, why);

    on_outcome(arg, outcome, answer->retry_after_ms, why);
}

static size_t on_body(void *arg, char *to, size_t room)
{
    struct sending *s = arg;

    return thrift_write(s->thrift, to, room);
}

static void on_restart(void *arg)
{
    struct sending *s = arg;

    thrift_restart(s->thrift);
}

/* Sends the next request of the group. False: it has no more. */
static bool thrift_send(struct sending *s)
{
    struct jaeger_exporter *self = s->exporter;
    struct http_post post = {
        .url = self->endpoint.url.at,
        .headers = request_headers_now(&self->headers),
        .tls = &self->settings->tls,
        .timeout_ms = self->settings->timeout_ms,
        .read = on_body,
        .restart = on_restart,
        .read_arg = s,
        .on_answer = on_http_answer,
        .arg = s,
    };

    if (!s->thrift)
        s->thrift = thrift_writer_new(&s->groups->at[s->group]);
    s->items = thrift_next(s->thrift, s->most);
    if (s->items > 0)
        s->post = http_client_post(self->worker->http, &post);
    return s->items > 0;
}

static bool api_v2_send(struct sending *s)
{
    struct jaeger_exporter *self = s->exporter;
    struct grpc_call call = {
        .url = self->endpoint.url.at,
        .path = "/jaeger.api_v2.CollectorService/PostSpans",
        .headers = request_headers_now(&self->headers),
        .tls = &self->settings->tls,
        .timeout_ms = self->settings->timeout_ms,
        .on_answer = on_grpc_answer,
        .arg = s,
    };
    struct api_v2_message message;

    if (!s->api_v2)
        s->api_v2 = api_v2_writer_new(&s->groups->at[s->group]);
    if (!api_v2_next(s->api_v2, s->most, &message))
        return false;
    call.message = message.bytes;
    s->items = message.items;
    s->call = grpc_client_call(self->worker->http, &call);
    return true;
}

/* Sends the next request of this group, or of the one after it; at the end the delivery is done. */
static void send_next(struct sending *s)
{
    struct jaeger_exporter *self = s->exporter;

    for (; s->group < s->groups->count; s->group++) {
        if (self->endpoint.wire == JAEGER_THRIFT ? thrift_send(s) : api_v2_send(s)) {
            list_push_back(&self->sendings, &s->node);
            return;
        }
        writers_free(s);
    }
    delivery_done(s->delivery);
}

static void jaeger_send(void *arg, struct delivery *delivery)
{
    struct sending *s = delivery->state;

    if (!s) {
        s = mem_zero(sizeof(*s));
        s->exporter = arg;
        s->delivery = delivery;
        s->groups = groups_new(delivery->batch);
        s->most = SIZE_MAX;
        list_init(&s->node);
        delivery->state = s;
    }
    send_next(s);
}

static void jaeger_forget(void *arg, struct delivery *delivery)
{
    struct sending *s = delivery->state;

    (void)arg;
    writers_free(s);
    groups_free(s->groups);
    free(s);
}

/* ---- the component ---- */

static struct component *jaeger_create(const void *settings, struct worker *worker,
                                       struct error *err)
{
    struct jaeger_exporter *self = mem_zero(sizeof(*self));

    self->settings = settings;
    self->worker = worker;
    list_init(&self->sendings);
    if (!jaeger_settings_endpoint(self->settings, &self->endpoint, err)) {
        jaeger_endpoint_done(&self->endpoint);
        free(self);
        return NULL;
    }
    buf_text(&self->endpoint.url);
    request_headers_init(&self->headers,
                         self->endpoint.wire == JAEGER_THRIFT ? "Content-Type: application/x-thrift"
                                                              : NULL,
                         self->settings->authority, &self->settings->headers);
    return &self->base;
}

static void log_wire(const struct jaeger_exporter *self)
{
    struct str url = buf_str(&self->endpoint.url);
    struct str shown = jaeger_endpoint_shown(url);
    struct buf proxy = {0};

    if (self->endpoint.wire == JAEGER_THRIFT)
        log_info(self->base.where, "sends Thrift over HTTP to %.*s", STR_ARG(shown));
    else
        log_info(self->base.where, "sends gRPC (jaeger.api_v2) to %.*s, %s", STR_ARG(shown),
                 str_starts(url, STR("https:")) ? "with TLS" : "in plain text");
    if (proxy_describe(url.at, &proxy))
        log_info(self->base.where, "goes through a proxy: %.*s", STR_ARG(buf_str(&proxy)));
    buf_done(&proxy);
}

static bool jaeger_start(struct component *base, struct error *err)
{
    struct jaeger_exporter *self = (struct jaeger_exporter *)base;

    if (!request_headers_auth(&self->headers, self->worker, &self->settings->auth, err))
        return false;
    self->sender = sender_new(self->worker, &self->settings->sender, base->where, jaeger_send,
                              jaeger_forget, self);
    if (self->worker->index == 0)
        log_wire(self);
    return true;
}

static struct result jaeger_consume(struct component *base, struct batch *batch)
{
    return sender_push(((struct jaeger_exporter *)base)->sender, batch);
}

static const char *jaeger_storage(const void *settings)
{
    return ((const struct jaeger_settings *)settings)->sender.queue.storage;
}

static void on_drained(void *arg)
{
    struct jaeger_exporter *self = arg;

    self->drained(&self->base);
}

static void jaeger_drain(struct component *base, component_drained_cb *drained)
{
    struct jaeger_exporter *self = (struct jaeger_exporter *)base;

    self->drained = drained;
    sender_drain(self->sender, on_drained, self);
}

static void jaeger_bequeath(struct component *base, struct component *heir)
{
    sender_bequeath(((struct jaeger_exporter *)base)->sender,
                    ((struct jaeger_exporter *)heir)->sender);
}

static size_t jaeger_held(const struct component *base)
{
    return sender_unstored(((const struct jaeger_exporter *)base)->sender);
}

static void jaeger_destroy(struct component *base)
{
    struct jaeger_exporter *self = (struct jaeger_exporter *)base;

    while (!list_empty(&self->sendings)) {
        struct sending *s = LIST_ENTRY(self->sendings.next, struct sending, node);

        if (s->post)
            http_transfer_cancel(s->post);
        else
            grpc_transfer_cancel(s->call);
        list_remove(&s->node);
    }
    sender_free(self->sender);
    jaeger_endpoint_done(&self->endpoint);
    request_headers_done(&self->headers);
    free(self);
}

static const char *const old_names[] = {"jaeger_thrift", "jaeger_thrift_http", NULL};

const struct component_type jaeger_exporter = {
    .name = "jaeger",
    .old_names = old_names,
    .kind = EXPORTER,
    .signals = 1u << TRACES,
    .help = "sends spans to Jaeger: gRPC to port 14250, or Thrift over HTTP to port 14268",
    .fields = jaeger_fields,
    .settings_size = sizeof(struct jaeger_settings),
    .check = jaeger_settings_check,
    .storage = jaeger_storage,
    .create = jaeger_create,
    .start = jaeger_start,
    .consume = jaeger_consume,
    .drain = jaeger_drain,
    .bequeath = jaeger_bequeath,
    .held = jaeger_held,
    .destroy = jaeger_destroy,
};
