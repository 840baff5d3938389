/*
 * Answers and refusals, in the words of the protocol that the request came in.
 */
#include <assert.h>
#include <stdio.h>

#include "base/log.h"
#include "net/clients.h"
#include "net/connection.h"
#include "net/cors.h"
#include "net/refused.h"
#include "net/request.h"
#include "net/server_priv.h"

static const char *const type_names[] = {
    [CONTENT_PROTOBUF] = "application/x-protobuf",
    [CONTENT_JSON] = "application/json",
    [CONTENT_THRIFT] = "application/x-thrift",
    [CONTENT_TEXT] = "text/plain; charset=utf-8",
};

const char *content_type_name(enum content_type type)
{
    return type_names[type];
}

const char *request_methods(const struct request *request)
{
    return request->route && request->route->get ? "GET, HEAD" : "POST";
}

enum { FIELD_LIMITS_SIZE = 128 };

static const char grpc_type_name[] = "application/grpc";

static void respond(struct request *r, struct response *response)
{
    struct connection *c = r->connection;

    response->request = r;
    r->state = REQUEST_ANSWERED;
    r->answered_ms = c->now_ms;
    if (r->begun_ns > 0)
        request_measure(r, response);
    body_done(&r->body);
    request_drop_metadata(r);
    c->codec->respond(r, response);
    connection_wake(c); /* r may be gone after this */
}

/* Answers over HTTP, with the fields that the settings ask for. */
static void respond_http(struct request *r, struct response *response)
{
    const struct server_settings *settings = &r->connection->server->settings;

    for (size_t i = 0; settings->response_headers && i < settings->response_headers->count; i++)
        answer_fields_add(&response->fields, settings->response_headers->at[i].name,
                          str_of(settings->response_headers->at[i].value));
    if (settings->cors && response->type)
        cors_answer(settings->cors, buf_str(&r->origin), &response->fields);
    respond(r, response);
}

void request_note(const struct request *r, const char *why)
{
    char what[2 * REQUEST_TEXT_MAX] = "a request";

    if (!r->connection)
        return;
    if (r->method.len > 0)
        snprintf(what, sizeof(what), "%.*s %.*s", (int)r->method.len, r->method.at,
                 (int)r->path.len, r->path.at);
    refused_add(r->connection->server->settings.where, r->connection->peer, what,
                client_agent(r->connection->client), why);
}

/* reason: a constant. */
static void note_refusal(struct request *r, const char *reason, const char *message)
{
    struct server *server = r->connection->server;

    server_metrics_refuse(&server->metrics, reason);
    request_note(r, message);
    log_limited(&server->refused_log, LOG_WARN, server->settings.where,
                "refused %.*s %.*s from %s (content-type \"%.*s\"): %s", (int)r->method.len,
                r->method.at, (int)r->path.len, r->path.at, r->connection->peer,
                (int)r->type_text.len, r->type_text.at, message);
}

/* The answer says no by what it leaves out, and only the browser reads it: the log says why. */
void request_preflight(struct request *r)
{
    const struct cors_question question = {
        .origin = buf_str(&r->origin),
        .method = buf_str(&r->asked_method),
        .headers = buf_str(&r->asked_headers),
        .taken = r->route && r->route->get ? "GET" : "POST",
    };
    struct response response = {.status = 204};
    char why[CORS_WHY_SIZE];

    if (!cors_preflight(r->connection->server->settings.cors, &question, &response.fields, why))
        note_refusal(r, "cors", why);
    respond_http(r, &response);
}

/* body: the error's own where it has one. */
static void respond_http_error(struct request *r, struct response *response, bool plain,
                               struct str body)
{
    const struct server_settings *settings = &r->connection->server->settings;
    struct buf text = {0};
    bool typed = !plain && r->type_known && r->type != CONTENT_THRIFT;

    response->type = content_type_name(typed ? r->type : CONTENT_TEXT);
    if (typed && settings->status_body && body.len == 0) {
        const char *message = response->message.at; /* made from a C string */

        settings->status_body(&text, r->type, response->code, message);
        body = buf_str(&text);
    } else if (!typed || body.len == 0) {
        buf_append_str(&text, response->message);
        buf_append_char(&text, '\n');
        response->type = content_type_name(CONTENT_TEXT);
        body = buf_str(&text);
    }
    response->body = body;
    respond_http(r, response);
    buf_done(&text);
}

static const char *describe_field_limits(const struct request *r, char text[FIELD_LIMITS_SIZE])
{
    size_t max = r->connection->server->settings.max_header_list;

    snprintf(text, FIELD_LIMITS_SIZE,
             "header fields too large: at most %d fields, %zu bytes each, %zu bytes together",
             REQUEST_FIELDS_MAX, max / 2, max);
    return text;
}

void request_refuse(struct request *r, enum refusal refusal, const char *message)
{
    char encodings[ENCODING_LIST_SIZE], limits[FIELD_LIMITS_SIZE];
    const struct refusal_words *words = refusal_words(refusal);
    bool grpc = request_answers_as_grpc(r);
    struct response response = {
        .status = grpc ? words->grpc_http : words->http,
        .code = grpc ? words->grpc_code : words->http_code,
        .retry_after_s = words->retry_after_s,
        .allow = refusal == REFUSED_METHOD ? request_methods(r) : NULL,
        .closes = words->closes,
    };
    struct buf details = {0};

    assert(r->state != REQUEST_ANSWERED);
    if (!message && refusal == REFUSED_FIELDS)
        message = describe_field_limits(r, limits);
    response.message = str_of(message ? message : words->message);
    if (refusal == REFUSED_PATH)
        response.reason = message; /* of the answer, many SDKs show the status line only */
    if (refusal == REFUSED_ENCODING) {
        request_encodings(r, encodings);
        response.accept_encoding = encodings;
    }
    if (!r->streams) /* else it was told something already, and its time is over */
        note_refusal(r, words->reason, response.message.at);
    if (!grpc) {
        if (refusal == REFUSED_UNAUTHENTICATED)
            answer_fields_add(&response.fields, "www-authenticate",
                              str_of(r->connection->server->settings.auth.challenge));
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

bool request_is_over(const struct request *r)
{
    return !r->connection || r->state == REQUEST_ANSWERED;
}

bool request_send(struct request *r, struct str message)
{
    struct connection *c = r->connection;

    assert(r->held);
    if (request_is_over(r) || !request_answers_as_grpc(r))
        return false;
    c->codec->send(r, message);
    connection_wake(c);
    return true;
}

/* A handler does not take it, or ends its stream. */
static void note_error(struct request *r, enum grpc_code code, const char *message)
{
    if (!r->route->get)
        request_note(r, message);
    if (!r->streams)
        server_metrics_refuse(&r->connection->server->metrics, grpc_code_name(code));
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
    if (answer->code != GRPC_OK && !request_is_over(r)) /* else the route may be gone, too */
        note_error(r, answer->code, response.message.at);
    if (!r->connection) {
        request_destroy(r);
    } else if (r->state == REQUEST_ANSWERED) {
        return; /* its deadline had passed: the codec still has it */
    } else if (request_answers_as_grpc(r)) {
        response.type = grpc_type_name;
        respond(r, &response);
    } else if (answer->code == GRPC_OK) {
        response.status = answer->status > 0 ? answer->status : 200;
        response.type = answer->type         ? answer->type
                        : answer->status > 0 ? content_type_name(CONTENT_TEXT)
                                             : content_type_name(r->type);
        if (answer->encoding)
            answer_fields_add(&response.fields, "content-encoding", str_of(answer->encoding));
        if (answer->disposition)
            answer_fields_add(&response.fields, "content-disposition", str_of(answer->disposition));
        respond_http(r, &response);
    } else {
        response.status = grpc_code_to_http(answer->code);
        respond_http_error(r, &response, false, answer->body);
    }
}
