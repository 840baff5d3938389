/*
 * grpc.health.v1.Health, which Kubernetes' probes and gRPC's clients ask: Check answers once, Watch
 * goes on with each change.
 *
 *     Check -> status()                      -> HealthCheckResponse
 *     Watch -> status(), and every 200 ms    -> HealthCheckResponse, ... where it has changed
 *
 * https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 */
#pragma once

#include <uv.h>

#include "net/server.h"
#include "otlp/messages.h"

enum { HEALTH_ROUTES = 2 };

struct health_service;

/* Of a service by its name, "" is the program as a whole: SERVICE_UNKNOWN where there is none. */
typedef enum serving health_status_fn(void *arg, struct str service);

struct health_service *health_service_new(uv_loop_t *loop, health_status_fn *status, void *arg);

/* Probes have no credentials: the routes are open. */
void health_service_make_routes(struct health_service *self, struct route routes[HEALTH_ROUTES]);

/*
 * Who watches is told the status, which has changed, and that this is all: so that connections can
 * end. Who begins to watch afterwards is told the same.
 */
void health_service_end(struct health_service *self);

/* Ends it, and frees it when its handle is closed. Takes NULL. */
void health_service_free(struct health_service *self);
