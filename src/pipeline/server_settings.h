/*
 * The settings of a receiver that serves gRPC or HTTP: what its blocks have in common with those of
 * the others. Keys and defaults: docs/configuration.md, "receivers: otlp".
 */
#pragma once

#include "net/cors.h"
#include "net/encoding.h"
#include "net/server.h"
#include "net/tls_settings.h"
#include "pipeline/authenticator.h"
#include "pipeline/component.h"

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
    const char *endpoint;
    unsigned transport;
    const char *url_paths[SIGNAL_KINDS]; /* of OTLP, where each signal is posted; with a slash in
                                            front */
    uint64_t max_request_body_size;      /* bytes */
    uint64_t read_header_timeout_ms;     /* 0: the server's default */
    uint64_t read_timeout_ms;            /* 0: none */
    uint64_t write_timeout_ms;           /* 0: the server's default */
    uint64_t max_header_list_size;       /* bytes */
    struct string_list compression_algorithms;
    unsigned encodings; /* those, as the server takes them */
    struct http_keepalive {
        bool enabled;
        uint64_t idle_timeout_ms; /* 0: the server's default */
    } keepalive;
    struct header_list response_headers;
    struct cors_settings cors;
    struct tls_server_settings tls;
    struct auth_settings auth;
    bool include_metadata;
};

enum { SERVER_BUFFER_MAX = 16 << 20, SERVER_HEADER_LIST_MIN = 4 << 10 };

#define NO_MIDDLEWARE "there are no such extensions; limits, auth and cors have keys of their own"

/* What the macros need. */
#define OLD_TLS_KEY(s)                                                                             \
    {                                                                                              \
        .name = "tls_settings", .type = FIELD_TYPE_SWITCH, .offset = offsetof(s, tls),             \
        .fields = tls_server_fields, .help = "the old form of tls", .note = "write it as tls"      \
    }
extern const char *const server_transports[];
extern const struct field grpc_keepalive_fields[], http_keepalive_fields[];

/* The keys of a block with a struct grpc_settings, but for "endpoint", whose default is its own. */
#define GRPC_SERVER_FIELDS                                                                         \
    FIELD_UINT(struct grpc_settings, max_recv_msg_size_mib, "max_recv_msg_size_mib", "64", 1,      \
               2048, "the largest message in MiB, compressed and decompressed"),                   \
        FIELD_UINT(struct grpc_settings, max_concurrent_streams, "max_concurrent_streams", "128",  \
                   1, 65536, "requests at a time on one connection"),                              \
        FIELD_UINT(                                                                                \
            struct grpc_settings, max_header_list_size, "max_header_list_size", "32768",           \
            SERVER_HEADER_LIST_MIN, HEADER_LIST_MAX,                                               \
            "the largest header in bytes, 32 for each field besides its own; one may have half"),  \
        FIELD_UINT(                                                                                \
            struct grpc_settings, read_buffer_size, "read_buffer_size", "262144", 0,               \
            SERVER_BUFFER_MAX,                                                                     \
            "bytes that one read takes, into a buffer that the connections of a thread share; at " \
            "least 32768; 0: 262144"),                                                             \
        FIELD_UINT(                                                                                \
            struct grpc_settings, write_buffer_size, "write_buffer_size", "65536", 0,              \
            SERVER_BUFFER_MAX,                                                                     \
            "bytes of answers for one write; a client that takes no more is not read; 0: 65536"),  \
        FIELD_BLOCK(struct grpc_settings, keepalive, "keepalive", grpc_keepalive_fields,           \
                    "how long connections live"),                                                  \
        FIELD_CHOICE(                                                                              \
            struct grpc_settings, transport, "transport", "tcp", server_transports,                \
            "tcp4: IPv4 only; tcp6: IPv6 only; unix: endpoint is the path of a unix socket"),      \
        FIELD_SWITCH(struct grpc_settings, tls, "tls", tls_server_fields,                          \
                     "TLS; where it stands, plain text is refused"),                               \
        OLD_TLS_KEY(struct grpc_settings),                                                         \
        FIELD_SWITCH(struct grpc_settings, auth, "auth", auth_fields,                              \
                     "who may send; without it, everybody"),                                       \
        FIELD_BOOL(                                                                                \
            struct grpc_settings, include_metadata, "include_metadata", "false",                   \
            "keeps the header fields of requests for metadata_keys of the batch processor"),       \
        FIELD_IGNORED("middlewares", NO_MIDDLEWARE)

/* ... with a struct http_settings. */
#define HTTP_SERVER_FIELDS                                                                         \
    FIELD_UINT(struct http_settings, max_request_body_size, "max_request_body_size", "67108864",   \
               1, 2147483648.0, "the largest body in bytes, compressed and decompressed"),         \
        FIELD_DURATION(struct http_settings, read_header_timeout_ms, "read_header_timeout", "30s", \
                       "how long a request's header may take"),                                    \
        FIELD_DURATION(                                                                            \
            struct http_settings, read_timeout_ms, "read_timeout", "0s",                           \
            "how long all of a request may take to come; 0s: as long as it keeps coming"),         \
        FIELD_DURATION(                                                                            \
            struct http_settings, write_timeout_ms, "write_timeout", "30s",                        \
            "closes a connection, or over HTTP/2 a stream, of a client that takes nothing of "     \
            "its answers for so long, over gRPC too; 0s: 30s"),                                    \
        FIELD_UINT(                                                                                \
            struct http_settings, max_header_list_size, "max_header_list_size", "32768",           \
            SERVER_HEADER_LIST_MIN, HEADER_LIST_MAX,                                               \
            "the largest header in bytes, 32 for each field besides its own; one may have half"),  \
        FIELD_STRINGS(                                                                             \
            struct http_settings, compression_algorithms, "compression_algorithms",                \
            "those that requests may come in, of gzip, zstd, deflate (or zlib) and \"\" for "      \
            "none; without the list, all"),                                                        \
        FIELD_BLOCK(struct http_settings, keepalive, "keepalive", http_keepalive_fields,           \
                    "whether connections live on after an answer"),                                \
        FIELD_DURATION(struct http_settings, keepalive.idle_timeout_ms, "idle_timeout", "1m",      \
                       "the flat form of keepalive.idle_timeout"),                                 \
        FIELD_BOOL(struct http_settings, keepalive.enabled, "keep_alives_enabled", "true",         \
                   "the flat form of keepalive.enabled"),                                          \
        FIELD_CHOICE(                                                                              \
            struct http_settings, transport, "transport", "tcp", server_transports,                \
            "tcp4: IPv4 only; tcp6: IPv6 only; unix: endpoint is the path of a unix socket"),      \
        FIELD_SWITCH(struct http_settings, tls, "tls", tls_server_fields,                          \
                     "TLS; where it stands, plain text is refused"),                               \
        OLD_TLS_KEY(struct http_settings),                                                         \
        FIELD_SWITCH(struct http_settings, auth, "auth", auth_fields,                              \
                     "who may send; without it, everybody"),                                       \
        FIELD_SWITCH(struct http_settings, cors, "cors", cors_fields,                              \
                     "lets pages of other sites send"),                                            \
        {.name = "cors_allowed_origins",                                                           \
         .type = FIELD_TYPE_STRINGS,                                                               \
         .offset = offsetof(struct http_settings, cors.allowed_origins),                           \
         .help = "the old form of cors.allowed_origins",                                           \
         .note = "write it as cors.allowed_origins"},                                              \
        {.name = "cors_allowed_headers",                                                           \
         .type = FIELD_TYPE_STRINGS,                                                               \
         .offset = offsetof(struct http_settings, cors.allowed_headers),                           \
         .help = "the old form of cors.allowed_headers",                                           \
         .note = "write it as cors.allowed_headers"},                                              \
        FIELD_HEADERS(struct http_settings, response_headers, "response_headers",                  \
                      "header fields that every answer over HTTP has besides its own"),            \
        FIELD_BOOL(                                                                                \
            struct http_settings, include_metadata, "include_metadata", "false",                   \
            "keeps the header fields of requests for metadata_keys of the batch processor"),       \
        FIELD_IGNORED("middlewares", NO_MIDDLEWARE)

/*
 * Report what the tables cannot say of the block (may be NULL) and fill in the endpoint; port: the
 * default one.
 */
void grpc_settings_check(struct grpc_settings *grpc, const char *port, const struct node *block,
                         struct problems *problems);
void http_settings_check(struct http_settings *http, const char *port, const struct node *block,
                         struct problems *problems);

/* Both have the same endpoint: one server serves them. */
bool server_settings_share(const struct grpc_settings *grpc, const struct http_settings *http);

/* ... then both have to say the same of who may come in, and how. */
void server_settings_check_shared(const struct grpc_settings *grpc,
                                  const struct http_settings *http, const struct node *block,
                                  struct problems *problems);
