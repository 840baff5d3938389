/*
 * Sends what came as OTLP as OTLP: `otlp` by gRPC, `otlphttp` by HTTP.
 *
 *     consume -> queue -> otlp/request_write -> compress -> Export, POST
 *                         (or the body as it came)
 *
 * Requests have less than 4 MB before they are compressed, so that no peer's usual limit of 4 MiB
 * is met. What an answer means for the rest of a batch is sending.c's.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "exporters/endpoint.h"
#include "exporters/otlp_exporter_settings.h"
#include "exporters/request_body.h"
#include "exporters/request_headers.h"
#include "exporters/sending.h"
#include "otlp/json_write.h"
#include "otlp/messages.h"
#include "otlp/messages_json.h"
#include "otlp/request_write.h"

enum {
    REQUEST_MAX = 4000000,     /* bytes of protobuf */
    JSON_REQUEST_MAX = 1500000 /* ... where it becomes JSON, which is about twice as long */
};

struct otlp_exporter {
    struct outgoing outgoing;
    const struct otlp_exporter_settings *settings; /* borrowed from the configuration */
    struct otlp_endpoint endpoints[SIGNAL_KINDS];
    struct request_headers headers;
    struct encoder *encoder;  /* NULL: nothing is compressed */
    struct grpc_client *grpc; /* NULL: it is HTTP */
    struct log_limit warned;
};

struct otlp_sending {
    struct sending base;
    struct request_writer *writer;
    struct request_body body; /* where it is compressed or JSON */
};

/* ---- what the answers mean ---- */

static const struct peer peer = {
    .name = "the peer",
    .rules = RETRY_AS_OTLP,
    .path_advice = "(is this OTLP over HTTP? /v1/traces and the like are put behind the endpoint)",
    .form_advice = "(see encoding and compression)",
    .service_advice = "(is this OTLP's port for gRPC, 4317? does the peer take this signal, and "
                      "the compression?)",
};

/* Of an answer that is good: what the peer has not taken nevertheless. */
static void on_response(struct sending *s, const struct export_response *response)
{
    struct otlp_exporter *self = (struct otlp_exporter *)s->outgoing;
    char why[WHY_MAX];

    if (response->rejected > 0) {
        snprintf(why, sizeof(why), "the peer has not taken them%s%.*s",
                 response->why.len > 0 ? ": " : "", STR_ARG(response->why));
        sending_rejected(s, response->rejected, why);
    } else if (response->why.len > 0) {
        log_limited(&self->warned, LOG_WARN, self->outgoing.base.where, "the peer says: %.*s",
                    STR_ARG(response->why));
    }
}

static void on_http_answer(void *arg, const struct http_answer *answer)
{
    struct sending *s = arg;
    struct otlp_exporter *self = (struct otlp_exporter *)s->outgoing;
    char why[WHY_MAX];
    enum outcome outcome = http_outcome(&peer, answer, why);
    struct export_response response;
    struct bytes *read = NULL;

    if (outcome == SENT &&
        (self->settings->form == OTLP_JSON
             ? message_read_export_json(s->delivery->batch->signal, answer->body, &response, &read)
             : message_read_export_response(answer->body, &response)))
        on_response(s, &response);
    bytes_unref(read);
    sending_answered(s, outcome, answer->retry_after_ms, why, http_error_type(answer));
}

static void on_grpc_answer(void *arg, const struct grpc_answer *answer)
{
    struct sending *s = arg;
    char why[WHY_MAX];
    enum outcome outcome = grpc_outcome(&peer, answer, why);
    struct export_response response;

    if (outcome == SENT && message_read_export_response(answer->response, &response))
        on_response(s, &response);
    sending_answered(s, outcome, answer->retry_after_ms, why, grpc_error_type(answer));
}

/* ---- requests ---- */

/* What goes out: the message, or what is made of it. */
static struct pieces body_make(struct otlp_exporter *self, struct otlp_sending *s,
                               const struct pieces *message)
{
    struct buf joined = {0}, json = {0};
    struct pieces made;

    if (self->settings->form == OTLP_JSON) {
        pieces_join(message, &joined);
        request_writer_release(s->writer);
        json_write(&json, signal_words[s->base.delivery->batch->signal].request, buf_str(&joined));
        buf_done(&joined);
        return request_body_take(&s->body, &json, self->encoder);
    }
    if (!self->encoder)
        return *message;
    made = request_body_encode(&s->body, message, self->encoder);
    request_writer_release(s->writer);
    return made;
}

static void grpc_send(struct otlp_exporter *self, struct sending *s, struct pieces message)
{
    static const char *const paths[SIGNAL_KINDS] = {
        [TRACES] = "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
        [METRICS] = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
        [LOGS] = "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
    };
    enum signal signal = s->delivery->batch->signal;
    struct grpc_call call = {
        .path = paths[signal],
        .headers = request_headers_now(&self->headers),
        .timeout_ms = self->settings->timeout_ms,
        .message = message,
        .encoding = self->settings->compression.encoding,
        .on_answer = on_grpc_answer,
        .arg = s,
        .unmeasured = self->settings->sender.apart,
    };

    s->call = grpc_client_call(self->grpc, &call);
}

static void http_send(struct otlp_exporter *self, struct sending *s, struct pieces body)
{
    struct http_post post = {
        .url = self->endpoints[s->delivery->batch->signal].url.at,
        .headers = request_headers_now(&self->headers),
        .tls = &self->settings->tls,
        .timeout_ms = self->settings->timeout_ms,
        .encoding = self->settings->compression.encoding,
        .body = body,
        .on_answer = on_http_answer,
        .arg = s,
        .unmeasured = self->settings->sender.apart,
    };

    s->post = http_client_post(self->outgoing.worker->http, &post);
}

static void otlp_begin(struct sending *s)
{
    ((struct otlp_sending *)s)->writer = request_writer_new(s->delivery->batch);
}

static bool otlp_next(struct sending *base)
{
    struct otlp_exporter *self = (struct otlp_exporter *)base->outgoing;
    struct otlp_sending *s = (struct otlp_sending *)base;
    size_t most = self->settings->form == OTLP_JSON ? JSON_REQUEST_MAX : REQUEST_MAX;
    struct request_message message;
    struct pieces body;

    request_body_done(&s->body);
    if (!request_writer_next(s->writer, most, base->most, &message))
        return false;
    base->messages = message.messages;
    base->items = message.items;
    body = body_make(self, s, &message.pieces);
    if (self->settings->http)
        http_send(self, base, body);
    else
        grpc_send(self, base, body);
    return true;
}

static void otlp_again(struct sending *base)
{
    struct otlp_sending *s = (struct otlp_sending *)base;

    request_body_done(&s->body);
    request_writer_again(s->writer);
}

static void otlp_end(struct sending *base)
{
    struct otlp_sending *s = (struct otlp_sending *)base;

    request_body_done(&s->body);
    request_writer_free(s->writer);
}

static const struct sending_kind otlp_sendings = {
    .size = sizeof(struct otlp_sending),
    .begin = otlp_begin,
    .next = otlp_next,
    .again = otlp_again,
    .end = otlp_end,
};

/* ---- the component ---- */

/* What it has besides `outgoing`. */
static void otlp_free(struct otlp_exporter *self)
{
    for (unsigned i = 0; i < SIGNAL_KINDS; i++)
        otlp_endpoint_done(&self->endpoints[i]);
    request_headers_done(&self->headers);
    grpc_client_free(self->grpc);
    encoder_free(self->encoder);
    free(self);
}

static struct component *otlp_create(const void *settings, struct worker *worker, struct error *err)
{
    const struct otlp_exporter_settings *s = settings;
    struct otlp_exporter *self = mem_zero(sizeof(*self));
    const char *own = NULL;

    self->settings = s;
    outgoing_init(&self->outgoing, &otlp_sendings, worker);
    for (unsigned i = 0; i < SIGNAL_KINDS; i++)
        if (!otlp_exporter_endpoint(s, (enum signal)i, &self->endpoints[i], err)) {
            otlp_free(self);
            return NULL;
        }
    if (s->http)
        own = s->form == OTLP_JSON ? "Content-Type: application/json"
                                   : "Content-Type: application/x-protobuf";
    request_headers_init(&self->headers, own, s->authority, &s->headers);
    self->encoder = compression_encoder(&s->compression);
    if (!s->http) /* of all signals */
        self->grpc = grpc_client_new(worker->http, self->endpoints[TRACES].url.at, &s->tls);
    return &self->outgoing.base;
}

static void log_way(const struct otlp_exporter *self, enum signal signal)
{
    const struct str url = buf_str(&self->endpoints[signal].url);

    log_info(
        self->outgoing.base.where, "sends %s by %s%s to %.*s, %s, %s",
        self->settings->http ? signal_words[signal].name : "OTLP",
        self->settings->http ? "HTTP" : "gRPC", self->settings->form == OTLP_JSON ? " as JSON" : "",
        STR_ARG(endpoint_shown(url)), str_starts(url, STR("https:")) ? "with TLS" : "in plain text",
        self->encoder ? encoding_name(self->settings->compression.encoding) : "not compressed");
    outgoing_log_proxy(&self->outgoing, url.at);
}

static bool otlp_start(struct component *base, struct error *err)
{
    struct otlp_exporter *self = (struct otlp_exporter *)base;
    struct worker *worker = self->outgoing.worker;
    unsigned ways = self->settings->http ? SIGNAL_KINDS : 1; /* gRPC's are the same */
    const char *urls[SIGNAL_KINDS] = {NULL};

    for (unsigned i = 0; i < SIGNAL_KINDS; i++)
        if (self->endpoints[i].url.len > 0)
            urls[i] = self->endpoints[i].url.at;
    if (!request_headers_auth(&self->headers, worker, &self->settings->auth, err))
        return false;
    outgoing_start(&self->outgoing, &self->settings->sender, urls, self->settings->http);
    for (unsigned i = 0; worker->index == 0 && i < ways; i++)
        if (self->endpoints[i].url.len > 0)
            log_way(self, (enum signal)i);
    return true;
}

static struct result otlp_consume(struct component *base, struct batch *batch)
{
    struct otlp_exporter *self = (struct otlp_exporter *)base;

    if (self->endpoints[batch->signal].url.len == 0)
        return result_rejected("otlphttp has no endpoint for this signal");
    return outgoing_consume(base, batch);
}

static void otlp_destroy(struct component *base)
{
    struct otlp_exporter *self = (struct otlp_exporter *)base;

    outgoing_done(&self->outgoing);
    otlp_free(self);
}

static const char *const grpc_names[] = {"otlp_grpc", NULL};
static const char *const http_names[] = {"otlp_http", NULL};

const struct component_type otlp_exporter = {
    OUTGOING_EXPORTER,
    .name = "otlp",
    .old_names = grpc_names,
    .signals = SIGNALS_ALL,
    .help = "sends OTLP by gRPC, to port 4317 of a backend or another collector",
    .fields = otlp_grpc_fields,
    .settings_size = sizeof(struct otlp_exporter_settings),
    .check = otlp_grpc_check,
    .create = otlp_create,
    .start = otlp_start,
    .consume = otlp_consume,
    .destroy = otlp_destroy,
};

const struct component_type otlphttp_exporter = {
    OUTGOING_EXPORTER,
    .name = "otlphttp",
    .old_names = http_names,
    .signals = SIGNALS_ALL,
    .help = "sends OTLP by HTTP, protobuf or JSON, to port 4318 of a backend or another collector",
    .fields = otlp_http_fields,
    .settings_size = sizeof(struct otlp_exporter_settings),
    .check = otlp_http_check,
    .create = otlp_create,
    .start = otlp_start,
    .consume = otlp_consume,
    .destroy = otlp_destroy,
};
