/*
 * Series as a request of metrics: NAMESPACE.calls, NAMESPACE.duration, NAMESPACE.events.
 *
 *     points of some series, ... -> end of their resource -> the same for others -> request
 */
#pragma once

#include "base/buf.h"
#include "connectors/series.h"

enum spanmetric { METRIC_CALLS, METRIC_DURATION, METRIC_EVENTS, SPANMETRICS };

struct spanmetrics_writer {
    const char *namespace;
    const struct distribution_form *form; /* of METRIC_DURATION */
    const char *unit;                     /* of it, too */
    bool delta;
    unsigned metrics[FAMILIES];     /* that the series of a family go into: 1u << METRIC_CALLS */
    struct buf points[SPANMETRICS]; /* of the resource that is written */
    struct buf request;
};

/* Adds a series's data points. */
void spanmetrics_put(struct spanmetrics_writer *w, const struct series *series, uint64_t now_ns);

/* The points so far are of this Resource message; none where there are no points. */
void spanmetrics_end_resource(struct spanmetrics_writer *w, struct str resource);

/* Bytes that the writer has, about as many as the request will have. */
size_t spanmetrics_written(const struct spanmetrics_writer *w);

/* Gives its memory back. */
void spanmetrics_writer_done(struct spanmetrics_writer *w);
