/*
 * A growing run of bytes.
 */
#include "base/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

void buf_done(struct buf *buf)
{
    free(buf->at);
    *buf = (struct buf){0};
}

void buf_grow(struct buf *buf, size_t room)
{
    size_t cap = buf->cap > 0 ? buf->cap : 256;

    if (room > SIZE_MAX / 2 - buf->len)
        room = SIZE_MAX / 2 - buf->len; /* mem_grow then ends the program */
    while (cap - buf->len < room)
        cap *= 2;
    buf->at = mem_grow(buf->at, cap);
    buf->cap = cap;
}

void buf_trim(struct buf *buf)
{
    if (buf->len == buf->cap)
        return;
    if (buf->len == 0) {
        buf_done(buf);
        return;
    }
    buf->at = mem_grow(buf->at, buf->len);
    buf->cap = buf->len;
}

void buf_wipe(struct buf *buf)
{
    if (buf->at)
        explicit_bzero(buf->at, buf->cap);
    buf_done(buf);
}

void buf_vprintf(struct buf *buf, const char *format, va_list args)
{
    va_list again;
    int len;

    va_copy(again, args);
    len = vsnprintf(NULL, 0, format, args);
    if (len > 0) {
        vsnprintf(buf_reserve(buf, (size_t)len + 1), (size_t)len + 1, format, again);
        buf->len += (size_t)len;
    }
    va_end(again);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    buf_vprintf(buf, format, args);
    va_end(args);
}

const char *buf_text(struct buf *buf)
{
    *buf_reserve(buf, 1) = '\0';
    return buf->at;
}
