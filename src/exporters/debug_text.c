/*
 * Batches as text. The detailed form follows what people know from the official collector:
 *
 *     ResourceSpans #0
 *     Resource attributes:
 *          -> service.name: Str(shop)
 *     ScopeSpans #0
 *     InstrumentationScope checkout 1.0
 *     Span #0
 *         Trace ID       : 0102...
 */
#include "exporters/debug_text.h"

#include <inttypes.h>
#include <time.h>

#include "base/hex.h"
#include "jaeger/json_text.h"
#include "otlp/group.h"
#include "otlp/span.h"

/* Text of a peer: no control character reaches a terminal. */
static void put_text(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];

        if (c < 0x20 || c == 0x7f)
            buf_printf(out, "\\x%02x", c);
        else
            buf_append_char(out, (char)c);
    }
}

static void put_time(struct buf *out, uint64_t ns)
{
    time_t seconds = (time_t)(ns / 1000000000);
    struct tm utc;
    char text[32];

    gmtime_r(&seconds, &utc);
    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &utc);
    buf_printf(out, "%s.%09" PRIu64 " +0000 UTC", text, ns % 1000000000);
}

static void put_json(struct buf *out, const struct value_view *value)
{
    struct buf scratch = {0};

    put_text(out, json_text(value, &scratch));
    buf_done(&scratch);
}

static void put_value(struct buf *out, const struct value_view *value)
{
    switch (value->kind) {
    case VALUE_EMPTY:
        break;
    case VALUE_STRING:
        put_text(out, value->bytes);
        break;
    case VALUE_BOOL:
        buf_printf(out, "%s", value->boolean ? "true" : "false");
        break;
    case VALUE_INT:
        buf_printf(out, "%" PRId64, value->integer);
        break;
    case VALUE_DOUBLE:
        buf_printf(out, "%.17g", value->number);
        break;
    case VALUE_ARRAY:
    case VALUE_KVLIST:
        put_json(out, value);
        break;
    case VALUE_BYTES:
        hex_append(out, value->bytes);
        break;
    }
}

/* With its type: Str(...), Int(...), as the official collector prints it. */
static void put_typed(struct buf *out, const struct value_view *value)
{
    static const char *const names[] = {"Empty",  "Str",   "Bool", "Int",
                                        "Double", "Slice", "Map",  "Bytes"};

    buf_printf(out, "%s(", names[value->kind]);
    put_value(out, value);
    buf_append_char(out, ')');
}

static void put_attributes(struct buf *out, struct repeated attributes, const char *indent)
{
    struct attribute_view attribute;

    while (attribute_next(&attributes, &attribute)) {
        buf_printf(out, "%s-> ", indent);
        put_text(out, attribute.key);
        buf_printf(out, ": ");
        put_typed(out, &attribute.value);
        buf_append_char(out, '\n');
    }
}

/* "    Name           : value", the value by one of the put_ functions. */
static void put_label(struct buf *out, const char *label)
{
    buf_printf(out, "    %-15s: ", label);
}

static void put_id_line(struct buf *out, const char *label, struct str id)
{
    put_label(out, label);
    hex_append(out, id);
    buf_append_char(out, '\n');
}

static void put_text_line(struct buf *out, const char *label, struct str text)
{
    put_label(out, label);
    put_text(out, text);
    buf_append_char(out, '\n');
}

static void put_time_line(struct buf *out, const char *label, uint64_t ns)
{
    put_label(out, label);
    put_time(out, ns);
    buf_append_char(out, '\n');
}

static void put_number_line(struct buf *out, const char *label, uint32_t number)
{
    if (number > 0)
        buf_printf(out, "%s: %u\n", label, number);
}

static const char *name_of(int32_t number, const char *const *names, int32_t count)
{
    return number >= 0 && number < count ? names[number] : "Unknown";
}

static void put_events(struct buf *out, struct repeated events)
{
    struct event_view event;
    struct str message;

    if (events.count > 0)
        buf_printf(out, "Events:\n");
    for (unsigned n = 0; repeated_next(&events, &message); n++) {
        event_read(message, &event);
        buf_printf(out, "SpanEvent #%u\n     -> Name: ", n);
        put_text(out, event.name);
        buf_printf(out, "\n     -> Timestamp: ");
        put_time(out, event.time_ns);
        buf_append_char(out, '\n');
        put_number_line(out, "     -> DroppedAttributesCount", event.dropped_attributes);
        if (event.attributes.count > 0)
            buf_printf(out, "     -> Attributes::\n");
        put_attributes(out, event.attributes, "          ");
    }
}

static void put_links(struct buf *out, struct repeated links)
{
    struct link_view link;
    struct str message;

    if (links.count > 0)
        buf_printf(out, "Links:\n");
    for (unsigned n = 0; repeated_next(&links, &message); n++) {
        link_read(message, &link);
        buf_printf(out, "SpanLink #%u\n     -> Trace ID: ", n);
        hex_append(out, link.trace_id);
        buf_printf(out, "\n     -> ID: ");
        hex_append(out, link.span_id);
        buf_printf(out, "\n     -> TraceState: ");
        put_text(out, link.trace_state);
        buf_append_char(out, '\n');
        put_number_line(out, "     -> DroppedAttributesCount", link.dropped_attributes);
        if (link.attributes.count > 0)
            buf_printf(out, "     -> Attributes::\n");
        put_attributes(out, link.attributes, "          ");
    }
}

static void put_span(struct buf *out, struct str message, size_t n)
{
    static const char *const kinds[] = {"Unspecified", "Internal", "Server",
                                        "Client",      "Producer", "Consumer"};
    static const char *const codes[] = {"Unset", "Ok", "Error"};
    struct span_view span;

    span_read(message, &span);
    buf_printf(out, "Span #%zu\n", n);
    put_id_line(out, "Trace ID", span.trace_id);
    put_id_line(out, "Parent ID", span.parent_span_id);
    put_id_line(out, "ID", span.span_id);
    put_text_line(out, "Name", span.name);
    put_text_line(out, "Kind", str_of(name_of(span.kind, kinds, 6)));
    put_time_line(out, "Start time", span.start_ns);
    put_time_line(out, "End time", span.end_ns);
    put_text_line(out, "Status code", str_of(name_of(span.status_code, codes, 3)));
    put_text_line(out, "Status message", span.status_message);
    if (span.trace_state.len > 0)
        put_text_line(out, "TraceState", span.trace_state);
    put_number_line(out, "DroppedAttributesCount", span.dropped_attributes);
    put_number_line(out, "DroppedEventsCount", span.dropped_events);
    put_number_line(out, "DroppedLinksCount", span.dropped_links);
    if (span.attributes.count > 0)
        buf_printf(out, "Attributes:\n");
    put_attributes(out, span.attributes, "     ");
    put_events(out, span.events);
    put_links(out, span.links);
}

static void put_scope(struct buf *out, struct str message, size_t n)
{
    struct scope_view scope;

    scope_read(message, &scope);
    buf_printf(out, "ScopeSpans #%zu\nInstrumentationScope ", n);
    put_text(out, scope.name);
    buf_append_char(out, ' ');
    put_text(out, scope.version);
    buf_append_char(out, '\n');
    if (scope.attributes.count > 0)
        buf_printf(out, "InstrumentationScope attributes:\n");
    put_attributes(out, scope.attributes, "     ");
}

static void put_group(struct buf *out, const struct group *group, size_t n)
{
    const struct group_run *run = NULL;
    struct group_cursor cursor = {0};
    struct resource_view resource;
    size_t scopes = 0, spans = 0;
    struct str item;

    resource_read(group->resource, &resource);
    buf_printf(out, "ResourceSpans #%zu\n", n);
    if (resource.attributes.count > 0)
        buf_printf(out, "Resource attributes:\n");
    put_attributes(out, resource.attributes, "     ");
    while (group_next(group, &cursor, &item)) {
        if (cursor.run != run) {
            run = cursor.run;
            put_scope(out, group_run_scope(run), scopes++);
            spans = 0;
        }
        put_span(out, item, spans++);
    }
}

/* One line: name, ids, attributes. */
static void put_line(struct buf *out, struct str message)
{
    struct attribute_view attribute;
    struct span_view span;

    span_read(message, &span);
    put_text(out, span.name);
    buf_append_char(out, ' ');
    hex_append(out, span.trace_id);
    buf_append_char(out, ' ');
    hex_append(out, span.span_id);
    while (attribute_next(&span.attributes, &attribute)) {
        buf_append_char(out, ' ');
        put_text(out, attribute.key);
        buf_append_char(out, '=');
        put_value(out, &attribute.value);
    }
    buf_append_char(out, '\n');
}

size_t debug_text(struct buf *out, const struct batch *batch, enum verbosity verbosity)
{
    struct groups *groups = groups_new(batch);
    size_t count = groups->count;
    struct str item;

    for (size_t g = 0; g < groups->count && verbosity != VERBOSITY_BASIC; g++) {
        struct group_cursor cursor = {0};

        if (verbosity == VERBOSITY_DETAILED)
            put_group(out, &groups->at[g], g);
        else
            while (group_next(&groups->at[g], &cursor, &item))
                put_line(out, item);
    }
    groups_free(groups);
    return count;
}
