/*
 * The signals' names.
 */
#include "otlp/signal.h"

#include "otlp/shape.h"

const struct signal_words signal_words[SIGNAL_KINDS] = {
    [TRACES] = {"traces", "spans", "rejectedSpans", &shape_traces_request},
    [METRICS] = {"metrics", "data points", "rejectedDataPoints", &shape_metrics_request},
    [LOGS] = {"logs", "log records", "rejectedLogRecords", &shape_logs_request},
};
