/*
 * Sends spans to Jaeger, on either of its wires, which the endpoint's shape tells.
 *
 *     consume -> queue -> group by resource -> write Thrift -> POST     -> 2xx, OK          next
 * group ^                           write api_v2 -> PostSpans  429, 5xx, I/O ... back, later
 *                  '----------------------------------------------------  other             dropped
 *
 * The groups of a batch go one after the other: what has arrived is not sent again when a later one
 * fails. The queue and the waiting are pipeline/sender.c's, the bytes are those of jaeger/.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "exporters/jaeger_endpoint.h"
#include "jaeger/api_v2.h"
#include "jaeger/thrift.h"
#include "net/grpc_client.h"
#include "net/http_client.h"
#include "net/tls_client.h"
#include "pipeline/authenticator.h"
#include "pipeline/component.h"
#include "pipeline/sender.h"
#include "pipeline/worker.h"

enum {
    WHY_MAX = 512, /* bytes of a reason, with its NUL */
    SAID_MAX = 200 /* bytes that are shown of what Jaeger says itself */
};

struct jaeger_settings {
    const char *endpoint;
    uint64_t timeout_ms;
    struct tls_client_settings tls;
    struct header_list headers;
    struct auth_settings auth;
    const char *authority;
    struct sender_settings sender;
    bool thrift; /* by its old name it can only be Thrift */
};

struct jaeger_exporter {
    struct component base;
    const struct jaeger_settings *settings; /* borrowed from the configuration */
    struct worker *worker;                  /* borrowed */
    struct jaeger_endpoint endpoint;
    const char **headers;   /* "Name: value", NULL-terminated */
    struct component *auth; /* the extension that knows one more; NULL: none */
    struct sender *sender;  /* owned; NULL before start() */
    struct list sendings;   /* under way */
    component_drained_cb *drained;
};

struct sending { /* how far a delivery has come */
    struct jaeger_exporter *exporter;
    struct delivery *delivery;
    struct groups *groups;
    size_t group;                 /* the one that is being sent */
    struct thrift_writer *thrift; /* of this group, one of the two; NULL: not begun */
    struct api_v2_writer *api_v2;
    size_t items; /* in the request that is under way */

    struct list node;           /* in exporter->sendings, while a request is under way */
    struct http_transfer *post; /* that request, one of the two; else NULL */
    struct grpc_transfer *call;
};

/* ---- what an answer means ---- */

enum outcome { SENT, SEND_AGAIN, REFUSED };

/* Jaeger's own words, without the line's end, in so many bytes. */
static struct str said(struct str text)
{
    text = str_trim(text);
    while (text.len > 0 && (text.at[text.len - 1] == '\n' || text.at[text.len - 1] == '\r'))
        text.len--;
    if (text.len > SAID_MAX)
        text.len = SAID_MAX;
    return text;
}

/* What to do about a status that comes from a wrong setting. */
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

static enum outcome http_outcome(const struct http_answer *answer, char why[WHY_MAX])
{
    struct str text = said(answer->body);

    if (answer->status / 100 == 2)
        return SENT;
    if (answer->status == 0) {
        snprintf(why, WHY_MAX, "%s", answer->error);
        return SEND_AGAIN;
    }
    snprintf(why, WHY_MAX, "Jaeger answers %u%s%s%.*s", answer->status, http_advice(answer->status),
             text.len > 0 ? ": " : "", STR_ARG(text));
    return answer->status == 408 || answer->status == 429 || answer->status / 100 == 5 ? SEND_AGAIN
                                                                                       : REFUSED;
}

static const char *grpc_advice(unsigned code)
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

/* Jaeger says RESOURCE_EXHAUSTED of its full queue; of a message beyond its limit gRPC says it. */
static bool is_too_large(const struct grpc_answer *answer)
{
    return answer->code == GRPC_RESOURCE_EXHAUSTED && strstr(answer->message, "larger than max");
}

static enum outcome grpc_outcome(const struct grpc_answer *answer, char why[WHY_MAX])
{
    struct str text = said(str_of(answer->message));

    if (answer->code == GRPC_OK)
        return SENT;
    snprintf(why, WHY_MAX, "%s%s%s%.*s", grpc_code_name(answer->code), grpc_advice(answer->code),
             text.len > 0 ? ": " : "", STR_ARG(text));
    switch (answer->code) {
    case GRPC_INVALID_ARGUMENT:
    case GRPC_UNIMPLEMENTED:
    case GRPC_UNAUTHENTICATED:
    case GRPC_PERMISSION_DENIED:
        return REFUSED;
    default:
        return is_too_large(answer) ? REFUSED : SEND_AGAIN;
    }
}

/* ---- the way of one delivery ---- */

static void writers_free(struct sending *s)
{
    thrift_writer_free(s->thrift);
    api_v2_writer_free(s->api_v2);
    s->thrift = NULL;
    s->api_v2 = NULL;
}

static void send_next(struct sending *s);

static void on_outcome(struct sending *s, enum outcome outcome, uint64_t retry_after_ms,
                       const char *why)
{
    s->post = NULL;
    s->call = NULL;
    list_remove(&s->node);
    if (outcome == SEND_AGAIN) {
        if (s->api_v2)
            api_v2_again(s->api_v2);
        else
            writers_free(s);
        delivery_retry(s->delivery, retry_after_ms, why);
        return;
    }
    delivery_part(s->delivery, s->items, outcome == REFUSED ? why : NULL);
    if (s->thrift) { /* one request is the whole group */
        writers_free(s);
        s->group++;
    }
    send_next(s);
}

static void on_http_answer(void *arg, const struct http_answer *answer)
{
    char why[WHY_MAX];
    enum outcome outcome = http_outcome(answer, why);

    on_outcome(arg, outcome, answer->retry_after_ms, why);
}

static void on_grpc_answer(void *arg, const struct grpc_answer *answer)
{
    char why[WHY_MAX];
    enum outcome outcome = grpc_outcome(answer, why);

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

/* "Name: value" for each, NULL-terminated; the texts lie behind the array. secret: what auth sends,
 * in place of a header of that name; NULL: nothing. */
static const char **headers_of(const struct jaeger_settings *s, enum jaeger_wire wire,
                               const struct header *secret)
{
    struct buf text = {0};
    const char **headers;
    size_t count = 0;
    char *at;

    if (wire == JAEGER_THRIFT)
        buf_printf(&text, "Content-Type: application/x-thrift%c", '\0');
    if (s->authority)
        buf_printf(&text, "Host: %s%c", s->authority, '\0');
    if (secret)
        buf_printf(&text, "%s: %s%c", secret->name, secret->value, '\0');
    for (size_t i = 0; i < s->headers.count; i++)
        if (!secret || !str_eq_nocase(str_of(s->headers.at[i].name), str_of(secret->name)))
            buf_printf(&text, "%s: %s%c", s->headers.at[i].name, s->headers.at[i].value, '\0');
    headers = mem_zero((s->headers.count + 4) * sizeof(*headers) + text.len);
    at = (char *)&headers[s->headers.count + 4];
    if (text.len > 0)
        memcpy(at, text.at, text.len);
    for (char *end = at + text.len; at < end; at += strlen(at) + 1)
        headers[count++] = at;
    buf_done(&text);
    return headers;
}

/* The headers as they are now: a secret may have changed. */
static const char *const *headers_now(struct jaeger_exporter *self)
{
    struct header secret;

    if (self->auth && self->auth->type->auth->header(self->auth, &secret)) {
        free(self->headers);
        self->headers = headers_of(self->settings, self->endpoint.wire, &secret);
    }
    return self->headers;
}

static void thrift_send(struct sending *s)
{
    struct jaeger_exporter *self = s->exporter;
    const struct group *group = &s->groups->at[s->group];
    struct http_post post = {
        .url = self->endpoint.url.at,
        .headers = headers_now(self),
        .tls = &self->settings->tls,
        .timeout_ms = self->settings->timeout_ms,
        .read = on_body,
        .restart = on_restart,
        .read_arg = s,
        .on_answer = on_http_answer,
        .arg = s,
    };

    s->thrift = thrift_writer_new(group);
    s->items = group->items;
    s->post = http_client_post(self->worker->http, &post);
}

/* False: the group has no more messages. */
static bool api_v2_send(struct sending *s)
{
    struct jaeger_exporter *self = s->exporter;
    struct grpc_call call = {
        .url = self->endpoint.url.at,
        .path = "/jaeger.api_v2.CollectorService/PostSpans",
        .headers = headers_now(self),
        .tls = &self->settings->tls,
        .timeout_ms = self->settings->timeout_ms,
        .on_answer = on_grpc_answer,
        .arg = s,
    };
    struct api_v2_message message;

    if (!s->api_v2)
        s->api_v2 = api_v2_writer_new(&s->groups->at[s->group]);
    if (!api_v2_next(s->api_v2, &message)) {
        writers_free(s);
        return false;
    }
    call.message = message.bytes;
    s->items = message.items;
    s->call = grpc_client_call(self->worker->http, &call);
    return true;
}

/* Sends the next group, or of it the next message; at the end the delivery is done. */
static void send_next(struct sending *s)
{
    struct jaeger_exporter *self = s->exporter;

    for (; s->group < s->groups->count; s->group++) {
        if (self->endpoint.wire == JAEGER_THRIFT)
            thrift_send(s);
        else if (!api_v2_send(s))
            continue;
        list_push_back(&self->sendings, &s->node);
        return;
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

/* An old key, or an old place of one: taken, with a note of where it belongs. */
#define OLD_KEY(kind, member, key, note_)                                                          \
    {                                                                                              \
        .name = (key), .type = (kind), .offset = offsetof(struct jaeger_settings, member),         \
        .help = "old form of another key", .note = (note_)                                         \
    }

static const struct field fields[] = {
    FIELD_STRING(struct jaeger_settings, endpoint, "endpoint", NULL,
                 "host:14250 for gRPC, or http://host:14268/api/traces for Thrift over HTTP"),
    FIELD_BLOCK(struct jaeger_settings, tls, "tls", tls_client_fields,
                "how Jaeger is reached by TLS, or that it is not"),
    FIELD_DURATION(struct jaeger_settings, timeout_ms, "timeout", "5s",
                   "of each try; 0s: it may take as long as it likes"),
    FIELD_HEADERS(struct jaeger_settings, headers, "headers", "sent with each request"),
    FIELD_SWITCH(struct jaeger_settings, auth, "auth", auth_fields,
                 "whom to send as: the extension's header goes with each request"),
    FIELD_STRING(struct jaeger_settings, authority, "authority", NULL,
                 "the host that requests name, instead of the endpoint's"),
    FIELD_BLOCK(struct jaeger_settings, sender.queue, "sending_queue", queue_fields,
                "batches that wait to be sent"),
    FIELD_BLOCK(struct jaeger_settings, sender.retry, "retry_on_failure", retry_fields,
                "trying again what failed"),
    OLD_KEY(FIELD_TYPE_STRING, endpoint, "url", "write it as endpoint"),
    OLD_KEY(FIELD_TYPE_BOOL, tls.insecure, "insecure", "write it as tls.insecure"),
    OLD_KEY(FIELD_TYPE_BOOL, tls.insecure_skip_verify, "insecure_skip_verify",
            "write it as tls.insecure_skip_verify"),
    OLD_KEY(FIELD_TYPE_STRING, tls.ca_file, "ca_file", "write it as tls.ca_file"),
    OLD_KEY(FIELD_TYPE_STRING, tls.cert_file, "cert_file", "write it as tls.cert_file"),
    OLD_KEY(FIELD_TYPE_STRING, tls.key_file, "key_file", "write it as tls.key_file"),
    OLD_KEY(FIELD_TYPE_STRING, tls.server_name_override, "server_name_override",
            "write it as tls.server_name_override"),
    FIELD_IGNORED("compression", "has no effect: Jaeger does not decode compressed requests"),
    FIELD_IGNORED("balancer_name", "has no effect: the first address that answers is used"),
    FIELD_IGNORED("keepalive", "has no effect: connections are kept while they are used"),
    FIELD_IGNORED("wait_for_ready", "has no effect: what cannot be sent is tried again"),
    FIELD_IGNORED("read_buffer_size", "has no effect: buffers have the size that they need"),
    FIELD_IGNORED("write_buffer_size", "has no effect: buffers have the size that they need"),
    FIELD_IGNORED("max_idle_conns", "has no effect: connections are kept while they are used"),
    FIELD_IGNORED("max_idle_conns_per_host",
                  "has no effect: connections are kept while they are used"),
    FIELD_IGNORED("max_conns_per_host",
                  "has no effect: sending_queue.num_consumers limits the connections"),
    FIELD_IGNORED("idle_conn_timeout", "has no effect: connections are kept while they are used"),
    FIELD_IGNORED("disable_keep_alives", "has no effect: Jaeger closes connections itself"),
    FIELD_END,
};

/* The part of an endpoint that is no secret: without user, password and query. */
static struct str without_secrets(struct str endpoint)
{
    const char *at = memrchr(endpoint.at, '@', endpoint.len), *query;

    if (at)
        endpoint = (struct str){at + 1, (size_t)(endpoint.at + endpoint.len - at) - 1};
    query = memchr(endpoint.at, '?', endpoint.len);
    return query ? (struct str){endpoint.at, (size_t)(query - endpoint.at)} : endpoint;
}

static bool endpoint_of(const struct jaeger_settings *s, struct jaeger_endpoint *endpoint,
                        struct error *err)
{
    const char *problem;

    if (!s->endpoint) {
        *endpoint = (struct jaeger_endpoint){0};
        return error_set(err, "endpoint is missing: write endpoint: jaeger:14250 for gRPC, or "
                              "endpoint: http://jaeger:14268/api/traces for Thrift over HTTP");
    }
    problem = jaeger_endpoint_read(endpoint, str_of(s->endpoint), s->thrift, s->tls.insecure);
    return !problem ||
           error_set(err, "\"%.*s\" %s", STR_ARG(without_secrets(str_of(s->endpoint))), problem);
}

static void check_endpoint(const struct jaeger_settings *s, const struct node *node,
                           struct problems *problems)
{
    const struct node *place = node_near(node, node_get(node, "endpoint") ? "endpoint" : "url");
    struct jaeger_endpoint endpoint;
    struct error err;

    if (!endpoint_of(s, &endpoint, &err))
        error_at(problems, place, "%s", err.text);
    else if (str_starts(buf_str(&endpoint.url), STR("https:")) && !tls_client_check(&s->tls, &err))
        error_at(problems, node_near(node, "tls"), "%s", err.text);
    if (endpoint.note)
        note_at(problems, place, "%s", endpoint.note);
    if (endpoint.warning)
        warning_at(problems, place, "%s", endpoint.warning);
    jaeger_endpoint_done(&endpoint);
}

static void jaeger_check(void *settings, const struct node *node, struct problems *problems)
{
    struct jaeger_settings *s = settings;

    s->thrift = node->key && str_starts(str_of(node->key), STR("jaeger_thrift"));
    check_endpoint(s, node, problems);
    auth_check(&s->auth, node, problems);
    if (s->tls.insecure_skip_verify)
        warning_at(problems, node_near(node, "tls"),
                   "insecure_skip_verify: anybody could be this Jaeger, and read the spans");
    sender_settings_check(&s->sender, node, problems);
}

static struct component *jaeger_create(const void *settings, struct worker *worker,
                                       struct error *err)
{
    struct jaeger_exporter *self = mem_zero(sizeof(*self));

    self->settings = settings;
    self->worker = worker;
    list_init(&self->sendings);
    if (!endpoint_of(self->settings, &self->endpoint, err)) {
        jaeger_endpoint_done(&self->endpoint);
        free(self);
        return NULL;
    }
    buf_text(&self->endpoint.url);
    self->headers = headers_of(self->settings, self->endpoint.wire, NULL);
    return &self->base;
}

static void log_wire(const struct jaeger_exporter *self)
{
    struct str url = buf_str(&self->endpoint.url);
    struct str shown = without_secrets(url);

    if (self->endpoint.wire == JAEGER_THRIFT)
        log_info(self->base.where, "sends Thrift over HTTP to %.*s", STR_ARG(shown));
    else
        log_info(self->base.where, "sends gRPC (jaeger.api_v2) to %.*s, %s", STR_ARG(shown),
                 str_starts(url, STR("https:")) ? "with TLS" : "in plain text");
}

static bool jaeger_start(struct component *base, struct error *err)
{
    struct jaeger_exporter *self = (struct jaeger_exporter *)base;

    if (self->settings->auth.enabled) {
        self->auth = authenticator_find(self->worker, &self->settings->auth, AUTH_CLIENT, err);
        if (!self->auth)
            return false;
    }
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

static size_t jaeger_held(const struct component *base)
{
    return sender_counts(((const struct jaeger_exporter *)base)->sender).held_items;
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
    free(self->headers);
    free(self);
}

static const char *const old_names[] = {"jaeger_thrift", "jaeger_thrift_http", NULL};

const struct component_type jaeger_exporter = {
    .name = "jaeger",
    .old_names = old_names,
    .kind = EXPORTER,
    .signals = 1u << TRACES,
    .help = "sends spans to Jaeger: gRPC to port 14250, or Thrift over HTTP to port 14268",
    .fields = fields,
    .settings_size = sizeof(struct jaeger_settings),
    .check = jaeger_check,
    .create = jaeger_create,
    .start = jaeger_start,
    .consume = jaeger_consume,
    .drain = jaeger_drain,
    .held = jaeger_held,
    .destroy = jaeger_destroy,
};
