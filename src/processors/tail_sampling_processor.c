/*
 * Decides of whole traces, when their spans have come: the settings. Holding traces is
 * processors/trace_keeper's, deciding processors/policies'.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "processors/policies.h"
#include "processors/trace_keeper.h"

struct tail_settings {
    uint64_t decision_wait_ms, decision_wait_after_root_ms;
    uint64_t num_traces;
    uint64_t sampled_cache_size, non_sampled_cache_size;
    uint64_t maximum_trace_size_bytes;
    struct block_list policies;
    unsigned sampling_strategy;
    bool sample_on_first_match, drop_pending_traces_on_shutdown, block_on_overflow;
};

struct tail_processor {
    struct trace_keeper keeper;
    struct policies *policies;
    bool first_match;
};

static const char *const strategies[] = {"trace-complete", "span-ingest", NULL};

static const struct field cache_fields[] = {
    FIELD_UINT(struct tail_settings, sampled_cache_size, "sampled_cache_size", "0", 0, 1e9,
               "traces that were sampled; 0: as many as num_traces"),
    FIELD_UINT(struct tail_settings, non_sampled_cache_size, "non_sampled_cache_size", "0", 0, 1e9,
               "traces that were not; 0: as many as num_traces"),
    FIELD_END,
};

static const struct field fields[] = {
    FIELD_DURATION(struct tail_settings, decision_wait_ms, "decision_wait", "30s",
                   "decides of a trace so long after its first span"),
    FIELD_DURATION(struct tail_settings, decision_wait_after_root_ms,
                   "decision_wait_after_root_received", "0s",
                   "or so long after its root span; 0s: waits in any case"),
    FIELD_UINT(struct tail_settings, num_traces, "num_traces", "50000", 1, 1e9,
               "so many wait, all workers together, in at most a quarter of the memory; then the "
               "oldest is decided early, with the spans that have come"),
    FIELD_BLOCKS(struct tail_settings, policies, "policies", policy_fields, struct policy_settings,
                 "a trace goes on where one of them samples it, and none drops it"),
    {.name = "decision_cache",
     .type = FIELD_TYPE_BLOCK,
     .offset = 0, /* its members lie in the same struct */
     .fields = cache_fields,
     .help = "traces whose decision is remembered, for spans that come late"},
    FIELD_BOOL(struct tail_settings, sample_on_first_match, "sample_on_first_match", "false",
               "the first policy that samples a trace decides; those behind it are not asked"),
    FIELD_CHOICE(struct tail_settings, sampling_strategy, "sampling_strategy", "trace-complete",
                 strategies, "accepted: it always decides when the wait is over"),
    FIELD_BOOL(struct tail_settings, drop_pending_traces_on_shutdown,
               "drop_pending_traces_on_shutdown", "false",
               "at the end, drops what waits; false: decides it with the spans that have come"),
    FIELD_BOOL(struct tail_settings, block_on_overflow, "block_on_overflow", "false",
               "where num_traces wait, refuses for now; false: decides the oldest early"),
    FIELD_UINT(struct tail_settings, maximum_trace_size_bytes, "maximum_trace_size_bytes", "0", 0,
               1e15, "drops a trace whose spans have more bytes than this; 0: no limit"),
    FIELD_IGNORED("expected_new_traces_per_sec", "has no effect: the table grows by itself"),
    FIELD_IGNORED("num_shards", "has no effect: each worker is a shard"),
    FIELD_IGNORED("tail_storage", "has no effect: spans wait in memory, where they came"),
    FIELD_END,
};

static struct policy_list list_of(const struct tail_settings *settings)
{
    return (struct policy_list){settings->policies.at, settings->policies.count};
}

static void check(void *settings, const struct node *node, struct problems *problems)
{
    const struct node *policies = node_get(node, "policies");
    const struct tail_settings *s = settings;

    if (!policies || policies->kind == NODE_NULL ||
        (policies->kind == NODE_LIST && s->policies.count == 0))
        error_at(problems, node_near(node, "policies"),
                 "policies are missing: without one no trace is sampled");
    if (s->sampling_strategy != 0)
        warning_at(problems, node_near(node, "sampling_strategy"),
                   "traces are decided when decision_wait is over, as with trace-complete");
    policies_check(list_of(s), s->policies.nodes, problems);
}

static bool sample(struct trace_keeper *keeper, const struct batch *spans, uint64_t now_ms)
{
    struct tail_processor *self = (struct tail_processor *)keeper;

    return policies_sample(self->policies, spans, self->first_match, now_ms, keeper->base.where);
}

static void tail_free(struct trace_keeper *keeper)
{
    struct tail_processor *self = (struct tail_processor *)keeper;

    policies_free(self->policies);
    free(self);
}

static struct component *tail_create(const void *settings, struct worker *worker, struct error *err)
{
    const struct tail_settings *s = settings;
    const struct keeper_settings kept = {
        .wait_ms = s->decision_wait_ms,
        .root_wait_ms = s->decision_wait_after_root_ms,
        .most_traces = s->num_traces,
        .most_sampled = s->sampled_cache_size > 0 ? s->sampled_cache_size : s->num_traces,
        .most_dropped = s->non_sampled_cache_size > 0 ? s->non_sampled_cache_size : s->num_traces,
        .most_trace_bytes = s->maximum_trace_size_bytes,
        .refuse_at_bounds = s->block_on_overflow,
        .drop_at_end = s->drop_pending_traces_on_shutdown,
    };
    struct policies *policies = policies_new(list_of(s), worker->count, err);
    struct tail_processor *self;

    if (!policies)
        return NULL;
    self = mem_zero(sizeof(*self));
    self->policies = policies;
    self->first_match = s->sample_on_first_match;
    trace_keeper_init(&self->keeper, &kept, sample, tail_free, worker);
    return &self->keeper.base;
}

const struct component_type tail_sampling_processor = {
    .name = "tail_sampling",
    .kind = PROCESSOR,
    .signals = 1u << TRACES,
    .help = "decides of whole traces, when their spans have come, by policies",
    .fields = fields,
    .settings_size = sizeof(struct tail_settings),
    .placement = BY_TRACE,
    .drains_last = true,
    .check = check,
    .create = tail_create,
    .consume = trace_keeper_consume,
    .drain = trace_keeper_drain,
    .held = trace_keeper_held,
    .destroy = trace_keeper_destroy,
};
