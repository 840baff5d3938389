/*
 * The keys of the otlp receiver.
 */
#include "receivers/otlp_settings.h"

#include <string.h>

#include "base/arena.h"
#include "config/duration.h"
#include "net/encoding.h"
#include "net/listen_set.h"
#include "net/server.h"

#define NO_MIDDLEWARE "there are no such extensions; limits, auth and cors have keys of their own"

#define OLD_TLS_KEY(s)                                                                             \
    {                                                                                              \
        .name = "tls_settings", .type = FIELD_TYPE_SWITCH, .offset = offsetof(s, tls),             \
        .fields = tls_server_fields, .help = "the old form of tls", .note = "write it as tls"      \
    }

enum { BUFFER_MAX = 16 << 20, HEADER_LIST_MIN = 4 << 10 };

enum { TRANSPORT_TCP, TRANSPORT_TCP4, TRANSPORT_TCP6, TRANSPORT_UNIX };

static const char *const transports[] = {"tcp", "tcp4", "tcp6", "unix", NULL};

static const struct field server_parameter_fields[] = {
    FIELD_DURATION(struct server_parameters, max_connection_idle_ms, "max_connection_idle", "10m",
                   "closes a connection without requests after this time"),
    FIELD_DURATION(struct server_parameters, max_connection_age_ms, "max_connection_age", "0s",
                   "asks clients to connect anew after this time; 0s: never"),
    FIELD_DURATION(struct server_parameters, max_connection_age_grace_ms,
                   "max_connection_age_grace", "0s",
                   "and closes the connection so much later; 0s: when its requests are done"),
    FIELD_DURATION(struct server_parameters, time_ms, "time", "2m",
                   "sends a PING when nothing came for so long"),
    FIELD_DURATION(struct server_parameters, timeout_ms, "timeout", "20s",
                   "and closes the connection without an answer in this time"),
    FIELD_END,
};

static const struct field enforcement_policy_fields[] = {
    FIELD_DURATION(
        struct enforcement_policy, min_time_ms, "min_time", "0s",
        "closes a connection at the third PING that comes sooner than this after another; "
        "0s: when they are a flood, more than 100 at once and 5 a second"),
    FIELD_BOOL(struct enforcement_policy, permit_without_stream, "permit_without_stream", "true",
               "false: without a request under way, min_time is 2h at least"),
    FIELD_END,
};

static const struct field keepalive_fields[] = {
    FIELD_BLOCK(struct keepalive_settings, server_parameters, "server_parameters",
                server_parameter_fields, "how long connections live"),
    FIELD_BLOCK(struct keepalive_settings, enforcement_policy, "enforcement_policy",
                enforcement_policy_fields, "how often clients may send a PING"),
    FIELD_END,
};

static const struct field grpc_fields[] = {
    FIELD_BOOL(struct grpc_settings, enabled, "enabled", "true",
               "false: as if the key were absent"),
    FIELD_STRING(struct grpc_settings, endpoint, "endpoint", NULL,
                 "host:port to listen on (default: localhost:4317); a path for a unix socket"),
    FIELD_UINT(struct grpc_settings, max_recv_msg_size_mib, "max_recv_msg_size_mib", "64", 1, 2048,
               "the largest message in MiB, compressed and decompressed"),
    FIELD_UINT(struct grpc_settings, max_concurrent_streams, "max_concurrent_streams", "128", 1,
               65536, "requests at a time on one connection"),
    FIELD_UINT(struct grpc_settings, max_header_list_size, "max_header_list_size", "32768",
               HEADER_LIST_MIN, HEADER_LIST_MAX,
               "the largest header in bytes, 32 for each field besides its own; one may have half"),
    FIELD_UINT(
        struct grpc_settings, read_buffer_size, "read_buffer_size", "262144", 0, BUFFER_MAX,
        "bytes that one read takes, into a buffer that the connections of a thread share; at "
        "least 32768; 0: 262144"),
    FIELD_UINT(struct grpc_settings, write_buffer_size, "write_buffer_size", "65536", 0, BUFFER_MAX,
               "bytes of answers for one write; a client that takes no more is not read; 0: 65536"),
    FIELD_BLOCK(struct grpc_settings, keepalive, "keepalive", keepalive_fields,
                "how long connections live"),
    FIELD_CHOICE(struct grpc_settings, transport, "transport", "tcp", transports,
                 "tcp4: IPv4 only; tcp6: IPv6 only; unix: endpoint is the path of a unix socket"),
    FIELD_SWITCH(struct grpc_settings, tls, "tls", tls_server_fields,
                 "TLS; where it stands, plain text is refused"),
    OLD_TLS_KEY(struct grpc_settings),
    FIELD_SWITCH(struct grpc_settings, auth, "auth", auth_fields,
                 "who may send; without it, everybody"),
    FIELD_BOOL(struct grpc_settings, include_metadata, "include_metadata", "false",
               "keeps the header fields of requests for metadata_keys of the batch processor"),
    FIELD_IGNORED("middlewares", NO_MIDDLEWARE),
    FIELD_END,
};

static const struct field http_keepalive_fields[] = {
    FIELD_BOOL(struct http_keepalive, enabled, "enabled", "true",
               "false: every answer ends its connection"),
    FIELD_DURATION(struct http_keepalive, idle_timeout_ms, "idle_timeout", "1m",
                   "closes a connection without requests after this time"),
    FIELD_END,
};

static const struct field http_fields[] = {
    FIELD_BOOL(struct http_settings, enabled, "enabled", "true",
               "false: as if the key were absent"),
    FIELD_STRING(struct http_settings, endpoint, "endpoint", NULL,
                 "host:port to listen on (default: localhost:4318); a path for a unix socket"),
    FIELD_STRING(struct http_settings, url_paths[TRACES], "traces_url_path", "/v1/traces",
                 "where traces are posted"),
    FIELD_STRING(struct http_settings, url_paths[METRICS], "metrics_url_path", "/v1/metrics",
                 "where metrics are posted"),
    FIELD_STRING(struct http_settings, url_paths[LOGS], "logs_url_path", "/v1/logs",
                 "where logs are posted"),
    FIELD_UINT(struct http_settings, max_request_body_size, "max_request_body_size", "67108864", 1,
               2147483648.0, "the largest body in bytes, compressed and decompressed"),
    FIELD_DURATION(struct http_settings, read_header_timeout_ms, "read_header_timeout", "30s",
                   "how long a request's header may take"),
    FIELD_DURATION(struct http_settings, read_timeout_ms, "read_timeout", "0s",
                   "how long all of a request may take to come; 0s: as long as it keeps coming"),
    FIELD_DURATION(
        struct http_settings, write_timeout_ms, "write_timeout", "30s",
        "closes a connection, or over HTTP/2 a stream, of a client that takes nothing of "
        "its answers for so long, over gRPC too; 0s: 30s"),
    FIELD_UINT(struct http_settings, max_header_list_size, "max_header_list_size", "32768",
               HEADER_LIST_MIN, HEADER_LIST_MAX,
               "the largest header in bytes, 32 for each field besides its own; one may have half"),
    FIELD_STRINGS(struct http_settings, compression_algorithms, "compression_algorithms",
                  "those that requests may come in, of gzip, zstd, deflate (or zlib) and \"\" for "
                  "none; without the list, all"),
    FIELD_BLOCK(struct http_settings, keepalive, "keepalive", http_keepalive_fields,
                "whether connections live on after an answer"),
    FIELD_DURATION(struct http_settings, keepalive.idle_timeout_ms, "idle_timeout", "1m",
                   "the flat form of keepalive.idle_timeout"),
    FIELD_BOOL(struct http_settings, keepalive.enabled, "keep_alives_enabled", "true",
               "the flat form of keepalive.enabled"),
    FIELD_CHOICE(struct http_settings, transport, "transport", "tcp", transports,
                 "tcp4: IPv4 only; tcp6: IPv6 only; unix: endpoint is the path of a unix socket"),
    FIELD_SWITCH(struct http_settings, tls, "tls", tls_server_fields,
                 "TLS; where it stands, plain text is refused"),
    OLD_TLS_KEY(struct http_settings),
    FIELD_SWITCH(struct http_settings, auth, "auth", auth_fields,
                 "who may send; without it, everybody"),
    FIELD_SWITCH(struct http_settings, cors, "cors", cors_fields, "lets pages of other sites send"),
    {.name = "cors_allowed_origins",
     .type = FIELD_TYPE_STRINGS,
     .offset = offsetof(struct http_settings, cors.allowed_origins),
     .help = "the old form of cors.allowed_origins",
     .note = "write it as cors.allowed_origins"},
    {.name = "cors_allowed_headers",
     .type = FIELD_TYPE_STRINGS,
     .offset = offsetof(struct http_settings, cors.allowed_headers),
     .help = "the old form of cors.allowed_headers",
     .note = "write it as cors.allowed_headers"},
    FIELD_HEADERS(struct http_settings, response_headers, "response_headers",
                  "header fields that every answer over HTTP has besides its own"),
    FIELD_BOOL(struct http_settings, include_metadata, "include_metadata", "false",
               "keeps the header fields of requests for metadata_keys of the batch processor"),
    FIELD_IGNORED("middlewares", NO_MIDDLEWARE),
    FIELD_END,
};

static const struct field protocol_fields[] = {
    FIELD_SWITCH(struct protocol_settings, grpc, "grpc", grpc_fields, "OTLP/gRPC"),
    FIELD_SWITCH(struct protocol_settings, http, "http", http_fields, "OTLP/HTTP"),
    FIELD_END,
};

const struct field otlp_fields[] = {
    FIELD_BLOCK(struct otlp_settings, protocols, "protocols", protocol_fields,
                "what to serve; at least one"),
    FIELD_END,
};

/* The endpoint for listen_set_open(); port: the default one. */
static const char *full_endpoint(const char *endpoint, unsigned transport, const char *port,
                                 const struct node *block, struct problems *problems)
{
    const char *prefix = transport == TRANSPORT_TCP ? "" : transports[transport];

    if (transport == TRANSPORT_UNIX && (!endpoint || !*endpoint))
        error_at(problems, node_near(block, "endpoint"),
                 "a unix socket needs a path, such as /run/otelc/otlp.sock");
    if (!endpoint)
        endpoint = arena_printf(problems->arena, "%s:%s", listen_default_host(), port);
    if (transport == TRANSPORT_UNIX && str_starts(str_of(endpoint), STR("unix://")))
        endpoint += strlen("unix://");
    return *prefix ? arena_printf(problems->arena, "%s:%s", prefix, endpoint) : endpoint;
}

static bool is_one_of(const char *name, const char *const *names)
{
    for (size_t i = 0; names[i]; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* A field that HTTP itself has to set. */
static bool is_reserved(const char *name)
{
    static const char *const names[] = {"connection",        "content-length", "content-type",
                                        "keep-alive",        "upgrade",        "proxy-connection",
                                        "transfer-encoding", "date",           NULL};

    return is_one_of(name, names);
}

static void check_response_headers(const struct header_list *headers, const struct node *http,
                                   struct problems *problems)
{
    const struct node *node = node_near(http, "response_headers");

    if (headers->count > RESPONSE_HEADERS_MAX)
        error_at(problems, node, "%zu of them are too many: at most %d", headers->count,
                 RESPONSE_HEADERS_MAX);
    for (size_t i = 0; i < headers->count; i++) {
        const char *name = arena_lower(problems->arena, headers->at[i].name);

        headers->at[i].name = name;
        if (is_reserved(name))
            error_at(problems, node, "%s is not for the configuration to set", name);
    }
}

/* What the list of compression_algorithms means. */
static void check_compression(struct http_settings *http, const struct node *block,
                              struct problems *problems)
{
    static const char *const others[] = {"snappy", "x-snappy-framed", "lz4", NULL};
    const struct node *node = node_near(block, "compression_algorithms");

    for (size_t i = 0; i < http->compression_algorithms.count; i++) {
        const char *name = http->compression_algorithms.at[i];
        enum encoding encoding = encoding_of(str_of(name));

        if (encoding != ENCODING_UNKNOWN)
            http->encodings |= 1U << encoding;
        else if (is_one_of(name, others))
            warning_at(problems, node, "%s is not supported: requests in it are refused", name);
        else
            error_at(problems, node, "must be of gzip, zstd, deflate and \"\", not \"%s\"", name);
    }
    if (http->compression_algorithms.count > 0 && http->encodings == 0)
        error_at(problems, node, "leaves no way to send: write [\"\", gzip, zstd, deflate]");
}

static bool is_set(const struct node *node)
{
    return node && node->kind != NODE_NULL;
}

static bool says_same(const struct node *a, const struct node *b)
{
    uint64_t a_ms, b_ms;

    if (a->kind != b->kind || a->count != b->count)
        return false;
    if (a->kind != NODE_SCALAR) {
        for (size_t i = 0; i < a->count; i++)
            if (a->children[i]->kind != NODE_SCALAR || b->children[i]->kind != NODE_SCALAR ||
                strcmp(a->children[i]->text, b->children[i]->text) != 0)
                return false;
        return true;
    }
    return str_eq_nocase(str_of(a->text), str_of(b->text)) ||
           (!duration_parse(a->text, &a_ms) && !duration_parse(b->text, &b_ms) && a_ms == b_ms);
}

/* Where a setting stands in its flat form and in its block, both have to say the same. */
static void check_flat_forms(const struct node *http, struct problems *problems)
{
    static const struct {
        const char *flat, *block, *key;
    } forms[] = {
        {"idle_timeout", "keepalive", "idle_timeout"},
        {"keep_alives_enabled", "keepalive", "enabled"},
        {"cors_allowed_origins", "cors", "allowed_origins"},
        {"cors_allowed_headers", "cors", "allowed_headers"},
    };

    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
        const struct node *flat = node_get(http, forms[i].flat);
        const struct node *other = node_get(node_get(http, forms[i].block), forms[i].key);

        if (is_set(flat) && is_set(other) && !says_same(flat, other))
            error_at(problems, flat, "%s.%s says something else: leave this key out",
                     forms[i].block, forms[i].key);
    }
}

static void check_http(struct http_settings *http, const struct node *node,
                       struct problems *problems)
{
    const struct node *cors = node_get(node, "cors");

    if (!cors)
        http->cors.enabled = http->cors.allowed_origins.count > 0;
    cors_check(&http->cors, cors ? cors : node, problems);
    check_response_headers(&http->response_headers, node, problems);
    check_compression(http, node, problems);
    check_flat_forms(node, problems);
    auth_check(&http->auth, node, problems);
}

/* A slash in front of each; no two the same. */
static void check_paths(const char **paths, const struct node *http, struct problems *problems)
{
    static const char *const keys[SIGNAL_KINDS] = {"traces_url_path", "metrics_url_path",
                                                   "logs_url_path"};

    for (unsigned s = 0; s < SIGNAL_KINDS; s++) {
        if (paths[s][0] != '/')
            paths[s] = arena_printf(problems->arena, "/%s", paths[s]);
        for (unsigned other = 0; other < s; other++)
            if (strcmp(paths[s], paths[other]) == 0)
                error_at(problems, node_near(http, keys[s]), "%s is the path of %s already",
                         paths[s], signal_words[other].name);
    }
}

static void check_tls(const struct tls_server_settings *tls, const struct node *protocols,
                      const char *protocol, struct problems *problems)
{
    if (tls->enabled)
        tls_settings_check(tls, node_near(node_get(protocols, protocol), "tls"), problems);
}

bool otlp_shares_port(const struct protocol_settings *s)
{
    return s->grpc.enabled && s->http.enabled && strcmp(s->grpc.endpoint, s->http.endpoint) == 0;
}

/* Where one address serves both blocks, who may come in and how cannot be two things. */
static void check_shared(const struct protocol_settings *s, const struct node *protocols,
                         struct problems *problems)
{
    const char *grpc = s->grpc.auth.enabled ? s->grpc.auth.authenticator : NULL;
    const char *http = s->http.auth.enabled ? s->http.auth.authenticator : NULL;
    const struct node *node = node_get(protocols, "http");

    if (!tls_settings_equal(&s->grpc.tls, &s->http.tls))
        error_at(problems, node_near(node, "tls"),
                 "grpc and http share the port %s: their tls must say the same", s->grpc.endpoint);
    if (!grpc != !http || (grpc && strcmp(grpc, http) != 0))
        error_at(problems, node_near(node, "auth"),
                 "grpc and http share the port %s: their auth must say the same", s->grpc.endpoint);
}

void otlp_check(void *settings, const struct node *node, struct problems *problems)
{
    struct protocol_settings *s = &((struct otlp_settings *)settings)->protocols;
    const struct node *protocols = node_get(node, "protocols");

    if (!s->grpc.enabled && !s->http.enabled)
        error_at(problems, node_near(node, "protocols"),
                 "names no protocol: write protocols: {grpc: {}, http: {}}");
    const struct node *grpc = node_near(protocols, "grpc"), *http = node_near(protocols, "http");

    s->grpc.endpoint = full_endpoint(s->grpc.endpoint, s->grpc.transport, "4317", grpc, problems);
    s->http.endpoint = full_endpoint(s->http.endpoint, s->http.transport, "4318", http, problems);
    auth_check(&s->grpc.auth, grpc, problems);
    check_http(&s->http, http, problems);
    check_paths(s->http.url_paths, node_get(protocols, "http"), problems);
    if (s->grpc.enabled)
        check_tls(&s->grpc.tls, protocols, "grpc", problems);
    if (s->http.enabled)
        check_tls(&s->http.tls, protocols, "http", problems);
    if (otlp_shares_port(s))
        check_shared(s, protocols, problems);
}
