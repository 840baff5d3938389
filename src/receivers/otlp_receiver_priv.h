/*
 * What the files of the otlp receiver share: otlp_receiver.c has its life, otlp_handlers.c what
 * requests get.
 */
#pragma once

#include "pipeline/doors.h"
#include "pipeline/health_service.h"
#include "pipeline/receiver_metrics.h"
#include "receivers/otlp_settings.h"

/* Health, a pair for each signal, and the end. */
enum { ROUTES = HEALTH_ROUTES + 2 * SIGNAL_KINDS + 1 };

struct intake { /* what a route's handler gets */
    struct otlp_receiver *receiver;
    enum signal signal;
};

struct otlp_receiver {
    struct component base;
    const struct otlp_settings *settings; /* borrowed from the configuration */
    struct worker *worker;
    struct receiver_metrics *metrics; /* one reference */
    struct intake intakes[SIGNAL_KINDS];
    struct route routes[ROUTES];
    uint64_t dropped[SIGNAL_KINDS]; /* items that no pipeline ran for */
    struct health_service *health;  /* NULL: not started */
    struct doors doors;
    component_drained_cb *drained;
};

/* From otlp_handlers.c: fills in the routes, with no path where clients may not send a signal. May
 * be called again while there are requests: each route keeps its place. */
void otlp_handlers_make_routes(struct otlp_receiver *self);

/* Of the receiver, for health_service_new(). */
enum serving otlp_handlers_status(void *arg, struct str service);

/* For server_settings: unknown_path, whose arg is the receiver, and status_body. */
const char *otlp_handlers_unknown_path(void *arg, bool grpc, struct str path);
void otlp_handlers_write_status(struct buf *out, enum content_type type, enum grpc_code code,
                                const char *message);
