/*
 * The shapes of metrics.proto and metrics_service.proto.
 */
#include "otlp/shape_priv.h"

static const char *const temporality_names[] = {
    "AGGREGATION_TEMPORALITY_UNSPECIFIED",
    "AGGREGATION_TEMPORALITY_DELTA",
    "AGGREGATION_TEMPORALITY_CUMULATIVE",
};
static const struct enum_names temporalities = {RULES(temporality_names)};

static const struct rule exemplar_rules[] = {
    FIXED64(2, PROTO_FIXED64, "timeUnixNano"),
    FIXED64(3, PROTO_DOUBLE, "asDouble"),
    ID(4, "spanId", 8),
    ID(5, "traceId", 16),
    FIXED64(6, PROTO_SFIXED64, "asInt"),
    MESSAGES(7, "filteredAttributes", shape_key_value),
};
static const struct shape exemplar = {"Exemplar", SHAPE_PLAIN, 0, RULES(exemplar_rules)};

static const struct rule number_rules[] = {
    FIXED64(2, PROTO_FIXED64, "startTimeUnixNano"),
    FIXED64(3, PROTO_FIXED64, "timeUnixNano"),
    FIXED64(4, PROTO_DOUBLE, "asDouble"),
    MESSAGES(5, "exemplars", exemplar),
    FIXED64(6, PROTO_SFIXED64, "asInt"),
    MESSAGES(7, "attributes", shape_key_value),
    VARINT(8, PROTO_UINT32, "flags"),
};
static const struct shape number_point = {"NumberDataPoint", SHAPE_PLAIN, 0, RULES(number_rules)};

static const struct rule histogram_point_rules[] = {
    FIXED64(2, PROTO_FIXED64, "startTimeUnixNano"),
    FIXED64(3, PROTO_FIXED64, "timeUnixNano"),
    FIXED64(4, PROTO_FIXED64, "count"),
    FIXED64(5, PROTO_DOUBLE, "sum"),
    PACKED_FIXED64(6, PROTO_FIXED64, "bucketCounts"),
    PACKED_FIXED64(7, PROTO_DOUBLE, "explicitBounds"),
    MESSAGES(8, "exemplars", exemplar),
    MESSAGES(9, "attributes", shape_key_value),
    VARINT(10, PROTO_UINT32, "flags"),
    FIXED64(11, PROTO_DOUBLE, "min"),
    FIXED64(12, PROTO_DOUBLE, "max"),
};
static const struct shape histogram_point = {"HistogramDataPoint", SHAPE_PLAIN, 0,
                                             RULES(histogram_point_rules)};

static const struct rule buckets_rules[] = {
    VARINT(1, PROTO_SINT32, "offset"),
    PACKED_VARINT(2, PROTO_UINT64, "bucketCounts"),
};
static const struct shape buckets = {"Buckets", SHAPE_PLAIN, 0, RULES(buckets_rules)};

static const struct rule exponential_point_rules[] = {
    MESSAGES(1, "attributes", shape_key_value),
    FIXED64(2, PROTO_FIXED64, "startTimeUnixNano"),
    FIXED64(3, PROTO_FIXED64, "timeUnixNano"),
    FIXED64(4, PROTO_FIXED64, "count"),
    FIXED64(5, PROTO_DOUBLE, "sum"),
    VARINT(6, PROTO_SINT32, "scale"),
    FIXED64(7, PROTO_FIXED64, "zeroCount"),
    MESSAGE(8, "positive", buckets),
    MESSAGE(9, "negative", buckets),
    VARINT(10, PROTO_UINT32, "flags"),
    MESSAGES(11, "exemplars", exemplar),
    FIXED64(12, PROTO_DOUBLE, "min"),
    FIXED64(13, PROTO_DOUBLE, "max"),
    FIXED64(14, PROTO_DOUBLE, "zeroThreshold"),
};
static const struct shape exponential_point = {"ExponentialHistogramDataPoint", SHAPE_PLAIN, 0,
                                               RULES(exponential_point_rules)};

static const struct rule quantile_rules[] = {
    FIXED64(1, PROTO_DOUBLE, "quantile"),
    FIXED64(2, PROTO_DOUBLE, "value"),
};
static const struct shape quantile = {"ValueAtQuantile", SHAPE_PLAIN, 0, RULES(quantile_rules)};

static const struct rule summary_point_rules[] = {
    FIXED64(2, PROTO_FIXED64, "startTimeUnixNano"),
    FIXED64(3, PROTO_FIXED64, "timeUnixNano"),
    FIXED64(4, PROTO_FIXED64, "count"),
    FIXED64(5, PROTO_DOUBLE, "sum"),
    MESSAGES(6, "quantileValues", quantile),
    MESSAGES(7, "attributes", shape_key_value),
    VARINT(8, PROTO_UINT32, "flags"),
};
static const struct shape summary_point = {"SummaryDataPoint", SHAPE_PLAIN, 0,
                                           RULES(summary_point_rules)};

static const struct rule gauge_rules[] = {
    MESSAGES(1, "dataPoints", number_point),
};
static const struct shape gauge = {"Gauge", SHAPE_PLAIN, 0, RULES(gauge_rules)};

static const struct rule sum_rules[] = {
    MESSAGES(1, "dataPoints", number_point),
    ENUM(2, temporalities, "aggregationTemporality"),
    VARINT(3, PROTO_BOOL, "isMonotonic"),
};
static const struct shape sum = {"Sum", SHAPE_PLAIN, 0, RULES(sum_rules)};

static const struct rule histogram_rules[] = {
    MESSAGES(1, "dataPoints", histogram_point),
    ENUM(2, temporalities, "aggregationTemporality"),
};
static const struct shape histogram = {"Histogram", SHAPE_PLAIN, 0, RULES(histogram_rules)};

static const struct rule exponential_rules[] = {
    MESSAGES(1, "dataPoints", exponential_point),
    ENUM(2, temporalities, "aggregationTemporality"),
};
static const struct shape exponential = {"ExponentialHistogram", SHAPE_PLAIN, 0,
                                         RULES(exponential_rules)};

static const struct rule summary_rules[] = {
    MESSAGES(1, "dataPoints", summary_point),
};
static const struct shape summary = {"Summary", SHAPE_PLAIN, 0, RULES(summary_rules)};

static const struct rule metric_rules[] = {
    TEXT(1, "name"),
    TEXT(2, "description"),
    TEXT(3, "unit"),
    MESSAGE(5, "gauge", gauge),
    MESSAGE(7, "sum", sum),
    MESSAGE(9, "histogram", histogram),
    MESSAGE(10, "exponentialHistogram", exponential),
    MESSAGE(11, "summary", summary),
    MESSAGES(12, "metadata", shape_key_value),
};
static const struct shape metric = {"Metric", SHAPE_PLAIN, 0, RULES(metric_rules)};

static const struct rule scope_metrics_rules[] = {
    MESSAGE(1, "scope", shape_scope),
    MESSAGES(2, "metrics", metric),
    TEXT(3, "schemaUrl"),
};
static const struct shape scope_metrics = {"ScopeMetrics", SHAPE_SINGLE, 0,
                                           RULES(scope_metrics_rules)};

static const struct rule resource_metrics_rules[] = {
    MESSAGE(1, "resource", shape_resource),
    MESSAGES(2, "scopeMetrics", scope_metrics),
    TEXT(3, "schemaUrl"),
};
static const struct shape resource_metrics = {"ResourceMetrics", SHAPE_SINGLE, 0,
                                              RULES(resource_metrics_rules)};

static const struct rule request_rules[] = {
    MESSAGES(1, "resourceMetrics", resource_metrics),
};
const struct shape shape_metrics_request = {"ExportMetricsServiceRequest", SHAPE_PLAIN, 0,
                                            RULES(request_rules)};
