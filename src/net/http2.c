/*
 * HTTP/2 through nghttp2: frames to requests and answers to frames. RFC 9113.
 *
 * Windows are ours: a stream's grows to the length that its message announces, and the peer is told
 * when half of a window is used up. What a peer may do only so often is counted in http2_limits.h.
 */
#include "net/http2.h"

#include <assert.h>
#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "net/connection.h"
#include "net/http2_limits.h"
#include "net/request.h"
#include "net/server_priv.h"

enum {
    STREAM_WINDOW = 256 << 10,
    CONNECTION_WINDOW = 1 << 20,
    WINDOW_MAX = INT32_MAX,
    HEADER_LIST_MAX = 32 << 10,
    HEADER_LIST_FATAL = 64 << 10, /* a peer that goes on so far means harm */
    SETTINGS_ENTRIES_MAX = 32,
    CONTINUATIONS_MAX = 8,
    ACKS_MAX = 100,
    IDLE_MS = 600000,
    PREFACE_MS = 10000,
    WINDOW_WAIT_MS = 30000,
    NOTICE_MS = 1000, /* from the notice of a GOAWAY to the GOAWAY itself */
    FIELDS_MAX = 8    /* of an answer */
};

struct http2_setup {
    nghttp2_session_callbacks *callbacks;
    nghttp2_option *option;
};

enum leaving { STAYING, NOTIFIED, LEFT }; /* on the way to GOAWAY */

struct session {
    nghttp2_session *h2;
    struct connection *connection;
    struct http2_limits limits;
    unsigned streams;          /* open ones */
    bool settled;              /* the peer's first SETTINGS have come */
    uint64_t headers_since_ms; /* an unfinished header block began; 0: there is none */
    uint64_t idle_since_ms;    /* no stream was open any more */
    uint64_t ping_sent_ms;     /* 0: none is on the way */
    enum leaving leaving;
    uint64_t leaving_since_ms;
};

static struct session *session_of(struct request *r)
{
    return r->connection->session;
}

/* ---- answers ---- */

static nghttp2_nv field(const char *name, struct str value)
{
    union {
        const char *in;
        uint8_t *out;
    } n = {name}, v = {value.at}; /* nghttp2 copies both */

    return (nghttp2_nv){n.out, v.out, strlen(name), value.len, NGHTTP2_NV_FLAG_NONE};
}

/* Gives nghttp2 the next bytes of an answer; behind a gRPC message come the trailers. */
static ssize_t on_answer_read(nghttp2_session *h2, int32_t stream_id, uint8_t *to, size_t room,
                              uint32_t *flags, nghttp2_data_source *source, void *arg)
{
    struct request *r = source->ptr;
    size_t left = r->answer.len - r->answer_sent;
    size_t len = left < room ? left : room;

    (void)arg;
    memcpy(to, r->answer.at + r->answer_sent, len);
    r->answer_sent += len;
    if (r->answer_sent < r->answer.len)
        return (ssize_t)len;
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (r->grpc) {
        nghttp2_nv trailer = field("grpc-status", STR("0"));

        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        if (nghttp2_submit_trailer(h2, stream_id, &trailer, 1) != 0)
            return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    return (ssize_t)len;
}

static void submit(struct request *r, const nghttp2_nv *fields, size_t count)
{
    nghttp2_data_provider provider = {.source.ptr = r, .read_callback = on_answer_read};

    nghttp2_submit_response(session_of(r)->h2, r->stream_id, fields, count,
                            r->answer.len > 0 ? &provider : NULL);
}

static void respond_grpc(struct request *r, const struct response *response)
{
    char status[16], code[16];
    struct buf message = {0}, details = {0};
    nghttp2_nv fields[FIELDS_MAX];
    size_t count = 0;

    snprintf(status, sizeof(status), "%u", response->status);
    fields[count++] = field(":status", str_of(status));
    fields[count++] = field("content-type", str_of(response->type));
    if (response->code == GRPC_OK) {
        grpc_prefix_write(&r->answer, (uint32_t)response->body.len);
        buf_append_str(&r->answer, response->body);
        submit(r, fields, count);
        return;
    }
    snprintf(code, sizeof(code), "%u", (unsigned)response->code);
    grpc_message_write(&message, response->message);
    grpc_binary_write(&details, response->details);
    fields[count++] = field("grpc-status", str_of(code));
    if (message.len > 0)
        fields[count++] = field("grpc-message", buf_str(&message));
    if (details.len > 0)
        fields[count++] = field("grpc-status-details-bin", buf_str(&details));
    if (response->allow)
        fields[count++] = field("allow", STR("POST"));
    if (response->accept_encoding)
        fields[count++] = field("grpc-accept-encoding", str_of(encoding_accepted));
    submit(r, fields, count);
    buf_done(&message);
    buf_done(&details);
}

static void respond_http(struct request *r, const struct response *response)
{
    char status[16], length[24], retry_after[16];
    nghttp2_nv fields[FIELDS_MAX];
    size_t count = 0;

    snprintf(status, sizeof(status), "%u", response->status);
    snprintf(length, sizeof(length), "%zu", response->body.len);
    fields[count++] = field(":status", str_of(status));
    fields[count++] = field("content-type", str_of(response->type));
    fields[count++] = field("content-length", str_of(length));
    if (response->allow)
        fields[count++] = field("allow", STR("POST"));
    if (response->accept_encoding)
        fields[count++] = field("accept-encoding", str_of(encoding_accepted));
    if (response->retry_after_s > 0) {
        snprintf(retry_after, sizeof(retry_after), "%u", response->retry_after_s);
        fields[count++] = field("retry-after", str_of(retry_after));
    }
    if (!r->head_only)
        buf_append_str(&r->answer, response->body);
    submit(r, fields, count);
}

static void http2_respond(struct request *r, const struct response *response)
{
    if (r->grpc || strcmp(response->type, "application/grpc") == 0)
        respond_grpc(r, response);
    else
        respond_http(r, response);
}

/* ---- what the peer does ---- */

/* GOAWAY with a reason; nothing more is read. */
static void terminate(struct session *s, uint32_t error)
{
    nghttp2_session_terminate_session(s->h2, error);
}

static int calm_down(struct session *s)
{
    terminate(s, NGHTTP2_ENHANCE_YOUR_CALM);
    return 0;
}

static bool begins_request(const nghttp2_frame *frame)
{
    return frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST;
}

static int on_begin_frame(nghttp2_session *h2, const nghttp2_frame_hd *hd, void *arg)
{
    struct session *s = arg;

    (void)h2;
    return http2_limits_frame(&s->limits, hd->type, hd->length) ? 0 : calm_down(s);
}

static int on_begin_headers(nghttp2_session *h2, const nghttp2_frame *frame, void *arg)
{
    struct session *s = arg;
    struct request *r;

    s->headers_since_ms = s->connection->now_ms;
    if (!begins_request(frame))
        return 0;
    r = request_new(s->connection, true);
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

    (void)flags;
    if (!r)
        return 0;
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
    }
    return r->field_bytes > HEADER_LIST_FATAL ? calm_down(arg) : 0;
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
    size_t announced = request_announced(r);

    if (announced > STREAM_WINDOW && announced < WINDOW_MAX &&
        nghttp2_session_get_stream_local_window_size(s->h2, r->stream_id) < (int32_t)announced)
        nghttp2_session_set_local_window_size(s->h2, NGHTTP2_FLAG_NONE, r->stream_id,
                                              (int32_t)announced);
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
    if (r->state == REQUEST_BODY)
        widen_window(s, r);
    nghttp2_session_consume(h2, stream_id, len);
    return 0;
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
        if (r->state == REQUEST_BODY && !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
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
        return http2_limits_ping(&s->limits, now_ms) ? 0 : calm_down(s);
    case NGHTTP2_RST_STREAM:
        return http2_limits_reset(&s->limits, now_ms) ? 0 : calm_down(s);
    default:
        return 0;
    }
}

/* An answer that ends before its request: asks for no more of it. RFC 9113 8.1 */
static void stop_request(struct session *s, int32_t stream_id)
{
    struct request *r = nghttp2_session_get_stream_user_data(s->h2, stream_id);

    if (r && !r->complete)
        nghttp2_submit_rst_stream(s->h2, NGHTTP2_FLAG_NONE, stream_id, NGHTTP2_NO_ERROR);
}

static int on_frame_sent(nghttp2_session *h2, const nghttp2_frame *frame, void *arg)
{
    struct session *s = arg;

    (void)h2;
    if ((frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) &&
        frame->hd.flags & NGHTTP2_FLAG_END_STREAM)
        stop_request(s, frame->hd.stream_id);
    else if (frame->hd.type == NGHTTP2_RST_STREAM &&
             frame->rst_stream.error_code != NGHTTP2_NO_ERROR &&
             frame->rst_stream.error_code != NGHTTP2_REFUSED_STREAM &&
             !http2_limits_reset(&s->limits, s->connection->now_ms))
        calm_down(s);
    return 0;
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
    nghttp2_session_callbacks_set_on_begin_frame_callback(setup->callbacks, on_begin_frame);
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
    nghttp2_option_set_stream_reset_rate_limit(setup->option, HTTP2_RESETS_BURST,
                                               HTTP2_RESETS_PER_SECOND);
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
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, HEADER_LIST_MAX},
    };
    struct session *s = mem_zero(sizeof(*s));

    s->connection = c;
    s->idle_since_ms = c->now_ms;
    if (nghttp2_session_server_new2(&s->h2, setup->callbacks, s, setup->option) != 0)
        abort(); /* out of memory */
    nghttp2_submit_settings(s->h2, NGHTTP2_FLAG_NONE, settings,
                            sizeof(settings) / sizeof(*settings));
    nghttp2_session_set_local_window_size(s->h2, NGHTTP2_FLAG_NONE, 0, CONNECTION_WINDOW);
    return s;
}

static void http2_feed(struct connection *c, const char *at, size_t len)
{
    struct session *s = c->session;
    ssize_t rc;

    if (len == 0)
        return;
    rc = nghttp2_session_mem_recv(s->h2, (const uint8_t *)at, len);
    if (rc < 0 && rc != NGHTTP2_ERR_BAD_CLIENT_MAGIC)
        terminate(s,
                  rc == NGHTTP2_ERR_FLOODED ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_INTERNAL_ERROR);
    if (rc < 0)
        connection_end(c);
    else if (!http2_limits_bytes(&s->limits, len))
        calm_down(s);
}

static void http2_output(struct connection *c, struct buf *out)
{
    struct session *s = c->session;
    const uint8_t *at;
    ssize_t len;

    while ((len = nghttp2_session_mem_send(s->h2, &at)) > 0)
        buf_append(out, at, (size_t)len);
    if (len < 0 || (!nghttp2_session_want_read(s->h2) && !nghttp2_session_want_write(s->h2)))
        connection_end(c);
}

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

static void http2_drain(struct connection *c)
{
    struct session *s = c->session;

    begin_leaving(s);
    if (s->streams == 0)
        leave(s);
}

static void sweep_streams(struct session *s, uint64_t now_ms)
{
    struct list *node;

    for (node = s->connection->requests.next; node != &s->connection->requests; node = node->next) {
        struct request *r = LIST_ENTRY(node, struct request, node);

        if (r->state == REQUEST_ANSWERED && now_ms - r->answered_ms >= WINDOW_WAIT_MS)
            nghttp2_submit_rst_stream(s->h2, NGHTTP2_FLAG_NONE, r->stream_id, NGHTTP2_CANCEL);
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
    uint64_t idle_ms = settings->idle_timeout_ms > 0 ? settings->idle_timeout_ms : IDLE_MS;
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

static void http2_sweep(struct connection *c)
{
    struct session *s = c->session;

    if (!s->settled && c->now_ms - c->opened_ms >= PREFACE_MS)
        terminate(s, NGHTTP2_SETTINGS_TIMEOUT);
    if (s->headers_since_ms > 0 &&
        c->now_ms - s->headers_since_ms >= c->server->settings.header_timeout_ms)
        terminate(s, NGHTTP2_ENHANCE_YOUR_CALM);
    sweep_streams(s, c->now_ms);
    sweep_silence(s, c->now_ms);
    sweep_age(s, c->now_ms);
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
    .stop = http2_stop,
};
