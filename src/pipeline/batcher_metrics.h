/*
 * What the batch processor counts.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/metrics.h"

struct batcher_metrics { /* zeroed: not open */
    struct metric *by_size, *by_timeout, *items, *bytes, *combinations;
};

/* keyed: it has metadata_keys, and counts their combinations. */
void batcher_metrics_open(struct batcher_metrics *metrics, const char *id, bool keyed);
void batcher_metrics_close(struct batcher_metrics *metrics);

/* A batch goes on. full: as it was large enough, not as its time had come. */
void batcher_metrics_send(struct batcher_metrics *metrics, size_t items, size_t bytes, bool full);
