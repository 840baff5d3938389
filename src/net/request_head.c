/*
 * What the head of a request says, and whether that is reason to refuse it.
 */
#include <stdio.h>

#include "base/budget.h"
#include "base/metadata.h"
#include "net/clients.h"
#include "net/connection.h"
#include "net/request.h"
#include "net/server_priv.h"

enum {
    FIELD_OVERHEAD = 32, /* that a field counts for besides its bytes: RFC 9113 6.5.2 */
    MESSAGE_SIZE = 256,
    WORD_MAX = 16
};

static void keep_text(struct request_text *text, struct str value)
{
    size_t len = value.len < sizeof(text->at) ? value.len : sizeof(text->at);

    memcpy(text->at, value.at, len);
    text->len = (unsigned short)len;
}

void request_method(struct request *r, struct str method)
{
    keep_text(&r->method, method);
    r->post = str_eq(method, STR("POST"));
    r->head_only = str_eq(method, STR("HEAD"));
}

/* "/path?query" of that or of "http://host/path?query". RFC 9112 3.2 */
static struct str target_local(struct str target)
{
    struct str path = target;
    const char *host;

    if (path.len > 0 && path.at[0] != '/' && (host = memmem(path.at, path.len, "://", 3))) {
        const char *end = path.at + path.len;
        const char *slash = memchr(host + 3, '/', (size_t)(end - host - 3));

        path = slash ? (struct str){slash, (size_t)(end - slash)} : STR("/");
    }
    return path;
}

static void keep_target(struct request *r, struct str target, size_t path)
{
    if (target.len > TARGET_MAX) {
        r->refusal = REFUSED_TARGET;
        return;
    }
    buf_reset(&r->target);
    buf_append_str(&r->target, target);
    r->target_path = path;
}

void request_target(struct request *r, struct str target)
{
    const struct route *route;
    const char *query;
    struct str path;

    if (target.len == 0)
        return;
    path = target = target_local(target);
    query = memchr(path.at, '?', path.len);
    if (query)
        path.len = (size_t)(query - path.at);
    keep_text(&r->path, path);
    for (route = r->connection->server->settings.routes; route->path; route++)
        if (str_is(path, route->path) || (route->below && str_starts(path, str_of(route->path))))
            r->route = route;
    if (r->route && r->route->target)
        keep_target(r, target, path.len);
}

static void on_content_type(struct request *r, struct str value)
{
    static const struct {
        struct str name;
        enum content_type type;
    } names[] = {{{"application/x-protobuf", 22}, CONTENT_PROTOBUF},
                 {{"application/protobuf", 20}, CONTENT_PROTOBUF},
                 {{"application/json", 16}, CONTENT_JSON},
                 {{"application/x-thrift", 20}, CONTENT_THRIFT},
                 {{"application/vnd.apache.thrift.binary", 36}, CONTENT_THRIFT}};
    const char *parameters = value.len > 0 ? memchr(value.at, ';', value.len) : NULL;
    struct str name = value;

    keep_text(&r->type_text, value);
    r->grpc = grpc_content_type(value);
    if (parameters)
        name.len = (size_t)(parameters - value.at);
    name = str_trim(name);
    r->type_known = false;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (str_eq_nocase(name, names[i].name)) {
            r->type = names[i].type;
            r->type_known = true;
        }
    }
}

static void on_content_encoding(struct request *r, struct str value)
{
    r->content_encoding = encoding_of(value);
    keep_text(&r->encoding_text, value);
}

static void on_grpc_encoding(struct request *r, struct str value)
{
    r->grpc_encoding = encoding_of(value);
    keep_text(&r->encoding_text, value);
}

static void on_grpc_timeout(struct request *r, struct str value)
{
    if (!grpc_timeout_parse(value, &r->timeout_ms) && r->refusal == REFUSED_NONE)
        r->refusal = REFUSED_TIMEOUT_FIELD;
}

/* A field of CORS: kept where the server has that. */
static void keep_field(const struct request *r, struct buf *field, struct str value)
{
    if (!r->connection->server->settings.cors)
        return;
    buf_reset(field);
    buf_append_str(field, value);
}

static void on_origin(struct request *r, struct str value)
{
    keep_field(r, &r->origin, value);
}

static void on_asked_method(struct request *r, struct str value)
{
    keep_field(r, &r->asked_method, value);
}

static void on_asked_headers(struct request *r, struct str value)
{
    keep_field(r, &r->asked_headers, value);
}

static void on_content_length(struct request *r, struct str value)
{
    if (!str_to_uint(value, UINT64_MAX - 1, &r->content_length))
        r->refusal = REFUSED_SYNTAX;
}

/* Of the connection's first request: others of it say the same. */
static void on_user_agent(struct request *r, struct str value)
{
    struct connection *c = r->connection;

    if (!c->client)
        c->client = client_enter(c->server->settings.where, value);
}

static bool wants_credentials(const struct request *r)
{
    return r->connection->server->settings.auth.check && !(r->route && r->route->open);
}

/* Looked at once and not kept. */
static void take_credentials(struct request *r, struct str name, struct str value)
{
    const struct server_auth *auth = &r->connection->server->settings.auth;

    if (!wants_credentials(r) || !str_eq_nocase(name, str_of(auth->field)))
        return;
    if (++r->credentials > 1)
        return;
    switch (auth->check(auth->arg, r, value)) {
    case CREDENTIALS_WRONG:
        break;
    case CREDENTIALS_RIGHT:
        r->authenticated = true;
        break;
    case CREDENTIALS_BUSY:
        r->refusal = REFUSED_UNCHECKED;
        break;
    case CREDENTIALS_LATER:
        r->held = r->judging = true;
        break;
    }
}

/* As far as is known. */
static bool may_come_in(const struct request *r)
{
    return !wants_credentials(r) || (r->credentials == 1 && (r->authenticated || r->judging));
}

/* Who says nothing, and who says two things, is told so. */
static enum refusal judge_credentials(const struct request *r, char message[MESSAGE_SIZE])
{
    const struct server_auth *auth = &r->connection->server->settings.auth;

    if (r->credentials == 0)
        snprintf(message, MESSAGE_SIZE, "credentials are wanted: the header %s is missing",
                 auth->field);
    return REFUSED_UNAUTHENTICATED;
}

static void keep_metadata(struct request *r, struct str name, struct str value)
{
    if (!metadata_add(&r->metadata, name, value) && r->refusal == REFUSED_NONE)
        r->refusal = REFUSED_NO_ROOM;
}

/* ":authority" came before it, and counts: RFC 9113 8.3.1. */
static bool is_second_host(const struct request *r, struct str name)
{
    size_t at = 0;
    struct str value;

    return str_eq_nocase(name, STR("host")) &&
           metadata_next_value(r->metadata, &at, STR("host"), &value);
}

/* Whether some requests are to keep their fields: what this one is shows at the end of its head. */
static bool keeps_metadata(const struct request *r)
{
    const struct server_settings *settings = &r->connection->server->settings;

    return settings->metadata_grpc || settings->metadata_http;
}

void request_authority(struct request *r, struct str authority)
{
    if (!keeps_metadata(r))
        return;
    keep_metadata(r, STR(":authority"), authority);
    keep_metadata(r, STR("host"), authority);
}

void request_field(struct request *r, struct str name, struct str value)
{
    static const struct {
        struct str name;
        void (*take)(struct request *r, struct str value);
    } known[] = {
        {{"content-type", 12}, on_content_type},
        {{"content-encoding", 16}, on_content_encoding},
        {{"content-length", 14}, on_content_length},
        {{"grpc-encoding", 13}, on_grpc_encoding},
        {{"grpc-timeout", 12}, on_grpc_timeout},
        {{"user-agent", 10}, on_user_agent},
        {{"origin", 6}, on_origin},
        {{"access-control-request-method", 29}, on_asked_method},
        {{"access-control-request-headers", 30}, on_asked_headers},
    };

    size_t max = r->connection->server->settings.max_header_list;

    r->fields++;
    r->field_bytes += name.len + value.len + FIELD_OVERHEAD;
    if (r->fields > REQUEST_FIELDS_MAX || name.len + value.len > max / 2 || r->field_bytes > max) {
        r->refusal = REFUSED_FIELDS;
        return;
    }
    take_credentials(r, name, value);
    if (keeps_metadata(r) && !is_second_host(r, name))
        keep_metadata(r, name, value);
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        if (str_eq_nocase(name, known[i].name)) {
            known[i].take(r, value);
            return;
        }
    }
}

/*
 * Where to send what came to a gRPC method in another way: the next route that is for HTTP. ""
 * where there is no such place.
 */
static const char *http_path(const struct request *r)
{
    const struct route *route = r->route ? r->route : r->connection->server->settings.routes;

    while (route->path && route->grpc)
        route++;
    return route->path ? route->path : "";
}

static enum refusal unknown_path(const struct request *r, char message[MESSAGE_SIZE])
{
    const struct server_settings *settings = &r->connection->server->settings;
    const char *words = NULL;

    if (settings->unknown_path)
        words =
            settings->unknown_path(settings->arg, r->grpc, (struct str){r->path.at, r->path.len});
    if (words)
        snprintf(message, MESSAGE_SIZE, "%s", words);
    return REFUSED_PATH;
}

static bool is_get(const struct request *r)
{
    return r->head_only || str_eq((struct str){r->method.at, r->method.len}, STR("GET"));
}

/* A browser asks with OPTIONS whether a page of another site may send. */
static enum refusal wrong_method(const struct request *r, char message[MESSAGE_SIZE])
{
    if (r->route->get)
        snprintf(message, MESSAGE_SIZE, "method not allowed, supported: [%s]", request_methods(r));
    else if (str_eq((struct str){r->method.at, r->method.len}, STR("OPTIONS")))
        snprintf(message, MESSAGE_SIZE,
                 "%s; pages of other sites may send where cors.allowed_origins has them",
                 refusal_words(REFUSED_METHOD)->message);
    return REFUSED_METHOD;
}

/* "application/x-protobuf, application/json": what a route takes. */
static void write_types(const struct route *route, char *text, size_t size)
{
    size_t len = 0;

    text[0] = '\0';
    for (unsigned type = 0; type < CONTENT_TEXT && len < size; type++)
        if (route->types & 1U << type)
            len += (size_t)snprintf(text + len, size - len, "%s%s", len > 0 ? ", " : "",
                                    content_type_name((enum content_type)type));
}

/* A type that the route does not take. */
static enum refusal wrong_type(const struct request *r, char message[MESSAGE_SIZE])
{
    const struct route *route = r->route;
    char types[MESSAGE_SIZE / 2];

    write_types(route, types, sizeof(types));
    if (route->grpc)
        snprintf(message, MESSAGE_SIZE,
                 "this path speaks gRPC (content-type: application/grpc); without gRPC, POST to %s",
                 http_path(r));
    else if (r->grpc)
        snprintf(message, MESSAGE_SIZE,
                 "this path does not speak gRPC: call a gRPC method, or send %.*s",
                 (int)strcspn(types, ","), types);
    else
        snprintf(message, MESSAGE_SIZE, "unsupported media type, supported: [%s]", types);
    return REFUSED_TYPE;
}

static enum refusal old_http(const struct request *r, char message[MESSAGE_SIZE])
{
    snprintf(message, MESSAGE_SIZE, "gRPC needs HTTP/2; over HTTP/1.1, POST to %s", http_path(r));
    return REFUSED_OLD_HTTP;
}

static bool takes_encoding(const struct request *r)
{
    unsigned taken = r->grpc ? 0 : r->connection->server->settings.encodings;
    enum encoding encoding = request_encoding(r);

    return encoding != ENCODING_UNKNOWN && (taken == 0 || taken & 1U << encoding);
}

/* Its name is repeated where it is just a short word: no peer's bytes go into our answers. */
static enum refusal wrong_encoding(const struct request *r, char message[MESSAGE_SIZE])
{
    const struct request_text *text = &r->encoding_text;
    const char *what = request_encoding(r) == ENCODING_UNKNOWN ? "unknown" : "unsupported";
    char accepted[ENCODING_LIST_SIZE];
    bool word = text->len <= WORD_MAX;

    request_encodings(r, accepted);
    for (size_t i = 0; i < text->len; i++)
        word = word && ((text->at[i] >= 'a' && text->at[i] <= 'z') || text->at[i] == '-');
    if (request_encoding(r) == ENCODING_IDENTITY)
        snprintf(message, MESSAGE_SIZE, "the request is not compressed, supported: %s", accepted);
    else if (word)
        snprintf(message, MESSAGE_SIZE, "%s encoding \"%.*s\", supported: %s", what, (int)text->len,
                 text->at, accepted);
    else
        snprintf(message, MESSAGE_SIZE, "%s encoding, supported: %s", what, accepted);
    return REFUSED_ENCODING;
}

/* Looks for a reason to refuse, from the most general to the most special. */
static enum refusal judge_head(const struct request *r, char message[MESSAGE_SIZE])
{
    const struct route *route = r->route;

    if (r->refusal != REFUSED_NONE)
        return r->refusal;
    if (!may_come_in(r))
        return judge_credentials(r, message);
    if (!r->http2 && (r->grpc || (route && route->grpc)))
        return old_http(r, message);
    if (!route)
        return unknown_path(r, message);
    if (route->get ? !is_get(r) : !r->post)
        return wrong_method(r, message);
    if (r->grpc != route->grpc ||
        (!r->grpc && !route->get && !(r->type_known && route->types & 1U << r->type)))
        return wrong_type(r, message);
    if (!takes_encoding(r))
        return wrong_encoding(r, message);
    if (!r->grpc && r->content_length != UINT64_MAX && r->content_length > request_max_message(r))
        return REFUSED_SIZE;
    return REFUSED_NONE;
}

static bool is_preflight(const struct request *r)
{
    return r->refusal == REFUSED_NONE && r->origin.len > 0 && r->asked_method.len > 0 &&
           str_eq((struct str){r->method.at, r->method.len}, STR("OPTIONS"));
}

void request_head_end(struct request *r)
{
    const struct server_settings *settings = &r->connection->server->settings;
    char message[MESSAGE_SIZE] = "";
    size_t texts = r->target.cap + r->origin.cap + r->asked_method.cap + r->asked_headers.cap;
    enum refusal refusal;

    metric_add(r->connection->server->metrics.requests, 1);
    if (metrics_wanted(METRICS_DETAILED))
        r->begun_ns = uv_hrtime();
    on_user_agent(r, (struct str){0}); /* where it has told none */
    client_count(r->connection->client);
    budget_add(texts);
    r->counted += texts;
    if (!(r->grpc ? settings->metadata_grpc : settings->metadata_http))
        request_drop_metadata(r);
    if (is_preflight(r)) {
        request_preflight(r);
        return;
    }
    refusal = judge_head(r, message);
    if (r->timeout_ms != UINT64_MAX && r->grpc)
        r->due_ms = r->connection->now_ms + r->timeout_ms;
    if (refusal == REFUSED_NONE && !r->grpc && r->content_length != UINT64_MAX &&
        body_announce(&r->body, (size_t)r->content_length) != BODY_OK)
        refusal = REFUSED_NO_ROOM;
    if (refusal == REFUSED_NONE)
        r->state = REQUEST_BODY;
    else
        request_refuse(r, refusal, message[0] ? message : NULL);
}
