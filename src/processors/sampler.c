/*
 * Probability sampling: a randomness of 56 bits against a threshold.
 *
 * The hash has 14 bits that decide. Turned around they are the highest bits of a randomness, so
 * that a sampler further on, which knows nothing of the hash, decides the same by rv.
 */
#include "processors/sampler.h"

#include <math.h>
#include <stdlib.h>

enum { BUCKET_BITS = 14, BUCKETS = 1 << BUCKET_BITS, DIGIT_BITS = 4, DIGITS = 14 };

uint32_t sampler_hash(uint32_t seed, struct str text)
{
    uint32_t hash = 2166136261;

    for (unsigned i = 0; i < 4; i++)
        hash = (hash ^ (seed >> 8 * i & 0xff)) * 16777619;
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (uint8_t)text.at[i]) * 16777619;
    return hash;
}

static uint64_t hashed_randomness(uint32_t seed, struct str trace_id)
{
    uint32_t hash = sampler_hash(seed, trace_id);
    uint64_t bucket = hash % BUCKETS, rest = hash >> (32 - BUCKET_BITS);

    return (BUCKETS - 1 - bucket) << 42 | (rest ^ rest << 10) << BUCKET_BITS | bucket;
}

static uint64_t id_randomness(struct str trace_id)
{
    uint64_t randomness = 0;

    for (size_t i = 9; i < trace_id.len; i++)
        randomness = randomness << 8 | (uint8_t)trace_id.at[i];
    return randomness;
}

/*
 * Of a threshold only so many digits are told, and more where the probability is close to 0 or 1,
 * whose first digits say nothing.
 */
static uint64_t threshold_of(double probability, unsigned precision)
{
    int kept, left_out, leading, shift;
    uint64_t threshold;

    if (probability < 1.0 / (double)RANDOMNESS_END)
        return RANDOMNESS_END;
    if (probability >= 1)
        return 0;
    frexp(probability, &kept);
    frexp(1 - probability, &left_out);
    leading = (kept < left_out ? kept : left_out) / -DIGIT_BITS;
    threshold = RANDOMNESS_END - (uint64_t)round(probability * (double)RANDOMNESS_END);
    shift = DIGIT_BITS * (DIGITS - ((int)precision + leading));
    if (shift > 0) {
        threshold += (uint64_t)1 << (shift - 1);
        threshold = threshold >> shift << shift;
    }
    return threshold;
}

void sampler_init(struct sampler *sampler, enum sampler_mode mode, double percentage, uint32_t seed,
                  unsigned precision, bool fail_closed)
{
    float percent = percentage < 100 ? (float)percentage : 100;
    uint64_t buckets = (uint64_t)(percent * (float)(BUCKETS / 100.0)); /* all of it in 32 bits */

    *sampler = (struct sampler){.mode = mode,
                                .seed = seed,
                                .ratio = (double)percent / 100,
                                .precision = precision,
                                .fail_closed = fail_closed};
    if (percent > 0 && sampler->ratio < 1.0 / (double)RANDOMNESS_END)
        sampler->ratio = 1.0 / (double)RANDOMNESS_END;
    sampler->threshold = mode == SAMPLER_HASH_SEED ? (BUCKETS - buckets) << 42
                                                   : threshold_of(sampler->ratio, precision);
}

static enum sampler_priority priority_of_number(double number)
{
    return number == 0 ? PRIORITY_DROP : number > 0 ? PRIORITY_KEEP : PRIORITY_NONE;
}

static enum sampler_priority priority_of_text(struct str text)
{
    char copy[32], *end;
    double number;

    if (text.len == 0 || text.len >= sizeof(copy))
        return PRIORITY_NONE;
    memcpy(copy, text.at, text.len);
    copy[text.len] = '\0';
    number = strtod(copy, &end);
    return end == copy + text.len ? priority_of_number(number) : PRIORITY_NONE;
}

enum sampler_priority sampler_priority_of(const struct span_view *span)
{
    struct repeated attributes = span->attributes;
    struct attribute_view attribute;

    while (attribute_next(&attributes, &attribute)) {
        if (!str_eq(attribute.key, STR("sampling.priority")))
            continue;
        switch (attribute.value.kind) {
        case VALUE_INT:
            return priority_of_number((double)attribute.value.integer);
        case VALUE_DOUBLE:
            return priority_of_number(attribute.value.number);
        case VALUE_STRING:
            return priority_of_text(attribute.value.bytes);
        default:
            return PRIORITY_NONE;
        }
    }
    return PRIORITY_NONE;
}

static uint64_t with_priority(uint64_t threshold, enum sampler_priority priority)
{
    return priority == PRIORITY_NONE ? threshold : priority == PRIORITY_KEEP ? 0 : RANDOMNESS_END;
}

/* The item's own wishes on top. */
static uint64_t adjusted(uint64_t threshold, const struct sampler_item *item)
{
    threshold = with_priority(threshold, item->priority);
    return threshold < item->most_threshold ? threshold : item->most_threshold;
}

/* The hash decides in any case; what others have said that sampled before stays as it is. */
static struct sampler_verdict decide_by_hash(const struct sampler *sampler,
                                             const struct sampler_item *item)
{
    uint64_t threshold = adjusted(sampler->threshold, item);
    struct sampler_verdict verdict = {0};

    if (item->unreadable)
        verdict.trouble = "what it says of sampling cannot be read, and stays as it is";
    else if (item->ot.has_threshold || item->ot.has_randomness)
        verdict.trouble = "it has been sampled before, and what it says of that stays as it is: "
                          "use the mode proportional or equalizing";
    verdict.ot = (struct ot_member){.has_randomness = true,
                                    .has_threshold = true,
                                    .randomness = hashed_randomness(sampler->seed, item->key),
                                    .threshold = threshold};
    verdict.keep = verdict.ot.randomness >= threshold;
    verdict.changes = verdict.keep && !verdict.trouble;
    return verdict;
}

/* What the sampler keeps of what comes with such a threshold. */
static uint64_t next_threshold(const struct sampler *sampler, const struct ot_member *ot)
{
    double before = 1;

    if (sampler->mode == SAMPLER_EQUALIZING)
        return sampler->threshold;
    if (ot->has_threshold)
        before = (double)(RANDOMNESS_END - ot->threshold) / (double)RANDOMNESS_END;
    return threshold_of(before * sampler->ratio, sampler->precision);
}

static struct sampler_verdict decide_by_randomness(const struct sampler *sampler,
                                                   const struct sampler_item *item)
{
    uint64_t threshold = sampler->fail_closed ? RANDOMNESS_END : 0, randomness;
    struct sampler_verdict verdict = {.ot = item->ot};
    struct ot_member *ot = &verdict.ot;

    if (item->unreadable)
        verdict.trouble = "what it says of sampling cannot be read";
    randomness = ot->has_randomness ? ot->randomness
                 : item->is_random  ? id_randomness(item->key)
                                    : hashed_randomness(sampler->seed, item->key);
    if (ot->has_threshold && ot->threshold > randomness) {
        verdict.trouble = "it has a threshold that it should not have passed";
        ot->has_threshold = false;
    } else if (!verdict.trouble) {
        threshold = next_threshold(sampler, ot);
    }
    threshold = adjusted(threshold, item);
    verdict.keep = randomness >= threshold;
    if (!ot->has_threshold || ot->threshold < threshold)
        ot->threshold = threshold; /* what has been left out before does not come back */
    ot->has_threshold = true;
    verdict.changes = verdict.keep;
    return verdict;
}

struct sampler_verdict sampler_decide(const struct sampler *sampler,
                                      const struct sampler_item *item)
{
    bool is_known = item->key.at || (sampler->mode != SAMPLER_HASH_SEED && item->ot.has_randomness);

    if (!is_known)
        return (struct sampler_verdict){.keep = !sampler->fail_closed ||
                                                item->most_threshold < RANDOMNESS_END,
                                        .trouble = "it has nothing that decides"};
    return sampler->mode == SAMPLER_HASH_SEED ? decide_by_hash(sampler, item)
                                              : decide_by_randomness(sampler, item);
}

struct sampler_verdict sampler_decide_span(const struct sampler *sampler, struct str trace_id,
                                           struct str trace_state, enum sampler_priority priority)
{
    struct sampler_item item = {
        .key = trace_id, .is_random = true, .priority = priority, .most_threshold = RANDOMNESS_END};

    item.unreadable = !ot_member_read(trace_state, &item.ot);
    return sampler_decide(sampler, &item);
}

uint64_t sampler_threshold(const struct sampler *sampler, double percentage)
{
    return threshold_of(percentage / 100, sampler->precision);
}
