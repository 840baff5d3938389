/*
 * What an HTTP/2 peer may do only so often: floods of frames that cost us more than they cost it
 * (CVE-2019-9511 to 9518, CVE-2023-44487, CVE-2025-8671). Each function is false where the peer has
 * gone too far and the connection is to end with ENHANCE_YOUR_CALM.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/bucket.h"
#include "net/http2_walk.h"

enum {
    HTTP2_RESETS_BURST = 200,
    HTTP2_RESETS_PER_SECOND = 20,
    HTTP2_PINGS_BURST = 100,
    HTTP2_PINGS_PER_SECOND = 5,
    HTTP2_PING_STRIKES = 2, /* PINGs that may come too early */
    HTTP2_IDLE_FRAMES = 10000,
    HTTP2_OVERHEAD_TIMES = 8,     /* bytes of all kinds for one byte of requests ... */
    HTTP2_OVERHEAD_FREE = 1 << 20 /* ... when more than so many have come */
};

struct http2_limits { /* zeroed: nothing has come */
    struct bucket resets, pings;
    uint64_t pinged_ms;      /* the last PING; 0: none since our last answer */
    unsigned ping_strikes;   /* that came too early */
    unsigned idle_frames;    /* since a request was finished */
    uint64_t bytes, payload; /* that have come: all; header blocks and DATA */
};

bool http2_limits_frame(struct http2_limits *limits, const struct http2_frame *frame);

/* Bytes have come, of which the frames are known. */
bool http2_limits_bytes(struct http2_limits *limits, size_t len);

/* PING. distance_ms: so much has to lie between two, but for a few; 0: no matter. */
bool http2_limits_ping(struct http2_limits *limits, uint64_t distance_ms, uint64_t now_ms);

/* Part of an answer was sent: the next PING may see whether it has come. */
void http2_limits_sent(struct http2_limits *limits);

/* RST_STREAM, the peer's or one that the peer made us send. */
bool http2_limits_reset(struct http2_limits *limits, uint64_t now_ms);

/* A request was answered. */
void http2_limits_finished(struct http2_limits *limits);
