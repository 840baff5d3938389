/*
 * Reading spans and what is in them where they lie.
 *
 * Of a scalar that comes twice the last counts; of a message that comes twice the fields add up; of
 * the members of a oneof the last counts.
 * (https://protobuf.dev/programming-guides/encoding/#last-one-wins)
 */
#include "otlp/span.h"

static void status_read(struct str message, struct span_view *span)
{
    struct wire w = wire_of(message);
    struct wire_field f = {0};

    while (wire_next(&w, &f)) {
        if (f.number == 2)
            span->status_message = f.bytes;
        else if (f.number == 3)
            span->status_code = (int32_t)f.value;
    }
}

void span_read(struct str message, struct span_view *span)
{
    struct wire w = wire_of(message);
    const uint8_t *at = w.at;
    struct wire_field f = {0};

    *span = (struct span_view){0};
    for (; wire_next(&w, &f); at = w.at) {
        switch (f.number) {
        case 1:
            span->trace_id = f.bytes;
            break;
        case 2:
            span->span_id = f.bytes;
            break;
        case 3:
            span->trace_state = f.bytes;
            break;
        case 4:
            span->parent_span_id = f.bytes;
            break;
        case 5:
            span->name = f.bytes;
            break;
        case 6:
            span->kind = (int32_t)f.value;
            break;
        case 7:
            span->start_ns = f.value;
            break;
        case 8:
            span->end_ns = f.value;
            break;
        case 9:
            repeated_count(&span->attributes, &w, at, 9);
            break;
        case 10:
            span->dropped_attributes = (uint32_t)f.value;
            break;
        case 11:
            repeated_count(&span->events, &w, at, 11);
            break;
        case 12:
            span->dropped_events = (uint32_t)f.value;
            break;
        case 13:
            repeated_count(&span->links, &w, at, 13);
            break;
        case 14:
            span->dropped_links = (uint32_t)f.value;
            break;
        case 15:
            status_read(f.bytes, span);
            break;
        case 16:
            span->flags = (uint32_t)f.value;
            break;
        default:
            break;
        }
    }
}

void event_read(struct str message, struct event_view *event)
{
    struct wire w = wire_of(message);
    const uint8_t *at = w.at;
    struct wire_field f = {0};

    *event = (struct event_view){0};
    for (; wire_next(&w, &f); at = w.at) {
        switch (f.number) {
        case 1:
            event->time_ns = f.value;
            break;
        case 2:
            event->name = f.bytes;
            break;
        case 3:
            repeated_count(&event->attributes, &w, at, 3);
            break;
        case 4:
            event->dropped_attributes = (uint32_t)f.value;
            break;
        default:
            break;
        }
    }
}

void link_read(struct str message, struct link_view *link)
{
    struct wire w = wire_of(message);
    const uint8_t *at = w.at;
    struct wire_field f = {0};

    *link = (struct link_view){0};
    for (; wire_next(&w, &f); at = w.at) {
        switch (f.number) {
        case 1:
            link->trace_id = f.bytes;
            break;
        case 2:
            link->span_id = f.bytes;
            break;
        case 3:
            link->trace_state = f.bytes;
            break;
        case 4:
            repeated_count(&link->attributes, &w, at, 4);
            break;
        case 5:
            link->dropped_attributes = (uint32_t)f.value;
            break;
        case 6:
            link->flags = (uint32_t)f.value;
            break;
        default:
            break;
        }
    }
}

void scope_read(struct str message, struct scope_view *scope)
{
    struct wire w = wire_of(message);
    const uint8_t *at = w.at;
    struct wire_field f = {0};

    *scope = (struct scope_view){0};
    for (; wire_next(&w, &f); at = w.at) {
        switch (f.number) {
        case 1:
            scope->name = f.bytes;
            break;
        case 2:
            scope->version = f.bytes;
            break;
        case 3:
            repeated_count(&scope->attributes, &w, at, 3);
            break;
        case 4:
            scope->dropped_attributes = (uint32_t)f.value;
            break;
        default:
            break;
        }
    }
}

void resource_read(struct str message, struct resource_view *resource)
{
    struct wire w = wire_of(message);
    const uint8_t *at = w.at;
    struct wire_field f = {0};

    *resource = (struct resource_view){0};
    for (; wire_next(&w, &f); at = w.at) {
        if (f.number == 1)
            repeated_count(&resource->attributes, &w, at, 1);
        else if (f.number == 2)
            resource->dropped_attributes = (uint32_t)f.value;
    }
}

void value_merge(struct str message, struct value_view *value)
{
    struct wire w = wire_of(message);
    struct wire_field f = {0};

    while (wire_next(&w, &f)) {
        switch (f.number) {
        case 1:
            value->kind = VALUE_STRING;
            value->bytes = f.bytes;
            break;
        case 2:
            value->kind = VALUE_BOOL;
            value->boolean = f.value != 0;
            break;
        case 3:
            value->kind = VALUE_INT;
            value->integer = (int64_t)f.value;
            break;
        case 4:
            value->kind = VALUE_DOUBLE;
            memcpy(&value->number, &f.value, sizeof(value->number));
            break;
        case 5:
            value->kind = VALUE_ARRAY;
            value->bytes = f.bytes;
            break;
        case 6:
            value->kind = VALUE_KVLIST;
            value->bytes = f.bytes;
            break;
        case 7:
            value->kind = VALUE_BYTES;
            value->bytes = f.bytes;
            break;
        case 8: /* string_value_strindex has a meaning only in profiles */
            value->kind = VALUE_EMPTY;
            break;
        default:
            break;
        }
    }
}

void value_read(struct str message, struct value_view *value)
{
    *value = (struct value_view){.kind = VALUE_EMPTY};
    value_merge(message, value);
}

struct repeated value_elements(const struct value_view *value)
{
    return (struct repeated){.wire = wire_of(value->bytes), .number = 1, .count = UINT32_MAX};
}

bool repeated_next_any(struct repeated *r, struct str *message)
{
    struct wire_field f = {0};

    while (r->count > 0 && wire_next(&r->wire, &f)) {
        if (f.number == r->number && f.type == WIRE_BYTES) {
            r->count--;
            *message = f.bytes;
            return true;
        }
    }
    return false;
}

void attribute_read(struct str message, struct attribute_view *attribute)
{
    struct wire w = wire_of(message);
    struct wire_field f = {0};

    *attribute = (struct attribute_view){0};
    while (wire_next(&w, &f)) {
        if (f.number == 1)
            attribute->key = f.bytes;
        else if (f.number == 2)
            value_merge(f.bytes, &attribute->value);
    }
}
