/*
 * What a processor that holds traces counts: tail_sampling with the official collector's names,
 * groupbytrace with its own.
 */
#pragma once

#include <stdbool.h>

#include "base/metrics.h"

struct keeper_metrics { /* traces, but for late: spans */
    struct metric *sampled, *dropped, *early, *large, *late, *fresh, *held;
};

/* Without labels, as the official ones: several processors count together. */
void keeper_metrics_open(struct keeper_metrics *metrics, bool groups);
void keeper_metrics_close(struct keeper_metrics *metrics);
