/*
 * An HTTP server of a component: the keys that its block has, wherever it stands, and the server
 * that is made of them.
 */
#pragma once

#include "net/cors.h"
#include "net/server.h"
#include "net/tls_settings.h"
#include "pipeline/authenticator.h"

struct http_endpoint {
    const char *endpoint; /* as listen_set_open() takes it, once http_endpoint_address was called */
    unsigned transport;
    uint64_t max_request_body_size;  /* bytes */
    uint64_t read_header_timeout_ms; /* 0: the server's default */
    uint64_t read_timeout_ms;        /* 0: none */
    uint64_t write_timeout_ms;       /* 0: the server's default */
    uint64_t max_header_list_size;   /* bytes */
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
};

enum { HTTP_HEADER_LIST_MIN = 4 << 10 };

#define NO_MIDDLEWARES "there are no such extensions; limits, auth and cors have keys of their own"

extern const char *const http_transports[];        /* of FIELD_CHOICE "transport" */
extern const struct field http_keepalive_fields[]; /* of FIELD_BLOCK "keepalive" */

#define OLD_TLS_KEY(s, member)                                                                     \
    {                                                                                              \
        .name = "tls_settings", .type = FIELD_TYPE_SWITCH, .offset = offsetof(s, member),          \
        .fields = tls_server_fields, .help = "the old form of tls", .note = "write it as tls"      \
    }

/* The fields of a struct s that has a struct http_endpoint as a member, but for "endpoint", whose
 * default is each one's own. */
#define HTTP_ENDPOINT_FIELDS(s, member)                                                            \
    FIELD_UINT(s, member.max_request_body_size, "max_request_body_size", "67108864", 1,            \
               2147483648.0, "the largest body in bytes, compressed and decompressed"),            \
        FIELD_DURATION(s, member.read_header_timeout_ms, "read_header_timeout", "30s",             \
                       "how long a request's header may take"),                                    \
        FIELD_DURATION(                                                                            \
            s, member.read_timeout_ms, "read_timeout", "0s",                                       \
            "how long all of a request may take to come; 0s: as long as it keeps coming"),         \
        FIELD_DURATION(                                                                            \
            s, member.write_timeout_ms, "write_timeout", "30s",                                    \
            "closes a connection, or over HTTP/2 a stream, of a client that takes nothing of "     \
            "its answers for so long, over gRPC too; 0s: 30s"),                                    \
        FIELD_UINT(                                                                                \
            s, member.max_header_list_size, "max_header_list_size", "32768", HTTP_HEADER_LIST_MIN, \
            HEADER_LIST_MAX,                                                                       \
            "the largest header in bytes, 32 for each field besides its own; one may have half"),  \
        FIELD_STRINGS(                                                                             \
            s, member.compression_algorithms, "compression_algorithms",                            \
            "those that requests may come in, of gzip, zstd, deflate (or zlib) and \"\" for "      \
            "none; without the list, all"),                                                        \
        FIELD_BLOCK(s, member.keepalive, "keepalive", http_keepalive_fields,                       \
                    "whether connections live on after an answer"),                                \
        FIELD_DURATION(s, member.keepalive.idle_timeout_ms, "idle_timeout", "1m",                  \
                       "the flat form of keepalive.idle_timeout"),                                 \
        FIELD_BOOL(s, member.keepalive.enabled, "keep_alives_enabled", "true",                     \
                   "the flat form of keepalive.enabled"),                                          \
        FIELD_CHOICE(                                                                              \
            s, member.transport, "transport", "tcp", http_transports,                              \
            "tcp4: IPv4 only; tcp6: IPv6 only; unix: endpoint is the path of a unix socket"),      \
        FIELD_SWITCH(s, member.tls, "tls", tls_server_fields,                                      \
                     "TLS; where it stands, plain text is refused"),                               \
        OLD_TLS_KEY(s, member.tls),                                                                \
        FIELD_SWITCH(s, member.auth, "auth", auth_fields, "who may send; without it, everybody"),  \
        FIELD_SWITCH(s, member.cors, "cors", cors_fields, "lets pages of other sites send"),       \
        {.name = "cors_allowed_origins",                                                           \
         .type = FIELD_TYPE_STRINGS,                                                               \
         .offset = offsetof(s, member.cors.allowed_origins),                                       \
         .help = "the old form of cors.allowed_origins",                                           \
         .note = "write it as cors.allowed_origins"},                                              \
        {.name = "cors_allowed_headers",                                                           \
         .type = FIELD_TYPE_STRINGS,                                                               \
         .offset = offsetof(s, member.cors.allowed_headers),                                       \
         .help = "the old form of cors.allowed_headers",                                           \
         .note = "write it as cors.allowed_headers"},                                              \
        FIELD_HEADERS(s, member.response_headers, "response_headers",                              \
                      "header fields that every answer over HTTP has besides its own")

/*
 * Reports what the table cannot say. node: the block. The endpoint and TLS, which may belong to a
 * block that is off, have functions of their own.
 */
void http_endpoint_check(struct http_endpoint *http, const struct node *node,
                         struct problems *problems);
void http_endpoint_check_tls(const struct tls_server_settings *tls, const struct node *node,
                             struct problems *problems);

/* The endpoint as listen_set_open() takes it. NULL stands for the default host and that port. */
const char *http_endpoint_address(const char *endpoint, unsigned transport, const char *port,
                                  const struct node *node, struct problems *problems);

/* Fills in what the block says of HTTP; borrows it. Not auth. */
void http_endpoint_apply(const struct http_endpoint *http, struct server_settings *server);

struct worker;

/* The auth block of an endpoint, for its server; false and *err: it has to be, and cannot. */
bool http_endpoint_auth(const struct worker *worker, const struct auth_settings *settings,
                        struct server_auth *auth, struct error *err);
