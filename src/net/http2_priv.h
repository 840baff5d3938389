/*
 * What the files of HTTP/2 share: http2_feed.c takes the bytes that come, http2.c acts on their
 * frames, http2_answer.c makes those that go, http2_time.c does what is due.
 */
#pragma once

#include <nghttp2/nghttp2.h>
#include <stdbool.h>
#include <stdint.h>

#include "net/connection.h"
#include "net/http2_limits.h"
#include "net/http2_walk.h"

enum leaving { STAYING, NOTIFIED, LEFT }; /* on the way to GOAWAY */

enum { RESETS_KEPT = 32 };

struct session {
    nghttp2_session *h2;
    struct connection *connection;
    struct http2_walk walk;
    struct http2_limits limits;
    unsigned streams;          /* open ones */
    uint32_t highest_id;       /* of a HEADERS frame that has come */
    bool settled;              /* the peer's first SETTINGS have come */
    uint64_t headers_since_ms; /* an unfinished header block began; 0: there is none */
    uint64_t idle_since_ms;    /* no stream was open any more */
    uint64_t ping_sent_ms;     /* 0: none is on the way */
    enum leaving leaving;
    uint64_t leaving_since_ms;
    /* Streams that we have reset: frames that were on their way to them mean no harm. */
    int32_t resets[RESETS_KEPT];
    unsigned reset_count;
};

/* GOAWAY with a reason; nothing more is read. */
void http2_terminate(struct session *s, uint32_t error);

/* ... because the peer goes too far. Returns 0, for callbacks. */
int http2_calm_down(struct session *s);

void http2_feed(struct connection *c, const char *at, size_t len);

void http2_respond(struct request *request, const struct response *response);
void http2_send(struct request *request, struct str message);

void http2_drain(struct connection *c);
void http2_sweep(struct connection *c);
