/*
 * Bytes that lie in several places, to be read in order as if they lay in one.
 */
#pragma once

#include <string.h>

#include "base/buf.h"

struct pieces { /* borrowed */
    const struct str *at;
    size_t count;
    size_t len; /* of all together */
};

static inline struct pieces pieces_of(const struct str *one)
{
    return (struct pieces){one, 1, one->len};
}

struct pieces_cursor {
    size_t piece, done; /* bytes of that piece */
};

/* Copies the next bytes, up to room. Returns how many: 0 at the end. */
static inline size_t pieces_read(const struct pieces *pieces, struct pieces_cursor *cursor,
                                 char *to, size_t room)
{
    size_t got = 0;

    while (got < room && cursor->piece < pieces->count) {
        const struct str *piece = &pieces->at[cursor->piece];
        size_t rest = piece->len - cursor->done, len = rest < room - got ? rest : room - got;

        if (len > 0)
            memcpy(to + got, piece->at + cursor->done, len);
        got += len;
        cursor->done += len;
        if (cursor->done == piece->len)
            *cursor = (struct pieces_cursor){cursor->piece + 1, 0};
    }
    return got;
}

/* At the end of the buffer. */
static inline void pieces_join(const struct pieces *pieces, struct buf *out)
{
    for (size_t i = 0; i < pieces->count; i++)
        buf_append_str(out, pieces->at[i]);
}
