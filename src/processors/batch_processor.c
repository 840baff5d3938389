/*
 * The batch processor: its settings; the work is pipeline/batcher.c's.
 */
#include "pipeline/batcher.h"

static const struct field fields[] = {
    FIELD_DURATION(struct batcher_settings, timeout_ms, "timeout", "200ms",
                   "sends what there is after this time; 0s: at once"),
    FIELD_UINT(struct batcher_settings, size, "send_batch_size", "8192", 0, UINT32_MAX,
               "sends as soon as there are so many spans, data points or log records; 0: at once"),
    FIELD_UINT(struct batcher_settings, max_size, "send_batch_max_size", "0", 0, UINT32_MAX,
               "splits what is larger, but no single metric; 0: does not split"),
    FIELD_STRINGS(struct batcher_settings, metadata_keys, "metadata_keys",
                  "one batch for each combination of these header fields of requests; the receiver "
                  "needs include_metadata"),
    FIELD_UINT(struct batcher_settings, metadata_cardinality_limit, "metadata_cardinality_limit",
               "1000", 0, UINT32_MAX,
               "how many combinations may be held at a time, in each worker; what goes beyond is "
               "rejected for good; 0: no limit"),
    FIELD_END,
};

static void check(void *settings, const struct node *node, struct problems *problems)
{
    const struct batcher_settings *s = settings;

    if (s->max_size > 0 && s->max_size < s->size)
        error_at(problems, node_near(node, "send_batch_max_size"),
                 "send_batch_max_size (%llu) must not be less than send_batch_size (%llu)",
                 (unsigned long long)s->max_size, (unsigned long long)s->size);
    batcher_keys_check(&s->metadata_keys, node, problems);
}

const struct component_type batch_processor = {
    .name = "batch",
    .kind = PROCESSOR,
    .signals = SIGNALS_ALL,
    .help = "gathers what comes into larger batches",
    .fields = fields,
    .settings_size = sizeof(struct batcher_settings),
    .check = check,
    .create = batcher_create,
    .consume = batcher_consume,
    .drain = batcher_drain,
    .held = batcher_held,
    .destroy = batcher_destroy,
};
