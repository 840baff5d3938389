/*
 * The keys of sending_queue and retry_on_failure, and what goes together.
 */
#include "pipeline/sender.h"

static const char *const sizers[] = {"requests", "items", "bytes", NULL};

static const char *const batch_sizers[] = {"items", "bytes", NULL}; /* enum batch_unit */

static const struct field partition_fields[] = {
    FIELD_STRINGS(struct batcher_settings, metadata_keys, "metadata_keys",
                  "one batch for each combination of these header fields of requests"),
    FIELD_END,
};

const struct field queue_batch_fields[] = {
    FIELD_DURATION(struct queue_batch_settings, batcher.timeout_ms, "flush_timeout", "200ms",
                   "what there is goes on after this time"),
    FIELD_UINT(struct queue_batch_settings, batcher.size, "min_size", "8192", 0, UINT32_MAX,
               "goes on as soon as there is so much"),
    FIELD_UINT(struct queue_batch_settings, batcher.max_size, "max_size", "0", 0, UINT32_MAX,
               "splits what is larger; 0: does not split"),
    {.name = "min_size_items",
     .type = FIELD_TYPE_UINT,
     .offset = offsetof(struct queue_batch_settings, batcher.size),
     .max = UINT32_MAX,
     .help = "the old form of min_size",
     .note = "write it as min_size"},
    {.name = "max_size_items",
     .type = FIELD_TYPE_UINT,
     .offset = offsetof(struct queue_batch_settings, batcher.max_size),
     .max = UINT32_MAX,
     .help = "the old form of max_size",
     .note = "write it as max_size"},
    FIELD_CHOICE(struct queue_batch_settings, batcher.unit, "sizer", "items", batch_sizers,
                 "what the sizes count; bytes where the queue's sizer is that"),
    FIELD_BLOCK(struct queue_batch_settings, batcher, "partition", partition_fields,
                "what may not stand in one batch"),
    FIELD_END,
};

const struct field queue_fields[] = {
    FIELD_BOOL(struct queue_settings, enabled, "enabled", "true",
               "false: a batch is sent at once, or refused for now where all consumers are busy"),
    FIELD_UINT(struct queue_settings, num_consumers, "num_consumers", "10", 1, 10000,
               "batches that are sent at a time, shared out over the workers"),
    FIELD_UINT(struct queue_settings, queue_size, "queue_size", "1000", 1, 1e12,
               "what may wait, in units of sizer, shared out over the workers; a full queue pushes "
               "back to the clients"),
    FIELD_CHOICE(struct queue_settings, sizer, "sizer", "requests", sizers,
                 "what queue_size counts: batches, their spans, or bytes"),
    FIELD_BOOL(struct queue_settings, block_on_overflow, "block_on_overflow", "false",
               "true: clients wait until a full queue has room; false: they are told to try again"),
    {.name = "blocking",
     .type = FIELD_TYPE_BOOL,
     .offset = offsetof(struct queue_settings, block_on_overflow),
     .help = "the old form of block_on_overflow",
     .note = "write it as block_on_overflow"},
    FIELD_BOOL(struct queue_settings, wait_for_result, "wait_for_result", "false",
               "clients are answered when the data is delivered or given up; only where no batch "
               "processor is in between"),
    FIELD_EXTENSION(
        struct queue_settings, storage, "storage",
        "a file_storage: what comes to the pipelines of this exporter is on disk before "
        "it is acknowledged, and stays there until it is delivered"),
    FIELD_SWITCH(struct queue_settings, batch, "batch", queue_batch_fields,
                 "gathers batches before they wait; off where it is absent"),
    FIELD_END,
};

const struct field retry_fields[] = {
    FIELD_BOOL(struct retry_settings, enabled, "enabled", "true",
               "false: a batch that cannot be delivered at once is dropped"),
    FIELD_DURATION(struct retry_settings, initial_interval_ms, "initial_interval", "5s",
                   "the first wait"),
    FIELD_NUMBER(struct retry_settings, randomization_factor, "randomization_factor", "0.5", 0, 1,
                 "each wait is made up to this part of it shorter or longer, by chance"),
    FIELD_NUMBER(struct retry_settings, multiplier, "multiplier", "1.5", 0, 1000,
                 "each wait is so many times as long as the one before"),
    FIELD_DURATION(struct retry_settings, max_interval_ms, "max_interval", "30s",
                   "no wait is longer, but where the server asks for it"),
    FIELD_DURATION(struct retry_settings, max_elapsed_time_ms, "max_elapsed_time", "0s",
                   "drops a batch after trying for so long; 0: never (otelcol gives up after 5m)"),
    FIELD_END,
};

static void batch_check(struct queue_settings *queue, const struct node *node,
                        struct problems *problems)
{
    struct batcher_settings *s = &queue->batch.batcher;

    if (!node_get(node, "sizer") && queue->sizer == SIZER_BYTES)
        s->unit = BATCH_BYTES;
    if (s->timeout_ms == 0)
        error_at(problems, node_near(node, "flush_timeout"), "must be longer than 0s");
    if (s->max_size > 0 && s->max_size < s->size)
        error_at(problems, node_near(node, "max_size"), "must not be less than min_size (%llu)",
                 (unsigned long long)s->size);
    if (queue->sizer == (s->unit == BATCH_BYTES ? SIZER_BYTES : SIZER_ITEMS) &&
        s->size > queue->queue_size)
        error_at(problems, node_near(node, "min_size"), "must not be more than queue_size (%llu)",
                 (unsigned long long)queue->queue_size);
    batcher_keys_check(&s->metadata_keys, node_get(node, "partition"), problems);
}

static void queue_check(struct queue_settings *queue, const struct node *node,
                        struct problems *problems)
{
    if (queue->batch.enabled)
        batch_check(queue, node_get(node, "batch"), problems);
    if (queue->wait_for_result && queue->storage)
        error_at(problems, node_near(node, "wait_for_result"),
                 "does not go with storage: what is on disk is answered at once");
    if (queue->wait_for_result && queue->batch.enabled)
        error_at(problems, node_near(node, "wait_for_result"),
                 "does not go with batch: a batch has what many clients have sent");
}

void sender_settings_check(struct sender_settings *settings, const struct node *node,
                           struct problems *problems)
{
    struct retry_settings *retry = &settings->retry;
    const struct node *at = node_get(node, "retry_on_failure");

    queue_check(&settings->queue, node_get(node, "sending_queue"), problems);
    if (!retry->enabled || retry->max_elapsed_time_ms == 0)
        return;
    if (retry->max_elapsed_time_ms < retry->initial_interval_ms)
        error_at(problems, node_near(at ? at : node, "max_elapsed_time"),
                 "must not be shorter than initial_interval (0: never gives up)");
    if (retry->max_interval_ms > retry->max_elapsed_time_ms)
        retry->max_interval_ms = retry->max_elapsed_time_ms;
}
