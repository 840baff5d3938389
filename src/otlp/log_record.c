/*
 * Reading log records where they lie.
 */
#include "otlp/log_record.h"

void log_record_read(struct str message, struct log_record_view *record)
{
    struct wire w = wire_of(message);
    const uint8_t *at = w.at;
    struct wire_field f = {0};

    *record = (struct log_record_view){0};
    for (; wire_next(&w, &f); at = w.at) {
        switch (f.number) {
        case 1:
            record->time_ns = f.value;
            break;
        case 2:
            record->severity = (int32_t)f.value;
            break;
        case 3:
            record->severity_text = f.bytes;
            break;
        case 5:
            value_merge(f.bytes, &record->body);
            break;
        case 6:
            repeated_count(&record->attributes, &w, at, 6);
            break;
        case 7:
            record->dropped_attributes = (uint32_t)f.value;
            break;
        case 8:
            record->flags = (uint32_t)f.value;
            break;
        case 9:
            record->trace_id = f.bytes;
            break;
        case 10:
            record->span_id = f.bytes;
            break;
        case 11:
            record->observed_ns = f.value;
            break;
        case 12:
            record->event_name = f.bytes;
            break;
        default:
            break;
        }
    }
}
