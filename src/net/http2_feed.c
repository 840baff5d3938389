/*
 * From bytes to nghttp2, with a look at each frame before: for what nghttp2 would not tell of.
 */
#include "net/http2_priv.h"

/* A frame that belongs to no open stream, as far as nghttp2 has seen them. */
static bool looks_stray(struct session *s, const struct http2_frame *frame)
{
    return (frame->type == NGHTTP2_DATA || frame->type == NGHTTP2_HEADERS) &&
           frame->stream_id > 0 && frame->stream_id <= s->highest_id &&
           !nghttp2_session_get_stream_user_data(s->h2, (int32_t)frame->stream_id);
}

/*
 * Whether a frame comes for a stream that the peer itself has ended, or has left out (RFC 9113 5.1,
 * 5.1.1). Not those that were on their way when we reset the stream, as far as that is known.
 */
static bool is_stray(struct session *s, const struct http2_frame *frame)
{
    int32_t id = (int32_t)frame->stream_id;

    if (!looks_stray(s, frame) || id > nghttp2_session_get_last_proc_stream_id(s->h2) ||
        s->reset_count > RESETS_KEPT)
        return false;
    for (unsigned i = 0; i < s->reset_count; i++)
        if (s->resets[i] == id)
            return false;
    return true;
}

static void receive(struct session *s, const char *at, const char *end)
{
    ssize_t rc;

    if (at >= end || s->connection->state != CONNECTION_OPEN)
        return;
    rc = nghttp2_session_mem_recv(s->h2, (const uint8_t *)at, (size_t)(end - at));
    if (rc >= 0)
        return;
    if (rc != NGHTTP2_ERR_BAD_CLIENT_MAGIC)
        http2_terminate(s, rc == NGHTTP2_ERR_FLOODED ? NGHTTP2_ENHANCE_YOUR_CALM
                                                     : NGHTTP2_INTERNAL_ERROR);
    connection_end(s->connection);
}

/* What nghttp2 would not tell of a frame that is about to be acted upon. */
static void look_at(struct session *s, const struct http2_frame *frame)
{
    if (frame->type != NGHTTP2_CONTINUATION)
        s->headers_since_ms = 0;
    if (frame->type == NGHTTP2_HEADERS && frame->stream_id > s->highest_id)
        s->highest_id = frame->stream_id;
    if (!http2_limits_frame(&s->limits, frame))
        http2_calm_down(s);
}

/*
 * Bytes go to nghttp2 in as few pieces as can be: a frame that looks stray, or comes after a reset,
 * is looked at when all before it has been acted upon.
 */
void http2_feed(struct connection *c, const char *at, size_t len)
{
    struct session *s = c->session;
    struct str input = {at, len};
    struct http2_frame frame;
    bool after_reset = false;

    if (len == 0)
        return;
    if (!http2_limits_bytes(&s->limits, len))
        http2_calm_down(s);
    while (http2_walk_next(&s->walk, &input, &frame)) {
        if (after_reset || looks_stray(s, &frame)) {
            if (input.at - at > HTTP2_FRAME_HEAD_SIZE) {
                receive(s, at, input.at - HTTP2_FRAME_HEAD_SIZE);
                at = input.at - HTTP2_FRAME_HEAD_SIZE;
            }
            if (is_stray(s, &frame))
                http2_terminate(s, NGHTTP2_STREAM_CLOSED);
        }
        look_at(s, &frame);
        after_reset = frame.type == NGHTTP2_RST_STREAM;
    }
    receive(s, at, input.at);
}
