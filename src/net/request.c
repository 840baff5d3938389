/*
 * A request's life: its body, the handler, the time that it may take.
 */
#include "net/request.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/budget.h"
#include "base/mem.h"
#include "net/connection.h"
#include "net/server_priv.h"

enum {
    PAUSE_MS = 30000,
    RATE_PERIOD_MS = 60000,
    RATE_BYTES = 60 << 10, /* in that period: 1 KiB/s */
    MESSAGE_SIZE = 256
};

struct request *request_new(struct connection *c, bool http2)
{
    struct request *r = mem_zero(sizeof(*r));

    r->connection = c;
    r->body.held = &c->unfinished;
    r->http2 = http2;
    r->type = CONTENT_TEXT;
    r->content_length = r->timeout_ms = r->due_ms = UINT64_MAX;
    r->begun_ms = r->heard_ms = r->measured_ms = c->now_ms;
    list_push_back(&c->requests, &r->node);
    return r;
}

void request_drop_metadata(struct request *r)
{
    bytes_unref(r->metadata);
    r->metadata = NULL;
}

void request_destroy(struct request *r)
{
    body_done(&r->body);
    budget_release(r->counted);
    buf_done(&r->target);
    buf_done(&r->origin);
    buf_done(&r->asked_method);
    buf_done(&r->asked_headers);
    request_drop_metadata(r);
    buf_done(&r->answer);
    free(r);
}

void request_release(struct request *r)
{
    if (r->begun_ns > 0 && r->state != REQUEST_ANSWERED)
        request_measure_lost(r);
    list_remove(&r->node);
    body_done(&r->body);
    r->body.held = NULL;
    r->connection = NULL;
    if (!r->held)
        request_destroy(r);
}

enum content_type request_type(const struct request *r)
{
    return r->grpc ? CONTENT_PROTOBUF : r->type;
}

bool request_is_grpc(const struct request *r)
{
    return r->grpc;
}

struct bytes *request_metadata(const struct request *r)
{
    return r->metadata;
}

const char *request_peer(const struct request *r)
{
    return r->connection ? r->connection->peer : "a client that has gone";
}

struct str request_path(const struct request *r)
{
    return (struct str){r->target.at, r->target_path};
}

struct str request_query(const struct request *r)
{
    size_t behind = r->target_path + 1;

    if (r->target.len <= behind)
        return (struct str){0};
    return (struct str){r->target.at + behind, r->target.len - behind};
}

size_t request_max_message(const struct request *r)
{
    const struct server_settings *settings = &r->connection->server->settings;
    size_t most = r->grpc ? settings->max_message_grpc : settings->max_message_http;

    return most < budget_limit() ? most : budget_limit(); /* more could never be taken */
}

enum encoding request_encoding(const struct request *r)
{
    return r->grpc ? r->grpc_encoding : r->content_encoding;
}

void request_encodings(const struct request *r, char list[ENCODING_LIST_SIZE])
{
    encoding_list(r->grpc ? 0 : r->connection->server->settings.encodings, list);
}

static void refuse_size(struct request *r, uint64_t size)
{
    char message[MESSAGE_SIZE];

    snprintf(message, sizeof(message), "received message larger than max (%llu vs. %zu)",
             (unsigned long long)size, request_max_message(r));
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
    else if (length > request_max_message(r))
        refuse_size(r, length);
    else if (body_announce(&r->body, length) != BODY_OK)
        request_refuse(r, REFUSED_NO_ROOM, NULL);
}

static void append(struct request *r, const char *at, size_t len)
{
    switch (body_append(&r->body, at, len, request_max_message(r))) {
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

/* Turns the body into the message; of a GET there is none, so that it takes no memory. */
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
    enum decode_verdict verdict;
    struct bytes *body;

    if (r->route->get) {
        body_done(&r->body);
        return REFUSED_NONE;
    }
    body = body_take(&r->body);
    if (!body)
        return REFUSED_NO_ROOM;
    if (!compressed) {
        *message = body;
        return REFUSED_NONE;
    }
    verdict =
        encoding_decode(request_encoding(r), bytes_str(body), request_max_message(r), message);
    bytes_unref(body);
    return refusals[verdict];
}

/* All has come, and the client may send it. */
static void hand_over(struct request *r)
{
    enum refusal refusal = REFUSED_NONE;
    struct bytes *message = NULL;

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

void request_end(struct request *r)
{
    r->complete = true;
    if (r->state != REQUEST_BODY)
        return;
    if (r->judging)
        r->state = REQUEST_HANDLED;
    else
        hand_over(r);
}

/* Carries out what was found, where the head is complete. */
static void follow_verdict(struct request *r)
{
    struct connection *c = r->connection;

    if (r->state == REQUEST_BODY)
        c->codec->go_on(r);
    if (r->refusal != REFUSED_NONE)
        request_refuse(r, r->refusal, NULL);
    else if (r->state == REQUEST_HANDLED)
        hand_over(r);
    else
        connection_wake(c);
}

void request_judge(struct request *r, enum credentials verdict)
{
    assert(r->held && r->judging && verdict != CREDENTIALS_LATER);
    r->held = r->judging = false;
    r->authenticated = verdict == CREDENTIALS_RIGHT;
    if (!r->connection) {
        request_destroy(r);
        return;
    }
    if (r->state == REQUEST_ANSWERED)
        return; /* its deadline had passed: the codec still has it */
    r->heard_ms = r->connection->now_ms;
    if (verdict != CREDENTIALS_RIGHT)
        r->refusal = verdict == CREDENTIALS_BUSY ? REFUSED_UNCHECKED : REFUSED_UNAUTHENTICATED;
    if (r->state != REQUEST_HEAD)
        follow_verdict(r);
}

static bool takes_too_long(const struct request *r, uint64_t now_ms)
{
    uint64_t timeout_ms = r->connection->server->settings.http_read_timeout_ms;

    return !r->grpc && timeout_ms > 0 && now_ms - r->begun_ms >= timeout_ms;
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
    if (takes_too_long(r, now_ms)) {
        request_refuse(r, REFUSED_SLOW, "the request did not come in the time of read_timeout");
    } else if (now_ms - r->heard_ms >= PAUSE_MS) {
        request_refuse(r, REFUSED_SLOW, "nothing of the request's body came for 30 seconds");
    } else if (now_ms - r->measured_ms >= RATE_PERIOD_MS) {
        if (r->received - r->measured_bytes < RATE_BYTES)
            request_refuse(r, REFUSED_SLOW, "the request's body came at less than 1 KiB/s");
        r->measured_ms = now_ms;
        r->measured_bytes = r->received;
    }
}
