/*
 * Takes OTLP in, over gRPC and over HTTP, on either port.
 *
 *     JSON -> json_read: as protobuf
 *                |
 *     message -> payload_read: checked, indexed -> consume -> result -> the protocol's answer
 *                    | malformed: INVALID_ARGUMENT, 400          | accepted: OK
 *                    | no room:   UNAVAILABLE, 503               | for now:  UNAVAILABLE, 503, a
 * delay
 *                    '-> single spans invalid: partial success   | for good: INTERNAL, 500
 *
 * The three signals differ in their paths only.
 *
 * https://opentelemetry.io/docs/specs/otlp/
 */
#include "receivers/otlp_settings.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "net/listen_set.h"
#include "net/server.h"
#include "otlp/json_read.h"
#include "otlp/messages.h"
#include "otlp/messages_json.h"
#include "pipeline/worker.h"

enum { NO_ROOM_RETRY_MS = 1000, MEBIBYTE = 1024 * 1024, SERVERS = 2 };

/* Health, a pair for each signal, and the end. */
enum { ROUTES = 1 + 2 * SIGNAL_KINDS + 1 };

struct intake { /* what a route's handler gets */
    struct otlp_receiver *receiver;
    enum signal signal;
};

static const char *const methods[SIGNAL_KINDS] = {
    "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
    "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
};

struct otlp_receiver {
    struct component base;
    const struct otlp_settings *settings; /* borrowed from the configuration */
    struct worker *worker;
    struct intake intakes[SIGNAL_KINDS];
    struct route routes[ROUTES];
    uint64_t dropped[SIGNAL_KINDS];  /* items that no pipeline ran for */
    struct server *servers[SERVERS]; /* of the gRPC and of the HTTP endpoint; NULL: none */
    size_t draining;                 /* servers that are not drained */
    component_drained_cb *drained;
};

/* ---- answers ---- */

static void write_status_of(struct buf *out, enum content_type type, enum grpc_code code,
                            const char *why, unsigned retry_after_ms)
{
    if (type == CONTENT_PROTOBUF)
        message_put_status(out, (int)code, why, retry_after_ms);
    else if (type == CONTENT_JSON)
        message_put_status_json(out, (int)code, why, retry_after_ms);
    else
        buf_printf(out, "%s\n", why);
}

static void answer_error(struct request *request, enum grpc_code code, const char *why,
                         unsigned retry_after_ms)
{
    struct answer answer = {.code = code, .message = why, .retry_after_ms = retry_after_ms};
    struct buf status = {0};

    if (retry_after_ms > 0) { /* without a delay the server writes it */
        write_status_of(&status, request_type(request), code, why, retry_after_ms);
        if (request_is_grpc(request))
            answer.details = buf_str(&status);
        else
            answer.body = buf_str(&status);
    }
    request_answer(request, &answer);
    buf_done(&status);
}

/* why: NULL where nothing was rejected. */
static void answer_success(struct request *request, enum signal signal, uint64_t rejected,
                           const char *why)
{
    struct buf body = {0};

    if (request_type(request) == CONTENT_JSON)
        message_put_export_json(&body, signal_words[signal].rejected, rejected, why);
    else
        message_put_export_response(&body, rejected, why);
    request_answer(request, &(struct answer){.code = GRPC_OK, .body = buf_str(&body)});
    buf_done(&body);
}

static void answer_malformed(struct request *request, enum signal signal,
                             const struct payload_report *report)
{
    char why[256];

    snprintf(why, sizeof(why), "not a valid %s: %s (at byte %zu)",
             signal_words[signal].request->name, report->why, report->at);
    answer_error(request, GRPC_INVALID_ARGUMENT, why, 0);
}

/* ---- handlers ---- */

/* A request in protobuf, whatever it came in; takes over the message. NULL: it is answered. */
static struct bytes *as_protobuf(struct request *request, enum signal signal, struct bytes *message)
{
    struct json_report report;
    char why[JSON_WHY_MAX + 64];
    struct bytes *protobuf;

    if (request_type(request) != CONTENT_JSON)
        return message;
    protobuf = json_read(signal_words[signal].request, bytes_str(message), &report);
    bytes_unref(message);
    if (report.verdict == JSON_NO_ROOM) {
        answer_error(request, GRPC_UNAVAILABLE, "the memory budget is used up", NO_ROOM_RETRY_MS);
    } else if (report.verdict == JSON_MALFORMED) {
        snprintf(why, sizeof(why), "not a valid %s: %s", signal_words[signal].request->name,
                 report.why);
        answer_error(request, GRPC_INVALID_ARGUMENT, why, 0);
    }
    return protobuf;
}

/*
 * A signal that only pipelines which do not run would take. The client is told that nothing was
 * kept, in the one way that makes it neither try again nor fail; the log has one line, and the sum
 * at the end.
 */
static void answer_not_served(struct otlp_receiver *self, struct request *request,
                              const struct payload *payload)
{
    enum signal signal = payload->signal;
    const char *why = self->base.not_served[signal];

    if (payload->counted == 0) {
        answer_success(request, signal, 0, NULL);
        return;
    }
    if (self->dropped[signal] == 0)
        log_warn(self->base.where, "drops the %s that clients send: %s", signal_words[signal].items,
                 why);
    self->dropped[signal] += payload->counted;
    answer_success(request, signal, payload->counted, why);
}

static void on_export(void *arg, struct request *request, struct bytes *message)
{
    const struct intake *intake = arg;
    struct otlp_receiver *self = intake->receiver;
    struct component *next = self->base.next[intake->signal];
    struct result result = result_accepted();
    struct payload_report report;
    struct payload *payload;
    struct batch *batch;

    message = as_protobuf(request, intake->signal, message);
    if (!message)
        return;
    payload = payload_read(intake->signal, message, &report);
    if (!payload) {
        if (report.verdict == PAYLOAD_NO_ROOM)
            answer_error(request, GRPC_UNAVAILABLE, report.why, NO_ROOM_RETRY_MS);
        else
            answer_malformed(request, intake->signal, &report);
        return;
    }
    if (!next) {
        answer_not_served(self, request, payload);
        payload_unref(payload);
        return;
    }
    if (payload->counted > 0) { /* a request without spans goes no further */
        batch = batch_of(payload);
        result = consume(next, batch);
        batch_unref(batch);
    }
    payload_unref(payload);
    switch (result.verdict) {
    case ACCEPTED:
        answer_success(request, intake->signal, report.rejected, report.why);
        break;
    case RETRY_LATER:
        answer_error(request, GRPC_UNAVAILABLE, result.why, result.retry_after_ms);
        break;
    case REJECTED:
        answer_error(request, GRPC_INTERNAL, result.why, 0);
        break;
    }
}

/* Whether clients may send a signal, be it that it is dropped. */
static bool takes(const struct otlp_receiver *self, enum signal signal)
{
    return self->base.next[signal] || self->base.not_served[signal];
}

/* A service that it has; "" names the program as a whole. */
static bool has_service(const struct otlp_receiver *self, struct str service)
{
    for (unsigned s = 0; s < SIGNAL_KINDS; s++) {
        struct str method = str_of(methods[s]);
        struct str name = {method.at + 1, method.len - 1 - strlen("/Export")};

        if (takes(self, (enum signal)s) && str_eq(service, name))
            return true;
    }
    return service.len == 0;
}

/* grpc.health.v1.Health/Check: of the program as a whole (""), and of the services that it has. */
static void on_health_check(void *arg, struct request *request, struct bytes *message)
{
    struct otlp_receiver *self = arg;
    struct buf body = {0};
    struct str service;

    if (!message_read_health_request(bytes_str(message), &service)) {
        answer_error(request, GRPC_INVALID_ARGUMENT, "not a valid HealthCheckRequest", 0);
    } else if (!has_service(self, service)) {
        answer_error(request, GRPC_NOT_FOUND, "no such service", 0);
    } else {
        message_put_health_response(&body, self->drained ? HEALTH_NOT_SERVING : HEALTH_SERVING);
        request_answer(request, &(struct answer){.code = GRPC_OK, .body = buf_str(&body)});
    }
    buf_done(&body);
    bytes_unref(message);
}

static const char *on_unknown_path(void *arg, bool grpc, struct str path)
{
    static const char no_metrics[] = "no pipeline takes metrics: add one under service.pipelines, "
                                     "or set OTEL_METRICS_EXPORTER=none in the app";
    static const char no_logs[] = "no pipeline takes logs: add one under service.pipelines, or set "
                                  "OTEL_LOGS_EXPORTER=none in the app";
    static const struct {
        struct str prefix;
        bool grpc;
        enum signal without; /* holds where this is not taken; SIGNAL_KINDS: in any case */
        const char *why;
    } known[] = {
        {STR_INIT("/opentelemetry.proto.collector.trace."), true, TRACES,
         "no pipeline takes traces: add one under service.pipelines"},
        {STR_INIT("/opentelemetry.proto.collector.metrics."), true, METRICS, no_metrics},
        {STR_INIT("/opentelemetry.proto.collector.logs."), true, LOGS, no_logs},
        {STR_INIT("/opentelemetry.proto.collector.profiles."), true, SIGNAL_KINDS,
         "no pipeline takes profiles: this collector has traces, metrics and logs"},
        {STR_INIT("/grpc.reflection."), true, SIGNAL_KINDS,
         "server reflection is not offered: give the client the .proto files of "
         "opentelemetry-proto"},
        {STR_INIT("/grpc.health.v1.Health/"), true, SIGNAL_KINDS,
         "of the health service only Check is offered"},
        {STR_INIT("/v1/traces"), false, TRACES,
         "no pipeline takes traces: add one under service.pipelines"},
        {STR_INIT("/v1/metrics"), false, METRICS, no_metrics},
        {STR_INIT("/v1/logs"), false, LOGS, no_logs},
        {STR_INIT("/api/traces"), false, SIGNAL_KINDS,
         "this is an OTLP receiver, not Jaeger's: POST OTLP to /v1/traces"},
        {STR_INIT("/"), false, SIGNAL_KINDS,
         "not found: POST OTLP to /v1/traces, /v1/metrics or /v1/logs"},
    };
    const struct otlp_receiver *self = arg;

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].grpc == grpc && str_starts(path, known[i].prefix) &&
            (known[i].without == SIGNAL_KINDS || !takes(self, known[i].without)))
            return known[i].why;
    return NULL;
}

static void write_status(struct buf *out, enum content_type type, enum grpc_code code,
                         const char *message)
{
    write_status_of(out, type, code, message, MESSAGE_NO_RETRY);
}

/* ---- life ---- */

static void make_routes(struct otlp_receiver *self)
{
    struct route *route = self->routes;

    *route++ = (struct route){
        .path = "/grpc.health.v1.Health/Check",
        .grpc = true,
        .handler = on_health_check,
        .arg = self,
    };
    for (unsigned s = 0; s < SIGNAL_KINDS; s++) {
        struct intake *intake = &self->intakes[s];

        if (!takes(self, (enum signal)s))
            continue;
        *intake = (struct intake){.receiver = self, .signal = (enum signal)s};
        *route++ = (struct route){
            .path = methods[s],
            .grpc = true,
            .handler = on_export,
            .arg = intake,
        };
        *route++ = (struct route){
            .path = self->settings->protocols.http.url_paths[s],
            .types = 1u << CONTENT_PROTOBUF | 1u << CONTENT_JSON,
            .handler = on_export,
            .arg = intake,
        };
    }
}

static bool is_congested(void *arg)
{
    struct otlp_receiver *self = arg;

    return worker_is_congested(self->worker);
}

/* Calls the extension. */
static bool check_credentials(void *arg, struct str value)
{
    struct component *extension = arg;

    return extension->type->auth->check(extension, value);
}

/* The auth block of an endpoint, for its server; false and *err: it has to be, and cannot. */
static bool find_auth(const struct otlp_receiver *self, const struct auth_settings *settings,
                      struct server_auth *auth, struct error *err)
{
    struct component *extension;

    if (!settings->enabled)
        return true;
    extension = authenticator_find(self->worker, settings, AUTH_SERVER, err);
    if (!extension)
        return false;
    *auth = (struct server_auth){
        .field = extension->type->auth->field(extension),
        .challenge = extension->type->auth->challenge(extension),
        .check = check_credentials,
        .arg = extension,
    };
    return true;
}

static struct server *make_server(struct otlp_receiver *self, const struct server_auth *auth,
                                  const struct tls_server_settings *tls)
{
    const struct grpc_settings *grpc = &self->settings->protocols.grpc;
    const struct http_settings *http = &self->settings->protocols.http;

    return server_new(
        self->worker->loop,
        &(struct server_settings){
            .where = self->base.where,
            .tls = tls->enabled ? tls : NULL,
            .routes = self->routes,
            .unknown_path = on_unknown_path,
            .congested = is_congested,
            .arg = self,
            .status_body = write_status,
            .auth = *auth,
            .cors = http->cors.enabled ? &http->cors : NULL,
            .response_headers = &http->response_headers,
            .max_message_grpc = grpc->max_recv_msg_size_mib * MEBIBYTE,
            .max_message_http = http->max_request_body_size,
            .max_concurrent_streams = (unsigned)grpc->max_concurrent_streams,
            .header_timeout_ms = http->read_header_timeout_ms,
            .http_read_timeout_ms = http->read_timeout_ms,
            .http1_idle_ms = http->keepalive.idle_timeout_ms,
            .http1_closes = !http->keepalive.enabled,
            .http2_idle_ms = grpc->keepalive.server_parameters.max_connection_idle_ms,
            .ping_after_ms = grpc->keepalive.server_parameters.time_ms,
            .ping_timeout_ms = grpc->keepalive.server_parameters.timeout_ms,
            .max_connection_age_ms = grpc->keepalive.server_parameters.max_connection_age_ms,
            .max_connection_age_grace_ms =
                grpc->keepalive.server_parameters.max_connection_age_grace_ms,
        });
}

static bool listen_at(struct otlp_receiver *self, struct server *server, const char *endpoint,
                      bool tls, struct error *err)
{
    struct listen_set *sockets = self->worker->sockets;
    int fds[LISTEN_MAX_FDS];
    size_t count = listen_set_open(sockets, endpoint, self->worker->index, fds, err);
    bool ok = count > 0;

    for (size_t i = 0; i < count; i++) {
        if (ok)
            ok = server_listen(server, fds[i], err);
        else
            close(fds[i]);
    }
    if (ok && self->worker->index == 0)
        log_info(self->base.where, "listening on %s (gRPC and HTTP%s)",
                 listen_set_address(sockets, endpoint), tls ? ", TLS" : "");
    return ok;
}

static struct component *otlp_create(const void *settings, struct worker *worker, struct error *err)
{
    struct otlp_receiver *self = mem_zero(sizeof(*self));

    (void)err;
    self->settings = settings;
    self->worker = worker;
    return &self->base;
}

static bool otlp_start(struct component *base, struct error *err)
{
    struct otlp_receiver *self = (struct otlp_receiver *)base;
    const struct grpc_settings *grpc = &self->settings->protocols.grpc;
    const struct http_settings *http = &self->settings->protocols.http;
    const char *endpoints[SERVERS] = {
        grpc->enabled ? grpc->endpoint : NULL,
        http->enabled ? http->endpoint : NULL,
    };
    const struct tls_server_settings *const tls[SERVERS] = {&grpc->tls, &http->tls};

    const struct auth_settings *const auths[SERVERS] = {&grpc->auth, &http->auth};

    if (otlp_shares_port(&self->settings->protocols))
        endpoints[1] = NULL; /* one port serves both */
    make_routes(self);
    for (size_t i = 0; i < SERVERS; i++) {
        struct server_auth auth = {.check = NULL};

        if (!endpoints[i])
            continue;
        if (!find_auth(self, auths[i], &auth, err))
            return false;
        self->servers[i] = make_server(self, &auth, tls[i]);
        if (!listen_at(self, self->servers[i], endpoints[i], tls[i]->enabled, err))
            return false;
    }
    return true;
}

static void tell_dropped(const struct otlp_receiver *self)
{
    for (unsigned s = 0; s < SIGNAL_KINDS; s++)
        if (self->dropped[s] > 0)
            log_warn(self->base.where, "dropped %" PRIu64 " %s: %s", self->dropped[s],
                     signal_words[s].items, self->base.not_served[s]);
}

static void on_server_drained(void *arg)
{
    struct otlp_receiver *self = arg;

    if (--self->draining > 0)
        return;
    tell_dropped(self);
    self->drained(&self->base);
}

static void otlp_drain(struct component *base, component_drained_cb *drained)
{
    struct otlp_receiver *self = (struct otlp_receiver *)base;

    self->drained = drained;
    self->draining = 1; /* until all servers are told */
    for (size_t i = 0; i < SERVERS; i++) {
        if (!self->servers[i])
            continue;
        self->draining++;
        server_drain(self->servers[i], on_server_drained, self);
    }
    on_server_drained(self);
}

static void otlp_destroy(struct component *base)
{
    struct otlp_receiver *self = (struct otlp_receiver *)base;

    for (size_t i = 0; i < SERVERS; i++)
        server_free(self->servers[i]);
    free(self);
}

const struct component_type otlp_receiver = {
    .name = "otlp",
    .kind = RECEIVER,
    .signals = SIGNALS_ALL,
    .help = "takes OTLP over gRPC and HTTP",
    .fields = otlp_fields,
    .settings_size = sizeof(struct otlp_settings),
    .check = otlp_check,
    .create = otlp_create,
    .start = otlp_start,
    .drain = otlp_drain,
    .destroy = otlp_destroy,
};
