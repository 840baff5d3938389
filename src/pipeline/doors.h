/*
 * The servers of a receiver, an exporter or an extension, one for gRPC and one for HTTP, or one for
 * both where they share a port: from the settings to sockets that listen, and to their end. Each
 * serves both protocols, so that a client on the wrong port is served, or told.
 */
#pragma once

#include "net/server.h"
#include "pipeline/server_settings.h"
#include "pipeline/worker.h"

enum { GRPC_DOOR, HTTP_DOOR, DOORS };

struct doors {
    /* filled in by the component */
    const char *where;       /* for the log */
    const char *what[DOORS]; /* is served at each, for the log: "gRPC and HTTP" */
    struct worker *worker;
    bool alone;                       /* no other worker serves them */
    bool spared;                      /* for probes: see net/server.h */
    const struct grpc_settings *grpc; /* borrowed, as all that follows; NULL: only HTTP is served */
    const struct http_settings *http;
    const struct route *routes;
    const char *(*unknown_path)(void *arg, bool grpc, struct str path); /* NULL: the usual words */
    status_body_fn *status_body;
    void *arg; /* of unknown_path */

    const char *open[DOORS];       /* their endpoints; NULL: closed, or there is none */
    struct server *servers[DOORS]; /* NULL: none */
    size_t draining;               /* servers that are not drained */
    void (*drained)(void *arg);
    void *drained_arg;
};

/* Where the doors are, for component_type.endpoints; how many. grpc: as above. */
size_t doors_endpoints(const struct grpc_settings *grpc, const struct http_settings *http,
                       const char *endpoints[DOORS]);

bool doors_open(struct doors *doors, struct error *err);

/* drained comes once, at once or later. */
void doors_drain(struct doors *doors, void (*drained)(void *arg), void *arg);

/* Looks at the files of tls again. */
void doors_reread(struct doors *doors);

/* At once. */
void doors_close(struct doors *doors);
