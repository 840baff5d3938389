/*
 * What a processor that holds traces counts: tail_sampling with the official collector's names,
 * groupbytrace with its own.
 */
#pragma once

#include <stdbool.h>

#include "base/metrics.h"

struct keeper_metrics { /* traces, but for late */
    struct metric *sampled, *dropped, *early, *large, *fresh, *held;

    /* Of tail_sampling alone; NULL in groupbytrace: */
    struct metric *late_sampled, *late_dropped; /* spans that followed a decision */
    struct metric *late_age;                    /* s since the decision, for each run of those */
    struct metric *removal_age;                 /* s that a trace was held */
    struct metric *decision_ms;                 /* of each turn of the timer */
};

/* Without labels, as the official ones: several processors count together. */
void keeper_metrics_open(struct keeper_metrics *metrics, bool groups);
void keeper_metrics_close(struct keeper_metrics *metrics);

/* One value comes to a histogram, or to none where it is NULL. */
void keeper_metrics_observe(struct metric *histogram, uint64_t value);

/* Spans that came late, and followed. */
uint64_t keeper_metrics_late(const struct keeper_metrics *metrics);
