/*
 * A growing run of bytes that is written at its end.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#include "base/str.h"

struct buf {
    char *at; /* owned; NULL while cap is 0 */
    size_t len, cap;
};

/* A zeroed struct buf is empty and ready. _done gives the memory back and leaves it so again. */
void buf_done(struct buf *buf);
void buf_wipe(struct buf *buf); /* buf_done for secrets: no byte of them stays in memory */

/* Gives back the room that is not in use. */
void buf_trim(struct buf *buf);

/* Empty, its memory kept for reuse. */
static inline void buf_reset(struct buf *buf)
{
    buf->len = 0;
}

void buf_grow(struct buf *buf, size_t room); /* the slow path of buf_reserve */

/* Room for so many bytes at the end: write there, then add what was written to len. Never NULL,
 * also for none. */
static inline char *buf_reserve(struct buf *buf, size_t room)
{
    if (buf->cap - buf->len < room || (room == 0 && buf->cap == 0))
        buf_grow(buf, room);
    return buf->at + buf->len;
}

static inline void buf_append(struct buf *buf, const void *bytes, size_t len)
{
    if (len == 0)
        return;
    memcpy(buf_reserve(buf, len), bytes, len);
    buf->len += len;
}

static inline void buf_append_str(struct buf *buf, struct str s)
{
    buf_append(buf, s.at, s.len);
}

static inline void buf_append_char(struct buf *buf, char c)
{
    *buf_reserve(buf, 1) = c;
    buf->len++;
}

void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *buf, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* The content as a range: good until the next write. */
static inline struct str buf_str(const struct buf *buf)
{
    return (struct str){buf->at, buf->len};
}

/* The content with a NUL behind it (not counted in len): good until the next write. */
const char *buf_text(struct buf *buf);
