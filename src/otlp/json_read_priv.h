/*
 * What the files of json_read() share: json_read.c has the messages, json_scalar.c the values that
 * are none, json_output.c room and lengths.
 *
 * Functions that return a bool return false where the reading ends; json.why then says why.
 */
#pragma once

#include <string.h>

#include "base/bytes.h"
#include "otlp/json.h"
#include "otlp/shape.h"

enum {
    SCALAR_MAX = 16, /* bytes of a tag and a number */
    LENGTH_MAX = 5   /* bytes of a length */
};

struct step { /* of the path to the position */
    const struct rule *rule;
    long index;
};

struct reader {
    struct json json;
    struct bytes *out; /* owned */
    char *to, *limit;  /* in out: where to write, and its end */
    bool no_room;
    unsigned nested; /* AnyValues around the position */
    unsigned step_count;
    struct step steps[JSON_MAX_NESTING];
};

/* From json_output.c: where the room has to be made. False: the budget has none. */
bool json_output_room_slow(struct reader *r, size_t len);

static inline bool json_output_room(struct reader *r, size_t len)
{
    return (size_t)(r->limit - r->to) >= len || json_output_room_slow(r, len);
}

/* Into room that is there. */
static inline void json_output_varint(struct reader *r, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        *r->to++ = (char)(value | 0x80);
    *r->to++ = (char)value;
}

/* Something with a length, whose tag is written: its offset. Room is there. */
static inline size_t json_output_begin(struct reader *r, bool wide)
{
    r->to += wide ? LENGTH_MAX : 1;
    return (size_t)(r->to - r->out->at);
}

/* From json_output.c: where the length does not fit into its byte. */
bool json_output_end_slow(struct reader *r, size_t start, bool wide);

/* Writes the length of what began at start. */
static inline bool json_output_end(struct reader *r, size_t start, bool wide)
{
    size_t len = (size_t)(r->to - r->out->at) - start;

    if (wide || len >= 0x80)
        return json_output_end_slow(r, start, wide);
    r->out->at[start - 1] = (char)len;
    return true;
}

/* From json_scalar.c: a string's text; where it has escapes, in the free room behind what is
 * written. A NUL or a quote stands behind it. */
bool json_scalar_text(struct reader *r, struct str *text);

/* Any value but a message, without its tag. There is room for SCALAR_MAX bytes but for the tag. */
bool json_scalar_put(struct reader *r, const struct rule *rule);
