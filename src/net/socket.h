/*
 * An accepted socket of a server: reads into the server's one buffer, gathers what a connection has
 * to say into one write.
 */
#pragma once

#include <uv.h>

struct server;
struct socket;
struct list;

/* Accepts what waits at the listener. Nothing happens where that fails. */
void socket_accept(struct server *server, uv_stream_t *listener);

struct socket *socket_of(struct list *node); /* a node of server->sockets */

void socket_sweep(struct socket *socket, uint64_t now_ms);
void socket_drain(struct socket *socket);
void socket_close(struct socket *socket); /* at once; it frees itself later */

/* Goes on reading; the node is one of server->resting. */
void socket_wake(struct list *node);
