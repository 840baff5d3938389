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

enum { SPAN_EVENTS = 11 }; /* the number of the field, for who writes it */

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

/* As value_read(), but adds to what is there: an AnyValue may come in parts. */
void value_merge(struct str message, struct value_view *value);

/* The elements of an ARRAY (AnyValue messages) or a KVLIST (KeyValue messages), to be walked. */
struct repeated value_elements(const struct value_view *value);

/*
 * What nearly all fields of spans are: BYTES with a number below 16, shorter than 128. Steps over
 * one of the given number; false, and no step, where something else comes next.
 */
WIRE_INLINE bool wire_next_short(struct wire *w, uint32_t number, struct str *bytes)
{
    size_t left = (size_t)(w->end - w->at);

    if (left < 2 || w->at[0] != (number << 3 | WIRE_BYTES) || w->at[1] > 0x7f ||
        w->at[1] > left - 2)
        return false;
    *bytes = (struct str){(const char *)w->at + 2, w->at[1]};
    w->at += 2 + w->at[1];
    return true;
}

/*
 * For views: counts an occurrence of a repeated field that begins at the given place, and those
 * that follow directly, as they usually do.
 */
WIRE_INLINE void repeated_count(struct repeated *r, struct wire *w, const uint8_t *at,
                                uint32_t number)
{
    struct str message;

    if (r->count++ == 0)
        *r = (struct repeated){.wire = {.at = at, .end = w->end}, .number = number, .count = 1};
    while (wire_next_short(w, number, &message))
        r->count++;
}

/* As repeated_next(), whatever lies between the occurrences and however long they are. */
bool repeated_next_any(struct repeated *r, struct str *message);

/* The next occurrence: its message, not yet read. False when there are no more. */
WIRE_INLINE bool repeated_next(struct repeated *r, struct str *message)
{
    if (r->count == 0)
        return false;
    if (!wire_next_short(&r->wire, r->number, message)) {
        struct repeated any = *r; /* a copy, so that the caller's can live in registers */
        struct str found = {NULL, 0};
        bool ok = repeated_next_any(&any, &found);

        *r = any;
        *message = found;
        return ok;
    }
    r->count--;
    return true;
}

/*
 * Most bytes of a span are attributes, and nearly all of these look the same: a short key, then one
 * scalar. Reads such a KeyValue, and sees to it that it is valid but for its UTF-8; false: it looks
 * otherwise, which says nothing about it.
 *
 *     0a len key  12 len  0a len text | 10 bool | 18 varint | 21 double
 */
WIRE_INLINE bool attribute_read_plain(const uint8_t *at, size_t len,
                                      struct attribute_view *attribute)
{
    struct value_view *view = &attribute->value;
    const uint8_t *value;
    size_t key_len, value_len;
    struct wire w;
    uint64_t bits;

    if (len < 6 || at[0] != 0x0a || at[1] >= 0x80 || at[1] + 6u > len)
        return false;
    key_len = at[1];
    value = at + 2 + key_len;
    value_len = len - 4 - key_len;
    if (value[0] != 0x12 || value[1] >= 0x80 || value[1] != value_len)
        return false;
    attribute->key = (struct str){(const char *)at + 2, key_len};
    value += 2;
    switch (value[0]) {
    case 0x0a:
        view->kind = VALUE_STRING;
        view->bytes = (struct str){(const char *)value + 2, value_len - 2};
        return value[1] == value_len - 2;
    case 0x10:
    case 0x18:
        w = (struct wire){.at = value + 1, .end = at + len};
        if (!wire_varint(&w, &bits) || w.at != w.end)
            return false;
        view->kind = value[0] == 0x18 ? VALUE_INT : VALUE_BOOL;
        if (value[0] == 0x18)
            view->integer = (int64_t)bits;
        else
            view->boolean = bits != 0;
        return true;
    case 0x21:
        view->kind = VALUE_DOUBLE;
        if (value_len != 9)
            return false;
        memcpy(&view->number, value + 1, 8);
        return true;
    default:
        return false;
    }
}

/* As attribute_next(), of any form; the message is the KeyValue's. */
void attribute_read(struct str message, struct attribute_view *attribute);

/* The next attribute of a span, event, link, scope, resource or KVLIST. False: there are no more.
 */
WIRE_INLINE bool attribute_next(struct repeated *attributes, struct attribute_view *attribute)
{
    struct str message;

    if (!repeated_next(attributes, &message))
        return false;
    if (!attribute_read_plain((const uint8_t *)message.at, message.len, attribute))
        attribute_read(message, attribute);
    return true;
}
