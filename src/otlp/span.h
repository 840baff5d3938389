/*
 * Views of spans: the fields of a message where it lies on the wire. opentelemetry-proto 1.11,
 * trace.proto and common.proto.
 *
 * span_read() takes the scalar fields and remembers where attributes, events and links begin and
 * how many there are; these are then walked, each only when somebody wants it. Ranges point into
 * the payload's body. On bytes that payload_read() has not passed, views stop early; they never
 * read beyond their range.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "otlp/wire.h"

enum span_kind { /* Span.SpanKind; other values are kept as they come */
                 SPAN_KIND_UNSPECIFIED,
                 SPAN_KIND_INTERNAL,
                 SPAN_KIND_SERVER,
                 SPAN_KIND_CLIENT,
                 SPAN_KIND_PRODUCER,
                 SPAN_KIND_CONSUMER
};

enum status_code { STATUS_CODE_UNSET, STATUS_CODE_OK, STATUS_CODE_ERROR };

enum { SPAN_FLAG_SAMPLED = 1 }; /* W3C trace flags, the low eight bits */

struct repeated {     /* the occurrences of one field of a message, to be walked */
    struct wire wire; /* from the first one on */
    uint32_t number;
    uint32_t count; /* that are left */
};

struct span_view {
    struct str trace_id, span_id, parent_span_id; /* as they came: 16, 8, 8 bytes, or empty */
    struct str trace_state, name, status_message;
    uint64_t start_ns, end_ns; /* since the epoch */
    int32_t kind, status_code; /* enum span_kind, enum status_code, or any other number */
    uint32_t flags;
    uint32_t dropped_attributes, dropped_events, dropped_links;
    struct repeated attributes, events, links;
};

struct event_view {
    uint64_t time_ns;
    struct str name;
    uint32_t dropped_attributes;
    struct repeated attributes;
};

struct link_view {
    struct str trace_id, span_id, trace_state;
    uint32_t flags, dropped_attributes;
    struct repeated attributes;
};

struct scope_view {
    struct str name, version;
    uint32_t dropped_attributes;
    struct repeated attributes;
};

struct resource_view {
    uint32_t dropped_attributes;
    struct repeated attributes;
};

enum value_kind { /* AnyValue's oneof; EMPTY: none of them is set */
                  VALUE_EMPTY,
                  VALUE_STRING,
                  VALUE_BOOL,
                  VALUE_INT,
                  VALUE_DOUBLE,
                  VALUE_ARRAY,
                  VALUE_KVLIST,
                  VALUE_BYTES
};

struct value_view {
    enum value_kind kind;
    union {
        struct str bytes; /* STRING, BYTES; ARRAY and KVLIST: the message, for value_elements() */
        bool boolean;
        int64_t integer;
        double number;
    };
};

struct attribute_view { /* KeyValue */
    struct str key;
    struct value_view value;
};

void span_read(struct str message, struct span_view *span);
void event_read(struct str message, struct event_view *event);
void link_read(struct str message, struct link_view *link);
void scope_read(struct str message, struct scope_view *scope);
void resource_read(struct str message, struct resource_view *resource);
void value_read(struct str message, struct value_view *value);

/* The elements of an ARRAY (AnyValue messages) or a KVLIST (KeyValue messages), to be walked. */
struct repeated value_elements(const struct value_view *value);

/*
 * What nearly all fields of spans are: BYTES with a number below 16, shorter than 128. Steps over
 * one of the given number; false, and no step, where something else comes next.
 */
static inline bool wire_next_short(struct wire *w, uint32_t number, struct str *bytes)
{
    size_t left = (size_t)(w->end - w->at);

    if (left < 2 || w->at[0] != (number << 3 | WIRE_BYTES) || w->at[1] > 0x7f ||
        w->at[1] > left - 2)
        return false;
    *bytes = (struct str){(const char *)w->at + 2, w->at[1]};
    w->at += 2 + w->at[1];
    return true;
}

/* As repeated_next(), whatever lies between the occurrences and however long they are. */
bool repeated_next_any(struct repeated *r, struct str *message);

/* The next occurrence: its message, not yet read. False when there are no more. */
static inline bool repeated_next(struct repeated *r, struct str *message)
{
    if (r->count == 0)
        return false;
    if (!wire_next_short(&r->wire, r->number, message))
        return repeated_next_any(r, message);
    r->count--;
    return true;
}

/* As attribute_next(), where the attribute is any; its message is known. */
void attribute_read(struct str message, struct attribute_view *attribute);

/*
 * The next attribute of a span, event, link, scope, resource or KVLIST. False when there are no
 * more. Nearly each is a key and then a value, in less than 128 bytes: that is read right here.
 *
 *     0a LEN key  12 LEN value      value: 0a LEN text, or another member
 */
static inline bool attribute_next(struct repeated *attributes, struct attribute_view *attribute)
{
    const char *at, *value;
    struct str message;
    size_t key, left;

    if (!repeated_next(attributes, &message))
        return false;
    at = message.at;
    if (message.len > 0x7f || message.len < 6 || at[0] != 0x0a ||
        (key = (uint8_t)at[1]) > message.len - 6) {
        attribute_read(message, attribute);
        return true;
    }
    value = at + 2 + key;
    left = message.len - key - 4;
    if (value[0] != 0x12 || (uint8_t)value[1] != left) {
        attribute_read(message, attribute);
        return true;
    }
    attribute->key = (struct str){at + 2, key};
    if (value[2] == 0x0a && (uint8_t)value[3] == left - 2) {
        attribute->value.kind = VALUE_STRING;
        attribute->value.bytes = (struct str){value + 4, left - 2};
    } else {
        value_read((struct str){value + 2, left}, &attribute->value);
    }
    return true;
}
