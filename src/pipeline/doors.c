/*
 * Servers that are made of settings.
 */
#include "pipeline/doors.h"

#include <unistd.h>

#include "base/log.h"
#include "net/listen_set.h"

enum { MEBIBYTE = 1024 * 1024 };

/* Of pages and probes: of these settings HTTP/2 has some as well. */
static const struct grpc_settings no_grpc = {
    .max_recv_msg_size_mib = 1,
    .max_concurrent_streams = 32,
    .keepalive.enforcement_policy.permit_without_stream = true,
};

static bool is_congested(void *arg)
{
    const struct doors *doors = arg;

    return worker_is_congested(doors->worker);
}

static const char *unknown_path(void *arg, bool grpc, struct str path)
{
    const struct doors *doors = arg;

    return doors->unknown_path ? doors->unknown_path(doors->arg, grpc, path) : NULL;
}

static void on_verdict(void *arg, enum credentials verdict)
{
    request_judge(arg, verdict);
}

/* Calls the extension. */
static enum credentials check_credentials(void *arg, struct request *request, struct str value)
{
    struct component *extension = arg;
    const struct asker asker = {request_peer(request), on_verdict, request};

    return extension->type->auth->check(extension, value, &asker);
}

/* The auth block of an endpoint, for its server; false and *err: it has to be, and cannot. */
static bool find_auth(const struct doors *doors, const struct auth_settings *settings,
                      struct server_auth *auth, struct error *err)
{
    struct component *extension;

    if (!settings->enabled)
        return true;
    extension = authenticator_find(doors->worker, settings, AUTH_SERVER, err);
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

/* Of each endpoint its own; the larger one where both are the same. */
static size_t max_header_list(const struct doors *doors, size_t door)
{
    uint64_t grpc = doors->grpc->max_header_list_size, http = doors->http->max_header_list_size;

    if (server_settings_share(doors->grpc, doors->http))
        return grpc > http ? grpc : http;
    return door == GRPC_DOOR ? grpc : http;
}

static struct server *make_server(struct doors *doors, size_t door, const struct server_auth *auth,
                                  const struct tls_server_settings *tls)
{
    const struct grpc_settings *grpc = doors->grpc;
    const struct http_settings *http = doors->http;
    bool own = door == GRPC_DOOR;

    return server_new(
        doors->worker->loop,
        &(struct server_settings){
            .where = doors->where,
            .tls = tls->enabled ? tls : NULL,
            .routes = doors->routes,
            .unknown_path = unknown_path,
            .congested = is_congested,
            .arg = doors,
            .status_body = doors->status_body,
            .auth = *auth,
            .cors = http->cors.enabled ? &http->cors : NULL,
            .response_headers = &http->response_headers,
            .metadata_grpc = grpc->include_metadata,
            .metadata_http = http->include_metadata,
            .max_message_grpc = grpc->max_recv_msg_size_mib * MEBIBYTE,
            .max_message_http = http->max_request_body_size,
            .max_concurrent_streams = (unsigned)grpc->max_concurrent_streams,
            .header_timeout_ms = http->read_header_timeout_ms,
            .http_read_timeout_ms = http->read_timeout_ms,
            .write_timeout_ms = http->write_timeout_ms,
            .max_header_list = max_header_list(doors, door),
            .read_buffer = own ? grpc->read_buffer_size : 0,
            .write_buffer = own ? grpc->write_buffer_size : 0,
            .encodings = http->encodings,
            .http1_idle_ms = http->keepalive.idle_timeout_ms,
            .http1_closes = !http->keepalive.enabled,
            .spared = doors->spared,
            .http2_idle_ms = grpc->keepalive.server_parameters.max_connection_idle_ms,
            .ping_after_ms = grpc->keepalive.server_parameters.time_ms,
            .ping_timeout_ms = grpc->keepalive.server_parameters.timeout_ms,
            .client_ping_ms = grpc->keepalive.enforcement_policy.min_time_ms,
            .client_pings_need_stream = !grpc->keepalive.enforcement_policy.permit_without_stream,
            .max_connection_age_ms = grpc->keepalive.server_parameters.max_connection_age_ms,
            .max_connection_age_grace_ms =
                grpc->keepalive.server_parameters.max_connection_age_grace_ms,
        });
}

static bool listen_at(struct doors *doors, size_t i, const char *endpoint, bool tls,
                      struct error *err)
{
    struct listen_set *sockets = doors->worker->sockets;
    int fds[LISTEN_MAX_FDS];
    size_t count = (doors->alone ? listen_set_open_alone : listen_set_open)(
        sockets, endpoint, doors->worker->index, fds, err);
    bool ok = count > 0;

    doors->open[i] = ok ? endpoint : NULL;
    for (size_t n = 0; n < count; n++) {
        if (ok)
            ok = server_listen(doors->servers[i], fds[n], err);
        else
            close(fds[n]);
    }
    if (ok && doors->worker->index == 0)
        log_info(doors->where, "listening on %s (%s%s)", listen_set_address(sockets, endpoint),
                 doors->what[i], tls ? ", TLS" : "");
    return ok;
}

size_t doors_endpoints(const struct grpc_settings *grpc, const struct http_settings *http,
                       const char *endpoints[DOORS])
{
    size_t count = 0;

    grpc = grpc ? grpc : &no_grpc;
    if (grpc->enabled)
        endpoints[count++] = grpc->endpoint;
    if (http->enabled && !server_settings_share(grpc, http))
        endpoints[count++] = http->endpoint;
    return count;
}

bool doors_open(struct doors *doors, struct error *err)
{
    const struct grpc_settings *grpc = doors->grpc ? doors->grpc : &no_grpc;
    const struct http_settings *http = doors->http;
    const char *endpoints[DOORS] = {
        [GRPC_DOOR] = grpc->enabled ? grpc->endpoint : NULL,
        [HTTP_DOOR] = http->enabled ? http->endpoint : NULL,
    };
    const struct tls_server_settings *const tls[DOORS] = {&grpc->tls, &http->tls};
    const struct auth_settings *const auths[DOORS] = {&grpc->auth, &http->auth};

    doors->grpc = grpc;
    if (server_settings_share(grpc, http))
        endpoints[HTTP_DOOR] = NULL; /* one port serves both */
    for (size_t i = 0; i < DOORS; i++) {
        struct server_auth auth = {.check = NULL};

        if (!endpoints[i])
            continue;
        if (!find_auth(doors, auths[i], &auth, err))
            return false;
        doors->servers[i] = make_server(doors, i, &auth, tls[i]);
        if (!listen_at(doors, i, endpoints[i], tls[i]->enabled, err))
            return false;
    }
    return true;
}

/* The sockets of this worker: the kernel has to send connections elsewhere. */
static void close_sockets(struct doors *doors)
{
    for (size_t i = 0; i < DOORS; i++) {
        if (doors->open[i])
            listen_set_close(doors->worker->sockets, doors->open[i], doors->worker->index);
        doors->open[i] = NULL;
    }
}

static void on_server_drained(void *arg)
{
    struct doors *doors = arg;

    if (--doors->draining == 0)
        doors->drained(doors->drained_arg);
}

void doors_drain(struct doors *doors, void (*drained)(void *arg), void *arg)
{
    doors->drained = drained;
    doors->drained_arg = arg;
    doors->draining = 1; /* until all servers are told */
    close_sockets(doors);
    for (size_t i = 0; i < DOORS; i++) {
        if (!doors->servers[i])
            continue;
        doors->draining++;
        server_drain(doors->servers[i], on_server_drained, doors);
    }
    on_server_drained(doors);
}

void doors_reread(struct doors *doors)
{
    for (size_t i = 0; i < DOORS; i++)
        if (doors->servers[i])
            server_reread(doors->servers[i]);
}

void doors_close(struct doors *doors)
{
    close_sockets(doors);
    for (size_t i = 0; i < DOORS; i++) {
        server_free(doors->servers[i]);
        doors->servers[i] = NULL;
    }
}
