/*
 * Views of metrics, as span.h has them of spans. opentelemetry-proto 1.11, metrics.proto.
 *
 *     Metric   one of gauge, sum, histogram, exponential histogram, summary; its data points
 *     point    number: a value; the others: count, sum
 */
#pragma once

#include "otlp/span.h"

enum metric_kind { /* Metric.data: the field's number */
                   METRIC_EMPTY = 0,
                   METRIC_GAUGE = 5,
                   METRIC_SUM = 7,
                   METRIC_HISTOGRAM = 9,
                   METRIC_EXPONENTIAL_HISTOGRAM = 10,
                   METRIC_SUMMARY = 11
};

struct metric_points { /* to be walked: they may lie in several messages, which are one */
    struct wire metric, data;
    enum metric_kind kind;
};

struct metric_view {
    struct str name, description, unit;
    enum metric_kind kind;
    int32_t temporality; /* AggregationTemporality: 0 unspecified, 1 delta, 2 cumulative */
    bool monotonic;      /* of a SUM */
    struct metric_points points;
};

struct point_view { /* a data point of any kind; what a kind does not have is zero */
    uint64_t start_ns, time_ns;
    uint32_t flags;
    struct repeated attributes, exemplars;
    struct value_view value; /* GAUGE, SUM: INT, DOUBLE or EMPTY */
    uint64_t count;
    bool has_sum, has_min, has_max;
    double sum, min, max;
};

struct exemplar_view {            /* one measurement of a data point */
    struct str trace_id, span_id; /* 16, 8 bytes, or empty */
    uint64_t time_ns;
    struct repeated attributes; /* those that the data point does not have */
    struct value_view value;    /* INT, DOUBLE or EMPTY */
};

void metric_read(struct str message, struct metric_view *metric);

/* The next data point's message, not yet read. False when there are no more. */
bool metric_next_point(struct metric_points *points, struct str *message);

void point_read(enum metric_kind kind, struct str message, struct point_view *point);

void exemplar_read(struct str message, struct exemplar_view *exemplar);

/* How many data points a Metric has. */
uint32_t metric_count_points(struct str message);
