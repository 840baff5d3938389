/*
 * A view of a log record, as span.h has them of spans. opentelemetry-proto 1.11, logs.proto.
 */
#pragma once

#include "otlp/span.h"

struct log_record_view {
    uint64_t time_ns, observed_ns; /* since the epoch; 0: not told */
    int32_t severity;              /* SeverityNumber: 1 to 24, four for each name; or anything */
    uint32_t flags, dropped_attributes;
    struct str severity_text, event_name;
    struct str trace_id, span_id; /* 16 and 8 bytes, or empty */
    struct value_view body;
    struct repeated attributes;
};

void log_record_read(struct str message, struct log_record_view *record);
