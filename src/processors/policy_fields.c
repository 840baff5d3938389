/*
 * The tables of policies: a block for each type.
 */
#include "processors/ottl_rules.h"
#include "processors/policy_settings.h"

const char *const policy_types[POLICY_TYPES + 1] = {
    [POLICY_ALWAYS_SAMPLE] = "always_sample",
    [POLICY_LATENCY] = "latency",
    [POLICY_NUMERIC_ATTRIBUTE] = "numeric_attribute",
    [POLICY_PROBABILISTIC] = "probabilistic",
    [POLICY_STATUS_CODE] = "status_code",
    [POLICY_STRING_ATTRIBUTE] = "string_attribute",
    [POLICY_BOOLEAN_ATTRIBUTE] = "boolean_attribute",
    [POLICY_RATE_LIMITING] = "rate_limiting",
    [POLICY_BYTES_LIMITING] = "bytes_limiting",
    [POLICY_SPAN_COUNT] = "span_count",
    [POLICY_TRACE_STATE] = "trace_state",
    [POLICY_TRACE_FLAGS] = "trace_flags",
    [POLICY_OTTL_CONDITION] = "ottl_condition",
    [POLICY_AND] = "and",
    [POLICY_NOT] = "not",
    [POLICY_DROP] = "drop",
    [POLICY_COMPOSITE] = "composite",
};

static const struct field latency_fields[] = {
    FIELD_UINT(struct policy_settings, latency.threshold_ms, "threshold_ms", "0", 0, INT64_MAX,
               "samples traces that take so long, from the first start to the last end"),
    FIELD_UINT(struct policy_settings, latency.upper_threshold_ms, "upper_threshold_ms", "0", 0,
               INT64_MAX, "only those that take longer than threshold_ms and up to this; 0: all"),
    FIELD_END,
};

static const struct field numeric_fields[] = {
    FIELD_STRING(struct policy_settings, numeric.key, "key", NULL,
                 "the attribute, an integer, of the resource or of a span"),
    FIELD_NUMBER(struct policy_settings, numeric.min_value, "min_value", NULL, -9e18, 9e18,
                 "the least value that counts; not there: no limit"),
    FIELD_NUMBER(struct policy_settings, numeric.max_value, "max_value", NULL, -9e18, 9e18,
                 "the largest one; not there: no limit"),
    FIELD_BOOL(struct policy_settings, numeric.invert_match, "invert_match", "false",
               "samples traces without such a value, and drops those with one"),
    FIELD_END,
};

static const struct field probabilistic_fields[] = {
    FIELD_NUMBER(struct policy_settings, probabilistic.sampling_percentage, "sampling_percentage",
                 "0", 0, 1e9, "how many of 100 traces are sampled"),
    FIELD_STRING(struct policy_settings, probabilistic.hash_salt, "hash_salt", "default-hash-seed",
                 "goes into the hash of the trace id; another one for each tier of collectors"),
    FIELD_END,
};

static const struct field status_fields[] = {
    FIELD_STRINGS(struct policy_settings, status.status_codes, "status_codes",
                  "samples traces with a span that has one of these: OK, ERROR, UNSET"),
    FIELD_END,
};

static const struct field string_fields[] = {
    FIELD_STRING(struct policy_settings, string.key, "key", NULL,
                 "the attribute, a text, of the resource or of a span"),
    FIELD_STRINGS(struct policy_settings, string.values, "values",
                  "samples traces with one of these values"),
    FIELD_BOOL(struct policy_settings, string.enabled_regex_matching, "enabled_regex_matching",
               "false", "values are regular expressions"),
    FIELD_IGNORED("cache_max_size", "has no effect: matching needs no cache"),
    FIELD_BOOL(struct policy_settings, string.invert_match, "invert_match", "false",
               "samples traces without such a value, and drops those with one"),
    FIELD_END,
};

static const struct field boolean_fields[] = {
    FIELD_STRING(struct policy_settings, boolean.key, "key", NULL,
                 "the attribute, true or false, of the resource or of a span"),
    FIELD_BOOL(struct policy_settings, boolean.value, "value", "false",
               "samples traces with this value"),
    FIELD_BOOL(struct policy_settings, boolean.invert_match, "invert_match", "false",
               "samples traces without it, and drops those with it"),
    FIELD_END,
};

static const struct field rate_fields[] = {
    FIELD_UINT(struct policy_settings, rate.per_second, "spans_per_second", "0", 0, 1e12,
               "samples traces as long as they have no more spans than this"),
    FIELD_UINT(struct policy_settings, rate.burst_capacity, "burst_capacity", "0", 0, 1e12,
               "so many at once; 0: twice as many"),
    FIELD_END,
};

static const struct field bytes_fields[] = {
    FIELD_UINT(struct policy_settings, bytes.per_second, "bytes_per_second", "0", 0, 1e15,
               "samples traces as long as their spans have no more bytes than this"),
    FIELD_UINT(struct policy_settings, bytes.burst_capacity, "burst_capacity", "0", 0, 1e15,
               "so many at once; 0: twice as many"),
    FIELD_END,
};

static const struct field span_count_fields[] = {
    FIELD_UINT(struct policy_settings, span_count.min_spans, "min_spans", "0", 0, INT32_MAX,
               "samples traces with so many spans"),
    FIELD_UINT(struct policy_settings, span_count.max_spans, "max_spans", "0", 0, INT32_MAX,
               "and no more than this; 0: no limit"),
    FIELD_END,
};

static const struct field trace_state_fields[] = {
    FIELD_STRING(struct policy_settings, trace_state.key, "key", NULL,
                 "the member of a span's tracestate"),
    FIELD_STRINGS(struct policy_settings, trace_state.values, "values",
                  "samples traces with one of these values"),
    FIELD_END,
};

static const struct field ottl_fields[] = {
    FIELD_CHOICE(struct policy_settings, ottl.error_mode, "error_mode", "ignore", error_modes,
                 "a condition that cannot be told is taken as false: ignore and propagate log it, "
                 "silent does not"),
    FIELD_NODE(struct policy_settings, ottl.span, "span",
               "samples traces with a span that one of these conditions is true of; docs/ottl.md"),
    FIELD_NODE(struct policy_settings, ottl.spanevent, "spanevent", "... or an event of a span"),
    FIELD_END,
};

static const struct field and_fields[] = {
    FIELD_NODE(struct policy_settings, and_.list, "and_sub_policy",
               "a list of policies: samples what all of them sample"),
    FIELD_END,
};

static const struct field not_fields[] = {
    FIELD_NODE(struct policy_settings, not_.list, "not_sub_policy",
               "a policy: samples what it does not"),
    FIELD_END,
};

static const struct field drop_fields[] = {
    FIELD_NODE(struct policy_settings, drop.list, "drop_sub_policy",
               "a list of policies: drops what all of them sample, whatever others say"),
    FIELD_END,
};

static const struct field allocation_fields[] = {
    FIELD_STRING(struct policy_allocation, policy, "policy", NULL, "the name of one of them"),
    FIELD_NUMBER(struct policy_allocation, percent, "percent", "0", 0, 100,
                 "its part of max_total_spans_per_second"),
    FIELD_END,
};

static const struct field composite_fields[] = {
    FIELD_UINT(struct policy_settings, composite.max_total_spans_per_second,
               "max_total_spans_per_second", "0", 0, 1e12, "of all its policies together"),
    FIELD_STRINGS(struct policy_settings, composite.policy_order, "policy_order",
                  "names: in this order they are asked"),
    FIELD_NODE(struct policy_settings, composite.list, "composite_sub_policy",
               "a list of policies: the first one that samples a trace has its part of the rate"),
    FIELD_BLOCKS(struct policy_settings, composite.rate_allocation, "rate_allocation",
                 allocation_fields, struct policy_allocation,
                 "parts of the rate; who is not here has what all would have in equal parts"),
    FIELD_END,
};

/* Their members lie in the same struct. */
#define GROUP(key, fields_, help_)                                                                 \
    {                                                                                              \
        .name = (key), .type = FIELD_TYPE_BLOCK, .offset = 0, .fields = (fields_), .help = (help_) \
    }

const struct field policy_fields[] = {
    FIELD_STRING(struct policy_settings, name, "name", NULL, "for the log; each has another one"),
    FIELD_CHOICE(struct policy_settings, type, "type", NULL, policy_types,
                 "what it looks at; its settings are in the block of that name. trace_flags: spans "
                 "that were sampled by who made them"),
    {.name = "always_sample", .type = FIELD_TYPE_IGNORED, .help = "has no settings"},
    GROUP("latency", latency_fields, "for the type latency"),
    GROUP("numeric_attribute", numeric_fields, "for the type numeric_attribute"),
    GROUP("probabilistic", probabilistic_fields, "for the type probabilistic"),
    GROUP("status_code", status_fields, "for the type status_code"),
    GROUP("string_attribute", string_fields, "for the type string_attribute"),
    GROUP("boolean_attribute", boolean_fields, "for the type boolean_attribute"),
    GROUP("rate_limiting", rate_fields, "for the type rate_limiting; shared out among workers"),
    GROUP("bytes_limiting", bytes_fields, "for the type bytes_limiting; shared out among workers"),
    GROUP("span_count", span_count_fields, "for the type span_count"),
    GROUP("trace_state", trace_state_fields, "for the type trace_state"),
    {.name = "trace_flags", .type = FIELD_TYPE_IGNORED, .help = "has no settings"},
    GROUP("ottl_condition", ottl_fields, "for the type ottl_condition"),
    GROUP("and", and_fields, "for the type and"),
    GROUP("not", not_fields, "for the type not"),
    GROUP("drop", drop_fields, "for the type drop"),
    GROUP("composite", composite_fields, "for the type composite; shared out among workers"),
    FIELD_END,
};
