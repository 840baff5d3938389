/*
 * Tables of names.
 */
#include "processors/keeper_metrics.h"

#define DECIDED                                                                                    \
    "Global count of traces that were sampled or not by at least one policy [Development]"

struct families {
    struct metric_family decided, dropped, early, large, fresh, held;
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
    .fresh = {.name = "otelc_processor_groupbytrace_traces_received",
              .help = "Traces whose first span has come.",
              .unit = "{traces}"},
    .held = {.name = "otelcol_processor_groupbytrace_num_traces_in_memory",
             .help = "Number of traces currently in the in-memory storage [Development]",
             .unit = "{traces}",
             .kind = FAMILY_GAUGE},
};

/* As the official collector has them where a metric asks for none. */
static const uint64_t age_bounds[] = {0,   5,   10,   25,   50,   75,   100,  250,
                                      500, 750, 1000, 2500, 5000, 7500, 10000};

static const uint64_t decision_bounds[] = {1,    2,    5,    10,    25,    50,    75,   100,
                                           150,  200,  300,  400,   500,   750,   1000, 2000,
                                           3000, 4000, 5000, 10000, 20000, 30000, 50000};

static const struct metric_family late_spans = {
    .name = "otelcol_processor_tail_sampling_early_releases_from_cache_decision",
    .help = "Number of spans that were able to be immediately released due to a decision cache "
            "hit. [Development]",
    .unit = "{spans}",
};

static const struct metric_family late_age = {
    .name = "otelcol_processor_tail_sampling_sampling_late_span_age",
    .help = "Time (in seconds) from the sampling decision was taken and the arrival of a late "
            "span [Development]",
    .unit = "s",
    .kind = FAMILY_HISTOGRAM,
    .bounds = age_bounds,
    .bound_count = sizeof(age_bounds) / sizeof(age_bounds[0]),
};

static const struct metric_family removal_age = {
    .name = "otelcol_processor_tail_sampling_sampling_trace_removal_age",
    .help = "Time (in seconds) from arrival of a new trace until its removal from memory "
            "[Development]",
    .unit = "s",
    .kind = FAMILY_HISTOGRAM,
    .bounds = age_bounds,
    .bound_count = sizeof(age_bounds) / sizeof(age_bounds[0]),
};

static const struct metric_family decision_ms = {
    .name = "otelcol_processor_tail_sampling_sampling_decision_timer_latency",
    .help = "Latency (in milliseconds) of each run of the sampling decision timer [Development]",
    .unit = "ms",
    .kind = FAMILY_HISTOGRAM,
    .bounds = decision_bounds,
    .bound_count = sizeof(decision_bounds) / sizeof(decision_bounds[0]),
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
        .fresh = metric_open(&families->fresh, NULL),
        .held = metric_open(&families->held, NULL),
    };
    if (groups)
        return;
    metrics->late_sampled = metric_open(&late_spans, "sampled", "true", NULL);
    metrics->late_dropped = metric_open(&late_spans, "sampled", "false", NULL);
    metrics->late_age = metric_open(&late_age, NULL);
    metrics->removal_age = metric_open(&removal_age, NULL);
    metrics->decision_ms = metric_open(&decision_ms, NULL);
}

void keeper_metrics_close(struct keeper_metrics *metrics)
{
    metric_close(metrics->sampled);
    metric_close(metrics->dropped);
    metric_close(metrics->early);
    metric_close(metrics->large);
    metric_close(metrics->fresh);
    metric_close(metrics->held);
    metric_close(metrics->late_sampled);
    metric_close(metrics->late_dropped);
    metric_close(metrics->late_age);
    metric_close(metrics->removal_age);
    metric_close(metrics->decision_ms);
}

void keeper_metrics_observe(struct metric *histogram, uint64_t value)
{
    if (histogram)
        metric_observe(histogram, value);
}

uint64_t keeper_metrics_late(const struct keeper_metrics *metrics)
{
    return metrics->late_sampled
               ? metric_value(metrics->late_sampled) + metric_value(metrics->late_dropped)
               : 0;
}
