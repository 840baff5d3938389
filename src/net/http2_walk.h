/*
 * Sees the frames of HTTP/2 in the bytes that come, before nghttp2 does: it does not tell of those
 * that it drops. RFC 9113 4.1
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum { HTTP2_PREFACE_SIZE = 24, HTTP2_FRAME_HEAD_SIZE = 9 };

struct http2_walk {
    unsigned char head[HTTP2_FRAME_HEAD_SIZE];
    size_t have; /* bytes of head */
    size_t skip; /* bytes before the next head */
};

struct http2_frame {
    uint32_t length, stream_id;
    uint8_t type, flags;
};

static inline void http2_walk_init(struct http2_walk *walk)
{
    *walk = (struct http2_walk){.skip = HTTP2_PREFACE_SIZE};
}

/* Goes on to the next frame whose head is complete and takes the bytes up to there off input. */
bool http2_walk_next(struct http2_walk *walk, struct str *input, struct http2_frame *frame);
