/*
 * What a message may consist of: for each field number the wire type, and what has to be checked.
 * The tables are opentelemetry-proto 1.11's trace.proto, common.proto and resource.proto.
 */
#pragma once

#include <stdint.h>

#include "otlp/wire.h"

enum check {
    CHECK_NOTHING, /* no such field */
    CHECK_VARINT,
    CHECK_FIXED64,
    CHECK_FIXED32,
    CHECK_BYTES,
    CHECK_TEXT,   /* UTF-8 */
    CHECK_ID,     /* bytes: empty, or of the rule's length; else the span is left out */
    CHECK_OWN_ID, /* bytes of the rule's length, not all zero; else the span is left out */
    CHECK_MESSAGE /* by the shape of its own */
};

/* A field's number and wire type, as they stand in front of it. */
#define TAG(number, type) ((number) << 3 | (type))

struct rule {
    uint8_t check;             /* enum check */
    uint8_t len;               /* of CHECK_ID, CHECK_OWN_ID */
    const struct shape *shape; /* of CHECK_MESSAGE */
};

enum shape_trait {
    SHAPE_PLAIN,
    SHAPE_ATTRIBUTE, /* a KeyValue */
    SHAPE_NESTS,     /* an AnyValue: one level of nesting */
    SHAPE_SINGLE     /* its field 1 counts once: the resource, the scope of the items in field 2 */
};

struct shape {
    const char *name; /* for errors */
    enum shape_trait trait;
    uint32_t own_ids;         /* the fields of CHECK_OWN_ID as bits: an item must have them all */
    uint32_t count;           /* of rules: tags from here on are unknown */
    const struct rule *rules; /* by tag: one look tells number and type */
};

/* A whole request of a signal: its field 1 is ResourceSpans, whose field 2 is ScopeSpans, whose
 * field 2 is Span. */
extern const struct shape shape_traces_request;

/* NULL: no such field, or not of this wire type. */
static inline const struct rule *shape_rule(const struct shape *shape, uint64_t tag)
{
    return tag < shape->count && shape->rules[tag].check != CHECK_NOTHING ? &shape->rules[tag]
                                                                          : NULL;
}

/* Whether there is a field of this number, of whatever wire type. */
bool shape_knows(const struct shape *shape, uint64_t number);
