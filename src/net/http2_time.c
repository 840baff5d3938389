/*
 * What becomes of an HTTP/2 connection as time goes by: PING, GOAWAY, the end.
 */
#include "net/http2_priv.h"
#include "net/request.h"
#include "net/server_priv.h"

enum {
    IDLE_MS = 600000,
    PREFACE_MS = 10000,
    REST_MS = 30000, /* of a request that is answered already */
    NOTICE_MS = 1000 /* from the notice of a GOAWAY to the GOAWAY itself */
};

/* The first of two GOAWAYs: new streams are still taken for a moment. RFC 9113 6.8 */
static void begin_leaving(struct session *s)
{
    if (s->leaving != STAYING)
        return;
    nghttp2_submit_shutdown_notice(s->h2);
    s->leaving = NOTIFIED;
    s->leaving_since_ms = s->connection->now_ms;
}

static void leave(struct session *s)
{
    nghttp2_submit_goaway(s->h2, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(s->h2),
                          NGHTTP2_NO_ERROR, NULL, 0);
    s->leaving = LEFT;
}

void http2_drain(struct connection *c)
{
    struct session *s = c->session;

    begin_leaving(s);
    if (s->streams == 0)
        leave(s);
}

/* Ends streams whose answer waits for window, or whose request goes on behind its answer. */
static void sweep_streams(struct session *s, uint64_t now_ms)
{
    uint64_t write_timeout_ms = s->connection->server->settings.write_timeout_ms;
    struct list *node;

    for (node = s->connection->requests.next; node != &s->connection->requests; node = node->next) {
        struct request *r = LIST_ENTRY(node, struct request, node);

        if (r->state != REQUEST_ANSWERED ||
            now_ms - r->answered_ms < (r->sent ? REST_MS : write_timeout_ms))
            continue;
        nghttp2_submit_rst_stream(s->h2, NGHTTP2_FLAG_NONE, r->stream_id, NGHTTP2_CANCEL);
        r->answered_ms = now_ms;
    }
}

/* PINGs a silent peer; one that does not answer is gone. */
static void sweep_silence(struct session *s, uint64_t now_ms)
{
    const struct server_settings *settings = &s->connection->server->settings;

    if (s->ping_sent_ms > 0) {
        if (s->connection->heard_ms > s->ping_sent_ms)
            s->ping_sent_ms = 0;
        else if (now_ms - s->ping_sent_ms >= settings->ping_timeout_ms)
            connection_end(s->connection);
    } else if (now_ms - s->connection->heard_ms >= settings->ping_after_ms) {
        nghttp2_submit_ping(s->h2, NGHTTP2_FLAG_NONE, NULL);
        s->ping_sent_ms = now_ms;
    }
}

/* Ends connections that are idle, old, or told to leave. */
static void sweep_age(struct session *s, uint64_t now_ms)
{
    const struct server_settings *settings = &s->connection->server->settings;
    uint64_t idle_ms = settings->http2_idle_ms > 0 ? settings->http2_idle_ms : IDLE_MS;
    uint64_t age_ms = now_ms - s->connection->opened_ms;

    if (s->streams == 0 && now_ms - s->idle_since_ms >= idle_ms)
        begin_leaving(s);
    if (settings->max_connection_age_ms > 0 && age_ms >= settings->max_connection_age_ms) {
        begin_leaving(s);
        if (settings->max_connection_age_grace_ms > 0 &&
            age_ms - settings->max_connection_age_ms >= settings->max_connection_age_grace_ms)
            connection_end(s->connection);
    }
    if (s->leaving == NOTIFIED && now_ms - s->leaving_since_ms >= NOTICE_MS)
        leave(s);
}

void http2_sweep(struct connection *c)
{
    struct session *s = c->session;

    if (!s->settled && c->now_ms - c->opened_ms >= PREFACE_MS)
        http2_terminate(s, NGHTTP2_SETTINGS_TIMEOUT);
    if (s->headers_since_ms > 0 &&
        c->now_ms - s->headers_since_ms >= c->server->settings.header_timeout_ms)
        http2_terminate(s, NGHTTP2_ENHANCE_YOUR_CALM);
    sweep_streams(s, c->now_ms);
    sweep_silence(s, c->now_ms);
    sweep_age(s, c->now_ms);
}
