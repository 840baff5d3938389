/*
 * What tail_sampling counts of each policy, with the official collector's names.
 */
#pragma once

#include <stdbool.h>

#include "base/metrics.h"

enum policy_decision { POLICY_NOT_SAMPLED, POLICY_SAMPLED, POLICY_DROPPED, POLICY_DECISIONS };

struct policy_metrics {
    const char *policy;                       /* its name; borrowed */
    struct metric *decided[POLICY_DECISIONS]; /* traces; each NULL until there is one */
    struct metric *executions;
    struct metric *time_ns;
};

void policy_metrics_open(struct policy_metrics *metrics, const char *policy);
void policy_metrics_close(struct policy_metrics *metrics); /* zeroed: no effect */

/* It was asked about a trace. */
void policy_metrics_decided(struct policy_metrics *metrics, enum policy_decision decision);

/* A cell of those that could not be told, of all policies. */
struct metric *policy_metrics_errors(void);
