/*
 * What a message may consist of: for each field its number, its wire type, what has to be checked,
 * and what stands for it in OTLP/JSON. The tables are opentelemetry-proto 1.11's: shape_common.c
 * has common.proto and resource.proto, shape_traces.c trace.proto, and so on.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "otlp/wire.h"

enum check {
    CHECK_NOTHING, /* no such field */
    CHECK_VARINT,
    CHECK_FIXED64,
    CHECK_FIXED32,
    CHECK_BYTES,
    CHECK_TEXT,           /* UTF-8 */
    CHECK_ID,             /* bytes: empty, or of the rule's length; else the item is left out */
    CHECK_OWN_ID,         /* bytes of the rule's length, not all zero; else the item is left out */
    CHECK_MESSAGE,        /* by the shape of its own */
    CHECK_PACKED_VARINT,  /* repeated: in one run of bytes, or each with a tag of its own */
    CHECK_PACKED_FIXED64, /* so too */
};

/* The type that a field has in its .proto, as far as JSON wants to know. */
enum proto_type {
    PROTO_STRING,
    PROTO_BYTES, /* base64 */
    PROTO_ID,    /* bytes in hex */
    PROTO_BOOL,
    PROTO_ENUM,
    PROTO_INT32,
    PROTO_SINT32,
    PROTO_UINT32,
    PROTO_INT64,
    PROTO_UINT64,
    PROTO_FIXED32,
    PROTO_FIXED64,
    PROTO_SFIXED64,
    PROTO_DOUBLE,
    PROTO_MESSAGE
};

/* A field's number and wire type, as they stand in front of it. */
#define TAG(number, type) ((number) << 3 | (type))

struct enum_names { /* the values from 0 on */
    uint32_t count;
    const char *const *names;
};

struct rule {
    uint8_t check;                  /* enum check */
    uint8_t len;                    /* of CHECK_ID, CHECK_OWN_ID */
    uint8_t tag;                    /* as it stands in front of it; 0: no such field */
    uint8_t type;                   /* enum proto_type */
    bool repeated;                  /* a list in JSON */
    uint8_t name_len;               /* without the NUL */
    const char *name;               /* lowerCamelCase, as in JSON */
    const struct shape *shape;      /* of CHECK_MESSAGE */
    const struct enum_names *names; /* of PROTO_ENUM */
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
    uint32_t count;           /* of rules: numbers from here on are unknown */
    const struct rule *rules; /* by field number */
};

/*
 * A whole request of a signal: its field 1 is ResourceSpans (ResourceMetrics, ResourceLogs), whose
 * field 2 is ScopeSpans, whose field 2 is Span (Metric, LogRecord).
 */
extern const struct shape shape_traces_request;
extern const struct shape shape_metrics_request;
extern const struct shape shape_logs_request;

/* The rule of nearly all tags; NULL: see shape_rule(). Tag 0, which is none, has CHECK_NOTHING. */
static inline const struct rule *shape_plain_rule(const struct shape *shape, uint64_t tag)
{
    uint64_t number = tag >> 3;

    return number < shape->count && shape->rules[number].tag == tag ? &shape->rules[number] : NULL;
}

static inline bool rule_is_packed(const struct rule *rule)
{
    return rule->check >= CHECK_PACKED_VARINT;
}

/* What the elements of a packed field have to be where each has a tag of its own. */
static inline enum wire_type rule_single_type(const struct rule *rule)
{
    return rule->check == CHECK_PACKED_VARINT ? WIRE_VARINT : WIRE_FIXED64;
}

/* Whether there is a field of this number, of whatever wire type. */
static inline bool shape_knows(const struct shape *shape, uint64_t number)
{
    return number < shape->count && shape->rules[number].tag != 0;
}

/* NULL: no such field, or not of this wire type. */
static inline const struct rule *shape_rule(const struct shape *shape, uint64_t tag)
{
    const struct rule *rule = shape_plain_rule(shape, tag);

    if (rule || !shape_knows(shape, tag >> 3))
        return rule;
    rule = &shape->rules[tag >> 3];
    return rule_is_packed(rule) && (tag & 7) == rule_single_type(rule) ? rule : NULL;
}
