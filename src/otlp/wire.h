/*
 * Reading protobuf's wire format, field by field, without copying.
 * https://protobuf.dev/programming-guides/encoding/
 *
 * wire_next() checks everything that it reads against the end of its range: on bytes that nobody
 * has validated it stops with .bad set, it never reads beyond. The functions are inline because a
 * span is some fifty fields, and a call for each would cost more than the reading.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"

enum wire_type { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

struct wire { /* a position in a message */
    const uint8_t *at, *end;
    bool bad; /* the bytes are not a message */
};

struct wire_field {
    uint32_t number; /* never 0 */
    enum wire_type type;
    uint64_t value;   /* of VARINT, FIXED64, FIXED32 */
    struct str bytes; /* of BYTES */
};

static inline struct wire wire_of(struct str message)
{
    const uint8_t *at = (const uint8_t *)message.at;

    /* Not NULL + 0, which C does not define; compilers make one addition of it. */
    return (struct wire){.at = at, .end = message.len > 0 ? at + message.len : at};
}

/* Wanted in the loop that reads a message, so that a position and a field live in registers. */
#define WIRE_INLINE static inline __attribute__((always_inline))

/*
 * The varints of more than one byte, up to ten; of more than 64 bits the low 64 count. Returns
 * where it ends; NULL where it does not. (By value, so that the caller's position can stay in a
 * register.)
 */
const uint8_t *wire_long_varint(const uint8_t *at, const uint8_t *end, uint64_t *out);

WIRE_INLINE bool wire_varint(struct wire *w, uint64_t *out)
{
    if (__builtin_expect(w->at < w->end && *w->at < 0x80, 1)) {
        *out = *w->at++;
        return true;
    }
    if (w->end - w->at >= 2 && w->at[1] < 0x80) { /* lengths of spans, numbers such as 404 */
        *out = (uint64_t)(w->at[0] & 0x7f) | (uint64_t)w->at[1] << 7;
        w->at += 2;
        return true;
    }
    uint64_t value;
    const uint8_t *next = wire_long_varint(w->at, w->end, &value);

    if (!next) {
        w->bad = true;
        return false;
    }
    w->at = next;
    *out = value;
    return true;
}

/* A field's number and type: at most five bytes, the number not 0. */
WIRE_INLINE bool wire_tag(struct wire *w, uint64_t *tag)
{
    const uint8_t *start = w->at;

    if (wire_varint(w, tag) && w->at - start <= 5 && *tag > 7)
        return true;
    w->bad = true;
    return false;
}

/* The next field: false at the end, and where the bytes are bad. */
WIRE_INLINE bool wire_next(struct wire *w, struct wire_field *f)
{
    const uint8_t *start;
    uint64_t tag, len;
    uint32_t half;

    if (w->at >= w->end || !wire_tag(w, &tag))
        return false;
    f->number = (uint32_t)(tag >> 3);
    f->type = (enum wire_type)(tag & 7);
    switch (f->type) {
    case WIRE_BYTES:
        start = w->at; /* a length has at most five bytes, as a tag */
        if (!wire_varint(w, &len) || w->at - start > 5 || len > (uint64_t)(w->end - w->at))
            break;
        f->bytes = (struct str){(const char *)w->at, (size_t)len};
        w->at += len;
        return true;
    case WIRE_VARINT:
        return wire_varint(w, &f->value);
    case WIRE_FIXED64:
        if (w->end - w->at < 8)
            break;
        memcpy(&f->value, w->at, 8); /* little endian, as the machines that we run on */
        w->at += 8;
        return true;
    case WIRE_FIXED32:
        if (w->end - w->at < 4)
            break;
        memcpy(&half, w->at, 4);
        f->value = half;
        w->at += 4;
        return true;
    default: /* groups went out with proto2; 6 and 7 mean nothing */
        break;
    }
    w->bad = true;
    return false;
}
