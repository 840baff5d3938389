/*
 * Two tables of names.
 */
#include "processors/keeper_metrics.h"

#define DECIDED                                                                                    \
    "Global count of traces that were sampled or not by at least one policy [Development]"

struct families {
    struct metric_family decided, dropped, early, large, late, fresh, held;
};

static const struct families sampling = {
    .decided = {.name = "otelcol_processor_tail_sampling_global_count_traces_sampled",
                .help = DECIDED,
                .unit = "{traces}"},
    .early = {.name = "otelcol_processor_tail_sampling_sampling_trace_dropped_too_early",
              .help = "Count of traces that were decided before decision_wait was over, as there "
                      "were too many. [Development]",
              .unit = "{traces}"},
    .large = {.name = "otelcol_processor_tail_sampling_traces_dropped_too_large",
              .help = "Count of traces that were dropped because they were too large. "
                      "[Development]",
              .unit = "{traces}"},
    .late = {.name = "otelc_processor_tail_sampling_late_spans",
             .help = "Spans that came after their trace had been decided, and followed that.",
             .unit = "{spans}"},
    .fresh = {.name = "otelcol_processor_tail_sampling_new_trace_id_received",
              .help = "Counts the arrival of new traces [Development]",
              .unit = "{traces}"},
    .held = {.name = "otelcol_processor_tail_sampling_sampling_traces_on_memory",
             .help = "Tracks the number of traces current on memory [Development]",
             .unit = "{traces}",
             .kind = FAMILY_GAUGE},
};

static const struct families grouping = {
    .decided = {.name = "otelcol_processor_groupbytrace_traces_released",
                .help = "Traces released to the next consumer [Development]",
                .unit = "{releases}"},
    .dropped = {.name = "otelc_processor_groupbytrace_traces_dropped",
                .help = "Traces without a root that discard_orphans has dropped.",
                .unit = "{traces}"},
    .early = {.name = "otelcol_processor_groupbytrace_traces_evicted",
              .help = "Traces that went on before their time, as there were too many. "
                      "[Development]",
              .unit = "{traces}"},
    .large = {.name = "otelc_processor_groupbytrace_traces_dropped_too_large",
              .help = "Traces that were dropped because they were too large.",
              .unit = "{traces}"},
    .late = {.name = "otelc_processor_groupbytrace_late_spans",
             .help = "Spans that came after their trace had gone on.",
             .unit = "{spans}"},
    .fresh = {.name = "otelc_processor_groupbytrace_traces_received",
              .help = "Traces whose first span has come.",
              .unit = "{traces}"},
    .held = {.name = "otelcol_processor_groupbytrace_num_traces_in_memory",
             .help = "Number of traces currently in the in-memory storage [Development]",
             .unit = "{traces}",
             .kind = FAMILY_GAUGE},
};

void keeper_metrics_open(struct keeper_metrics *metrics, bool groups)
{
    const struct families *families = groups ? &grouping : &sampling;

    *metrics = (struct keeper_metrics){
        .sampled = groups ? metric_open(&families->decided, NULL)
                          : metric_open(&families->decided, "sampled", "true", "decision",
                                        "sampled", NULL),
        .dropped = groups ? metric_open(&families->dropped, NULL)
                          : metric_open(&families->decided, "sampled", "false", "decision",
                                        "not_sampled", NULL),
        .early = metric_open(&families->early, NULL),
        .large = metric_open(&families->large, NULL),
        .late = metric_open(&families->late, NULL),
        .fresh = metric_open(&families->fresh, NULL),
        .held = metric_open(&families->held, NULL),
    };
}

void keeper_metrics_close(struct keeper_metrics *metrics)
{
    metric_close(metrics->sampled);
    metric_close(metrics->dropped);
    metric_close(metrics->early);
    metric_close(metrics->large);
    metric_close(metrics->late);
    metric_close(metrics->fresh);
    metric_close(metrics->held);
}
