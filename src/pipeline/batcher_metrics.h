/*
 * What the batch processor counts.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/metrics.h"

/* Buckets of sizes of batches: items, and bytes. */
enum { BATCH_ITEM_BOUNDS = 22, BATCH_BYTE_BOUNDS = 18 };
extern const uint64_t batch_item_bounds[BATCH_ITEM_BOUNDS], batch_byte_bounds[BATCH_BYTE_BOUNDS];

struct batcher_metrics { /* zeroed: not open */
    struct metric *by_size, *by_timeout, *items, *bytes, *combinations;
};

/* keyed: it has metadata_keys, and counts their combinations. */
void batcher_metrics_open(struct batcher_metrics *metrics, const char *id, bool keyed);
void batcher_metrics_close(struct batcher_metrics *metrics);

/* A batch goes on. full: as it was large enough, not as its time had come. */
void batcher_metrics_send(struct batcher_metrics *metrics, size_t items, size_t bytes, bool full);
