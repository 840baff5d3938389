#include "processors/policy_metrics.h"

static const struct metric_family traces = {
    .name = "otelcol_processor_tail_sampling_count_traces_sampled",
    .help = "Count of traces that were sampled or not per sampling policy [Development]",
    .unit = "{traces}",
};

static const struct metric_family executions = {
    .name = "otelcol_processor_tail_sampling_sampling_policy_execution_count",
    .help = "Total number of executions of a specific sampling policy [Development]",
    .unit = "{executions}",
};

static const struct metric_family execution_time = {
    .name = "otelcol_processor_tail_sampling_sampling_policy_execution_time_sum",
    .help = "Total time spent (in microseconds) executing a specific sampling policy [Development]",
    .unit = "µs",
    .per_unit = 1000,
};

static const struct metric_family errors = {
    .name = "otelcol_processor_tail_sampling_sampling_policy_evaluation_error",
    .help = "Count of sampling policy evaluation errors [Development]",
    .unit = "{errors}",
};

void policy_metrics_open(struct policy_metrics *metrics, const char *policy)
{
    *metrics = (struct policy_metrics){
        .policy = policy,
        .executions = metric_open(&executions, "policy", policy, NULL),
        .time_ns = metric_open(&execution_time, "policy", policy, NULL),
    };
}

void policy_metrics_close(struct policy_metrics *metrics)
{
    for (unsigned i = 0; i < POLICY_DECISIONS; i++)
        metric_close(metrics->decided[i]);
    metric_close(metrics->executions);
    metric_close(metrics->time_ns);
}

void policy_metrics_decided(struct policy_metrics *metrics, enum policy_decision decision)
{
    static const char *const names[] = {"not_sampled", "sampled", "dropped"};
    struct metric **metric = &metrics->decided[decision];

    if (!*metric)
        *metric = metric_open(&traces, "policy", metrics->policy, "sampled",
                              decision == POLICY_SAMPLED ? "true" : "false", "decision",
                              names[decision], NULL);
    metric_add(*metric, 1);
    metric_add(metrics->executions, 1);
}

struct metric *policy_metrics_errors(void)
{
    return metric_open(&errors, NULL);
}
