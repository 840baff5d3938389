/*
 * The keys of the otlp receiver.
 */
#include "receivers/otlp_settings.h"

#include <string.h>

#include "base/arena.h"

enum { BUFFER_MAX = 16 << 20 };

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
               HTTP_HEADER_LIST_MIN, HEADER_LIST_MAX,
               "the largest header in bytes, 32 for each field besides its own; one may have half"),
    FIELD_UINT(
        struct grpc_settings, read_buffer_size, "read_buffer_size", "262144", 0, BUFFER_MAX,
        "bytes that one read takes, into a buffer that the connections of a thread share; at "
        "least 32768; 0: 262144"),
    FIELD_UINT(struct grpc_settings, write_buffer_size, "write_buffer_size", "65536", 0, BUFFER_MAX,
               "bytes of answers for one write; a client that takes no more is not read; 0: 65536"),
    FIELD_BLOCK(struct grpc_settings, keepalive, "keepalive", keepalive_fields,
                "how long connections live"),
    FIELD_CHOICE(struct grpc_settings, transport, "transport", "tcp", http_transports,
                 "tcp4: IPv4 only; tcp6: IPv6 only; unix: endpoint is the path of a unix socket"),
    FIELD_SWITCH(struct grpc_settings, tls, "tls", tls_server_fields,
                 "TLS; where it stands, plain text is refused"),
    OLD_TLS_KEY(struct grpc_settings, tls),
    FIELD_SWITCH(struct grpc_settings, auth, "auth", auth_fields,
                 "who may send; without it, everybody"),
    FIELD_BOOL(struct grpc_settings, include_metadata, "include_metadata", "false",
               "keeps the header fields of requests for metadata_keys of the batch processor"),
    FIELD_IGNORED("middlewares", NO_MIDDLEWARES),
    FIELD_END,
};

static const struct field http_fields[] = {
    FIELD_BOOL(struct http_settings, enabled, "enabled", "true",
               "false: as if the key were absent"),
    FIELD_STRING(struct http_settings, server.endpoint, "endpoint", NULL,
                 "host:port to listen on (default: localhost:4318); a path for a unix socket"),
    FIELD_STRING(struct http_settings, url_paths[TRACES], "traces_url_path", "/v1/traces",
                 "where traces are posted"),
    FIELD_STRING(struct http_settings, url_paths[METRICS], "metrics_url_path", "/v1/metrics",
                 "where metrics are posted"),
    FIELD_STRING(struct http_settings, url_paths[LOGS], "logs_url_path", "/v1/logs",
                 "where logs are posted"),
    HTTP_ENDPOINT_FIELDS(struct http_settings, server),
    FIELD_BOOL(struct http_settings, include_metadata, "include_metadata", "false",
               "keeps the header fields of requests for metadata_keys of the batch processor"),
    FIELD_IGNORED("middlewares", NO_MIDDLEWARES),
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

bool otlp_shares_port(const struct protocol_settings *s)
{
    return s->grpc.enabled && s->http.enabled &&
           strcmp(s->grpc.endpoint, s->http.server.endpoint) == 0;
}

/* Where one address serves both blocks, who may come in and how cannot be two things. */
static void check_shared(const struct protocol_settings *s, const struct node *protocols,
                         struct problems *problems)
{
    const char *grpc = s->grpc.auth.enabled ? s->grpc.auth.authenticator : NULL;
    const char *http = s->http.server.auth.enabled ? s->http.server.auth.authenticator : NULL;
    const struct node *node = node_get(protocols, "http");

    if (!tls_settings_equal(&s->grpc.tls, &s->http.server.tls))
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

    s->grpc.endpoint =
        http_endpoint_address(s->grpc.endpoint, s->grpc.transport, "4317", grpc, problems);
    s->http.server.endpoint = http_endpoint_address(
        s->http.server.endpoint, s->http.server.transport, "4318", http, problems);
    auth_check(&s->grpc.auth, grpc, problems);
    http_endpoint_check(&s->http.server, http, problems);
    check_paths(s->http.url_paths, node_get(protocols, "http"), problems);
    if (s->grpc.enabled)
        http_endpoint_check_tls(&s->grpc.tls, node_get(protocols, "grpc"), problems);
    if (s->http.enabled)
        http_endpoint_check_tls(&s->http.server.tls, node_get(protocols, "http"), problems);
    if (otlp_shares_port(s))
        check_shared(s, protocols, problems);
}
