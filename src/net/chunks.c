/*
 * What has gone out is dropped at the end, or when it is more than what waits.
 */
#include "net/chunks.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum {
    SENT_CHUNKS_MAX = 64,      /* that are kept beyond as many as wait */
    SENT_BYTES_MAX = 256 << 10 /* ... of those that lie here, beyond twice as many */
};

struct chunk {
    const char *at;    /* borrowed; NULL: copied, from begin on */
    size_t begin, len; /* what has not gone out */
    const void *owner; /* of what is borrowed */
};

void chunks_done(struct chunks *c)
{
    buf_done(&c->copied);
    free(c->at);
    *c = (struct chunks){0};
}

static void add(struct chunks *c, struct chunk chunk)
{
    struct chunk *last = c->count > 0 ? &c->at[c->count - 1] : NULL;

    c->queued += chunk.len;
    if (last && !chunk.at && !last->at && last->begin + last->len == chunk.begin &&
        c->count > c->next) {
        last->len += chunk.len;
        return;
    }
    c->at = mem_room(c->at, c->count, &c->cap, sizeof(*c->at));
    c->at[c->count++] = chunk;
}

void chunks_copy(struct chunks *c, const void *bytes, size_t len)
{
    struct chunk chunk = {.begin = c->copied.len, .len = len};

    buf_append(&c->copied, bytes, len);
    add(c, chunk);
}

void chunks_borrow(struct chunks *c, struct str bytes, const void *owner)
{
    add(c, (struct chunk){.at = bytes.at, .len = bytes.len, .owner = owner});
}

void chunks_keep(struct chunks *c, const void *owner)
{
    for (size_t i = c->next; i < c->count; i++) {
        struct chunk *chunk = &c->at[i];

        if (!chunk->at || chunk->owner != owner)
            continue;
        chunk->begin = c->copied.len;
        buf_append(&c->copied, chunk->at, chunk->len);
        chunk->at = NULL;
    }
}

size_t chunks_pieces(const struct chunks *c, struct str *pieces, size_t most)
{
    size_t count = 0;

    for (size_t i = c->next; i < c->count && count < most; i++) {
        const struct chunk *chunk = &c->at[i];

        pieces[count++] =
            (struct str){chunk->at ? chunk->at : c->copied.at + chunk->begin, chunk->len};
    }
    return count;
}

/* What has been sent makes room, also where the queue is never empty. */
static void compact(struct chunks *c)
{
    struct buf copied = {0};

    c->count -= c->next;
    memmove(c->at, c->at + c->next, c->count * sizeof(*c->at));
    c->next = 0;
    for (size_t i = 0; i < c->count; i++) {
        struct chunk *chunk = &c->at[i];
        size_t begin = copied.len;

        if (chunk->at)
            continue;
        buf_append(&copied, c->copied.at + chunk->begin, chunk->len);
        chunk->begin = begin;
    }
    buf_done(&c->copied);
    c->copied = copied;
}

void chunks_sent(struct chunks *c, size_t len)
{
    c->queued -= len;
    while (len > 0) {
        struct chunk *chunk = &c->at[c->next];
        size_t part = chunk->len < len ? chunk->len : len;

        chunk->at = chunk->at ? chunk->at + part : NULL;
        chunk->begin += part;
        chunk->len -= part;
        len -= part;
        c->next += chunk->len == 0;
    }
    if (c->next == c->count) {
        c->next = c->count = 0;
        buf_reset(&c->copied);
    } else if (c->next > c->count / 2 + SENT_CHUNKS_MAX ||
               c->copied.len > 2 * c->queued + SENT_BYTES_MAX) {
        compact(c);
    }
}
