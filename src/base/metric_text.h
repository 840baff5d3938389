/*
 * The page that Prometheus scrapes: all metrics in its text format, version 0.0.4.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/metrics.h"

#define METRIC_TEXT_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct metric_text {
    enum metric_level level;
    bool type_suffixes; /* counters end in _total */
    bool unit_suffixes; /* _seconds, _bytes */
    const char *labels; /* of every series, as a="x",b="y"; "": none */
    const char *target; /* labels of target_info; NULL: it is left out */
};

void metric_text_write(struct buf *out, const struct metric_text *settings);

/* Appends a number of parts in units, exactly: 1500 of 1000 is 1.5. per_unit is a power of ten. */
void metric_text_number(struct buf *out, uint64_t parts, uint32_t per_unit);
