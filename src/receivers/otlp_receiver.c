/*
 * Takes OTLP in, over gRPC and over HTTP, on either port: from the settings to servers that listen,
 * and to their end.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "net/listen_set.h"
#include "receivers/otlp_receiver_priv.h"

enum { MEBIBYTE = 1024 * 1024 };

static bool is_congested(void *arg)
{
    struct otlp_receiver *self = arg;

    return worker_is_congested(self->worker);
}

/* Of each endpoint its own; the larger one where both are the same. */
static size_t max_header_list(const struct protocol_settings *s, size_t server)
{
    uint64_t grpc = s->grpc.max_header_list_size, http = s->http.server.max_header_list_size;

    if (otlp_shares_port(s))
        return grpc > http ? grpc : http;
    return server == GRPC_SERVER ? grpc : http;
}

static struct server *make_server(struct otlp_receiver *self, size_t server,
                                  const struct server_auth *auth,
                                  const struct tls_server_settings *tls)
{
    const struct grpc_settings *grpc = &self->settings->protocols.grpc;
    const struct http_settings *http = &self->settings->protocols.http;
    bool own = server == GRPC_SERVER;
    struct server_settings settings = {
        .where = self->base.where,
        .routes = self->routes,
        .unknown_path = otlp_handlers_unknown_path,
        .congested = is_congested,
        .arg = self,
        .status_body = otlp_handlers_write_status,
        .auth = *auth,
        .metadata_grpc = grpc->include_metadata,
        .metadata_http = http->include_metadata,
        .max_message_grpc = grpc->max_recv_msg_size_mib * MEBIBYTE,
        .max_concurrent_streams = (unsigned)grpc->max_concurrent_streams,
        .read_buffer = own ? grpc->read_buffer_size : 0,
        .write_buffer = own ? grpc->write_buffer_size : 0,
        .http2_idle_ms = grpc->keepalive.server_parameters.max_connection_idle_ms,
        .ping_after_ms = grpc->keepalive.server_parameters.time_ms,
        .ping_timeout_ms = grpc->keepalive.server_parameters.timeout_ms,
        .client_ping_ms = grpc->keepalive.enforcement_policy.min_time_ms,
        .client_pings_need_stream = !grpc->keepalive.enforcement_policy.permit_without_stream,
        .max_connection_age_ms = grpc->keepalive.server_parameters.max_connection_age_ms,
        .max_connection_age_grace_ms =
            grpc->keepalive.server_parameters.max_connection_age_grace_ms,
    };

    http_endpoint_apply(&http->server, &settings);
    settings.tls = tls->enabled ? tls : NULL;
    settings.max_header_list = max_header_list(&self->settings->protocols, server);
    return server_new(self->worker->loop, &settings);
}

static bool listen_at(struct otlp_receiver *self, size_t i, const char *endpoint, bool tls,
                      struct error *err)
{
    struct listen_set *sockets = self->worker->sockets;
    int fds[LISTEN_MAX_FDS];
    size_t count = listen_set_open(sockets, endpoint, self->worker->index, fds, err);
    bool ok = count > 0;

    self->open[i] = ok ? endpoint : NULL;
    for (size_t n = 0; n < count; n++) {
        if (ok)
            ok = server_listen(self->servers[i], fds[n], err);
        else
            close(fds[n]);
    }
    if (ok && self->worker->index == 0)
        log_info(self->base.where, "listening on %s (gRPC and HTTP%s)",
                 listen_set_address(sockets, endpoint), tls ? ", TLS" : "");
    return ok;
}

static size_t otlp_endpoints(const void *settings, const char *endpoints[ENDPOINTS_MAX])
{
    const struct protocol_settings *protocols =
        &((const struct otlp_settings *)settings)->protocols;
    size_t count = 0;

    if (protocols->grpc.enabled)
        endpoints[count++] = protocols->grpc.endpoint;
    if (protocols->http.enabled && !otlp_shares_port(protocols))
        endpoints[count++] = protocols->http.server.endpoint;
    return count;
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
        [GRPC_SERVER] = grpc->enabled ? grpc->endpoint : NULL,
        [HTTP_SERVER] = http->enabled ? http->server.endpoint : NULL,
    };
    const struct tls_server_settings *const tls[SERVERS] = {&grpc->tls, &http->server.tls};

    const struct auth_settings *const auths[SERVERS] = {&grpc->auth, &http->server.auth};

    if (otlp_shares_port(&self->settings->protocols))
        endpoints[HTTP_SERVER] = NULL; /* one port serves both */
    otlp_handlers_make_routes(self);
    for (size_t i = 0; i < SERVERS; i++) {
        struct server_auth auth = {.check = NULL};

        if (!endpoints[i])
            continue;
        if (!http_endpoint_auth(self->worker, auths[i], &auth, err))
            return false;
        self->servers[i] = make_server(self, i, &auth, tls[i]);
        if (!listen_at(self, i, endpoints[i], tls[i]->enabled, err))
            return false;
    }
    return true;
}

/* The sockets of this worker: the kernel has to send connections elsewhere. */
static void close_sockets(struct otlp_receiver *self)
{
    for (size_t i = 0; i < SERVERS; i++) {
        if (self->open[i])
            listen_set_close(self->worker->sockets, self->open[i], self->worker->index);
        self->open[i] = NULL;
    }
}

static void tell_dropped(const struct otlp_receiver *self)
{
    for (unsigned s = 0; s < SIGNAL_KINDS; s++)
        if (self->dropped[s] > 0)
            log_warn(self->base.where, "dropped %" PRIu64 " %s: %s", self->dropped[s],
                     signal_words[s].items,
                     self->base.not_served[s] ? self->base.not_served[s]
                                              : "no pipeline that took them was running");
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
    close_sockets(self);
    for (size_t i = 0; i < SERVERS; i++) {
        if (!self->servers[i])
            continue;
        self->draining++;
        server_drain(self->servers[i], on_server_drained, self);
    }
    on_server_drained(self);
}

static void otlp_reloaded(struct component *base)
{
    struct otlp_receiver *self = (struct otlp_receiver *)base;

    otlp_handlers_make_routes(self);
    for (size_t i = 0; i < SERVERS; i++)
        if (self->servers[i])
            server_reread(self->servers[i]);
}

static void otlp_destroy(struct component *base)
{
    struct otlp_receiver *self = (struct otlp_receiver *)base;

    close_sockets(self);
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
    .endpoints = otlp_endpoints,
    .create = otlp_create,
    .start = otlp_start,
    .drain = otlp_drain,
    .reloaded = otlp_reloaded,
    .destroy = otlp_destroy,
};
