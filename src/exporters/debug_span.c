/*
 * Spans as text.
 */
#include "exporters/debug_put.h"

#include "base/hex.h"

static void put_events(struct buf *out, struct repeated events)
{
    struct event_view event;
    struct str message;

    if (events.count > 0)
        buf_printf(out, "Events:\n");
    for (unsigned n = 0; repeated_next(&events, &message); n++) {
        event_read(message, &event);
        buf_printf(out, "SpanEvent #%u\n     -> Name: ", n);
        debug_put_text(out, event.name);
        buf_printf(out, "\n     -> Timestamp: ");
        debug_put_time(out, event.time_ns);
        buf_append_char(out, '\n');
        debug_put_number_line(out, "     -> DroppedAttributesCount", event.dropped_attributes);
        if (event.attributes.count > 0)
            buf_printf(out, "     -> Attributes::\n");
        debug_put_attributes(out, event.attributes, "          ");
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
        debug_put_text(out, link.trace_state);
        buf_append_char(out, '\n');
        debug_put_number_line(out, "     -> DroppedAttributesCount", link.dropped_attributes);
        if (link.attributes.count > 0)
            buf_printf(out, "     -> Attributes::\n");
        debug_put_attributes(out, link.attributes, "          ");
    }
}

void debug_span_block(struct buf *out, struct str message, size_t n)
{
    static const char *const kinds[] = {"Unspecified", "Internal", "Server",
                                        "Client",      "Producer", "Consumer"};
    static const char *const codes[] = {"Unset", "Ok", "Error"};
    struct span_view span;

    span_read(message, &span);
    buf_printf(out, "Span #%zu\n", n);
    debug_put_id_line(out, "Trace ID", span.trace_id);
    debug_put_id_line(out, "Parent ID", span.parent_span_id);
    debug_put_id_line(out, "ID", span.span_id);
    debug_put_text_line(out, "Name", span.name);
    debug_put_text_line(out, "Kind", str_of(debug_name_of(span.kind, kinds, 6)));
    debug_put_time_line(out, "Start time", span.start_ns);
    debug_put_time_line(out, "End time", span.end_ns);
    debug_put_text_line(out, "Status code", str_of(debug_name_of(span.status_code, codes, 3)));
    debug_put_text_line(out, "Status message", span.status_message);
    if (span.trace_state.len > 0)
        debug_put_text_line(out, "TraceState", span.trace_state);
    debug_put_number_line(out, "DroppedAttributesCount", span.dropped_attributes);
    debug_put_number_line(out, "DroppedEventsCount", span.dropped_events);
    debug_put_number_line(out, "DroppedLinksCount", span.dropped_links);
    if (span.attributes.count > 0)
        buf_printf(out, "Attributes:\n");
    debug_put_attributes(out, span.attributes, "     ");
    put_events(out, span.events);
    put_links(out, span.links);
}

void debug_span_line(struct buf *out, struct str message)
{
    struct span_view span;

    span_read(message, &span);
    debug_put_text(out, span.name);
    buf_append_char(out, ' ');
    hex_append(out, span.trace_id);
    buf_append_char(out, ' ');
    hex_append(out, span.span_id);
    if (span.attributes.count > 0)
        buf_append_char(out, ' ');
    debug_put_pairs(out, span.attributes, " ");
    buf_append_char(out, '\n');
}
