/*
 * Listening, counting connections, and the one timer that finds what takes too long.
 */
#include "net/server.h"

#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/budget.h"
#include "base/mem.h"
#include "net/http2.h"
#include "net/server_priv.h"
#include "net/socket.h"
#include "net/tls_server.h"

enum {
    BACKLOG = 1024,
    SWEEP_MS = 250,
    MANY_GONE = 128,
    REST_MS = 5,
    SPARE_DESCRIPTORS = 64,     /* for backends, storage, the log */
    CONNECTIONS_FREE = 128,     /* that are taken whatever the memory budget says */
    CONNECTION_COST = 24 << 10, /* in that: a session, a few requests */
    TLS_COST = 40 << 10,        /* ... and a session of OpenSSL's */
    STREAMS = 128,
    HEADER_TIMEOUT_MS = 30000,
    WRITE_TIMEOUT_MS = 30000,
    HEADER_LIST = 32 << 10,
    READ_BUFFER = 256 << 10,
    WRITE_BUFFER = 64 << 10,
    PING_AFTER_MS = 120000,
    PING_TIMEOUT_MS = 20000
};

struct listener {
    struct list node; /* in server->listeners */
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe; /* of a unix socket */
    } as;
    struct server *server;
    bool waiting; /* a connection is there, but no room for it: libuv asks for no more */
};

static atomic_uint open_connections; /* of all servers */
static atomic_uint most_connections = SERVER_CONNECTIONS;

void server_limit_connections(unsigned most)
{
    atomic_store_explicit(&most_connections, most, memory_order_relaxed);
}

static size_t cost_of_one(const struct server *server)
{
    return server->tls ? CONNECTION_COST + TLS_COST : CONNECTION_COST;
}

/* Connections have half of the budget at most: idle ones must not keep all data out. */
static bool budget_allows(const struct server *server, size_t open)
{
    size_t cost = cost_of_one(server);

    return open * cost < budget_limit() / 2 && budget_has_room(cost);
}

static size_t open_here(const struct server *server)
{
    return metric_value(server->metrics.open_connections);
}

/* What keeps another connection out: a constant, for the log; NULL: nothing. */
static const char *obstacle(const struct server *server)
{
    unsigned open = atomic_load_explicit(&open_connections, memory_order_relaxed);
    struct rlimit files;

    if (server->settings.spared && open_here(server) < SPARED_CONNECTIONS)
        return NULL;
    if (open >= atomic_load_explicit(&most_connections, memory_order_relaxed))
        return "raise service.max_connections";
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && open + SPARE_DESCRIPTORS >= files.rlim_cur)
        return "allow more open files: ulimit -n";
    if (open >= CONNECTIONS_FREE && !budget_allows(server, open))
        return "raise service.memory.limit_mib";
    return NULL;
}

/* ---- the timer ---- */

static void accept_waiting(struct server *server)
{
    struct list *node;

    for (node = server->listeners.next; node != &server->listeners; node = node->next) {
        struct listener *listener = LIST_ENTRY(node, struct listener, node);

        if (!listener->waiting || obstacle(server))
            continue;
        listener->waiting = false;
        socket_accept(server, &listener->as.stream);
    }
}

static bool is_waiting(struct server *server)
{
    struct list *node;

    for (node = server->listeners.next; node != &server->listeners; node = node->next)
        if (LIST_ENTRY(node, struct listener, node)->waiting)
            return true;
    return false;
}

/* When many connections have gone, what they had lies in pieces that malloc would keep. */
static void give_memory_back(struct server *server)
{
    if (server->most_open < open_here(server) + MANY_GONE)
        return;
    server->most_open = open_here(server);
    malloc_trim(0);
}

static void on_tick(uv_timer_t *timer)
{
    struct server *server = timer->data;
    uint64_t now_ms = uv_now(server->loop);
    struct list *node, *next;

    for (node = server->sockets.next; node != &server->sockets; node = next) {
        next = node->next;
        socket_sweep(socket_of(node), now_ms);
    }
    accept_waiting(server);
    give_memory_back(server);
    if (open_here(server) == 0 && !is_waiting(server))
        uv_timer_stop(timer);
}

static void keep_ticking(struct server *server)
{
    if (!uv_is_active((uv_handle_t *)&server->timer))
        uv_timer_start(&server->timer, on_tick, SWEEP_MS, SWEEP_MS);
}

/* ---- rests ---- */

static void on_rest_over(uv_timer_t *timer)
{
    struct server *server = timer->data;
    struct list *node, *next, over;

    list_init(&over);
    for (node = server->resting.next; node != &server->resting; node = next) {
        next = node->next;
        list_remove(node);
        list_push_back(&over, node);
    }
    while (!list_empty(&over))
        socket_wake(over.next);
}

bool server_is_congested(const struct server *server)
{
    return server->settings.congested && server->settings.congested(server->settings.arg);
}

void server_time_rest(struct server *server)
{
    if (!uv_is_active((uv_handle_t *)&server->rest))
        uv_timer_start(&server->rest, on_rest_over, REST_MS, 0);
}

/* ---- what sockets tell ---- */

void server_socket_opened(struct server *server)
{
    atomic_fetch_add_explicit(&open_connections, 1, memory_order_relaxed);
    budget_add(cost_of_one(server));
    metric_add(server->metrics.connections, 1);
    metric_add(server->metrics.open_connections, 1);
    if (open_here(server) > server->most_open)
        server->most_open = open_here(server);
    server->handles++;
    keep_ticking(server);
}

void server_socket_closed(struct server *server)
{
    void (*drained)(void *arg) = server->drained;

    atomic_fetch_sub_explicit(&open_connections, 1, memory_order_relaxed);
    budget_release(cost_of_one(server));
    metric_subtract(server->metrics.open_connections, 1);
    if (open_here(server) == 0 && server->draining && drained) {
        server->drained = NULL;
        drained(server->drained_arg);
    }
}

static void destroy(struct server *server)
{
    server_metrics_close(&server->metrics);
    http2_setup_free(server->http2);
    tls_server_free(server->tls);
    buf_done(&server->output);
    buf_done(&server->plain_output);
    free(server->input);
    free(server->plain_input);
    free(server);
}

void server_handle_closed(struct server *server)
{
    if (--server->handles == 0 && server->freed)
        destroy(server);
}

static void on_timer_closed(uv_handle_t *handle)
{
    server_handle_closed(handle->data);
}

/* ---- listening ---- */

static void on_listener_closed(uv_handle_t *handle)
{
    struct listener *listener = handle->data;
    struct server *server = listener->server;

    free(listener);
    server_handle_closed(server);
}

static void close_listener(struct listener *listener)
{
    list_remove(&listener->node);
    uv_close(&listener->as.handle, on_listener_closed);
}

static void close_listeners(struct server *server)
{
    while (!list_empty(&server->listeners))
        close_listener(LIST_ENTRY(server->listeners.next, struct listener, node));
}

static void on_connection(uv_stream_t *stream, int status)
{
    struct listener *listener = stream->data;
    struct server *server = listener->server;
    const char *limit = status == 0 ? obstacle(server) : NULL;

    if (status < 0) { /* EMFILE: libuv has closed the connection with its spare descriptor */
        log_limited(
            &server->accept_log, LOG_ERROR, server->settings.where,
            "cannot accept a connection: %s; if this goes on, allow more open files (ulimit -n)",
            uv_strerror(status));
    } else if (!limit) {
        socket_accept(server, stream);
    } else {
        log_limited(&server->accept_log, LOG_WARN, server->settings.where,
                    "too many connections: new ones wait until others are closed (%s)", limit);
        listener->waiting = true;
        keep_ticking(server);
    }
}

static bool is_unix(int fd)
{
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof(address);

    return getsockname(fd, (struct sockaddr *)&address, &len) == 0 && address.ss_family == AF_UNIX;
}

/* Makes a handle of a socket. */
static int open_listener(struct listener *listener, int fd)
{
    uv_loop_t *loop = listener->server->loop;

    if (is_unix(fd)) {
        uv_pipe_init(loop, &listener->as.pipe, 0);
        return uv_pipe_open(&listener->as.pipe, fd);
    }
    uv_tcp_init(loop, &listener->as.tcp);
    return uv_tcp_open(&listener->as.tcp, fd);
}

static bool start_tls(struct server *server, struct error *err)
{
    if (!server->settings.tls || server->tls)
        return true;
    server->tls = tls_server_new(server->settings.tls, server->settings.where, err);
    if (!server->tls)
        return error_prefix(err, "tls");
    server->plain_input = mem_alloc(server->settings.read_buffer);
    return true;
}

void server_reread(struct server *server)
{
    if (server->tls)
        tls_server_reread(server->tls);
}

bool server_listen(struct server *server, int fd, struct error *err)
{
    struct listener *listener;
    int rc;

    if (!start_tls(server, err)) {
        close(fd);
        return false;
    }
    if (list_empty(&server->listeners))
        server_place_of_socket(&server->place, fd, server->tls != NULL);
    listener = mem_zero(sizeof(*listener));
    listener->server = server;
    rc = open_listener(listener, fd);
    listener->as.handle.data = listener;
    list_push_back(&server->listeners, &listener->node);
    server->handles++;
    if (rc == 0)
        rc = uv_listen(&listener->as.stream, BACKLOG, on_connection);
    if (rc == 0)
        return true;
    close_listener(listener);
    return error_set(err, "cannot accept connections: %s", uv_strerror(rc));
}

/* ---- the server ---- */

static void default_to(uint64_t *setting, uint64_t value)
{
    if (*setting == 0)
        *setting = value;
}

static void size_default_to(size_t *setting, size_t value)
{
    if (*setting == 0)
        *setting = value;
}

static void fill_in_defaults(struct server_settings *settings)
{
    if (settings->max_concurrent_streams == 0)
        settings->max_concurrent_streams = STREAMS;
    default_to(&settings->header_timeout_ms, HEADER_TIMEOUT_MS);
    default_to(&settings->write_timeout_ms, WRITE_TIMEOUT_MS);
    default_to(&settings->ping_after_ms, PING_AFTER_MS);
    default_to(&settings->ping_timeout_ms, PING_TIMEOUT_MS);
    size_default_to(&settings->max_header_list, HEADER_LIST);
    size_default_to(&settings->read_buffer, READ_BUFFER);
    size_default_to(&settings->write_buffer, WRITE_BUFFER);
    if (settings->read_buffer < READ_BUFFER_MIN)
        settings->read_buffer = READ_BUFFER_MIN;
}

struct server *server_new(uv_loop_t *loop, const struct server_settings *settings)
{
    struct server *server = mem_zero(sizeof(*server));

    server->loop = loop;
    server->settings = *settings;
    fill_in_defaults(&server->settings);
    server_metrics_open(&server->metrics, settings->where);
    list_init(&server->listeners);
    list_init(&server->sockets);
    list_init(&server->resting);
    server->http2 = http2_setup_new();
    server->input = mem_alloc(server->settings.read_buffer);
    uv_timer_init(loop, &server->timer);
    server->timer.data = server;
    uv_timer_init(loop, &server->rest);
    server->rest.data = server;
    server->handles = 2;
    return server;
}

void server_drain(struct server *server, void (*drained)(void *arg), void *arg)
{
    struct list *node, *next;

    server->draining = true;
    close_listeners(server);
    if (open_here(server) == 0) {
        drained(arg);
        return;
    }
    server->drained = drained;
    server->drained_arg = arg;
    for (node = server->sockets.next; node != &server->sockets; node = next) {
        next = node->next;
        socket_drain(socket_of(node));
    }
}

void server_free(struct server *server)
{
    if (!server)
        return;
    server->drained = NULL;
    server->freed = true;
    close_listeners(server);
    while (!list_empty(&server->sockets))
        socket_close(socket_of(server->sockets.next));
    uv_close((uv_handle_t *)&server->timer, on_timer_closed);
    uv_close((uv_handle_t *)&server->rest, on_timer_closed);
}

struct server_counts server_counts(const struct server *server)
{
    const struct server_metrics *metrics = &server->metrics;
    struct server_counts counts = {
        .connections = metric_value(metrics->connections),
        .requests = metric_value(metrics->requests),
        .tls_failed = tls_server_refused(server->tls),
        .open_connections = open_here(server),
    };

    for (size_t i = 0; i < metrics->reasons; i++)
        counts.refused += metric_value(metrics->refused[i].count);
    return counts;
}
