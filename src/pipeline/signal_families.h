/*
 * Families of metrics that the official collector has once for each signal.
 */
#pragma once

#include "base/metrics.h"
#include "otlp/signal.h"

/* An initializer for struct metric_family[SIGNAL_KINDS]: names are the text before, and "spans",
 * "metric_points" or "log_records"; helps have "spans" and so on between their two texts. */
#define SIGNAL_FAMILIES(before, help_before, help_after)                                           \
    {                                                                                              \
        [TRACES] = {.name = before "spans",                                                        \
                    .help = help_before "spans" help_after,                                        \
                    .unit = "{spans}"},                                                            \
        [METRICS] = {.name = before "metric_points",                                               \
                     .help = help_before "metric points" help_after,                               \
                     .unit = "{datapoints}"},                                                      \
        [LOGS] = {.name = before "log_records",                                                    \
                  .help = help_before "log records" help_after,                                    \
                  .unit = "{records}"},                                                            \
    }
