/*
 * Evaluating policies. Most look at spans, which are read once for all of them; those that have
 * seen enough are passed over, and where all have, the walk ends.
 */
#include "processors/policies.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/regex.h"
#include "ottl/ottl.h"
#include "processors/ottl_rules.h"
#include "processors/trace_state.h"

enum verdict { NOT_SAMPLED, SAMPLED, INVERTED_NOT_SAMPLED, INVERTED_SAMPLED, DROPPED };

struct flow { /* so many a second, and so many at once */
    double per_second, burst;
    double spent; /* that has not flowed back at */
    uint64_t at_ms;
};

struct conditions {
    struct ottl_condition **at;
    size_t count;
};

struct policy {
    const struct policy_settings *settings;
    struct policy *subs;
    size_t sub_count;
    struct regex **patterns; /* of STRING_ATTRIBUTE: one for each value, or NULL */
    struct conditions span, event;
    struct log_limit failed_log;
    uint64_t threshold; /* of PROBABILISTIC: the largest hash that is sampled */
    struct flow flow;   /* of RATE_LIMITING, BYTES_LIMITING */
    double total;       /* of COMPOSITE: spans a second */
    double part;        /* of those in it: of these */
    uint64_t second;    /* of COMPOSITE */
    double taken;       /* of those in it: spans in that second */

    /* Of the trace that is looked at: */
    bool matched; /* it has seen enough */
    uint64_t start_ns, end_ns;
};

struct policies {
    struct policy *at;
    size_t count;
    struct policy **lookers; /* those that look at spans, wherever they stand */
    size_t looker_count, looker_cap;
    size_t open;       /* of those: have not seen enough */
    const char *where; /* for the log, of the call */
};

struct seen { /* a span, with what stands around it */
    struct resource_view resource;
    struct scope_view scope;
    struct span_view span;
};

/* ---- looking at resources and spans ---- */

static bool find_attribute(struct repeated attributes, const char *key, struct value_view *value)
{
    struct attribute_view attribute;

    while (attribute_next(&attributes, &attribute))
        if (str_is(attribute.key, key)) {
            *value = attribute.value;
            return true;
        }
    return false;
}

static bool is_one_of(struct str text, const struct string_list *values)
{
    for (size_t i = 0; i < values->count; i++)
        if (str_is(text, values->at[i]))
            return true;
    return false;
}

static bool text_matches(const struct policy *policy, struct str text)
{
    const struct string_list *values = &policy->settings->string.values;

    if (text.len == 0)
        return false;
    if (!policy->patterns)
        return is_one_of(text, values);
    for (size_t i = 0; i < values->count; i++)
        if (regex_matches(policy->patterns[i], text))
            return true;
    return false;
}

/* An attribute policy, of a resource or of a span. */
static bool attributes_match(const struct policy *policy, struct repeated attributes)
{
    const struct policy_settings *s = policy->settings;
    struct value_view value;
    double number;

    switch (s->type) {
    case POLICY_STRING_ATTRIBUTE:
        return find_attribute(attributes, s->string.key, &value) && value.kind == VALUE_STRING &&
               text_matches(policy, value.bytes);
    case POLICY_BOOLEAN_ATTRIBUTE:
        return find_attribute(attributes, s->boolean.key, &value) && value.kind == VALUE_BOOL &&
               value.boolean == s->boolean.value;
    case POLICY_NUMERIC_ATTRIBUTE:
        if (!find_attribute(attributes, s->numeric.key, &value) || value.kind != VALUE_INT)
            return false;
        number = (double)value.integer;
        return (!s->numeric.has_min || number >= s->numeric.min_value) &&
               (!s->numeric.has_max || number <= s->numeric.max_value);
    default:
        return false;
    }
}

static bool any_holds(struct policies *policies, struct policy *policy,
                      const struct conditions *conditions, const struct ottl_data *data)
{
    for (size_t i = 0; i < conditions->count; i++) {
        struct error err = {""};
        enum ottl_verdict verdict = ottl_condition_holds(conditions->at[i], data, &err);

        if (verdict == OTTL_TRUE)
            return true;
        if (verdict == OTTL_FAILED && policy->settings->ottl.error_mode != ERROR_SILENT)
            log_limited(&policy->failed_log, LOG_WARN, policies->where,
                        "the policy %s takes a condition as false: %s", policy->settings->name,
                        err.text);
    }
    return false;
}

static bool conditions_hold(struct policies *policies, struct policy *policy,
                            const struct seen *seen)
{
    struct ottl_data data = {
        .resource = &seen->resource, .scope = &seen->scope, .span = &seen->span};
    struct repeated events = seen->span.events;
    struct event_view event;
    struct str message;

    if (any_holds(policies, policy, &policy->span, &data))
        return true;
    data.event = &event;
    while (policy->event.count > 0 && repeated_next(&events, &message)) {
        event_read(message, &event);
        if (any_holds(policies, policy, &policy->event, &data))
            return true;
        data.event_index++;
    }
    return false;
}

/* Latency is told at the end. */
static bool extend(struct policy *policy, const struct span_view *span)
{
    if (policy->start_ns == 0 || span->start_ns < policy->start_ns)
        policy->start_ns = span->start_ns;
    if (span->end_ns > policy->end_ns)
        policy->end_ns = span->end_ns;
    return false;
}

static bool span_matches(struct policies *policies, struct policy *policy, const struct seen *seen)
{
    const struct policy_settings *s = policy->settings;
    const struct span_view *span = &seen->span;
    struct str value;

    switch (s->type) {
    case POLICY_LATENCY:
        return extend(policy, span);
    case POLICY_STATUS_CODE:
        return span->status_code >= 0 && span->status_code <= STATUS_CODE_ERROR &&
               (s->status.codes & 1u << span->status_code) != 0;
    case POLICY_TRACE_STATE:
        return trace_state_get(span->trace_state, str_of(s->trace_state.key), &value) &&
               is_one_of(value, &s->trace_state.values);
    case POLICY_TRACE_FLAGS:
        return (span->flags & SPAN_FLAG_SAMPLED) != 0;
    case POLICY_OTTL_CONDITION:
        return conditions_hold(policies, policy, seen);
    default:
        return attributes_match(policy, span->attributes);
    }
}

static void look(struct policies *policies, const struct seen *seen, bool at_resource)
{
    for (size_t i = 0; i < policies->looker_count; i++) {
        struct policy *policy = policies->lookers[i];

        if (policy->matched)
            continue;
        policy->matched = at_resource ? attributes_match(policy, seen->resource.attributes)
                                      : span_matches(policies, policy, seen);
        policies->open -= policy->matched;
    }
}

static void look_at_slice(struct policies *policies, const struct slice *slice)
{
    const struct payload *payload = slice->payload;
    uint32_t scope = payload_scope_of(payload, slice->first), end = slice->first + slice->count,
             entered = UINT32_MAX;
    struct seen seen;

    for (uint32_t item = slice->first; item < end && policies->open > 0; item++) {
        while (item >= payload->scopes[scope].first + payload->scopes[scope].count)
            scope++;
        if (scope != entered) {
            const struct payload_scope *s = &payload->scopes[scope];

            resource_read(payload_str(payload, payload->resources[s->resource].resource),
                          &seen.resource);
            scope_read(payload_str(payload, s->scope), &seen.scope);
            look(policies, &seen, true);
            entered = scope;
        }
        span_read(payload_str(payload, payload->items[item]), &seen.span);
        look(policies, &seen, false);
    }
}

static void look_at_spans(struct policies *policies, const struct batch *spans)
{
    policies->open = policies->looker_count;
    for (size_t i = 0; i < policies->looker_count; i++) {
        policies->lookers[i]->matched = false;
        policies->lookers[i]->start_ns = policies->lookers[i]->end_ns = 0;
    }
    for (size_t i = 0; i < spans->slice_count && policies->open > 0; i++)
        look_at_slice(policies, &spans->slices[i]);
}

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

bool policies_sample(struct policies *policies, const struct batch *spans, bool first_match,
                     uint64_t now_ms, const char *where)
{
    const struct question question = {.spans = spans, .trace_id = id_of(spans), .now_ms = now_ms};
    bool seen[DROPPED + 1] = {false};

    policies->where = where;
    look_at_spans(policies, spans);
    for (size_t i = 0; i < policies->count; i++) {
        enum verdict verdict = ask(&policies->at[i], &question);

        seen[verdict] = true;
        if (verdict == DROPPED || (verdict == SAMPLED && first_match))
            break;
    }
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

static bool init_all(struct policies *policies, struct policy **at, size_t *count,
                     struct policy_list settings, unsigned share, struct error *err)
{
    *at = mem_zero(settings.count * sizeof((*at)[0]));
    *count = settings.count;
    for (size_t i = 0; i < settings.count; i++) {
        struct policy *policy = &(*at)[i];

        if (!policy_init(policies, policy, &settings.at[i], share, err) ||
            !init_all(policies, &policy->subs, &policy->sub_count, settings.at[i].subs, share, err))
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
    free(policies);
}

struct policies *policies_new(struct policy_list settings, unsigned share, struct error *err)
{
    struct policies *policies = mem_zero(sizeof(*policies));

    if (init_all(policies, &policies->at, &policies->count, settings, share, err))
        return policies;
    policies_free(policies);
    return NULL;
}
