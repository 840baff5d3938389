/*
 * Bytes that wait to go out on a connection, in order: some lie here, others where their owner has
 * them.
 *
 *     chunks_copy()     -> frames   -.
 *     chunks_borrow()   -> at         '-> chunks_pieces() -> the socket -> chunks_sent()
 */
#pragma once

#include "base/buf.h"

struct chunk;

struct chunks { /* zeroed: none */
    struct chunk *at;
    size_t count, cap, next; /* next: the first that has not gone out whole */
    size_t queued;           /* bytes that wait */
    struct buf copied;       /* those that lie here */
};

void chunks_done(struct chunks *chunks);

void chunks_copy(struct chunks *chunks, const void *bytes, size_t len);

/* They stay where they are until they have gone out, or chunks_keep(owner). */
void chunks_borrow(struct chunks *chunks, struct str bytes, const void *owner);

/* The owner's bytes are about to go: those that wait are copied. */
void chunks_keep(struct chunks *chunks, const void *owner);

/* The first ones, at most so many. Returns how many; good until the next call. */
size_t chunks_pieces(const struct chunks *chunks, struct str *pieces, size_t most);

/* So many bytes of them have gone out. */
void chunks_sent(struct chunks *chunks, size_t len);
