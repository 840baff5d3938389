/*
 * Takes OTLP in, over gRPC and over HTTP, on either port.
 *
 *     message -> payload_read: checked, indexed -> consume -> result -> the protocol's answer
 *                    | malformed: INVALID_ARGUMENT, 400          | accepted: OK
 *                    | no room:   UNAVAILABLE, 503               | for now:  UNAVAILABLE, 503, a
 * delay
 *                    '-> single spans invalid: partial success   | for good: INTERNAL, 500
 *
 * https://opentelemetry.io/docs/specs/otlp/
 */
#include "receivers/otlp_settings.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "net/listen_set.h"
#include "net/server.h"
#include "otlp/messages.h"
#include "pipeline/worker.h"

enum { NO_ROOM_RETRY_MS = 1000, MEBIBYTE = 1024 * 1024, ROUTES = 4, SERVERS = 2 };

struct otlp_receiver {
    struct component base;
    const struct otlp_settings *settings; /* borrowed from the configuration */
    struct worker *worker;
    struct route routes[ROUTES];
    struct server *servers[SERVERS]; /* of the gRPC and of the HTTP endpoint; NULL: none */
    size_t draining;                 /* servers that are not drained */
    component_drained_cb *drained;
};

/* ---- answers ---- */

static void answer_error(struct request *request, enum grpc_code code, const char *why,
                         unsigned retry_after_ms)
{
    struct buf details = {0};

    if (request_is_grpc(request) && retry_after_ms > 0)
        message_put_status(&details, (int)code, why, retry_after_ms);
    request_answer(request, &(struct answer){.code = code,
                                             .message = why,
                                             .retry_after_ms = retry_after_ms,
                                             .details = buf_str(&details)});
    buf_done(&details);
}

static void answer_success(struct request *request, const struct payload_report *report)
{
    struct buf body = {0};

    message_put_export_response(&body, report->rejected, report->why);
    request_answer(request, &(struct answer){.code = GRPC_OK, .body = buf_str(&body)});
    buf_done(&body);
}

static void answer_malformed(struct request *request, const struct payload_report *report)
{
    char why[256];

    snprintf(why, sizeof(why), "not a valid ExportTraceServiceRequest: %s (at byte %zu)",
             report->why, report->at);
    answer_error(request, GRPC_INVALID_ARGUMENT, why, 0);
}

/* ---- handlers ---- */

static void on_traces(void *arg, struct request *request, struct bytes *message)
{
    struct otlp_receiver *self = arg;
    struct result result = result_accepted();
    struct payload_report report;
    struct payload *payload = payload_read(TRACES, message, &report);
    struct batch *batch;

    if (!payload) {
        if (report.verdict == PAYLOAD_NO_ROOM)
            answer_error(request, GRPC_UNAVAILABLE, report.why, NO_ROOM_RETRY_MS);
        else
            answer_malformed(request, &report);
        return;
    }
    if (payload->item_count > 0) { /* a request without spans goes no further */
        batch = batch_of(payload);
        result = consume(self->base.next[TRACES], batch);
        batch_unref(batch);
    }
    payload_unref(payload);
    switch (result.verdict) {
    case ACCEPTED:
        answer_success(request, &report);
        break;
    case RETRY_LATER:
        answer_error(request, GRPC_UNAVAILABLE, result.why, result.retry_after_ms);
        break;
    case REJECTED:
        answer_error(request, GRPC_INTERNAL, result.why, 0);
        break;
    }
}

/* grpc.health.v1.Health/Check: of the program as a whole (""), and of the services that it has. */
static void on_health_check(void *arg, struct request *request, struct bytes *message)
{
    struct otlp_receiver *self = arg;
    struct buf body = {0};
    struct str service;

    if (!message_read_health_request(bytes_str(message), &service)) {
        answer_error(request, GRPC_INVALID_ARGUMENT, "not a valid HealthCheckRequest", 0);
    } else if (service.len > 0 &&
               !str_is(service, "opentelemetry.proto.collector.trace.v1.TraceService")) {
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
    static const struct {
        struct str prefix;
        bool grpc;
        const char *why;
    } known[] = {
        {STR_INIT("/opentelemetry.proto.collector.trace."), true,
         "no pipeline takes traces: add one under service.pipelines"},
        {STR_INIT("/opentelemetry.proto.collector.metrics."), true,
         "no pipeline takes metrics: this collector takes traces only; set "
         "OTEL_METRICS_EXPORTER=none in the app"},
        {STR_INIT("/opentelemetry.proto.collector.logs."), true,
         "no pipeline takes logs: this collector takes traces only; set OTEL_LOGS_EXPORTER=none "
         "in the app"},
        {STR_INIT("/opentelemetry.proto.collector.profiles."), true,
         "no pipeline takes profiles: this collector takes traces only"},
        {STR_INIT("/grpc.reflection."), true,
         "server reflection is not offered: give the client the .proto files of "
         "opentelemetry-proto"},
        {STR_INIT("/grpc.health.v1.Health/"), true, "of the health service only Check is offered"},
        {STR_INIT("/v1/metrics"), false,
         "no pipeline takes metrics: this collector takes traces only; set "
         "OTEL_METRICS_EXPORTER=none in the app"},
        {STR_INIT("/v1/logs"), false,
         "no pipeline takes logs: this collector takes traces only; set OTEL_LOGS_EXPORTER=none "
         "in the app"},
        {STR_INIT("/api/traces"), false,
         "this is an OTLP receiver, not Jaeger's: POST OTLP to /v1/traces"},
        {STR_INIT("/"), false, "not found: POST OTLP to /v1/traces"},
    };

    (void)arg;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].grpc == grpc && str_starts(path, known[i].prefix))
            return known[i].why;
    return NULL;
}

static void write_status(struct buf *out, enum content_type type, enum grpc_code code,
                         const char *message)
{
    if (type == CONTENT_PROTOBUF)
        message_put_status(out, (int)code, message, MESSAGE_NO_RETRY);
    else
        buf_printf(out, "%s\n", message);
}

/* ---- life ---- */

static void make_routes(struct otlp_receiver *self)
{
    size_t count = 0;

    if (self->base.next[TRACES]) {
        self->routes[count++] = (struct route){
            .path = "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
            .grpc = true,
            .handler = on_traces,
            .arg = self,
        };
        self->routes[count++] = (struct route){
            .path = self->settings->protocols.http.traces_url_path,
            .types = 1u << CONTENT_PROTOBUF,
            .handler = on_traces,
            .arg = self,
        };
    }
    self->routes[count++] = (struct route){
        .path = "/grpc.health.v1.Health/Check",
        .grpc = true,
        .handler = on_health_check,
        .arg = self,
    };
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

static struct server *make_server(struct otlp_receiver *self, const struct server_auth *auth)
{
    const struct grpc_settings *grpc = &self->settings->protocols.grpc;
    const struct http_settings *http = &self->settings->protocols.http;

    return server_new(
        self->worker->loop,
        &(struct server_settings){
            .where = self->base.where,
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
                      struct error *err)
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
        log_info(self->base.where, "listening on %s (gRPC and HTTP)",
                 listen_set_address(sockets, endpoint));
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

    const struct auth_settings *auths[SERVERS] = {&grpc->auth, &http->auth};

    if (endpoints[0] && endpoints[1] && str_is(str_of(endpoints[0]), endpoints[1]))
        endpoints[1] = NULL; /* one port serves both */
    make_routes(self);
    for (size_t i = 0; i < SERVERS; i++) {
        struct server_auth auth = {.check = NULL};

        if (!endpoints[i])
            continue;
        if (!find_auth(self, auths[i], &auth, err))
            return false;
        self->servers[i] = make_server(self, &auth);
        if (!listen_at(self, self->servers[i], endpoints[i], err))
            return false;
    }
    return true;
}

static void on_server_drained(void *arg)
{
    struct otlp_receiver *self = arg;

    if (--self->draining == 0)
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
    .signals = 1u << TRACES,
    .help = "takes OTLP over gRPC and HTTP",
    .fields = otlp_fields,
    .settings_size = sizeof(struct otlp_settings),
    .check = otlp_check,
    .create = otlp_create,
    .start = otlp_start,
    .drain = otlp_drain,
    .destroy = otlp_destroy,
};
