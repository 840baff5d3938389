/*
 * What a message may consist of: for each field number the wire type, and what has to be checked.
 * The tables are opentelemetry-proto 1.11's trace.proto, common.proto and resource.proto.
 */
#pragma once

#include <stdint.h>

#include "otlp/wire.h"

enum check {
    CHECK_NOTHING, /* an unknown field: any wire type */
    CHECK_TYPE,    /* the wire type only */
    CHECK_TEXT,    /* UTF-8 */
    CHECK_ID,      /* bytes: empty, or of the rule's length; else the span is left out */
    CHECK_OWN_ID,  /* bytes of the rule's length, not all zero; else the span is left out */
    CHECK_MESSAGE  /* by the shape of its own */
};

struct rule {
    uint8_t check;             /* enum check */
    uint8_t type;              /* enum wire_type */
    uint8_t len;               /* of CHECK_ID, CHECK_OWN_ID */
    const struct shape *shape; /* of CHECK_MESSAGE */
};

enum shape_trait {
    SHAPE_PLAIN,
    SHAPE_NESTS, /* an AnyValue: one level of nesting */
    SHAPE_SINGLE /* its field 1 counts once: the resource, the scope of the items in field 2 */
};

struct shape {
    const char *name; /* for errors */
    enum shape_trait trait;
    uint32_t own_ids;         /* the fields of CHECK_OWN_ID as bits: an item must have them all */
    uint32_t count;           /* of rules: field numbers from here on are unknown */
    const struct rule *rules; /* by field number; 0 is unused */
};

/* A whole request of a signal: its field 1 is ResourceSpans, whose field 2 is ScopeSpans, whose
 * field 2 is Span. */
extern const struct shape shape_traces_request;
