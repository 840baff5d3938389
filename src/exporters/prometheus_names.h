/*
 * Names of metrics and labels as Prometheus wants them. "Prometheus and OpenMetrics Compatibility"
 * of the OpenTelemetry specification; in what that leaves open, as the official collector.
 */
#pragma once

#include <stdbool.h>

#include "base/buf.h"

enum prometheus_type {
    PROMETHEUS_COUNTER,
    PROMETHEUS_GAUGE,
    PROMETHEUS_HISTOGRAM,
    PROMETHEUS_SUMMARY,
    PROMETHEUS_TYPES
};

struct prometheus_naming {
    const char *namespace; /* stands before each name; "" for none */
    bool suffixes;         /* adds units, _total and _ratio */
};

/* Appends the name of a metric. ratio: it is an OTLP gauge, whose unit 1 means a share. False, and
 * nothing appended: it has no letter or digit. */
bool prometheus_name_metric(const struct prometheus_naming *naming, struct str name,
                            struct str unit, enum prometheus_type type, bool ratio,
                            struct buf *out);

/*
 * Appends text of others as it stands in a page: quotes, where that is wanted, backslashes and line
 * ends are escaped. A NUL, which ends the page for Prometheus' reader, becomes U+FFFD.
 */
void prometheus_escape(struct buf *out, struct str text, bool quotes);

/* Appends the name of a label. False: the key is empty. */
bool prometheus_name_label(struct str key, struct buf *out);
