/*
 * What all counters and histograms were when they were sent last: a reader of delta temporality
 * sends what has come since.
 */
#pragma once

#include "base/metrics.h"

struct metric_baseline { /* zeroed: nothing was sent yet, all were 0 */
    struct counted *at;  /* owned; in the order of metrics_each() */
    size_t count, cap;
    size_t next; /* where the next reading is looked for */
    uint64_t ns; /* when it was: since 1970; 0: never */
};

/* A copy of the reading at the end. */
void metric_baseline_add(struct metric_baseline *baseline, const struct metric_reading *reading);

/*
 * Takes off what was counted then, from the reading and from its buckets (bound_count + 1, which
 * are the caller's). Readings come in their order; baseline->next is 0 before the first one.
 */
void metric_baseline_subtract(struct metric_baseline *baseline, struct metric_reading *reading,
                              uint64_t *buckets);

/* Gives its memory back. */
void metric_baseline_done(struct metric_baseline *baseline);
