/*
 * The settings of the otlp receiver. Keys and defaults: docs/configuration.md, "receivers: otlp".
 */
#pragma once

#include "pipeline/component.h"
#include "pipeline/http_endpoint.h"

struct server_parameters {
    uint64_t max_connection_idle_ms, max_connection_age_ms, max_connection_age_grace_ms;
    uint64_t time_ms, timeout_ms; /* PING after, and wait for its answer; 0: the server's default */
};

struct enforcement_policy { /* of the client's PINGs */
    uint64_t min_time_ms;
    bool permit_without_stream;
};

struct keepalive_settings {
    struct server_parameters server_parameters;
    struct enforcement_policy enforcement_policy;
};

struct grpc_settings {
    bool enabled;
    const char *endpoint; /* as listen_set_open() takes it */
    unsigned transport;
    uint64_t max_recv_msg_size_mib;
    uint64_t max_concurrent_streams;
    uint64_t max_header_list_size;                /* bytes */
    uint64_t read_buffer_size, write_buffer_size; /* 0: the server's default */
    struct keepalive_settings keepalive;
    struct tls_server_settings tls;
    struct auth_settings auth;
    bool include_metadata;
};

struct http_settings {
    bool enabled;
    struct http_endpoint server;
    const char *url_paths[SIGNAL_KINDS]; /* where each signal is posted; with a slash in front */
    bool include_metadata;
};

struct protocol_settings {
    struct grpc_settings grpc;
    struct http_settings http;
};

struct otlp_settings {
    struct protocol_settings protocols;
};

extern const struct field otlp_fields[];

/* Reports what the table cannot say; fills in the default endpoints. */
void otlp_check(void *settings, const struct node *node, struct problems *problems);

/* Both protocols have the same endpoint: one server serves them. */
bool otlp_shares_port(const struct protocol_settings *settings);
