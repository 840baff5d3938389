/*
 * Policies that look at spans. Spans are read once for all of them; those that have seen enough are
 * passed over, and where all have, the walk ends.
 */
#include <uv.h>

#include "processors/ottl_rules.h"
#include "processors/policies_priv.h"
#include "processors/trace_state.h"

struct seen { /* a span, with what stands around it */
    struct resource_view resource;
    struct scope_view scope;
    struct span_view span;
};

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
        if (verdict == OTTL_FAILED && !policy->failed)
            metric_add(policies->errors, 1);
        policy->failed |= verdict == OTTL_FAILED;
        if (verdict == OTTL_FAILED && policy->settings->ottl.error_mode != ERROR_SILENT)
            log_limited(&policy->failed_log, LOG_WARN, policies->where,
                        "the policy %s takes a condition as false: %s (if this is as it should be, "
                        "error_mode: silent keeps quiet)",
                        policy->settings->name, err.text);
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
        uint64_t begin_ns;

        if (policy->matched)
            continue;
        begin_ns = policies->timed ? uv_hrtime() : 0;
        policy->matched = at_resource ? attributes_match(policy, seen->resource.attributes)
                                      : span_matches(policies, policy, seen);
        policies->open -= policy->matched;
        if (policies->timed)
            policy->top->spent_ns += uv_hrtime() - begin_ns;
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

void policies_look(struct policies *policies, const struct batch *spans)
{
    policies->open = policies->looker_count;
    for (size_t i = 0; i < policies->looker_count; i++) {
        struct policy *policy = policies->lookers[i];

        policy->matched = policy->failed = false;
        policy->start_ns = policy->end_ns = 0;
    }
    for (size_t i = 0; i < spans->slice_count && policies->open > 0; i++)
        look_at_slice(policies, &spans->slices[i]);
}
