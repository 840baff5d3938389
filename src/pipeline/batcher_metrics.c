/*
 * Names and buckets are the official collector's.
 */
#include "pipeline/batcher_metrics.h"

const uint64_t batch_item_bounds[BATCH_ITEM_BOUNDS] = {
    10,   25,   50,   75,   100,  250,  500,   750,   1000,  2000,  3000,
    4000, 5000, 6000, 7000, 8000, 9000, 10000, 20000, 30000, 50000, 100000};
const uint64_t batch_byte_bounds[BATCH_BYTE_BOUNDS] = {
    1 << 7,  1 << 8,  1 << 9,  1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, 1 << 15,
    1 << 16, 1 << 17, 1 << 18, 1 << 19, 1 << 20, 1 << 21, 1 << 22, 1 << 23, 1 << 24};

static const struct metric_family by_size = {
    .name = "otelcol_processor_batch_batch_size_trigger_send",
    .help = "Number of times the batch was sent due to a size trigger [Development]",
    .unit = "{times}",
    .level = METRICS_NORMAL,
};
static const struct metric_family by_timeout = {
    .name = "otelcol_processor_batch_timeout_trigger_send",
    .help = "Number of times the batch was sent due to a timeout trigger [Development]",
    .unit = "{times}",
    .level = METRICS_NORMAL,
};
static const struct metric_family items = {
    .name = "otelcol_processor_batch_batch_send_size",
    .help = "Number of units in the batch [Development]",
    .unit = "{units}",
    .kind = FAMILY_HISTOGRAM,
    .level = METRICS_NORMAL,
    .bounds = batch_item_bounds,
    .bound_count = BATCH_ITEM_BOUNDS,
};
static const struct metric_family bytes = {
    .name = "otelcol_processor_batch_batch_send_size_bytes",
    .help = "Number of bytes in batch that was sent. [Development]",
    .unit = "By",
    .kind = FAMILY_HISTOGRAM,
    .level = METRICS_DETAILED,
    .bounds = batch_byte_bounds,
    .bound_count = BATCH_BYTE_BOUNDS,
};
static const struct metric_family combinations = {
    .name = "otelcol_processor_batch_metadata_cardinality",
    .help = "Number of distinct metadata value combinations being processed [Development]",
    .unit = "{combinations}",
    .kind = FAMILY_GAUGE,
    .level = METRICS_NORMAL,
};

void batcher_metrics_open(struct batcher_metrics *metrics, const char *id, bool keyed)
{
    *metrics = (struct batcher_metrics){
        .by_size = metric_open(&by_size, "processor", id, NULL),
        .by_timeout = metric_open(&by_timeout, "processor", id, NULL),
        .items = metric_open(&items, "processor", id, NULL),
        .bytes = metric_open(&bytes, "processor", id, NULL),
        .combinations = keyed ? metric_open(&combinations, "processor", id, NULL) : NULL,
    };
}

void batcher_metrics_close(struct batcher_metrics *metrics)
{
    metric_close(metrics->by_size);
    metric_close(metrics->by_timeout);
    metric_close(metrics->items);
    metric_close(metrics->bytes);
    metric_close(metrics->combinations);
    *metrics = (struct batcher_metrics){.by_size = NULL};
}

void batcher_metrics_send(struct batcher_metrics *metrics, size_t item_count, size_t size,
                          bool full)
{
    metric_add(full ? metrics->by_size : metrics->by_timeout, 1);
    metric_observe(metrics->items, item_count);
    metric_observe(metrics->bytes, size);
}
