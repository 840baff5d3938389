/*
 * Asking policies, in the order of the list, when those that look at spans have seen them.
 */
#include "processors/policies.h"

#include <stdlib.h>
#include <uv.h>

#include "base/mem.h"
#include "processors/policies_priv.h"

enum { TIMED_ONE_OF = 16 /* traces */ };

enum verdict { NOT_SAMPLED, SAMPLED, INVERTED_NOT_SAMPLED, INVERTED_SAMPLED, DROPPED };

/* ---- asking ---- */

struct question {
    const struct batch *spans;
    struct str trace_id;
    uint64_t now_ms;
};

static enum verdict ask(struct policy *policy, const struct question *question);

static enum verdict sampled_if(bool yes)
{
    return yes ? SAMPLED : NOT_SAMPLED;
}

static enum verdict inverted_if(bool matched)
{
    return matched ? INVERTED_NOT_SAMPLED : INVERTED_SAMPLED;
}

static bool is_sampled(enum verdict verdict)
{
    return verdict == SAMPLED || verdict == INVERTED_SAMPLED;
}

static bool is_slow(const struct policy *policy)
{
    uint64_t from = policy->settings->latency.threshold_ms,
             to = policy->settings->latency.upper_threshold_ms, ms = 0;

    if (policy->end_ns > policy->start_ns)
        ms = (policy->end_ns - policy->start_ns) / 1000000;
    return to == 0 ? ms >= from : ms > from && ms <= to;
}

/* FNV-1a in 64 bits. */
static uint64_t hash_of(const char *salt, struct str id)
{
    uint64_t hash = 14695981039346656037u;

    for (; *salt; salt++)
        hash = (hash ^ (uint8_t)*salt) * 1099511628211u;
    for (size_t i = 0; i < id.len; i++)
        hash = (hash ^ (uint8_t)id.at[i]) * 1099511628211u;
    return hash;
}

static bool take(struct flow *flow, double amount, uint64_t now_ms)
{
    double back =
        now_ms > flow->at_ms ? (double)(now_ms - flow->at_ms) * flow->per_second / 1e3 : 0;

    flow->spent -= back < flow->spent ? back : flow->spent;
    flow->at_ms = now_ms;
    if (flow->spent + amount > flow->burst)
        return false;
    flow->spent += amount;
    return true;
}

static bool has_so_many(const struct policy_settings *s, size_t spans)
{
    return spans >= s->span_count.min_spans &&
           (s->span_count.max_spans == 0 || spans <= s->span_count.max_spans);
}

static bool all_sample(struct policy *policy, const struct question *question)
{
    for (size_t i = 0; i < policy->sub_count; i++)
        if (!is_sampled(ask(&policy->subs[i], question)))
            return false;
    return true;
}

static enum verdict opposite(enum verdict verdict)
{
    return verdict == DROPPED ? DROPPED : sampled_if(!is_sampled(verdict));
}

/* The first that samples it counts its spans, in each second anew. */
static bool composite_samples(struct policy *policy, const struct question *question)
{
    double spans = (double)question->spans->items;

    if (policy->second != question->now_ms / 1000)
        for (size_t i = 0; i < policy->sub_count; i++)
            policy->subs[i].taken = 0;
    policy->second = question->now_ms / 1000;
    for (size_t i = 0; i < policy->sub_count; i++) {
        struct policy *sub = &policy->subs[i];

        if (!is_sampled(ask(sub, question)))
            continue;
        if (sub->taken + spans > sub->part || sub->taken + spans > policy->total)
            return false;
        sub->taken += spans;
        return true;
    }
    return false;
}

static enum verdict ask(struct policy *policy, const struct question *question)
{
    const struct policy_settings *s = policy->settings;
    const struct batch *spans = question->spans;

    switch ((enum policy_type)s->type) {
    case POLICY_ALWAYS_SAMPLE:
        return SAMPLED;
    case POLICY_LATENCY:
        return sampled_if(is_slow(policy));
    case POLICY_NUMERIC_ATTRIBUTE:
        return s->numeric.invert_match ? inverted_if(policy->matched) : sampled_if(policy->matched);
    case POLICY_STRING_ATTRIBUTE:
        return s->string.invert_match ? inverted_if(policy->matched) : sampled_if(policy->matched);
    case POLICY_BOOLEAN_ATTRIBUTE:
        return s->boolean.invert_match ? inverted_if(policy->matched) : sampled_if(policy->matched);
    case POLICY_STATUS_CODE:
    case POLICY_TRACE_STATE:
    case POLICY_TRACE_FLAGS:
    case POLICY_OTTL_CONDITION:
        return sampled_if(policy->matched);
    case POLICY_PROBABILISTIC:
        return sampled_if(s->probabilistic.sampling_percentage > 0 &&
                          hash_of(s->probabilistic.hash_salt, question->trace_id) <=
                              policy->threshold);
    case POLICY_RATE_LIMITING:
        return sampled_if(take(&policy->flow, (double)spans->items, question->now_ms));
    case POLICY_BYTES_LIMITING:
        return sampled_if(take(&policy->flow, (double)spans->bytes, question->now_ms));
    case POLICY_SPAN_COUNT:
        return sampled_if(has_so_many(s, spans->items));
    case POLICY_AND:
        return sampled_if(all_sample(policy, question));
    case POLICY_NOT:
        return opposite(ask(&policy->subs[0], question));
    case POLICY_DROP:
        return all_sample(policy, question) ? DROPPED : NOT_SAMPLED;
    case POLICY_COMPOSITE:
        return sampled_if(composite_samples(policy, question));
    case POLICY_TYPES:
        break;
    }
    return NOT_SAMPLED;
}

static struct str id_of(const struct batch *spans)
{
    const struct slice *slice = &spans->slices[0];
    struct span_view span;

    span_read(payload_str(slice->payload, slice->payload->items[slice->first]), &span);
    return span.trace_id;
}

static enum policy_decision decision_of(enum verdict verdict)
{
    return verdict == DROPPED    ? POLICY_DROPPED
           : is_sampled(verdict) ? POLICY_SAMPLED
                                 : POLICY_NOT_SAMPLED;
}

/* Reading the clock at each span for each policy would take longer than many a policy. */
static void begin_timing(struct policies *policies)
{
    policies->timed = policies->traces++ % TIMED_ONE_OF == 0;
    for (size_t i = 0; policies->timed && i < policies->count; i++)
        policies->at[i].spent_ns = 0;
}

/* The times of this trace stand for those since the last that was timed. */
static void end_timing(struct policies *policies)
{
    if (!policies->timed)
        return;
    for (size_t i = 0; i < policies->count; i++)
        metric_add(policies->at[i].metrics.time_ns,
                   policies->at[i].spent_ns * (policies->traces - policies->timed_for));
    policies->timed_for = policies->traces;
}

static enum verdict ask_timed(struct policy *policy, const struct question *question)
{
    uint64_t begin_ns = uv_hrtime();
    enum verdict verdict = ask(policy, question);

    policy->spent_ns += uv_hrtime() - begin_ns;
    return verdict;
}

bool policies_sample(struct policies *policies, const struct batch *spans, bool first_match,
                     uint64_t now_ms, const char *where)
{
    const struct question question = {.spans = spans, .trace_id = id_of(spans), .now_ms = now_ms};
    bool seen[DROPPED + 1] = {false};

    policies->where = where;
    begin_timing(policies);
    policies_look(policies, spans);
    for (size_t i = 0; i < policies->count; i++) {
        struct policy *policy = &policies->at[i];
        enum verdict verdict = (policies->timed ? ask_timed : ask)(policy, &question);

        policy_metrics_decided(&policy->metrics, decision_of(verdict));
        seen[verdict] = true;
        if (verdict == DROPPED || (verdict == SAMPLED && first_match))
            break;
    }
    end_timing(policies);
    if (seen[DROPPED] || seen[INVERTED_NOT_SAMPLED])
        return false;
    return seen[SAMPLED] || (seen[INVERTED_SAMPLED] && !seen[NOT_SAMPLED]);
}

/* ---- making them ---- */

static bool looks_at_spans(enum policy_type type)
{
    static const bool looks[POLICY_TYPES] = {
        [POLICY_LATENCY] = true,           [POLICY_NUMERIC_ATTRIBUTE] = true,
        [POLICY_STATUS_CODE] = true,       [POLICY_STRING_ATTRIBUTE] = true,
        [POLICY_BOOLEAN_ATTRIBUTE] = true, [POLICY_TRACE_STATE] = true,
        [POLICY_TRACE_FLAGS] = true,       [POLICY_OTTL_CONDITION] = true,
    };

    return looks[type];
}

static bool compile_patterns(struct policy *policy, struct error *err)
{
    const struct string_list *values = &policy->settings->string.values;
    bool good = true;

    policy->patterns = mem_zero(values->count * sizeof(policy->patterns[0]));
    for (size_t i = 0; i < values->count && good; i++) {
        policy->patterns[i] = regex_new(str_of(values->at[i]), err);
        good = policy->patterns[i] != NULL;
    }
    return good;
}

static bool compile_conditions(struct conditions *conditions, const struct node *list,
                               enum ottl_context context, struct error *err)
{
    size_t count = policy_condition_count(list);

    conditions->at = mem_zero(count * sizeof(conditions->at[0]));
    for (; conditions->count < count; conditions->count++) {
        struct str text = str_of(policy_condition(list, conditions->count));
        struct ottl_condition *condition = ottl_condition_new(text, context, false, err);

        if (!condition)
            return false;
        conditions->at[conditions->count] = condition;
    }
    return true;
}

static void set_flow(struct flow *flow, uint64_t per_second, uint64_t burst, unsigned share)
{
    flow->per_second = (double)per_second / share;
    flow->burst = burst > 0 ? (double)burst / share : 2 * flow->per_second;
}

/* A part of the largest hash: what goes beyond is all. */
static uint64_t threshold_of(double percentage)
{
    return percentage >= 100
               ? UINT64_MAX
               : (uint64_t)((long double)UINT64_MAX * (long double)(percentage / 100));
}

static bool policy_init(struct policies *policies, struct policy *policy,
                        const struct policy_settings *s, unsigned share, struct error *err)
{
    policy->settings = s;
    policy->part = s->spans_per_second / share;
    if (looks_at_spans(s->type)) {
        policies->lookers = mem_room(policies->lookers, policies->looker_count,
                                     &policies->looker_cap, sizeof(policies->lookers[0]));
        policies->lookers[policies->looker_count++] = policy;
    }
    switch (s->type) {
    case POLICY_STRING_ATTRIBUTE:
        return !s->string.enabled_regex_matching || compile_patterns(policy, err);
    case POLICY_OTTL_CONDITION:
        return compile_conditions(&policy->span, s->ottl.span, OTTL_SPAN, err) &&
               compile_conditions(&policy->event, s->ottl.spanevent, OTTL_SPANEVENT, err);
    case POLICY_PROBABILISTIC:
        policy->threshold = threshold_of(s->probabilistic.sampling_percentage);
        return true;
    case POLICY_RATE_LIMITING:
        set_flow(&policy->flow, s->rate.per_second, s->rate.burst_capacity, share);
        return true;
    case POLICY_BYTES_LIMITING:
        set_flow(&policy->flow, s->bytes.per_second, s->bytes.burst_capacity, share);
        return true;
    case POLICY_COMPOSITE:
        policy->total = (double)s->composite.max_total_spans_per_second / share;
        return true;
    default:
        return true;
    }
}

/* top: that they belong to; NULL: they stand at the top. */
static bool init_all(struct policies *policies, struct policy *top, struct policy **at,
                     size_t *count, struct policy_list settings, unsigned share, struct error *err)
{
    *at = mem_zero(settings.count * sizeof((*at)[0]));
    *count = settings.count;
    for (size_t i = 0; i < settings.count; i++) {
        struct policy *policy = &(*at)[i];

        policy->top = top ? top : policy;
        if (!top)
            policy_metrics_open(&policy->metrics, settings.at[i].name);
        if (!policy_init(policies, policy, &settings.at[i], share, err) ||
            !init_all(policies, policy->top, &policy->subs, &policy->sub_count, settings.at[i].subs,
                      share, err))
            return false;
    }
    return true;
}

static void conditions_done(struct conditions *conditions)
{
    for (size_t i = 0; i < conditions->count; i++)
        ottl_condition_free(conditions->at[i]);
    free(conditions->at);
}

static void free_all(struct policy *at, size_t count)
{
    for (size_t i = 0; i < count && at[i].settings; i++) {
        for (size_t p = 0; at[i].patterns && p < at[i].settings->string.values.count; p++)
            regex_free(at[i].patterns[p]);
        free(at[i].patterns);
        conditions_done(&at[i].span);
        conditions_done(&at[i].event);
        policy_metrics_close(&at[i].metrics);
        free_all(at[i].subs, at[i].sub_count);
    }
    free(at);
}

void policies_free(struct policies *policies)
{
    if (!policies)
        return;
    free_all(policies->at, policies->count);
    free(policies->lookers);
    metric_close(policies->errors);
    free(policies);
}

struct policies *policies_new(struct policy_list settings, unsigned share, struct error *err)
{
    struct policies *policies = mem_zero(sizeof(*policies));

    policies->errors = policy_metrics_errors();
    if (init_all(policies, NULL, &policies->at, &policies->count, settings, share, err))
        return policies;
    policies_free(policies);
    return NULL;
}
