/*
 * Keeps a percentage of the traces, each collector of a tier the same ones: what decides is the
 * trace id (processors/sampler.h). Spans that stay are written anew with what their tracestate then
 * says; log records with attributes (processors/record_sampling.h).
 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "otlp/wire_write.h"
#include "pipeline/rewriting.h"
#include "processors/record_sampling.h"

enum { SPAN_TRACE_STATE = 3 /* the field's number */ };

struct probabilistic_settings {
    double sampling_percentage;
    unsigned mode;
    uint64_t hash_seed, sampling_precision;
    bool fail_closed;
    unsigned attribute_source;
    struct record_sampling records;
    struct sampler sampler; /* derived */
};

struct probabilistic_processor {
    struct component base;
    const struct sampler *sampler;
    const struct record_sampling *records;
    struct buf text;                  /* the tracestate that is written, or what is hashed */
    struct attributes attributes;     /* of the record that is written */
    uint64_t kept;                    /* items of the batch that is looked at */
    struct metric *sampled, *dropped; /* items; NULL until some have come */
    struct log_limit trouble_log;
};

static const char *const modes[] = {
    [SAMPLER_HASH_SEED] = "hash_seed",
    [SAMPLER_PROPORTIONAL] = "proportional",
    [SAMPLER_EQUALIZING] = "equalizing",
    NULL,
};

enum { SOURCE_TRACE_ID, SOURCE_RECORD };

static const char *const sources[] = {
    [SOURCE_TRACE_ID] = "traceID", [SOURCE_RECORD] = "record", NULL};

static const struct field fields[] = {
    FIELD_NUMBER(struct probabilistic_settings, sampling_percentage, "sampling_percentage", "0", 0,
                 1e9, "how many of 100 traces stay; 100 and more: all"),
    FIELD_CHOICE(struct probabilistic_settings, mode, "mode", "hash_seed", modes,
                 "hash_seed: by a hash of the trace id; proportional: a part of what comes, by the "
                 "trace id's randomness; equalizing: as if nobody had sampled before"),
    FIELD_UINT(struct probabilistic_settings, hash_seed, "hash_seed", "0", 0, UINT32_MAX,
               "the same in all collectors that are to keep the same traces"),
    FIELD_BOOL(struct probabilistic_settings, fail_closed, "fail_closed", "true",
               "drops what contradicts itself in what it says of sampling, and log records that "
               "have nothing to decide by; false: keeps them"),
    FIELD_UINT(struct probabilistic_settings, sampling_precision, "sampling_precision", "4", 1, 14,
               "hex digits of the threshold that is written to tracestate, or to the attribute "
               "sampling.threshold of a log record"),
    FIELD_CHOICE(struct probabilistic_settings, attribute_source, "attribute_source", "traceID",
                 sources, "logs, hash_seed: what is hashed; record: from_attribute"),
    FIELD_STRING(struct probabilistic_settings, records.attribute, "from_attribute", NULL,
                 "logs: the attribute that decides; in the other modes where there is no trace id"),
    FIELD_STRING(struct probabilistic_settings, records.percentage_attribute, "sampling_priority",
                 NULL,
                 "logs: an attribute with a number; of 100 such records at least so many stay"),
    FIELD_END,
};

static void check(void *settings, const struct node *node, struct problems *problems)
{
    struct probabilistic_settings *s = settings;
    const struct node *place = node_near(node, "sampling_percentage");

    sampler_init(&s->sampler, s->mode, s->sampling_percentage, (uint32_t)s->hash_seed,
                 (unsigned)s->sampling_precision, s->fail_closed);
    s->records.by_attribute = s->attribute_source == SOURCE_RECORD;
    if (s->records.by_attribute && !(s->records.attribute && *s->records.attribute))
        error_at(problems, node_near(node, "attribute_source"),
                 "record needs from_attribute, the attribute of log records that decides");
    if (s->sampling_percentage == 0)
        warning_at(problems, place, "0 drops all: write how many of 100 traces are to stay");
    else if (s->sampler.threshold >= RANDOMNESS_END)
        warning_at(problems, place,
                   "it is less than one of the 16384 parts that hash_seed knows, and drops "
                   "all: use the mode proportional");
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

/* Counts and tells what was decided. */
static enum rewrite verdict_of(struct probabilistic_processor *self, const char *what,
                               const struct sampler_verdict *verdict)
{
    if (verdict->trouble)
        log_limited(&self->trouble_log, LOG_WARN, self->base.where,
                    "a %s was %s: %s (fail_closed says what becomes of such)", what,
                    verdict->keep ? "kept" : "dropped", verdict->trouble);
    self->kept += verdict->keep;
    return !verdict->keep ? REWRITE_DROP : verdict->changes ? REWRITE_CHANGE : REWRITE_KEEP;
}

static enum rewrite on_span(struct probabilistic_processor *self, struct str item, struct buf *out)
{
    struct sampler_verdict verdict;
    struct span_view span;

    span_read(item, &span);
    verdict = sampler_decide_span(self->sampler, span.trace_id, span.trace_state,
                                  sampler_priority_of(&span));
    if (verdict.changes) {
        buf_reset(&self->text);
        ot_member_write(span.trace_state, &verdict.ot, &self->text);
        write_span(item, span.trace_state.len > 0, buf_str(&self->text), out);
    }
    return verdict_of(self, "span", &verdict);
}

static enum rewrite on_record(struct probabilistic_processor *self, struct str item,
                              struct buf *out)
{
    struct log_record_view record;
    struct sampler_verdict verdict;
    struct sampler_item sampled;

    log_record_read(item, &record);
    record_sampling_read(self->records, self->sampler, &record, &self->text, &sampled);
    verdict = sampler_decide(self->sampler, &sampled);
    if (verdict.changes)
        record_sampling_write(&verdict.ot, item, &self->attributes, out);
    return verdict_of(self, "log record", &verdict);
}

static enum rewrite on_item(void *arg, const struct rewrite_place *place, struct str item,
                            struct buf *out)
{
    return place->signal == TRACES ? on_span(arg, item, out) : on_record(arg, item, out);
}

static const struct rewriter rewriter = {.item = on_item};

/* The official collector calls spans traces here, too. */
static void count(struct probabilistic_processor *self, enum signal signal, uint64_t dropped)
{
    static const struct metric_family traces = {
        .name = "otelcol_processor_probabilistic_sampler_count_traces_sampled",
        .help = "Count of traces that were sampled or not [Development]",
        .unit = "{traces}",
    };
    static const struct metric_family logs = {
        .name = "otelcol_processor_probabilistic_sampler_count_logs_sampled",
        .help = "Count of logs that were sampled or not [Development]",
        .unit = "{records}",
    };
    const struct metric_family *family = signal == LOGS ? &logs : &traces;

    if (!self->sampled) {
        self->sampled = metric_open(family, "policy", "trace_id_hash", "sampled", "true", NULL);
        self->dropped = metric_open(family, "policy", "trace_id_hash", "sampled", "false", NULL);
    }
    metric_add(self->sampled, self->kept);
    metric_add(self->dropped, dropped);
}

static struct result probabilistic_consume(struct component *base, struct batch *batch)
{
    struct probabilistic_processor *self = (struct probabilistic_processor *)base;
    size_t items = batch->items;
    struct result result;

    self->kept = 0;
    result = rewrite_and_pass(base, batch, &rewriter, self);
    if (result.verdict == ACCEPTED)
        count(self, batch->signal, items - self->kept);
    if (result.verdict == ACCEPTED && self->kept < items)
        log_debug(base->where, "kept %" PRIu64 " of %zu %s, dropped %" PRIu64 " since the start",
                  self->kept, items, signal_words[batch->signal].items,
                  metric_value(self->dropped));
    return result;
}

static void probabilistic_destroy(struct component *base)
{
    struct probabilistic_processor *self = (struct probabilistic_processor *)base;

    buf_done(&self->text);
    attributes_done(&self->attributes);
    metric_close(self->sampled);
    metric_close(self->dropped);
    free(self);
}

static struct component *probabilistic_create(const void *settings, struct worker *worker,
                                              struct error *err)
{
    struct probabilistic_processor *self = mem_zero(sizeof(*self));
    const struct probabilistic_settings *s = settings;

    (void)worker, (void)err;
    self->sampler = &s->sampler;
    self->records = &s->records;
    return &self->base;
}

const struct component_type probabilistic_sampler_processor = {
    .name = "probabilistic_sampler",
    .kind = PROCESSOR,
    .signals = 1u << TRACES | 1u << LOGS,
    .help = "keeps a percentage of the traces, told by their ids, or of log records",
    .fields = fields,
    .settings_size = sizeof(struct probabilistic_settings),
    .check = check,
    .create = probabilistic_create,
    .consume = probabilistic_consume,
    .destroy = probabilistic_destroy,
};
