/*
 * Writing protobuf's wire format at the end of a buffer.
 */
#pragma once

#include "base/buf.h"
#include "otlp/wire.h"

static inline size_t wire_varint_size(uint64_t value)
{
    unsigned bits = 64 - (unsigned)__builtin_clzll(value | 1);

    return (bits + 6) / 7;
}

/* Of a field of so many bytes, with its head; its number is below 16. */
static inline size_t wire_bytes_size(size_t len)
{
    return 1 + wire_varint_size(len) + len;
}

static inline void wire_put_varint(struct buf *out, uint64_t value)
{
    char *to = buf_reserve(out, 10);

    for (; value >= 0x80; value >>= 7)
        *to++ = (char)(value | 0x80);
    *to++ = (char)value;
    out->len = (size_t)(to - out->at);
}

static inline void wire_put_tag(struct buf *out, uint32_t number, enum wire_type type)
{
    wire_put_varint(out, (uint64_t)number << 3 | type);
}

static inline void wire_put_bytes(struct buf *out, uint32_t number, struct str bytes)
{
    wire_put_tag(out, number, WIRE_BYTES);
    wire_put_varint(out, bytes.len);
    buf_append_str(out, bytes);
}

/* Little endian, as the machines that we run on. */
static inline void wire_put_fixed64(struct buf *out, uint32_t number, uint64_t value)
{
    wire_put_tag(out, number, WIRE_FIXED64);
    buf_append(out, &value, sizeof(value));
}

/* A field as it was read. */
void wire_put_field(struct buf *out, const struct wire_field *f);

/*
 * A message whose length is not known yet: begin, write its fields, end. The length takes five
 * bytes in any case, padded, which every decoder takes.
 */
static inline size_t wire_begin(struct buf *out, uint32_t number)
{
    wire_put_tag(out, number, WIRE_BYTES);
    buf_append(out, "\x80\x80\x80\x80\x00", 5);
    return out->len;
}

static inline void wire_end(struct buf *out, size_t begin)
{
    size_t len = out->len - begin;

    for (unsigned i = 0; i < 5; i++)
        out->at[begin - 5 + i] = (char)((len >> (7 * i) & 0x7f) | (i < 4 ? 0x80 : 0));
}
