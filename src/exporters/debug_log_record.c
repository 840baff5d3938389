/*
 * Log records as text.
 */
#include "exporters/debug_put.h"

#include "otlp/log_record.h"

/* Each name stands for four numbers: Info is 9 to 12. */
static const char *severity_name(int32_t severity)
{
    static const char *const names[] = {"Trace", "Debug", "Info", "Warn", "Error", "Fatal"};

    return severity < 1 ? "Unspecified" : debug_name_of((severity - 1) / 4, names, 6);
}

void debug_log_record_block(struct buf *out, struct str message, size_t n)
{
    struct log_record_view record;

    log_record_read(message, &record);
    buf_printf(out, "LogRecord #%zu\n", n);
    debug_put_time_line(out, "Observed time", record.observed_ns);
    debug_put_time_line(out, "Time", record.time_ns);
    debug_put_text_line(out, "Severity text", record.severity_text);
    debug_put_label(out, "Severity number");
    buf_printf(out, "%s(%d)\n", severity_name(record.severity), (int)record.severity);
    if (record.event_name.len > 0)
        debug_put_text_line(out, "Event name", record.event_name);
    debug_put_label(out, "Body");
    debug_put_typed(out, &record.body);
    buf_append_char(out, '\n');
    debug_put_id_line(out, "Trace ID", record.trace_id);
    debug_put_id_line(out, "Span ID", record.span_id);
    debug_put_label(out, "Flags");
    buf_printf(out, "%u\n", record.flags);
    debug_put_number_line(out, "DroppedAttributesCount", record.dropped_attributes);
    if (record.attributes.count > 0)
        buf_printf(out, "Attributes:\n");
    debug_put_attributes(out, record.attributes, "     ");
}

void debug_log_record_line(struct buf *out, struct str message)
{
    struct log_record_view record;

    log_record_read(message, &record);
    if (record.severity_text.len > 0)
        debug_put_text(out, record.severity_text);
    else
        buf_printf(out, "%s", severity_name(record.severity));
    buf_append_char(out, ' ');
    debug_put_value(out, &record.body);
    if (record.attributes.count > 0)
        buf_append_char(out, ' ');
    debug_put_pairs(out, record.attributes, " ");
    buf_append_char(out, '\n');
}
