/*
 * The signals' names.
 */
#include "otlp/signal.h"

const struct signal_words signal_words[SIGNAL_KINDS] = {
    [TRACES] = {"traces", "spans", "ExportTraceServiceRequest"},
    [METRICS] = {"metrics", "data points", "ExportMetricsServiceRequest"},
    [LOGS] = {"logs", "log records", "ExportLogsServiceRequest"},
};
