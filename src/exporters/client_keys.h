/*
 * Keys that exporters have in common: old ones, and those that need nothing from us. For a table of
 * fields whose struct has a tls_client_settings named tls, sender_settings named sender, and an
 * endpoint.
 */
#pragma once

#include "config/field.h"

/* An old key, or an old place of one: taken, with a note of where it belongs. */
#define OLD_KEY(kind, s, member, key, note_)                                                       \
    {                                                                                              \
        .name = (key), .type = (kind), .offset = offsetof(s, member),                              \
        .help = "old form of another key", .note = (note_)                                         \
    }

#define OLD_TLS_KEYS(s)                                                                            \
    OLD_KEY(FIELD_TYPE_BOOL, s, tls.insecure, "insecure", "write it as tls.insecure"),             \
        OLD_KEY(FIELD_TYPE_BOOL, s, tls.insecure_skip_verify, "insecure_skip_verify",              \
                "write it as tls.insecure_skip_verify"),                                           \
        OLD_KEY(FIELD_TYPE_STRING, s, tls.ca_file, "ca_file", "write it as tls.ca_file"),          \
        OLD_KEY(FIELD_TYPE_STRING, s, tls.cert_file, "cert_file", "write it as tls.cert_file"),    \
        OLD_KEY(FIELD_TYPE_STRING, s, tls.key_file, "key_file", "write it as tls.key_file"),       \
        OLD_KEY(FIELD_TYPE_STRING, s, tls.server_name_override, "server_name_override",            \
                "write it as tls.server_name_override"),                                           \
    {                                                                                              \
        .name = "tls_settings", .type = FIELD_TYPE_BLOCK, .offset = offsetof(s, tls),              \
        .fields = tls_client_fields, .help = "old form of tls", .note = "write it as tls"          \
    }

#define OLD_BATCHER_KEY(s)                                                                         \
    {                                                                                              \
        .name = "batcher", .type = FIELD_TYPE_SWITCH, .offset = offsetof(s, sender.queue.batch),   \
        .fields = queue_batch_fields, .help = "old form of sending_queue.batch",                   \
        .note = "write it as sending_queue.batch"                                                  \
    }

#define BUFFERS_NOTE     "has no effect: buffers have the size that they need"
#define CONNECTIONS_NOTE "has no effect: connections are kept while they are used"

#define IGNORED_BUFFER_KEYS                                                                        \
    FIELD_IGNORED("read_buffer_size", BUFFERS_NOTE),                                               \
        FIELD_IGNORED("write_buffer_size", BUFFERS_NOTE)

#define IGNORED_GRPC_KEYS                                                                          \
    FIELD_IGNORED("balancer_name", "has no effect: the first address that answers is used"),       \
        FIELD_IGNORED("wait_for_ready", "has no effect: what cannot be sent is tried again")

#define IGNORED_HTTP_KEYS                                                                          \
    FIELD_IGNORED("max_idle_conns", CONNECTIONS_NOTE),                                             \
        FIELD_IGNORED("max_idle_conns_per_host", CONNECTIONS_NOTE),                                \
        FIELD_IGNORED("max_conns_per_host",                                                        \
                      "has no effect: sending_queue.num_consumers limits the connections"),        \
        FIELD_IGNORED("idle_conn_timeout", CONNECTIONS_NOTE)

#define HTTP2_NOTE "has no effect: requests go by HTTP/1.1"

/* ... and what else clients of HTTP have upstream. */
#define IGNORED_HTTP_CLIENT_KEYS                                                                   \
    FIELD_IGNORED("keepalive", CONNECTIONS_NOTE),                                                  \
        FIELD_IGNORED("user_agent", "has no effect: write it in headers, as User-Agent"),          \
        FIELD_IGNORED("middlewares", "has no effect: there are no middlewares"),                   \
        FIELD_IGNORED("proxy_url",                                                                 \
                      "has no effect: set https_proxy or http_proxy in the environment"),          \
        FIELD_IGNORED("cookies", "has no effect: cookies are not kept"),                           \
        FIELD_IGNORED("http2_read_idle_timeout", HTTP2_NOTE),                                      \
        FIELD_IGNORED("http2_ping_timeout", HTTP2_NOTE),                                           \
        FIELD_IGNORED("force_attempt_http2", HTTP2_NOTE),                                          \
        FIELD_IGNORED("disable_keep_alives", "has no effect: the peer closes connections itself"), \
        IGNORED_HTTP_KEYS
