/*
 * HTTP/1.1 through llhttp: text to requests, one at a time, and answers to text. RFC 9112.
 *
 *     head, whole -> checks of http1_head.c -> llhttp -> request -> body through llhttp -> answer
 *       ^                                                                               |
 *       '---------------- what came meanwhile is kept, reading is paused <--------------'
 *
 * A head is parsed in one piece, so that no field is ever cut. llhttp is only told of one message
 * at a time.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "net/connection.h"
#include "net/http1_head.h"
#include "net/http1_message.h"
#include "net/request.h"
#include "net/server_priv.h"

enum {
    REQUESTS_MAX = 10000,  /* on one connection */
    DISCARD_MAX = 1 << 20, /* of the body of a refused request; else the connection ends */
    IDLE_MS = 60000,
    LEAVING_MS = 200, /* idle, when draining: a request that is on its way is still answered */
    DISCARD_MS = 30000
};

struct session {
    struct connection *connection;
    struct request *request;      /* the one that is being read or answered; NULL between two */
    struct http1_message message; /* ... as it comes */
    struct body part;             /* of a head that is not complete */
    struct body kept;             /* what came while paused, not looked at yet */
    struct buf out;
    uint64_t since_ms; /* the first byte of a head, or the end of the request before */
    unsigned count;    /* requests so far */
    bool last;         /* no further request is wanted */
};

/* ---- answers ---- */

static const char *usual_reason(unsigned status)
{
    static const struct {
        unsigned status;
        const char *phrase;
    } reasons[] = {
        {200, "OK"},
        {202, "Accepted"},
        {204, "No Content"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {417, "Expectation Failed"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"},
    };

    for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
        if (reasons[i].status == status)
            return reasons[i].phrase;
    return "Unknown";
}

/* Whether the connection ends with the answer. */
static bool is_last(const struct session *s, const struct request *r,
                    const struct response *response)
{
    bool far = !r->complete && (r->content_length > DISCARD_MAX || s->message.expects);

    return s->last || s->connection->server->settings.http1_closes || !s->message.keep_alive ||
           response->closes || s->count >= REQUESTS_MAX || far;
}

static void http1_respond(struct request *r, const struct response *response)
{
    struct session *s = r->connection->session;
    struct buf *out = &s->out;

    buf_printf(out, "HTTP/1.1 %u %s\r\n", response->status,
               response->reason ? response->reason : usual_reason(response->status));
    if (response->type)
        buf_printf(out, "Content-Type: %s\r\nContent-Length: %zu\r\n", response->type,
                   response->body.len);
    if (response->retry_after_s > 0)
        buf_printf(out, "Retry-After: %u\r\n", response->retry_after_s);
    if (response->allow)
        buf_printf(out, "Allow: %s\r\n", response->allow);
    if (response->accept_encoding)
        buf_printf(out, "Accept-Encoding: %s\r\n", response->accept_encoding);
    for (size_t i = 0; i < response->fields.count; i++)
        buf_printf(out, "%.*s: %.*s\r\n", STR_ARG(response->fields.at[i].name),
                   STR_ARG(response->fields.at[i].value));
    if (is_last(s, r, response)) {
        buf_append_str(out, STR("Connection: close\r\n"));
        connection_end(s->connection);
    } else if (s->message.old) {
        buf_append_str(out, STR("Connection: keep-alive\r\n"));
    }
    buf_append_str(out, STR("\r\n"));
    if (!r->head_only)
        buf_append_str(out, response->body);
    s->connection->paused = false;
}

/* ---- requests ---- */

/* Asks for the body, where the client waits for that. */
static void invite(struct session *s)
{
    if (s->message.expects && s->request->state == REQUEST_BODY &&
        s->request->refusal == REFUSED_NONE)
        buf_append_str(&s->out, STR("HTTP/1.1 100 Continue\r\n\r\n"));
}

static void http1_go_on(struct request *r)
{
    r->connection->paused = false;
    invite(r->connection->session);
}

/* The request is read and answered: the next one may come. */
static void finish(struct session *s)
{
    request_release(s->request);
    s->request = NULL;
    s->since_ms = s->connection->now_ms;
}

/* The message has come to its end. */
static void end_request(struct session *s)
{
    request_end(s->request);
    if (s->request->state == REQUEST_ANSWERED)
        finish(s);
    else
        s->connection->paused = true;
}

static void new_request(struct session *s)
{
    s->request = request_new(s->connection, false);
    s->count++;
    http1_message_begin(&s->message, s->request);
}

/* Refuses a request whose head is not right or never came; the connection ends with that. */
static void refuse_head(struct session *s, enum refusal refusal, const char *message)
{
    s->last = true;
    request_refuse(s->request, refusal, message);
}

static void begin_request(struct session *s, struct str head)
{
    enum refusal refusal;

    new_request(s);
    refusal =
        http1_message_head(&s->message, head, s->connection->server->settings.max_header_list);
    if (refusal != REFUSED_NONE) {
        refuse_head(s, refusal, NULL);
        return;
    }
    s->request->complete = s->message.whole;
    request_head_end(s->request);
    if (s->message.whole)
        end_request(s);
    else if (request_waits(s->request))
        s->connection->paused = true;
    else
        invite(s);
}

/* ---- input: both return how many bytes they have taken ---- */

static size_t take_head(struct session *s, const char *at, size_t len)
{
    struct str part = s->part.bytes ? bytes_str(s->part.bytes) : (struct str){at, 0};
    size_t before = part.len;
    size_t max_fields = s->connection->server->settings.max_header_list;
    size_t max = HTTP1_LINE_MAX + max_fields;
    size_t room = max - before;
    size_t used = len < room ? len : room;
    struct str text = {at, used};
    size_t end;

    if (before == 0)
        s->since_ms = s->connection->now_ms;
    end = before == 0 ? http1_head_end(text, 0) : 0;
    if (end == 0) { /* the end is not here: it is put together */
        if (body_append(&s->part, at, used, max) != BODY_OK) {
            new_request(s);
            refuse_head(s, REFUSED_NO_ROOM, NULL);
            return len;
        }
        text = bytes_str(s->part.bytes);
        end = http1_head_end(text, before);
    }
    if (end > 0) {
        struct bytes *whole = s->part.bytes ? body_take(&s->part) : NULL;

        begin_request(s, (struct str){text.at, end});
        bytes_unref(whole);
        return end - before;
    }
    if (http1_head_unfinished(text, max_fields) != REFUSED_NONE) {
        new_request(s);
        refuse_head(s, http1_head_unfinished(text, max_fields), NULL);
    }
    return used;
}

static void break_off(struct session *s)
{
    if (s->request->state == REQUEST_BODY)
        refuse_head(s, REFUSED_SYNTAX, "malformed request body");
    connection_end(s->connection);
}

static size_t take_body(struct session *s, const char *at, size_t len)
{
    size_t used = len;

    if (!http1_message_body(&s->message, (struct str){at, len}, &used))
        break_off(s);
    else if (s->message.whole)
        end_request(s);
    return used;
}

/* Takes bytes until they are all read, or answers have to be waited for. Returns what is left. */
static struct str take(struct session *s, struct str input)
{
    struct connection *c = s->connection;

    while (input.len > 0 && c->state == CONNECTION_OPEN && !c->paused) {
        size_t used =
            s->request ? take_body(s, input.at, input.len) : take_head(s, input.at, input.len);

        input.at += used;
        input.len -= used;
        if (s->out.len >= c->server->settings.write_buffer)
            c->paused = true;
    }
    return input;
}

/* Keeps what cannot be read yet. */
static void keep(struct session *s, struct str input)
{
    if (s->connection->state == CONNECTION_OPEN && input.len > 0 &&
        body_append(&s->kept, input.at, input.len, s->connection->server->settings.read_buffer) !=
            BODY_OK)
        connection_end(s->connection);
}

static void http1_feed(struct connection *c, const char *at, size_t len)
{
    struct session *s = c->session;

    if (s->request && s->request->complete && s->request->state == REQUEST_ANSWERED)
        finish(s);
    if (s->kept.bytes) {
        struct bytes *kept = body_take(&s->kept);

        keep(s, take(s, bytes_str(kept)));
        bytes_unref(kept);
    }
    keep(s, take(s, (struct str){at, len}));
}

static void http1_output(struct connection *c, struct buf *out)
{
    struct session *s = c->session;

    if (s->out.len == 0)
        return;
    buf_append_str(out, buf_str(&s->out));
    buf_done(&s->out);
    c->paused = s->request && request_waits(s->request);
}

/* ---- the session ---- */

static void *http1_start(struct connection *c)
{
    struct session *s = mem_zero(sizeof(*s));

    s->connection = c;
    s->since_ms = c->now_ms;
    return s;
}

static void http1_drain(struct connection *c)
{
    struct session *s = c->session;

    s->last = true;
    if (!s->request && !s->part.bytes)
        s->since_ms = c->now_ms;
}

static void http1_sweep(struct connection *c)
{
    const struct server_settings *settings = &c->server->settings;
    uint64_t idle_ms = settings->http1_idle_ms > 0 ? settings->http1_idle_ms : IDLE_MS;
    struct session *s = c->session;
    struct request *r = s->request;

    if (s->last && idle_ms > LEAVING_MS)
        idle_ms = LEAVING_MS;
    if (r) {
        if (r->state == REQUEST_ANSWERED && !r->complete &&
            c->now_ms - r->answered_ms >= DISCARD_MS)
            connection_end(c);
    } else if (s->part.bytes) {
        if (c->now_ms - s->since_ms >= settings->header_timeout_ms) {
            new_request(s);
            refuse_head(s, REFUSED_SLOW, "the head of the request did not come in time");
        }
    } else if (!s->kept.bytes && c->now_ms - s->since_ms >= idle_ms) {
        connection_end(c);
    }
}

static void http1_stop(struct connection *c)
{
    struct session *s = c->session;

    body_done(&s->part);
    body_done(&s->kept);
    buf_done(&s->out);
    free(s);
}

const struct codec http1_codec = {
    .start = http1_start,
    .feed = http1_feed,
    .output = http1_output,
    .sweep = http1_sweep,
    .drain = http1_drain,
    .respond = http1_respond,
    .go_on = http1_go_on,
    .stop = http1_stop,
};
