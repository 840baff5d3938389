/*
 * From HTTP settings to a server that listens, and to its end.
 */
#include "receivers/door.h"

#include <unistd.h>

#include "base/log.h"
#include "net/listen_set.h"

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

bool door_auth(const struct worker *worker, const struct auth_settings *settings,
               struct server_auth *auth, struct error *err)
{
    struct component *extension;

    if (!settings->enabled)
        return true;
    extension = authenticator_find(worker, settings, AUTH_SERVER, err);
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

static bool is_congested(void *worker)
{
    return worker_is_congested(worker);
}

static bool listen_at(struct door *door, const char *endpoint, struct error *err)
{
    int fds[LISTEN_MAX_FDS];
    size_t count = listen_set_open(door->worker->sockets, endpoint, door->worker->index, fds, err);
    bool ok = count > 0;

    door->open = ok ? endpoint : NULL;
    for (size_t n = 0; n < count; n++) {
        if (ok)
            ok = server_listen(door->server, fds[n], err);
        else
            close(fds[n]);
    }
    return ok;
}

bool door_open(struct door *door, struct worker *worker, const struct http_settings *http,
               const struct server_settings *wanted, const char *what, struct error *err)
{
    struct server_settings settings = *wanted;

    door->worker = worker;
    if (!door_auth(worker, &http->auth, &settings.auth, err))
        return false;
    settings.congested = is_congested;
    settings.arg = worker;
    settings.tls = http->tls.enabled ? &http->tls : NULL;
    settings.cors = http->cors.enabled ? &http->cors : NULL;
    settings.response_headers = &http->response_headers;
    settings.metadata_http = http->include_metadata;
    settings.max_message_http = http->max_request_body_size;
    settings.header_timeout_ms = http->read_header_timeout_ms;
    settings.http_read_timeout_ms = http->read_timeout_ms;
    settings.write_timeout_ms = http->write_timeout_ms;
    settings.max_header_list = http->max_header_list_size;
    settings.encodings = http->encodings;
    settings.http1_idle_ms = http->keepalive.idle_timeout_ms;
    settings.http1_closes = !http->keepalive.enabled;
    door->server = server_new(worker->loop, &settings);
    if (!listen_at(door, http->endpoint, err))
        return false;
    if (worker->index == 0)
        log_info(settings.where, "listening on %s (%s%s)",
                 listen_set_address(worker->sockets, http->endpoint), what,
                 http->tls.enabled ? ", TLS" : "");
    return true;
}

void door_close(struct door *door)
{
    if (door->open)
        listen_set_close(door->worker->sockets, door->open, door->worker->index);
    door->open = NULL;
}

void door_drain(struct door *door, void (*drained)(void *arg), void *arg)
{
    door_close(door);
    if (door->server)
        server_drain(door->server, drained, arg);
    else
        drained(arg);
}

void door_done(struct door *door)
{
    door_close(door);
    server_free(door->server);
    door->server = NULL;
}
