/*
 * Sends the program's own metrics, as service.telemetry.metrics asks for: one for each reader that
 * is periodic. To the service it is an extension that no section defines.
 *
 *     interval --> metrics_each --> OTLP --> an exporter of its own, otlp or otlphttp; or stdout
 *                    '-- again when all else has ended
 *
 * The exporter belongs to no pipeline. It counts nothing, so that metrics are those of users' data
 * alone, and has one request on its way at the most: a slow peer costs points, not memory.
 */
#pragma once

#include "base/metrics.h"
#include "base/str.h"
#include "pipeline/component.h"

struct metrics_sender_settings {
    uint64_t interval_ms;
    enum metric_level level;
    bool delta;
    struct str resource;                   /* a Resource message */
    const struct component_type *exporter; /* NULL: to stdout */
    const void *exporter_settings;
    const char *to; /* where, for the log */
};

extern const struct component_type metrics_sender;
