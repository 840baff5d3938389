/*
 * What the files of the jaeger receiver share: jaeger_receiver.c has its life, jaeger_handlers.c
 * what requests get, jaeger_udp.c the agent's ports.
 */
#pragma once

#include "base/log.h"
#include "base/thrift_read.h"
#include "jaeger/to_otlp.h"
#include "otlp/payload.h"
#include "pipeline/doors.h"
#include "pipeline/health_service.h"
#include "pipeline/receiver_metrics.h"
#include "receivers/jaeger_receiver_settings.h"

enum { UDP_COMPACT, UDP_BINARY, UDP_PORTS };
enum { JAEGER_ROUTES = HEALTH_ROUTES + 2 + 1 };

struct jaeger_receiver;
struct udp_socket;

struct udp_port { /* of the agent's */
    struct jaeger_receiver *receiver;
    enum thrift_protocol protocol;
    const struct udp_settings *settings;
    struct udp_socket *sockets; /* owned; NULL: none */
    const char *open;           /* its endpoint; NULL: closed, or there is none */
};

struct jaeger_receiver {
    struct component base;
    const struct jaeger_protocols *settings; /* borrowed from the configuration */
    struct worker *worker;
    struct receiver_metrics *metrics; /* one reference */
    struct route routes[JAEGER_ROUTES];
    struct health_service *health; /* NULL: not started */
    struct doors doors;
    struct udp_port ports[UDP_PORTS];
    char *packet; /* owned: where packets are read to; NULL: no port is served */
    size_t packet_size;
    uint64_t dropped_packets, dropped_spans; /* UDP: nobody is told, but in the log */
    struct log_limit drops, invalid;
    component_drained_cb *drained;
};

/* From jaeger_handlers.c: fills in the routes of what the settings name. */
void jaeger_handlers_make_routes(struct jaeger_receiver *self);

/* Of the receiver, for health_service_new(). */
enum serving jaeger_handlers_status(void *arg, struct str service);

/* For struct doors: unknown_path. */
const char *jaeger_handlers_unknown_path(void *arg, bool grpc, struct str path);

/* Says, once in a while, that a payload was read without some of its spans. from: a peer. */
void jaeger_handlers_note_invalid(struct jaeger_receiver *self, const struct payload_report *report,
                                  const char *from);

/* From jaeger_udp.c: opens the port where it is enabled. */
bool jaeger_udp_open(struct udp_port *port, struct error *err);

/* Reads what has come, then closes. */
void jaeger_udp_drain(struct udp_port *port);

/* At once. */
void jaeger_udp_close(struct udp_port *port);
