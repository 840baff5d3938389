/*
 * Between libuv and a connection.
 *
 *     OPEN -> (ended, all written) LINGERING -> CLOSED
 *
 * A socket lingers with its sending side shut down, so that the last answer is not lost in a reset
 * when the peer is still sending. Nothing is read while output waits for the peer. Where the server
 * has TLS, each socket has a session of it, which all bytes pass.
 */
#include "net/socket.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/budget.h"
#include "base/mem.h"
#include "net/body.h"
#include "net/connection.h"
#include "net/server_priv.h"
#include "net/tls_session.h"

enum {
    LINGER_MS = 2000,
    DRAIN_LINGER_MS = 250,
    RECORD_MAX = 17 << 10 /* of TLS: what a session may hold of earlier reads */
};

enum socket_state { SOCKET_OPEN, SOCKET_LINGERING, SOCKET_CLOSED };

struct socket {
    struct connection connection;
    struct list node;        /* in server->sockets */
    struct list resting;     /* in server->resting, or alone */
    struct tls_session *tls; /* owned; NULL: plain text */
    uv_tcp_t tcp;
    uv_write_t write;
    uv_shutdown_t shutdown;
    enum socket_state state;
    bool reading, writing, peer_ended;
    char *rest;           /* what is being written; owned */
    size_t rest_len;      /* in the memory budget */
    size_t waiting;       /* bytes of it at the last look */
    uint64_t progress_ms; /* when that last changed, or lingering began */
};

struct socket *socket_of(struct list *node)
{
    return LIST_ENTRY(node, struct socket, node);
}

static void rest_free(struct socket *socket)
{
    budget_release(socket->rest_len);
    free(socket->rest);
    socket->rest = NULL;
    socket->rest_len = 0;
}

static void on_closed(uv_handle_t *handle)
{
    struct socket *socket = handle->data;
    struct server *server = socket->connection.server;

    rest_free(socket);
    free(socket);
    server_handle_closed(server);
}

void socket_close(struct socket *socket)
{
    if (socket->state == SOCKET_CLOSED)
        return;
    socket->state = SOCKET_CLOSED;
    list_remove(&socket->node);
    list_remove(&socket->resting);
    connection_done(&socket->connection);
    tls_session_free(socket->tls);
    socket->tls = NULL;
    uv_close((uv_handle_t *)&socket->tcp, on_closed);
    server_socket_closed(socket->connection.server);
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct socket *socket = handle->data;
    struct server *server = socket->connection.server;
    size_t room = server->settings.read_buffer;

    (void)suggested;
    *buf = uv_buf_init(server->input, (unsigned)(socket->tls ? room - RECORD_MAX : room));
}

/* Lets what has come in flow out first. */
static void rest(struct socket *socket)
{
    list_push_back(&socket->connection.server->resting, &socket->resting);
    server_time_rest(socket->connection.server);
}

void socket_wake(struct list *node)
{
    struct socket *socket = LIST_ENTRY(node, struct socket, resting);

    list_remove(&socket->resting);
    socket->connection.wake(&socket->connection);
}

/* What has become of the session is for the connection to follow. */
static void follow_tls(struct socket *socket)
{
    enum tls_state state = tls_session_state(socket->tls);

    if (state == TLS_FAILED)
        connection_end(&socket->connection);
    else if (state == TLS_ENDED)
        socket->peer_ended = true;
}

static void take_input(struct socket *socket, const char *at, size_t len, uint64_t now_ms)
{
    struct connection *c = &socket->connection;
    char *plain = c->server->plain_input;

    if (!socket->tls) {
        connection_feed(c, at, len, now_ms);
        return;
    }
    tls_session_feed(socket->tls, at, len);
    while ((len = tls_session_read(socket->tls, plain, c->server->settings.read_buffer)) > 0)
        connection_feed(c, plain, len, now_ms);
    follow_tls(socket);
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
    struct socket *socket = stream->data;
    struct connection *c = &socket->connection;

    if (len < 0) {
        if (socket->tls)
            tls_session_lost(socket->tls);
        if (len != UV_EOF || socket->state == SOCKET_LINGERING) {
            socket_close(socket);
            return;
        }
        socket->peer_ended = true;
    } else if (socket->state == SOCKET_OPEN) {
        take_input(socket, buf->base, (size_t)len, uv_now(stream->loop));
        if (server_is_congested(c->server) || body_is_crowding(c->unfinished))
            rest(socket);
    }
    c->wake(c);
}

static void on_written(uv_write_t *write, int status)
{
    struct socket *socket = write->data;

    socket->writing = false;
    rest_free(socket);
    if (socket->state == SOCKET_CLOSED)
        return;
    if (status < 0)
        socket_close(socket);
    else
        socket->connection.wake(&socket->connection);
}

/* What one write did not take is kept and written when the peer has room. */
static bool write_rest(struct socket *socket, const char *at, size_t len)
{
    uv_buf_t buf;

    budget_add(len); /* answers go out in any case; nothing is read meanwhile */
    socket->rest = memcpy(mem_alloc(len), at, len);
    socket->rest_len = len;
    socket->writing = true;
    socket->waiting = len;
    socket->progress_ms = uv_now(socket->tcp.loop);
    socket->write.data = socket;
    buf = uv_buf_init(socket->rest, (unsigned)len);
    return uv_write(&socket->write, (uv_stream_t *)&socket->tcp, &buf, 1, on_written) == 0;
}

/* What goes into one write. Returns whether there may be more. */
static bool gather_output(struct socket *socket, struct buf *out)
{
    struct server *server = socket->connection.server;
    struct buf *plain = socket->tls ? &server->plain_output : out;

    buf_reset(out);
    buf_reset(plain);
    connection_output(&socket->connection, plain);
    if (socket->tls) {
        tls_session_write(socket->tls, buf_str(plain), out);
        tls_session_output(socket->tls, out);
    }
    return plain->len >= server->settings.write_buffer;
}

/* Writes what the connection has to say, as far as the peer takes it: false where it has gone. */
static bool send_output(struct socket *socket)
{
    struct buf *out = &socket->connection.server->output;
    bool more = true;

    while (more && !socket->writing) {
        uv_buf_t buf;
        int sent;

        more = gather_output(socket, out);
        if (out->len == 0)
            break;
        buf = uv_buf_init(out->at, (unsigned)out->len);
        sent = uv_try_write((uv_stream_t *)&socket->tcp, &buf, 1);
        if (sent == (int)out->len)
            continue;
        if (sent < 0 && sent != UV_EAGAIN)
            return false;
        if (sent < 0)
            sent = 0;
        return write_rest(socket, out->at + sent, out->len - (size_t)sent);
    }
    return true;
}

static void on_shutdown(uv_shutdown_t *shutdown, int status)
{
    (void)shutdown, (void)status; /* the end of reading tells all */
}

static void say_goodbye(struct socket *socket)
{
    if (!socket->tls)
        return;
    tls_session_end(socket->tls);
    send_output(socket); /* where that fails, so does what comes next */
}

static void linger(struct socket *socket)
{
    if (socket->state != SOCKET_OPEN)
        return;
    socket->state = SOCKET_LINGERING;
    say_goodbye(socket);
    socket->progress_ms = uv_now(socket->tcp.loop);
    if (uv_shutdown(&socket->shutdown, (uv_stream_t *)&socket->tcp, on_shutdown) != 0)
        socket_close(socket);
}

static void set_reading(struct socket *socket, bool reading)
{
    if (socket->reading == reading)
        return;
    socket->reading = reading;
    if (reading)
        uv_read_start((uv_stream_t *)&socket->tcp, on_room, on_read);
    else
        uv_read_stop((uv_stream_t *)&socket->tcp);
}

/* After anything has happened to the connection: sends, and sees how to go on. */
static void settle(struct connection *c)
{
    struct socket *socket = (struct socket *)(void *)c;
    bool paused;

    if (socket->state == SOCKET_CLOSED)
        return;
    do { /* what has been sent may have made room for more */
        connection_resume(c);
        paused = c->paused;
        if (!send_output(socket)) {
            socket_close(socket);
            return;
        }
    } while (paused && !c->paused && !socket->writing);
    if (c->state == CONNECTION_ENDING && !socket->writing)
        linger(socket);
    if (socket->peer_ended && !socket->writing && !connection_awaits_answer(c)) {
        say_goodbye(socket);
        socket_close(socket);
    } else if (socket->state != SOCKET_CLOSED)
        set_reading(socket, socket->state == SOCKET_LINGERING ||
                                (!c->paused && !socket->writing && !socket->peer_ended &&
                                 list_empty(&socket->resting)));
}

static void name_peer(const uv_tcp_t *tcp, char *text, size_t size)
{
    struct sockaddr_storage address;
    int len = sizeof(address);
    char host[INET6_ADDRSTRLEN] = "";

    snprintf(text, size, "an unknown peer");
    if (uv_tcp_getpeername(tcp, (struct sockaddr *)&address, &len) != 0)
        return;
    if (address.ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const void *)&address;

        uv_ip6_name(in6, host, sizeof(host));
        snprintf(text, size, "[%s]:%u", host, ntohs(in6->sin6_port));
    } else if (address.ss_family == AF_INET) {
        const struct sockaddr_in *in4 = (const void *)&address;

        uv_ip4_name(in4, host, sizeof(host));
        snprintf(text, size, "%s:%u", host, ntohs(in4->sin_port));
    } else if (address.ss_family == AF_UNIX) {
        snprintf(text, size, "unix");
    }
}

void socket_accept(struct server *server, uv_stream_t *listener)
{
    struct socket *socket = mem_zero(sizeof(*socket));
    char peer[sizeof(socket->connection.peer)];

    uv_tcp_init(server->loop, &socket->tcp);
    socket->tcp.data = socket;
    list_init(&socket->resting);
    list_push_back(&server->sockets, &socket->node);
    server_socket_opened(server);
    if (uv_accept(listener, (uv_stream_t *)&socket->tcp) != 0) {
        connection_init(&socket->connection, server, "", settle, uv_now(server->loop));
        socket_close(socket);
        return;
    }
    name_peer(&socket->tcp, peer, sizeof(peer));
    connection_init(&socket->connection, server, peer, settle, uv_now(server->loop));
    if (server->tls)
        socket->tls = tls_session_new(server->tls, socket->connection.peer, uv_now(server->loop));
    uv_tcp_nodelay(&socket->tcp, 1);
    set_reading(socket, true);
}

/* The peer takes nothing of what is written to it, or does not close. */
static bool is_stuck(struct socket *socket, uint64_t now_ms)
{
    size_t waiting = uv_stream_get_write_queue_size((uv_stream_t *)&socket->tcp);
    const struct server *server = socket->connection.server;

    if (socket->state == SOCKET_LINGERING)
        return now_ms - socket->progress_ms >= (server->draining ? DRAIN_LINGER_MS : LINGER_MS);
    if (!socket->writing)
        return false;
    if (waiting != socket->waiting) {
        socket->waiting = waiting;
        socket->progress_ms = now_ms;
    }
    return now_ms - socket->progress_ms >= server->settings.write_timeout_ms;
}

void socket_sweep(struct socket *socket, uint64_t now_ms)
{
    if (is_stuck(socket, now_ms)) {
        socket_close(socket);
    } else if (socket->state == SOCKET_OPEN) {
        if (socket->tls) {
            tls_session_sweep(socket->tls, now_ms);
            follow_tls(socket);
        }
        connection_sweep(&socket->connection, now_ms);
        settle(&socket->connection);
    }
}

void socket_drain(struct socket *socket)
{
    connection_drain(&socket->connection, uv_now(socket->tcp.loop));
    settle(&socket->connection);
}
