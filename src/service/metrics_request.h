/*
 * The program's own metrics as a request of OTLP, with the names, units and scopes that the
 * official collector's have.
 */
#pragma once

#include "base/buf.h"
#include "service/metric_baseline.h"

struct metrics_request {
    enum metric_level level;
    struct str resource; /* a Resource message */
    uint64_t start_ns;   /* when counting began, since 1970 */
    uint64_t now_ns;

    /* Of delta temporality: since is taken off, now is filled in. NULL: it is cumulative. */
    struct metric_baseline *since, *now;
};

/* Appends an attribute of a text: the field `number`, a KeyValue. */
void metrics_request_attribute(struct buf *out, uint32_t number, struct str name, struct str value);

/* Appends an ExportMetricsServiceRequest. */
void metrics_request_write(struct buf *out, const struct metrics_request *request);
