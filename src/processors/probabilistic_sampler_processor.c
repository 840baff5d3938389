/*
 * Keeps a percentage of the traces, each collector of a tier the same ones: what decides is the
 * trace id (processors/sampler.h). Spans that stay are written anew with what their tracestate then
 * says.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "otlp/wire_write.h"
#include "pipeline/rewriting.h"
#include "processors/sampler.h"

enum { SPAN_TRACE_STATE = 3 /* the field's number */ };

struct probabilistic_settings {
    double sampling_percentage;
    unsigned mode;
    uint64_t hash_seed, sampling_precision;
    bool fail_closed;
    struct sampler sampler; /* derived */
};

struct probabilistic_processor {
    struct component base;
    const struct sampler *sampler;
    struct buf state; /* the tracestate that is written */
    uint64_t kept;    /* spans of the batch that is looked at */
    uint64_t dropped; /* since the start */
    struct log_limit trouble_log;
};

static const char *const modes[] = {
    [SAMPLER_HASH_SEED] = "hash_seed",
    [SAMPLER_PROPORTIONAL] = "proportional",
    [SAMPLER_EQUALIZING] = "equalizing",
    NULL,
};

static const struct field fields[] = {
    FIELD_NUMBER(struct probabilistic_settings, sampling_percentage, "sampling_percentage", "0", 0,
                 1e9, "how many of 100 traces stay; 100 and more: all"),
    FIELD_CHOICE(struct probabilistic_settings, mode, "mode", "hash_seed", modes,
                 "hash_seed: by a hash of the trace id; proportional: a part of what comes, by the "
                 "trace id's randomness; equalizing: as if nobody had sampled before"),
    FIELD_UINT(struct probabilistic_settings, hash_seed, "hash_seed", "0", 0, UINT32_MAX,
               "the same in all collectors that are to keep the same traces"),
    FIELD_BOOL(struct probabilistic_settings, fail_closed, "fail_closed", "true",
               "drops spans whose tracestate contradicts itself; false: keeps them"),
    FIELD_UINT(struct probabilistic_settings, sampling_precision, "sampling_precision", "4", 1, 14,
               "hex digits of the threshold that is written to tracestate"),
    FIELD_IGNORED("attribute_source", "it is for logs, which otelc does not sample"),
    FIELD_IGNORED("from_attribute", "it is for logs, which otelc does not sample"),
    FIELD_IGNORED("sampling_priority", "it is for logs, which otelc does not sample"),
    FIELD_END,
};

static void check(void *settings, const struct node *node, struct problems *problems)
{
    struct probabilistic_settings *s = settings;
    const struct node *place = node_near(node, "sampling_percentage");

    sampler_init(&s->sampler, s->mode, s->sampling_percentage, (uint32_t)s->hash_seed,
                 (unsigned)s->sampling_precision, s->fail_closed);
    if (s->sampling_percentage == 0)
        warning_at(problems, place, "0 drops all spans: write how many of 100 traces are to stay");
    else if (s->sampler.threshold >= RANDOMNESS_END)
        warning_at(problems, place,
                   "it is less than one of the 16384 parts that hash_seed knows, and drops all "
                   "spans: use the mode proportional");
}

/* The span with another tracestate. */
static void write_span(struct str item, bool has_state, struct str state, struct buf *out)
{
    struct wire w = wire_of(item);
    struct wire_field f = {0};

    if (!has_state)
        buf_append_str(out, item);
    while (has_state && wire_next(&w, &f))
        if (f.number != SPAN_TRACE_STATE)
            wire_put_field(out, &f);
    wire_put_bytes(out, SPAN_TRACE_STATE, state);
}

static enum rewrite on_item(void *arg, const struct rewrite_place *place, struct str item,
                            struct buf *out)
{
    struct probabilistic_processor *self = arg;
    struct sampler_verdict verdict;
    struct span_view span;

    (void)place;
    span_read(item, &span);
    verdict =
        sampler_decide(self->sampler, span.trace_id, span.trace_state, sampler_priority_of(&span));
    if (verdict.trouble)
        log_limited(&self->trouble_log, LOG_WARN, self->base.where,
                    "a span was %s: %s (fail_closed says what becomes of such spans)",
                    verdict.keep ? "kept" : "dropped", verdict.trouble);
    if (!verdict.keep)
        return REWRITE_DROP;
    self->kept++;
    if (!verdict.changes)
        return REWRITE_KEEP;
    buf_reset(&self->state);
    ot_member_write(span.trace_state, &verdict.ot, &self->state);
    write_span(item, span.trace_state.len > 0, buf_str(&self->state), out);
    return REWRITE_CHANGE;
}

static const struct rewriter rewriter = {.item = on_item};

static struct result probabilistic_consume(struct component *base, struct batch *batch)
{
    struct probabilistic_processor *self = (struct probabilistic_processor *)base;
    size_t items = batch->items;
    struct result result;

    self->kept = 0;
    result = rewrite_and_pass(base, batch, &rewriter, self);
    if (result.verdict == ACCEPTED && self->kept < items) {
        self->dropped += items - self->kept;
        log_debug(base->where, "kept %" PRIu64 " of %zu spans, dropped %" PRIu64 " since the start",
                  self->kept, items, self->dropped);
    }
    return result;
}

static void probabilistic_destroy(struct component *base)
{
    struct probabilistic_processor *self = (struct probabilistic_processor *)base;

    buf_done(&self->state);
    free(self);
}

static struct component *probabilistic_create(const void *settings, struct worker *worker,
                                              struct error *err)
{
    struct probabilistic_processor *self = mem_zero(sizeof(*self));

    (void)worker, (void)err;
    self->sampler = &((const struct probabilistic_settings *)settings)->sampler;
    return &self->base;
}

const struct component_type probabilistic_sampler_processor = {
    .name = "probabilistic_sampler",
    .kind = PROCESSOR,
    .signals = 1u << TRACES,
    .help = "keeps a percentage of the traces, told by their ids",
    .fields = fields,
    .settings_size = sizeof(struct probabilistic_settings),
    .check = check,
    .create = probabilistic_create,
    .consume = probabilistic_consume,
    .destroy = probabilistic_destroy,
};
