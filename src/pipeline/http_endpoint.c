/*
 * Keys, checks and the server of an HTTP endpoint.
 */
#include "pipeline/http_endpoint.h"

#include <string.h>

#include "base/arena.h"
#include "config/duration.h"
#include "net/encoding.h"
#include "net/listen_set.h"
#include "pipeline/component.h"
#include "pipeline/worker.h"

enum { TRANSPORT_TCP, TRANSPORT_TCP4, TRANSPORT_TCP6, TRANSPORT_UNIX };

const char *const http_transports[] = {"tcp", "tcp4", "tcp6", "unix", NULL};

const struct field http_keepalive_fields[] = {
    FIELD_BOOL(struct http_keepalive, enabled, "enabled", "true",
               "false: every answer ends its connection"),
    FIELD_DURATION(struct http_keepalive, idle_timeout_ms, "idle_timeout", "1m",
                   "closes a connection without requests after this time"),
    FIELD_END,
};

const char *http_endpoint_address(const char *endpoint, unsigned transport, const char *port,
                                  const struct node *node, struct problems *problems)
{
    const char *prefix = transport == TRANSPORT_TCP ? "" : http_transports[transport];

    if (transport == TRANSPORT_UNIX && (!endpoint || !*endpoint))
        error_at(problems, node_near(node, "endpoint"),
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
static void check_compression(struct http_endpoint *http, const struct node *block,
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

void http_endpoint_check(struct http_endpoint *http, const struct node *node,
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

void http_endpoint_check_tls(const struct tls_server_settings *tls, const struct node *node,
                             struct problems *problems)
{
    if (tls->enabled)
        tls_settings_check(tls, node_near(node, "tls"), problems);
}

/* ---- the server ---- */

void http_endpoint_apply(const struct http_endpoint *http, struct server_settings *server)
{
    server->tls = http->tls.enabled ? &http->tls : NULL;
    server->cors = http->cors.enabled ? &http->cors : NULL;
    server->response_headers = &http->response_headers;
    server->max_message_http = http->max_request_body_size;
    server->header_timeout_ms = http->read_header_timeout_ms;
    server->http_read_timeout_ms = http->read_timeout_ms;
    server->write_timeout_ms = http->write_timeout_ms;
    server->max_header_list = http->max_header_list_size;
    server->encodings = http->encodings;
    server->http1_idle_ms = http->keepalive.idle_timeout_ms;
    server->http1_closes = !http->keepalive.enabled;
}

static void on_verdict(void *arg, enum credentials verdict)
{
    request_judge(arg, verdict);
}

/* Calls the extension. */
static enum credentials check_credentials(void *arg, struct request *request, struct str value)
{
    struct component *extension = arg;
    const struct asker asker = {request_peer(request), on_verdict, request};

    return extension->type->auth->check(extension, value, &asker);
}

bool http_endpoint_auth(const struct worker *worker, const struct auth_settings *settings,
                        struct server_auth *auth, struct error *err)
{
    struct component *extension;

    if (!settings->enabled)
        return true;
    extension = authenticator_find(worker, settings, AUTH_SERVER, err);
    if (!extension)
        return false;
    *auth = (struct server_auth){
        .field = extension->type->auth->field(extension),
        .challenge = extension->type->auth->challenge(extension),
        .check = check_credentials,
        .arg = extension,
    };
    return true;
}
