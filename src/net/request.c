/*
 * A request's way from its head to its handler, and back as an answer.
 */
#include "net/request.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "net/connection.h"
#include "net/server_priv.h"

enum {
    FIELDS_MAX = 128,
    FIELD_BYTES_MAX = 16 << 10,
    ALL_FIELDS_BYTES_MAX = 32 << 10,
    FIELD_OVERHEAD = 32, /* that a field counts for besides its bytes: RFC 9113 6.5.2 */
    PAUSE_MS = 30000,
    RATE_PERIOD_MS = 60000,
    RATE_BYTES = 60 << 10, /* in that period: 1 KiB/s */
    MESSAGE_SIZE = 256
};

static const char *const type_names[] = {
    [CONTENT_PROTOBUF] = "application/x-protobuf",
    [CONTENT_JSON] = "application/json",
    [CONTENT_TEXT] = "text/plain; charset=utf-8",
};

static const char grpc_type_name[] = "application/grpc";

struct request *request_new(struct connection *c, bool http2)
{
    struct request *r = mem_zero(sizeof(*r));

    r->connection = c;
    r->http2 = http2;
    r->type = CONTENT_TEXT;
    r->content_length = r->timeout_ms = r->due_ms = UINT64_MAX;
    r->heard_ms = r->measured_ms = c->now_ms;
    list_push_back(&c->requests, &r->node);
    return r;
}

static void destroy(struct request *r)
{
    body_done(&r->body);
    buf_done(&r->answer);
    free(r);
}

void request_release(struct request *r)
{
    list_remove(&r->node);
    r->connection = NULL;
    if (!r->held)
        destroy(r);
}

/* ---- the answer ---- */

/* To a gRPC method over HTTP/2, even one that was called wrongly: it is answered as gRPC. */
static bool answers_as_grpc(const struct request *r)
{
    return r->http2 && (r->grpc || (r->route && r->route->grpc));
}

static void respond(struct request *r, struct response *response)
{
    struct connection *c = r->connection;

    response->request = r;
    r->state = REQUEST_ANSWERED;
    r->answered_ms = c->now_ms;
    body_done(&r->body);
    c->codec->respond(r, response);
    connection_wake(c); /* r may be gone after this */
}

/* body: the error's own where it has one. */
static void respond_http_error(struct request *r, struct response *response, bool plain,
                               struct str body)
{
    const struct server_settings *settings = &r->connection->server->settings;
    struct buf text = {0};
    bool typed = !plain && r->type_known;

    response->type = type_names[typed ? r->type : CONTENT_TEXT];
    if (typed && settings->status_body && body.len == 0) {
        const char *message = response->message.at; /* made from a C string */

        settings->status_body(&text, r->type, response->code, message);
        body = buf_str(&text);
    } else if (!typed || body.len == 0) {
        buf_append_str(&text, response->message);
        buf_append_char(&text, '\n');
        response->type = type_names[CONTENT_TEXT];
        body = buf_str(&text);
    }
    response->body = body;
    respond(r, response);
    buf_done(&text);
}

static void note_refusal(struct request *r, const char *message)
{
    struct server *server = r->connection->server;

    server->counts.refused++;
    log_limited(&server->refused_log, LOG_WARN, server->settings.where,
                "refused %.*s %.*s from %s (content-type \"%.*s\"): %s", (int)r->method.len,
                r->method.at, (int)r->path.len, r->path.at, r->connection->peer,
                (int)r->type_text.len, r->type_text.at, message);
}

void request_refuse(struct request *r, enum refusal refusal, const char *message)
{
    const struct refusal_words *words = refusal_words(refusal);
    bool grpc = answers_as_grpc(r);
    struct response response = {
        .status = grpc ? words->grpc_http : words->http,
        .code = grpc ? words->grpc_code : words->http_code,
        .message = str_of(message ? message : words->message),
        .retry_after_s = words->retry_after_s,
        .allow = refusal == REFUSED_METHOD,
        .accept_encoding = refusal == REFUSED_ENCODING,
        .closes = words->closes,
    };
    struct buf details = {0};

    assert(r->state != REQUEST_ANSWERED);
    note_refusal(r, response.message.at);
    if (!grpc) {
        respond_http_error(r, &response, words->plain, (struct str){0});
        return;
    }
    if (words->retry_after_s > 0)
        grpc_retry_status_write(&details, response.code, response.message, words->retry_after_s);
    response.type = grpc_type_name;
    response.details = buf_str(&details);
    respond(r, &response);
    buf_done(&details);
}

void request_answer(struct request *r, const struct answer *answer)
{
    struct response response = {
        .status = 200,
        .code = answer->code,
        .message = str_of(answer->message ? answer->message : ""),
        .details = answer->details,
        .body = answer->body,
        .retry_after_s = (answer->retry_after_ms + 999) / 1000,
    };

    assert(r->held);
    r->held = false;
    if (!r->connection) {
        destroy(r);
    } else if (r->state == REQUEST_ANSWERED) {
        return; /* its deadline had passed: the codec still has it */
    } else if (answers_as_grpc(r)) {
        response.type = grpc_type_name;
        respond(r, &response);
    } else if (answer->code == GRPC_OK) {
        response.type = type_names[r->type];
        respond(r, &response);
    } else {
        response.status = grpc_code_to_http(answer->code);
        respond_http_error(r, &response, false, answer->body);
    }
}

enum content_type request_type(const struct request *r)
{
    return r->grpc ? CONTENT_PROTOBUF : r->type;
}

bool request_is_grpc(const struct request *r)
{
    return r->grpc;
}

const char *request_peer(const struct request *r)
{
    return r->connection ? r->connection->peer : "a client that has gone";
}

/* ---- the head ---- */

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

/* The path of "/path?query" or of "http://host/path?query". RFC 9112 3.2 */
static struct str target_path(struct str target)
{
    struct str path = target;
    const char *query, *host;

    if (path.len > 0 && path.at[0] != '/' && (host = memmem(path.at, path.len, "://", 3))) {
        const char *end = path.at + path.len;
        const char *slash = memchr(host + 3, '/', (size_t)(end - host - 3));

        path = slash ? (struct str){slash, (size_t)(end - slash)} : STR("/");
    }
    query = memchr(path.at, '?', path.len);
    if (query)
        path.len = (size_t)(query - path.at);
    return path;
}

void request_target(struct request *r, struct str target)
{
    const struct route *route;
    struct str path;

    if (target.len == 0)
        return;
    path = target_path(target);
    keep_text(&r->path, path);
    for (route = r->connection->server->settings.routes; route->path; route++)
        if (str_is(path, route->path))
            r->route = route;
}

static void on_content_type(struct request *r, struct str value)
{
    static const struct {
        struct str name;
        enum content_type type;
    } names[] = {{{"application/x-protobuf", 22}, CONTENT_PROTOBUF},
                 {{"application/protobuf", 20}, CONTENT_PROTOBUF},
                 {{"application/json", 16}, CONTENT_JSON}};
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
}

static void on_grpc_encoding(struct request *r, struct str value)
{
    r->grpc_encoding = encoding_of(value);
}

static void on_grpc_timeout(struct request *r, struct str value)
{
    if (!grpc_timeout_parse(value, &r->timeout_ms) && r->refusal == REFUSED_NONE)
        r->refusal = REFUSED_TIMEOUT_FIELD;
}

static void on_content_length(struct request *r, struct str value)
{
    if (!str_to_uint(value, UINT64_MAX - 1, &r->content_length))
        r->refusal = REFUSED_SYNTAX;
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
    };

    r->fields++;
    r->field_bytes += name.len + value.len + FIELD_OVERHEAD;
    if (r->fields > FIELDS_MAX || name.len + value.len > FIELD_BYTES_MAX ||
        r->field_bytes > ALL_FIELDS_BYTES_MAX) {
        r->refusal = REFUSED_FIELDS;
        return;
    }
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        if (str_eq_nocase(name, known[i].name)) {
            known[i].take(r, value);
            return;
        }
    }
}

static size_t max_message(const struct request *r)
{
    const struct server_settings *settings = &r->connection->server->settings;

    return r->grpc ? settings->max_message_grpc : settings->max_message_http;
}

static enum encoding body_encoding(const struct request *r)
{
    return r->grpc ? r->grpc_encoding : r->content_encoding;
}

/* Where to send what came to a gRPC method in another way; "" where there is no such place. */
static const char *http_path(const struct request *r)
{
    const struct route *route = r->connection->server->settings.routes;

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

/* A type that the route does not take. */
static enum refusal wrong_type(const struct request *r, char message[MESSAGE_SIZE])
{
    const struct route *route = r->route;

    if (route->grpc)
        snprintf(message, MESSAGE_SIZE,
                 "this path speaks gRPC (content-type: application/grpc); without gRPC, POST to %s",
                 http_path(r));
    else if (r->grpc)
        snprintf(message, MESSAGE_SIZE,
                 "this path does not speak gRPC: call a gRPC method, or send %s",
                 type_names[CONTENT_PROTOBUF]);
    else
        snprintf(message, MESSAGE_SIZE, "unsupported media type, supported: [%s%s%s]",
                 route->types & 1U << CONTENT_PROTOBUF ? type_names[CONTENT_PROTOBUF] : "",
                 route->types == (1U << CONTENT_PROTOBUF | 1U << CONTENT_JSON) ? ", " : "",
                 route->types & 1U << CONTENT_JSON ? type_names[CONTENT_JSON] : "");
    return REFUSED_TYPE;
}

static enum refusal old_http(const struct request *r, char message[MESSAGE_SIZE])
{
    snprintf(message, MESSAGE_SIZE, "gRPC needs HTTP/2; over HTTP/1.1, POST to %s", http_path(r));
    return REFUSED_OLD_HTTP;
}

/* Looks for a reason to refuse, from the most general to the most special. */
static enum refusal judge_head(const struct request *r, char message[MESSAGE_SIZE])
{
    const struct route *route = r->route;

    if (r->refusal != REFUSED_NONE)
        return r->refusal;
    if (!r->http2 && (r->grpc || (route && route->grpc)))
        return old_http(r, message);
    if (!route)
        return unknown_path(r, message);
    if (!r->post)
        return REFUSED_METHOD;
    if (r->grpc != route->grpc || (!r->grpc && !(r->type_known && route->types & 1U << r->type)))
        return wrong_type(r, message);
    if (body_encoding(r) == ENCODING_UNKNOWN)
        return REFUSED_ENCODING;
    if (!r->grpc && r->content_length != UINT64_MAX && r->content_length > max_message(r))
        return REFUSED_SIZE;
    return REFUSED_NONE;
}

void request_head_end(struct request *r)
{
    char message[MESSAGE_SIZE] = "";
    enum refusal refusal = judge_head(r, message);

    r->connection->server->counts.requests++;
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

/* ---- the body ---- */

static void refuse_size(struct request *r, uint64_t size)
{
    char message[MESSAGE_SIZE];

    snprintf(message, sizeof(message), "received message larger than max (%llu vs. %zu)",
             (unsigned long long)size, max_message(r));
    request_refuse(r, REFUSED_SIZE, r->grpc ? message : NULL);
}

/* The prefix of a gRPC message has come. */
static void begin_message(struct request *r)
{
    uint32_t length = grpc_prefix_length(&r->prefix);

    if (grpc_prefix_flag(&r->prefix) > 1)
        request_refuse(r, REFUSED_FLAG, NULL);
    else if (grpc_prefix_flag(&r->prefix) == 1 && r->grpc_encoding == ENCODING_IDENTITY)
        request_refuse(r, REFUSED_UNANNOUNCED, NULL);
    else if (length > max_message(r))
        refuse_size(r, length);
    else if (body_announce(&r->body, length) != BODY_OK)
        request_refuse(r, REFUSED_NO_ROOM, NULL);
}

static void append(struct request *r, const char *at, size_t len)
{
    switch (body_append(&r->body, at, len, max_message(r))) {
    case BODY_OK:
        break;
    case BODY_TOO_LARGE:
        refuse_size(r, r->received);
        break;
    case BODY_NO_ROOM:
        request_refuse(r, REFUSED_NO_ROOM, NULL);
        break;
    }
}

static void take_grpc(struct request *r, const char *at, size_t len)
{
    if (!grpc_prefix_complete(&r->prefix)) {
        size_t used = grpc_prefix_feed(&r->prefix, at, len);

        at += used;
        len -= used;
        if (!grpc_prefix_complete(&r->prefix))
            return;
        begin_message(r);
    }
    if (len == 0 || r->state != REQUEST_BODY)
        return;
    if (len > grpc_prefix_length(&r->prefix) - r->body.bytes->len)
        request_refuse(r, REFUSED_SECOND_MESSAGE, NULL);
    else
        append(r, at, len);
}

void request_body(struct request *r, const char *at, size_t len)
{
    r->received += len;
    r->heard_ms = r->connection->now_ms;
    if (r->state != REQUEST_BODY)
        return;
    if (r->grpc)
        take_grpc(r, at, len);
    else
        append(r, at, len);
}

/* What is wrong with a gRPC body that ends now. */
static enum refusal judge_grpc_end(const struct request *r)
{
    if (r->prefix.have == 0)
        return REFUSED_NO_MESSAGE;
    if (!grpc_prefix_complete(&r->prefix) || r->body.bytes->len < grpc_prefix_length(&r->prefix))
        return REFUSED_TORN;
    return REFUSED_NONE;
}

/* Turns the body into the message. */
static enum refusal decode(struct request *r, struct bytes **message)
{
    static const enum refusal refusals[] = {
        [DECODE_OK] = REFUSED_NONE,
        [DECODE_MALFORMED] = REFUSED_BROKEN,
        [DECODE_TOO_LARGE] = REFUSED_DECODED_SIZE,
        [DECODE_NO_ROOM] = REFUSED_NO_ROOM,
    };
    bool compressed =
        r->grpc ? grpc_prefix_flag(&r->prefix) == 1 : r->content_encoding != ENCODING_IDENTITY;
    struct bytes *body = body_take(&r->body);
    enum decode_verdict verdict;

    if (!body)
        return REFUSED_NO_ROOM;
    if (!compressed) {
        *message = body;
        return REFUSED_NONE;
    }
    verdict = encoding_decode(body_encoding(r), bytes_str(body), max_message(r), message);
    bytes_unref(body);
    return refusals[verdict];
}

void request_end(struct request *r)
{
    enum refusal refusal = REFUSED_NONE;
    struct bytes *message = NULL;

    r->complete = true;
    if (r->state != REQUEST_BODY)
        return;
    if (r->grpc)
        refusal = judge_grpc_end(r);
    if (refusal == REFUSED_NONE)
        refusal = decode(r, &message);
    if (refusal != REFUSED_NONE) {
        request_refuse(r, refusal, NULL);
        return;
    }
    r->state = REQUEST_HANDLED;
    r->held = true;
    r->route->handler(r->route->arg, r, message);
}

void request_sweep(struct request *r, uint64_t now_ms)
{
    if (r->state == REQUEST_ANSWERED)
        return;
    if (now_ms >= r->due_ms) {
        request_refuse(r, REFUSED_DEADLINE, NULL);
        return;
    }
    if (r->state != REQUEST_BODY)
        return;
    if (now_ms - r->heard_ms >= PAUSE_MS) {
        request_refuse(r, REFUSED_SLOW, "nothing of the request's body came for 30 seconds");
    } else if (now_ms - r->measured_ms >= RATE_PERIOD_MS) {
        if (r->received - r->measured_bytes < RATE_BYTES)
            request_refuse(r, REFUSED_SLOW, "the request's body came at less than 1 KiB/s");
        r->measured_ms = now_ms;
        r->measured_bytes = r->received;
    }
}
