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

    return (struct wire){.at = at, .end = at + message.len};
}

/* A varint of up to ten bytes; of more than 64 bits the low 64 count. */
static inline bool wire_varint(struct wire *w, uint64_t *out)
{
    uint64_t value = 0;

    if (w->at < w->end && *w->at < 0x80) {
        *out = *w->at++;
        return true;
    }
    for (unsigned shift = 0; shift < 70 && w->at < w->end; shift += 7) {
        uint8_t byte = *w->at++;

        value |= (uint64_t)(byte & 0x7f) << shift; /* the tenth byte has one bit of use */
        if (byte < 0x80) {
            *out = value;
            return true;
        }
    }
    w->bad = true;
    return false;
}

/* A field's number and type: at most five bytes, the number not 0. */
static inline bool wire_tag(struct wire *w, struct wire_field *f)
{
    const uint8_t *start = w->at;
    uint64_t tag;

    if (!wire_varint(w, &tag) || w->at - start > 5 || (uint32_t)(tag >> 3) == 0) {
        w->bad = true;
        return false;
    }
    f->number = (uint32_t)(tag >> 3);
    f->type = (enum wire_type)(tag & 7);
    return true;
}

/* The next field: false at the end, and where the bytes are bad. */
static inline bool wire_next(struct wire *w, struct wire_field *f)
{
    const uint8_t *start;
    uint64_t len;

    if (w->at >= w->end || !wire_tag(w, f))
        return false;
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
    case WIRE_FIXED32: {
        uint32_t value;

        if (w->end - w->at < 4)
            break;
        memcpy(&value, w->at, 4);
        f->value = value;
        w->at += 4;
        return true;
    }
    default: /* groups went out with proto2; 6 and 7 mean nothing */
        break;
    }
    w->bad = true;
    return false;
}
