/*
 * The settings of the jaeger receiver. Keys and defaults: docs/configuration.md, "receivers:
 * jaeger".
 */
#pragma once

#include "pipeline/server_settings.h"

struct udp_settings {
    bool enabled;
    const char *endpoint; /* "host:port" */
    const char *listens;  /* the same as listen_set_open() takes it: "udp:host:port" */
    uint64_t max_packet_size;
    uint64_t socket_buffer_size; /* 0: the system's */
};

struct jaeger_protocols {
    struct grpc_settings grpc;
    struct http_settings thrift_http;
    struct udp_settings thrift_compact, thrift_binary;
};

struct jaeger_receiver_settings {
    struct jaeger_protocols protocols;
};

extern const struct field jaeger_receiver_fields[];

/* Reports what the table cannot say; fills in the endpoints. */
void jaeger_receiver_check(void *settings, const struct node *node, struct problems *problems);
