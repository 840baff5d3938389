/*
 * Sends spans to Jaeger, on either of its wires, which the endpoint's shape tells.
 *
 *     consume -> queue -> group by resource -> write -> POST, PostSpans
 *
 * The groups of a batch go one after the other; what an answer means for the rest is sending.c's,
 * the bytes are those of jaeger/.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "exporters/endpoint.h"
#include "exporters/jaeger_settings.h"
#include "exporters/request_headers.h"
#include "exporters/sending.h"
#include "jaeger/api_v2.h"
#include "jaeger/thrift.h"

struct jaeger_exporter {
    struct outgoing outgoing;
    const struct jaeger_settings *settings; /* borrowed from the configuration */
    struct jaeger_endpoint endpoint;
    struct request_headers headers;
    struct grpc_client *grpc; /* NULL: it is Thrift */
};

struct jaeger_sending {
    struct sending base;
    struct groups *groups;
    size_t group;                 /* the one that is being sent */
    struct thrift_writer *thrift; /* of this group, one of the two; NULL: not begun */
    struct api_v2_writer *api_v2;
};

/* ---- what Jaeger's answers mean ---- */

static const struct peer jaeger = {
    .name = "Jaeger",
    .rules = RETRY_UNLESS_REFUSED,
    .path_advice = "(Jaeger's path is /api/traces)",
    .service_advice = "(is this Jaeger's gRPC port, 14250? its OTLP port, 4317, needs the exporter "
                      "otlp)",
};

static void on_http_answer(void *arg, const struct http_answer *answer)
{
    char why[WHY_MAX];
    enum outcome outcome = http_outcome(&jaeger, answer, why);

    sending_answered(arg, outcome, answer->retry_after_ms, why, http_error_type(answer));
}

static void on_grpc_answer(void *arg, const struct grpc_answer *answer)
{
    char why[WHY_MAX];
    enum outcome outcome = grpc_outcome(&jaeger, answer, why);

    sending_answered(arg, outcome, answer->retry_after_ms, why, grpc_error_type(answer));
}

static size_t on_body(void *arg, char *to, size_t room)
{
    struct jaeger_sending *s = arg;

    return thrift_write(s->thrift, to, room);
}

static void on_restart(void *arg)
{
    struct jaeger_sending *s = arg;

    thrift_restart(s->thrift);
}

/* ---- requests ---- */

/* Sends the next request of the group. False: it has no more. */
static bool thrift_send(struct jaeger_exporter *self, struct jaeger_sending *s)
{
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
    s->base.items = s->base.messages = thrift_next(s->thrift, s->base.most);
    if (s->base.items > 0)
        s->base.post = http_client_post(self->outgoing.worker->http, &post);
    return s->base.items > 0;
}

static bool api_v2_send(struct jaeger_exporter *self, struct jaeger_sending *s)
{
    struct grpc_call call = {
        .path = "/jaeger.api_v2.CollectorService/PostSpans",
        .headers = request_headers_now(&self->headers),
        .timeout_ms = self->settings->timeout_ms,
        .on_answer = on_grpc_answer,
        .arg = s,
    };
    struct api_v2_message message;

    if (!s->api_v2)
        s->api_v2 = api_v2_writer_new(&s->groups->at[s->group]);
    if (!api_v2_next(s->api_v2, s->base.most, &message))
        return false;
    call.message = pieces_of(&message.bytes);
    s->base.items = s->base.messages = message.items;
    s->base.call = grpc_client_call(self->grpc, &call);
    return true;
}

static void jaeger_begin(struct sending *base)
{
    ((struct jaeger_sending *)base)->groups = groups_new(base->delivery->batch);
}

static void writers_free(struct jaeger_sending *s)
{
    thrift_writer_free(s->thrift);
    api_v2_writer_free(s->api_v2);
    s->thrift = NULL;
    s->api_v2 = NULL;
}

/* Of this group, or of the one after it. */
static bool jaeger_next(struct sending *base)
{
    struct jaeger_exporter *self = (struct jaeger_exporter *)base->outgoing;
    struct jaeger_sending *s = (struct jaeger_sending *)base;

    for (; s->group < s->groups->count; s->group++) {
        if (self->endpoint.wire == JAEGER_THRIFT ? thrift_send(self, s) : api_v2_send(self, s))
            return true;
        writers_free(s);
    }
    return false;
}

static void jaeger_again(struct sending *base)
{
    struct jaeger_sending *s = (struct jaeger_sending *)base;

    if (s->thrift)
        thrift_again(s->thrift);
    else
        api_v2_again(s->api_v2);
}

static void jaeger_end(struct sending *base)
{
    struct jaeger_sending *s = (struct jaeger_sending *)base;

    writers_free(s);
    groups_free(s->groups);
}

static const struct sending_kind jaeger_sendings = {
    .size = sizeof(struct jaeger_sending),
    .begin = jaeger_begin,
    .next = jaeger_next,
    .again = jaeger_again,
    .end = jaeger_end,
};

/* ---- the component ---- */

static struct component *jaeger_create(const void *settings, struct worker *worker,
                                       struct error *err)
{
    struct jaeger_exporter *self = mem_zero(sizeof(*self));

    self->settings = settings;
    outgoing_init(&self->outgoing, &jaeger_sendings, worker);
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
    if (self->endpoint.wire != JAEGER_THRIFT)
        self->grpc = grpc_client_new(worker->http, self->endpoint.url.at, &self->settings->tls);
    return &self->outgoing.base;
}

static void log_wire(const struct jaeger_exporter *self)
{
    struct str url = buf_str(&self->endpoint.url);
    struct str shown = endpoint_shown(url);

    if (self->endpoint.wire == JAEGER_THRIFT)
        log_info(self->outgoing.base.where, "sends Thrift over HTTP to %.*s", STR_ARG(shown));
    else
        log_info(self->outgoing.base.where, "sends gRPC (jaeger.api_v2) to %.*s, %s",
                 STR_ARG(shown), str_starts(url, STR("https:")) ? "with TLS" : "in plain text");
    outgoing_log_proxy(&self->outgoing, url.at);
}

static bool jaeger_start(struct component *base, struct error *err)
{
    struct jaeger_exporter *self = (struct jaeger_exporter *)base;
    struct worker *worker = self->outgoing.worker;

    if (!request_headers_auth(&self->headers, worker, &self->settings->auth, err))
        return false;
    outgoing_start(&self->outgoing, &self->settings->sender,
                   (const char *const[SIGNAL_KINDS]){[TRACES] = self->endpoint.url.at}, false);
    if (worker->index == 0)
        log_wire(self);
    return true;
}

static void jaeger_destroy(struct component *base)
{
    struct jaeger_exporter *self = (struct jaeger_exporter *)base;

    outgoing_done(&self->outgoing);
    grpc_client_free(self->grpc);
    jaeger_endpoint_done(&self->endpoint);
    request_headers_done(&self->headers);
    free(self);
}

static const char *const old_names[] = {"jaeger_thrift", "jaeger_thrift_http", "jaeger_grpc", NULL};

const struct component_type jaeger_exporter = {
    OUTGOING_EXPORTER,
    .name = "jaeger",
    .old_names = old_names,
    .signals = 1u << TRACES,
    .help = "sends spans to Jaeger: gRPC to port 14250, or Thrift over HTTP to port 14268",
    .fields = jaeger_fields,
    .settings_size = sizeof(struct jaeger_settings),
    .check = jaeger_settings_check,
    .create = jaeger_create,
    .start = jaeger_start,
    .consume = outgoing_consume,
    .destroy = jaeger_destroy,
};
