/*
 * What can be set of an endpoint that takes HTTP, whatever is posted there.
 */
#pragma once

#include "net/cors.h"
#include "net/server.h"
#include "net/tls_settings.h"
#include "pipeline/authenticator.h"
#include "pipeline/component.h"

#define NO_MIDDLEWARE "there are no such extensions; limits, auth and cors have keys of their own"

enum { HEADER_LIST_MIN = 4 << 10 };

struct http_settings {
    bool enabled;
    const char *endpoint;
    unsigned transport;
    const char *url_paths[SIGNAL_KINDS]; /* of the otlp receiver: where each signal is posted; with
                                            a slash in front */
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

extern const char *const http_transports[]; /* the choices of `transport` */
extern const struct field http_keepalive_fields[];

/* For a table of fields of a struct http_settings, or of a struct that begins with one. */
#define HTTP_KEYS                                                                                  \
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
            HEADER_LIST_MIN, HEADER_LIST_MAX,                                                      \
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
            struct http_settings, transport, "transport", "tcp", http_transports,                  \
            "tcp4: IPv4 only; tcp6: IPv6 only; unix: endpoint is the path of a unix socket"),      \
        FIELD_SWITCH(struct http_settings, tls, "tls", tls_server_fields,                          \
                     "TLS; where it stands, plain text is refused"),                               \
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

/* Reports what the table cannot say. */
void http_settings_check(struct http_settings *settings, const struct node *block,
                         struct problems *problems);

/* ... of an endpoint's `tls`, where it is used. */
void http_settings_check_tls(const struct tls_server_settings *tls, const struct node *block,
                             struct problems *problems);

/* The endpoint for listen_set_open(); port: the default one, path: an example of a socket's. */
const char *http_settings_endpoint(const char *endpoint, unsigned transport, const char *port,
                                   const struct node *block, struct problems *problems);
