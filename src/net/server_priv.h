/*
 * What the files of the server share.
 */
#pragma once

#include "base/buf.h"
#include "base/list.h"
#include "base/log.h"
#include "net/server.h"
#include "net/server_metrics.h"

struct http2_setup;
struct tls_server;

struct server {
    uv_loop_t *loop;
    struct server_settings settings; /* 0 is replaced by the default */
    struct server_metrics metrics;
    struct server_place place; /* of the first socket that listens */
    size_t most_open;          /* connections, since memory was given back */
    struct list listeners, sockets;
    struct list resting; /* sockets that are not read for a moment */
    uv_timer_t timer;    /* runs while there are connections, or listeners that wait */
    uv_timer_t rest;     /* runs while sockets rest */
    size_t handles;      /* of libuv, not closed yet: the server's memory waits for them */
    bool draining, freed;
    void (*drained)(void *arg);
    void *drained_arg;
    struct http2_setup *http2; /* what all sessions share */
    char *input;               /* settings.read_buffer bytes that every read goes to */
    struct buf output;         /* what one write sends, gathered */
    struct tls_server *tls;    /* NULL: plain text; where not: */
    char *plain_input;         /* ... as many that are decrypted of a read */
    struct buf plain_output;   /* ... what is encrypted of a write */
    struct log_limit refused_log, tls_log, accept_log;
};

/* Told by sockets: they exist, they will not come back, their handle is closed. */
void server_socket_opened(struct server *server);
void server_socket_closed(struct server *server);
void server_handle_closed(struct server *server);

/* What comes in is more than what goes out: sockets rest between reads. */
bool server_is_congested(const struct server *server);

/* Sees to it that resting sockets are woken. */
void server_time_rest(struct server *server);
