/*
 * Where a receiver lets clients in: a server in each worker at the endpoint of its HTTP settings.
 */
#pragma once

#include "net/server.h"
#include "pipeline/worker.h"
#include "receivers/http_settings.h"

struct door {
    struct worker *worker;
    struct server *server; /* NULL: not opened */
    const char *open;      /* the endpoint while it listens; NULL: closed */
};

/* The auth block of an endpoint, for its server; false and *err: it has to be, and cannot. */
bool door_auth(const struct worker *worker, const struct auth_settings *settings,
               struct server_auth *auth, struct error *err);

/* Listens. The settings are borrowed, and so is what `wanted` points to: where, routes,
 * unknown_path (whose arg is the worker). what: for the log, "Zipkin". */
bool door_open(struct door *door, struct worker *worker, const struct http_settings *settings,
               const struct server_settings *wanted, const char *what, struct error *err);

/* The sockets of this worker: the kernel has to send connections elsewhere. */
void door_close(struct door *door);

/* Closes, and calls when what was under way has ended; at once where nothing is. */
void door_drain(struct door *door, void (*drained)(void *arg), void *arg);

void door_done(struct door *door);
