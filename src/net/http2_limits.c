/*
 * Counting what HTTP/2 peers do.
 */
#include "net/http2_limits.h"

enum { FRAME_DATA = 0, FRAME_HEADERS = 1, FRAME_CONTINUATION = 9 }; /* RFC 9113 6 */
enum { FLAG_PADDED = 8, PADDING_MAX = 1 + 255 /* with its length */ };

/* The bytes of a request that a frame has for sure. */
static uint32_t payload_of(const struct http2_frame *frame)
{
    if (frame->type == FRAME_CONTINUATION)
        return frame->length;
    if (frame->type != FRAME_DATA && frame->type != FRAME_HEADERS)
        return 0;
    if (!(frame->flags & FLAG_PADDED))
        return frame->length;
    return frame->length > PADDING_MAX ? frame->length - PADDING_MAX : 0;
}

bool http2_limits_frame(struct http2_limits *limits, const struct http2_frame *frame)
{
    uint32_t payload = payload_of(frame);

    limits->payload += payload;
    return payload > 0 || ++limits->idle_frames <= HTTP2_IDLE_FRAMES;
}

bool http2_limits_bytes(struct http2_limits *limits, size_t len)
{
    limits->bytes += len;
    return limits->bytes / HTTP2_OVERHEAD_TIMES <= limits->payload + HTTP2_OVERHEAD_FREE;
}

bool http2_limits_ping(struct http2_limits *limits, uint64_t distance_ms, uint64_t now_ms)
{
    if (limits->pinged_ms > 0 && now_ms - limits->pinged_ms < distance_ms &&
        ++limits->ping_strikes > HTTP2_PING_STRIKES)
        return false;
    limits->pinged_ms = now_ms;
    return bucket_take(&limits->pings, HTTP2_PINGS_BURST, HTTP2_PINGS_PER_SECOND, now_ms);
}

void http2_limits_sent(struct http2_limits *limits)
{
    limits->pinged_ms = 0;
    limits->ping_strikes = 0;
}

bool http2_limits_reset(struct http2_limits *limits, uint64_t now_ms)
{
    return bucket_take(&limits->resets, HTTP2_RESETS_BURST, HTTP2_RESETS_PER_SECOND, now_ms);
}

void http2_limits_finished(struct http2_limits *limits)
{
    limits->idle_frames = 0;
}
