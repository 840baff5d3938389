/*
 * The keys of gRPC's and HTTP's servers.
 */
#include "pipeline/server_settings.h"

#include <string.h>

#include "base/arena.h"
#include "config/duration.h"
#include "net/listen_set.h"

enum { TRANSPORT_TCP, TRANSPORT_TCP4, TRANSPORT_TCP6, TRANSPORT_UNIX };

const char *const server_transports[] = {"tcp", "tcp4", "tcp6", "unix", NULL};

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

const struct field grpc_keepalive_fields[] = {
    FIELD_BLOCK(struct keepalive_settings, server_parameters, "server_parameters",
                server_parameter_fields, "how long connections live"),
    FIELD_BLOCK(struct keepalive_settings, enforcement_policy, "enforcement_policy",
                enforcement_policy_fields, "how often clients may send a PING"),
    FIELD_END,
};

const struct field http_keepalive_fields[] = {
    FIELD_BOOL(struct http_keepalive, enabled, "enabled", "true",
               "false: every answer ends its connection"),
    FIELD_DURATION(struct http_keepalive, idle_timeout_ms, "idle_timeout", "1m",
                   "closes a connection without requests after this time"),
    FIELD_END,
};

/* The endpoint for listen_set_open(); port: the default one. */
static const char *full_endpoint(const char *endpoint, unsigned transport, const char *port,
                                 const struct node *block, struct problems *problems)
{
    const char *prefix = transport == TRANSPORT_TCP ? "" : server_transports[transport];

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

static void check_tls(const struct tls_server_settings *tls, const struct node *block,
                      struct problems *problems)
{
    if (tls->enabled)
        tls_settings_check(tls, node_near(block, "tls"), problems);
}

void grpc_settings_check(struct grpc_settings *grpc, const char *port, const struct node *block,
                         struct problems *problems)
{
    grpc->endpoint = full_endpoint(grpc->endpoint, grpc->transport, port, block, problems);
    auth_check(&grpc->auth, block, problems);
    if (grpc->enabled)
        check_tls(&grpc->tls, block, problems);
}

void http_settings_check(struct http_settings *http, const char *port, const struct node *block,
                         struct problems *problems)
{
    const struct node *cors = node_get(block, "cors");

    http->endpoint = full_endpoint(http->endpoint, http->transport, port, block, problems);
    if (!cors)
        http->cors.enabled = http->cors.allowed_origins.count > 0;
    cors_check(&http->cors, cors ? cors : block, problems);
    check_response_headers(&http->response_headers, block, problems);
    check_compression(http, block, problems);
    check_flat_forms(block, problems);
    auth_check(&http->auth, block, problems);
    if (http->enabled)
        check_tls(&http->tls, block, problems);
}

bool server_settings_share(const struct grpc_settings *grpc, const struct http_settings *http)
{
    return grpc->enabled && http->enabled && strcmp(grpc->endpoint, http->endpoint) == 0;
}

void server_settings_check_shared(const struct grpc_settings *grpc,
                                  const struct http_settings *http, const struct node *block,
                                  struct problems *problems)
{
    const char *grpc_auth = grpc->auth.enabled ? grpc->auth.authenticator : NULL;
    const char *http_auth = http->auth.enabled ? http->auth.authenticator : NULL;

    if (!tls_settings_equal(&grpc->tls, &http->tls))
        error_at(problems, node_near(block, "tls"),
                 "grpc and http share the port %s: their tls must say the same", grpc->endpoint);
    if (!grpc_auth != !http_auth || (grpc_auth && strcmp(grpc_auth, http_auth) != 0))
        error_at(problems, node_near(block, "auth"),
                 "grpc and http share the port %s: their auth must say the same", grpc->endpoint);
}
