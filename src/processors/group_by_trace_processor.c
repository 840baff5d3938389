/*
 * Brings the spans of a trace together: each goes on when the wait is over, its spans next to each
 * other in one batch. Holding them is processors/trace_keeper's.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "processors/trace_keeper.h"

struct group_settings {
    uint64_t wait_duration_ms, num_traces;
    bool discard_orphans, store_on_disk;
};

static const struct field fields[] = {
    FIELD_DURATION(struct group_settings, wait_duration_ms, "wait_duration", "1s",
                   "a trace goes on so long after its first span"),
    FIELD_UINT(struct group_settings, num_traces, "num_traces", "1000000", 1, 1e9,
               "so many wait, all workers together, in at most a quarter of the memory; then the "
               "oldest goes on early"),
    FIELD_IGNORED("num_workers", "has no effect: each worker of otelc has a share of the traces"),
    FIELD_BOOL(struct group_settings, discard_orphans, "discard_orphans", "false",
               "not supported, as upstream: must be false"),
    FIELD_BOOL(struct group_settings, store_on_disk, "store_on_disk", "false",
               "not supported, as upstream: must be false"),
    FIELD_END,
};

static void check(void *settings, const struct node *node, struct problems *problems)
{
    const struct group_settings *s = settings;

    if (s->discard_orphans)
        error_at(problems, node_near(node, "discard_orphans"),
                 "is not supported: remove it; to drop spans without a root, use tail_sampling");
    if (s->store_on_disk)
        error_at(problems, node_near(node, "store_on_disk"),
                 "is not supported: remove it; sending_queue.storage of an exporter keeps on disk "
                 "what has come until it is delivered");
}

static bool goes_on(struct trace_keeper *keeper, const struct batch *spans, uint64_t now_ms)
{
    (void)keeper, (void)spans, (void)now_ms;
    return true;
}

static void group_free(struct trace_keeper *keeper)
{
    free(keeper);
}

static struct component *group_create(const void *settings, struct worker *worker,
                                      struct error *err)
{
    const struct group_settings *s = settings;
    const struct keeper_settings kept = {
        .groups = true, .wait_ms = s->wait_duration_ms, .most_traces = s->num_traces};
    struct trace_keeper *self = mem_zero(sizeof(*self));

    (void)err;
    trace_keeper_init(self, &kept, goes_on, group_free, worker);
    return &self->base;
}

static const char *const old_names[] = {"group_by_trace", NULL};

const struct component_type group_by_trace_processor = {
    .name = "groupbytrace",
    .old_names = old_names,
    .kind = PROCESSOR,
    .signals = 1u << TRACES,
    .help = "brings the spans of a trace together, before what needs them so",
    .fields = fields,
    .settings_size = sizeof(struct group_settings),
    .placement = BY_TRACE,
    .drains_last = true,
    .check = check,
    .create = group_create,
    .consume = trace_keeper_consume,
    .drain = trace_keeper_drain,
    .held = trace_keeper_held,
    .destroy = trace_keeper_destroy,
};
