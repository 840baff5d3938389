/*
 * The body of the request that is under way, where an exporter makes one: compressed or not, and
 * in the memory budget as long as it is there.
 */
#pragma once

#include "base/pieces.h"
#include "net/encode.h"

struct request_body { /* zeroed: there is none */
    struct buf bytes;
    struct str whole; /* the same, for pieces */
    size_t counted;   /* in the memory budget */
};

/* Becomes what is in the buffer, which is taken over; encoder: NULL: not compressed. Good until
 * request_body_done(). */
struct pieces request_body_take(struct request_body *body, struct buf *plain,
                                struct encoder *encoder);

/* Becomes the compressed bytes of the pieces. */
struct pieces request_body_encode(struct request_body *body, const struct pieces *plain,
                                  struct encoder *encoder);

void request_body_done(struct request_body *body);
