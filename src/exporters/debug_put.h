/*
 * How the debug exporter writes what it shows: shared by the files of the signals. Text of peers is
 * made harmless: control characters are escaped.
 */
#pragma once

#include "base/buf.h"
#include "otlp/span.h"

void debug_put_text(struct buf *out, struct str text);
void debug_put_time(struct buf *out, uint64_t ns); /* since the epoch */
void debug_put_value(struct buf *out, const struct value_view *value);

/* With its type: Str(...), Int(...), as the official collector prints it. */
void debug_put_typed(struct buf *out, const struct value_view *value);

/* A line for each: "-> key: Str(value)"; or all in one: "key=value key=value". */
void debug_put_attributes(struct buf *out, struct repeated attributes, const char *indent);
void debug_put_pairs(struct buf *out, struct repeated attributes, const char *separator);

/* "    Name           : value", the value by one of the above. */
void debug_put_label(struct buf *out, const char *label);
void debug_put_id_line(struct buf *out, const char *label, struct str id);
void debug_put_text_line(struct buf *out, const char *label, struct str text);
void debug_put_time_line(struct buf *out, const char *label, uint64_t ns);
void debug_put_number_line(struct buf *out, const char *label, uint32_t number); /* not 0 */

/* "Unknown" where the number has no name. */
const char *debug_name_of(int32_t number, const char *const *names, int32_t count);

/* An item as a block, the n-th of its scope, and as one line: debug_span.c and so on. */
void debug_span_block(struct buf *out, struct str message, size_t n);
void debug_span_line(struct buf *out, struct str message);
void debug_metric_block(struct buf *out, struct str message, size_t n);
void debug_metric_line(struct buf *out, struct str message); /* one for each data point */
void debug_histogram(struct buf *out, struct str point);     /* what a data point has in buckets */
void debug_exponential(struct buf *out, struct str point);
void debug_summary(struct buf *out, struct str point);
void debug_log_record_block(struct buf *out, struct str message, size_t n);
void debug_log_record_line(struct buf *out, struct str message);
