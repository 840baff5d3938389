/*
 * HTTP/2 through nghttp2: frames to requests and answers to frames. RFC 9113.
 *
 * Windows are ours: a stream's grows to the length that its message announces, and the peer is told
 * when half of a window is used up. What a peer may do only so often is counted in http2_limits.h.
 */
#include "net/http2.h"

#include <nghttp2/nghttp2.h>
#include <stdlib.h>

#include "base/budget.h"
#include "base/mem.h"
#include "net/connection.h"
#include "net/http2_priv.h"
#include "net/request.h"
#include "net/server_priv.h"

enum {
    STREAM_WINDOW = 256 << 10,
    CONNECTION_WINDOW = 1 << 20,
    WINDOW_MAX = INT32_MAX,
    HEADER_LIST_FATAL_TIMES = 2, /* a peer that goes on so far beyond the limit means harm */
    SETTINGS_ENTRIES_MAX = 32,
    CONTINUATIONS_MAX = 8,
    ACKS_MAX = 100,
    PING_WITHOUT_STREAM_MS = 7200000,
    UNWANTED_MAX = 64 << 10,
    STREAMS_FREE = 8 /* of a connection: accounted with it (server.c) */
};

struct http2_setup {
    nghttp2_session_callbacks *callbacks;
    nghttp2_option *option;
};

/* ---- what the peer does ---- */

void http2_terminate(struct session *s, uint32_t error)
{
    nghttp2_session_terminate_session(s->h2, error);
}

int http2_calm_down(struct session *s)
{
    http2_terminate(s, NGHTTP2_ENHANCE_YOUR_CALM);
    return 0;
}

/* Clients of gRPC know these words, and double the time between their PINGs. */
static int refuse_pings(struct session *s)
{
    static const char words[] = "too_many_pings";

    nghttp2_submit_goaway(s->h2, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(s->h2),
                          NGHTTP2_ENHANCE_YOUR_CALM, (const uint8_t *)words, sizeof(words) - 1);
    return http2_calm_down(s);
}

/* The time that has to lie between two PINGs of the peer. */
static uint64_t ping_distance_ms(const struct session *s)
{
    const struct server_settings *settings = &s->connection->server->settings;

    if (settings->client_pings_need_stream && s->streams == 0 &&
        settings->client_ping_ms < PING_WITHOUT_STREAM_MS)
        return PING_WITHOUT_STREAM_MS;
    return settings->client_ping_ms;
}

static bool begins_request(const nghttp2_frame *frame)
{
    return frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST;
}

static void note_reset(struct session *s, int32_t stream_id)
{
    s->resets[s->reset_count++ % RESETS_KEPT] = stream_id;
}

/* Its DATA may have come already, and is read before the RST_STREAM is sent. */
static int refuse_stream(struct session *s, int32_t stream_id)
{
    note_reset(s, stream_id);
    return nghttp2_submit_rst_stream(s->h2, NGHTTP2_FLAG_NONE, stream_id, NGHTTP2_REFUSED_STREAM);
}

static int on_begin_headers(nghttp2_session *h2, const nghttp2_frame *frame, void *arg)
{
    struct session *s = arg;
    struct request *r;
    size_t cost;

    s->headers_since_ms = s->connection->now_ms;
    if (!begins_request(frame))
        return 0;
    cost = s->streams < STREAMS_FREE ? 0 : REQUEST_COST;
    if (!budget_reserve(cost))
        return refuse_stream(s, frame->hd.stream_id);
    r = request_new(s->connection, true);
    r->counted = cost;
    r->stream_id = frame->hd.stream_id;
    s->streams++;
    nghttp2_session_set_stream_user_data(h2, r->stream_id, r);
    return 0;
}

static int on_header(nghttp2_session *h2, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags,
                     void *arg)
{
    struct request *r = nghttp2_session_get_stream_user_data(h2, frame->hd.stream_id);
    struct str n = {(const char *)name, name_len}, v = {(const char *)value, value_len};
    size_t max_fields;

    (void)flags;
    if (!r)
        return 0;
    max_fields = r->connection->server->settings.max_header_list;
    if (!begins_request(frame)) {
        r->field_bytes += n.len + v.len; /* trailers say nothing to us */
    } else if (n.len == 0 || n.at[0] != ':') {
        request_field(r, n, v);
    } else {
        r->field_bytes += n.len + v.len;
        if (str_is(n, ":path"))
            request_target(r, v);
        else if (str_is(n, ":method"))
            request_method(r, v);
        else if (str_is(n, ":authority"))
            request_authority(r, v);
    }
    return r->field_bytes > max_fields * HEADER_LIST_FATAL_TIMES ? http2_calm_down(arg) : 0;
}

/* A field that RFC 9113 8.2.1 forbids. */
static int on_invalid_header(nghttp2_session *h2, const nghttp2_frame *frame, const uint8_t *name,
                             size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags,
                             void *arg)
{
    (void)h2, (void)frame, (void)name, (void)name_len, (void)value, (void)value_len;
    (void)flags, (void)arg;
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

/* Lets a big message come without a stop, once the memory for it has been granted. */
static void widen_window(struct session *s, struct request *r)
{
    size_t announced = request_announced(r) + GRPC_PREFIX_SIZE;

    if (announced > STREAM_WINDOW && announced < WINDOW_MAX &&
        nghttp2_session_get_stream_local_window_size(s->h2, r->stream_id) < (int32_t)announced)
        nghttp2_session_set_local_window_size(s->h2, NGHTTP2_FLAG_NONE, r->stream_id,
                                              (int32_t)announced);
}

/*
 * Asks for no more of a request once it is answered and still goes on and on (RFC 9113 8.1). A
 * little more is let come: most clients end it by themselves.
 */
static void stop_request(struct session *s, struct request *r)
{
    if (r->sent && !r->complete && !r->stopped && r->unwanted > UNWANTED_MAX) {
        r->stopped = true;
        nghttp2_submit_rst_stream(s->h2, NGHTTP2_FLAG_NONE, r->stream_id, NGHTTP2_NO_ERROR);
    }
}

static int on_data(nghttp2_session *h2, uint8_t flags, int32_t stream_id, const uint8_t *at,
                   size_t len, void *arg)
{
    struct session *s = arg;
    struct request *r = nghttp2_session_get_stream_user_data(h2, stream_id);

    (void)flags;
    if (!r) {
        nghttp2_session_consume_connection(h2, len);
        return 0;
    }
    request_body(r, (const char *)at, len);
    if (r->judging && r->state == REQUEST_BODY) {
        r->withheld += len;
        nghttp2_session_consume_connection(h2, len);
        return 0;
    }
    nghttp2_session_consume(h2, stream_id, len);
    if (r->state == REQUEST_BODY)
        widen_window(s, r);
    if (r->state == REQUEST_ANSWERED) {
        r->unwanted += len;
        stop_request(s, r);
    }
    return 0;
}

static void http2_go_on(struct request *r)
{
    struct session *s = r->connection->session;

    nghttp2_session_consume_stream(s->h2, r->stream_id, r->withheld);
    r->withheld = 0;
    if (r->refusal == REFUSED_NONE)
        widen_window(s, r);
}

static void on_stream_frame(struct session *s, const nghttp2_frame *frame)
{
    struct request *r = nghttp2_session_get_stream_user_data(s->h2, frame->hd.stream_id);

    if (frame->hd.type == NGHTTP2_HEADERS)
        s->headers_since_ms = 0;
    if (!r)
        return;
    if (begins_request(frame)) {
        request_head_end(r);
        if (r->state == REQUEST_BODY && !r->judging && !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
            widen_window(s, r);
    }
    if (frame->hd.flags & NGHTTP2_FLAG_END_STREAM)
        request_end(r);
}

static int on_frame(nghttp2_session *h2, const nghttp2_frame *frame, void *arg)
{
    struct session *s = arg;
    uint64_t now_ms = s->connection->now_ms;

    (void)h2;
    switch (frame->hd.type) {
    case NGHTTP2_HEADERS:
    case NGHTTP2_DATA:
        on_stream_frame(s, frame);
        return 0;
    case NGHTTP2_SETTINGS:
        s->settled = true;
        return 0;
    case NGHTTP2_PING:
        if (frame->hd.flags & NGHTTP2_FLAG_ACK) {
            s->ping_sent_ms = 0;
            return 0;
        }
        return http2_limits_ping(&s->limits, ping_distance_ms(s), now_ms) ? 0 : refuse_pings(s);
    case NGHTTP2_RST_STREAM:
        return http2_limits_reset(&s->limits, now_ms) ? 0 : http2_calm_down(s);
    default:
        return 0;
    }
}

/* An answer has been sent, all of it. */
static void on_answered(struct session *s, int32_t stream_id)
{
    struct request *r = nghttp2_session_get_stream_user_data(s->h2, stream_id);

    if (!r)
        return;
    r->sent = true;
    stop_request(s, r);
}

static int on_frame_sent(nghttp2_session *h2, const nghttp2_frame *frame, void *arg)
{
    struct session *s = arg;
    uint32_t error;

    (void)h2;
    if (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) {
        http2_limits_sent(&s->limits);
        if (frame->hd.flags & NGHTTP2_FLAG_END_STREAM)
            on_answered(s, frame->hd.stream_id);
        return 0;
    }
    if (frame->hd.type != NGHTTP2_RST_STREAM)
        return 0;
    s->headers_since_ms = 0; /* an unfit header block ends so */
    note_reset(s, frame->hd.stream_id);
    error = frame->rst_stream.error_code;
    if (error == NGHTTP2_NO_ERROR || error == NGHTTP2_CANCEL || error == NGHTTP2_REFUSED_STREAM)
        return 0; /* our own wish */
    return http2_limits_reset(&s->limits, s->connection->now_ms) ? 0 : http2_calm_down(s);
}

static int on_stream_close(nghttp2_session *h2, int32_t stream_id, uint32_t error, void *arg)
{
    struct session *s = arg;
    struct request *r = nghttp2_session_get_stream_user_data(h2, stream_id);

    (void)error;
    if (!r)
        return 0;
    if (r->state == REQUEST_ANSWERED && r->complete)
        http2_limits_finished(&s->limits);
    nghttp2_session_set_stream_user_data(h2, stream_id, NULL);
    request_release(r);
    s->streams--;
    s->idle_since_ms = s->connection->now_ms;
    return 0;
}

/* ---- the session ---- */

struct http2_setup *http2_setup_new(void)
{
    struct http2_setup *setup = mem_zero(sizeof(*setup));

    if (nghttp2_session_callbacks_new(&setup->callbacks) != 0 ||
        nghttp2_option_new(&setup->option) != 0)
        abort(); /* out of memory */
    nghttp2_session_callbacks_set_on_begin_headers_callback(setup->callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(setup->callbacks, on_header);
    nghttp2_session_callbacks_set_on_invalid_header_callback(setup->callbacks, on_invalid_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(setup->callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(setup->callbacks, on_frame);
    nghttp2_session_callbacks_set_on_frame_send_callback(setup->callbacks, on_frame_sent);
    nghttp2_session_callbacks_set_on_stream_close_callback(setup->callbacks, on_stream_close);

    nghttp2_option_set_no_auto_window_update(setup->option, 1);
    nghttp2_option_set_no_closed_streams(setup->option, 1);
    nghttp2_option_set_max_settings(setup->option, SETTINGS_ENTRIES_MAX);
    nghttp2_option_set_max_continuations(setup->option, CONTINUATIONS_MAX);
    nghttp2_option_set_max_outbound_ack(setup->option, ACKS_MAX);
    /* Twice ours, which says ENHANCE_YOUR_CALM: nghttp2's own says INTERNAL_ERROR. */
    nghttp2_option_set_stream_reset_rate_limit(setup->option, 2 * HTTP2_RESETS_BURST,
                                               2 * HTTP2_RESETS_PER_SECOND);
    return setup;
}

void http2_setup_free(struct http2_setup *setup)
{
    if (!setup)
        return;
    nghttp2_session_callbacks_del(setup->callbacks);
    nghttp2_option_del(setup->option);
    free(setup);
}

static void *http2_start(struct connection *c)
{
    const struct http2_setup *setup = c->server->http2;
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, c->server->settings.max_concurrent_streams},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, STREAM_WINDOW},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, (uint32_t)c->server->settings.max_header_list},
    };
    struct session *s = mem_zero(sizeof(*s));

    s->connection = c;
    http2_walk_init(&s->walk);
    s->idle_since_ms = c->now_ms;
    if (nghttp2_session_server_new2(&s->h2, setup->callbacks, s, setup->option) != 0)
        abort(); /* out of memory */
    nghttp2_submit_settings(s->h2, NGHTTP2_FLAG_NONE, settings,
                            sizeof(settings) / sizeof(*settings));
    nghttp2_session_set_local_window_size(s->h2, NGHTTP2_FLAG_NONE, 0, CONNECTION_WINDOW);
    return s;
}

static void http2_output(struct connection *c, struct buf *out)
{
    struct session *s = c->session;
    size_t start = out->len;
    const uint8_t *at;
    ssize_t len = 0;

    while (out->len - start < c->server->settings.write_buffer &&
           (len = nghttp2_session_mem_send(s->h2, &at)) > 0)
        buf_append(out, at, (size_t)len);
    if (len < 0 || (!nghttp2_session_want_read(s->h2) && !nghttp2_session_want_write(s->h2)))
        connection_end(c);
}

static void http2_stop(struct connection *c)
{
    struct session *s = c->session;

    nghttp2_session_del(s->h2);
    free(s);
}

const struct codec http2_codec = {
    .start = http2_start,
    .feed = http2_feed,
    .output = http2_output,
    .sweep = http2_sweep,
    .drain = http2_drain,
    .respond = http2_respond,
    .send = http2_send,
    .go_on = http2_go_on,
    .stop = http2_stop,
};
