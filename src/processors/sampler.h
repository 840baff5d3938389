/*
 * Whether a span or log record is among those that a percentage keeps, told by its trace id or
 * something else that it has, and what it says of that afterwards.
 */
#pragma once

#include "otlp/span.h"
#include "processors/trace_state.h"

enum sampler_mode {
    SAMPLER_HASH_SEED,    /* by a hash of the trace id */
    SAMPLER_PROPORTIONAL, /* so many of those that come */
    SAMPLER_EQUALIZING /* so many of those that there once were: some have been left out before */
};

struct sampler {
    enum sampler_mode mode;
    uint32_t seed;
    uint64_t threshold; /* RANDOMNESS_END: none is kept */
    double ratio;       /* of PROPORTIONAL */
    unsigned precision; /* digits of a threshold */
    bool fail_closed;   /* what cannot be told is dropped */
};

void sampler_init(struct sampler *sampler, enum sampler_mode mode, double percentage, uint32_t seed,
                  unsigned precision, bool fail_closed);

enum sampler_priority { PRIORITY_NONE, PRIORITY_KEEP, PRIORITY_DROP };

/* What the attribute sampling.priority says. */
enum sampler_priority sampler_priority_of(const struct span_view *span);

struct sampler_item {
    struct str key; /* what decides: a trace id, or anything that is hashed; at NULL: nothing */
    bool is_random; /* it is a trace id, whose last bytes are random */
    struct ot_member ot; /* what was said by samplers before */
    bool unreadable;     /* ... and makes no sense */
    enum sampler_priority priority;
    uint64_t most_threshold; /* it is to be kept at least so; RANDOMNESS_END: no matter */
};

struct sampler_verdict {
    bool keep;
    bool changes; /* it is to say this: */
    struct ot_member ot;
    const char *trouble; /* what is wrong with what was said: a constant, or NULL */
};

struct sampler_verdict sampler_decide(const struct sampler *sampler,
                                      const struct sampler_item *item);

/* The same of a span, by its tracestate. */
struct sampler_verdict sampler_decide_span(const struct sampler *sampler, struct str trace_id,
                                           struct str trace_state, enum sampler_priority priority);

/* What so many of 100 are kept by. */
uint64_t sampler_threshold(const struct sampler *sampler, double percentage);

/* FNV-1a in 32 bits over the seed's bytes, the lowest first, and those of the text. */
uint32_t sampler_hash(uint32_t seed, struct str text);
