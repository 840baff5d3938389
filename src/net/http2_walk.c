/*
 * Heads of HTTP/2 frames.
 */
#include "net/http2_walk.h"

static size_t take(struct str *input, size_t wanted)
{
    size_t len = wanted < input->len ? wanted : input->len;

    input->at += len;
    input->len -= len;
    return len;
}

bool http2_walk_next(struct http2_walk *walk, struct str *input, struct http2_frame *frame)
{
    const unsigned char *head = walk->head;
    const char *at;
    size_t len;

    walk->skip -= take(input, walk->skip);
    if (walk->skip > 0 || input->len == 0)
        return false;
    at = input->at;
    len = take(input, sizeof(walk->head) - walk->have);
    memcpy(walk->head + walk->have, at, len);
    walk->have += len;
    if (walk->have < sizeof(walk->head))
        return false;
    frame->length = (uint32_t)head[0] << 16 | (uint32_t)head[1] << 8 | head[2];
    frame->type = head[3];
    frame->flags = head[4];
    frame->stream_id = (uint32_t)(head[5] & 0x7f) << 24 | (uint32_t)head[6] << 16 |
                       (uint32_t)head[7] << 8 | head[8];
    walk->have = 0;
    walk->skip = frame->length;
    return true;
}
