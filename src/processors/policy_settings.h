/*
 * How the policies of tail_sampling are written: {name, type, <type>: {...}}, some with policies of
 * their own inside.
 */
#pragma once

#include "config/field.h"

enum policy_type {
    POLICY_ALWAYS_SAMPLE,
    POLICY_LATENCY,
    POLICY_NUMERIC_ATTRIBUTE,
    POLICY_PROBABILISTIC,
    POLICY_STATUS_CODE,
    POLICY_STRING_ATTRIBUTE,
    POLICY_BOOLEAN_ATTRIBUTE,
    POLICY_RATE_LIMITING,
    POLICY_BYTES_LIMITING,
    POLICY_SPAN_COUNT,
    POLICY_TRACE_STATE,
    POLICY_TRACE_FLAGS,
    POLICY_OTTL_CONDITION,
    POLICY_AND,
    POLICY_NOT,
    POLICY_DROP,
    POLICY_COMPOSITE,
    POLICY_TYPES
};

struct policy_list {
    struct policy_settings *at;
    size_t count;
};

struct policy_settings {
    const char *name;
    unsigned type; /* enum policy_type */
    struct {
        uint64_t threshold_ms, upper_threshold_ms;
    } latency;
    struct {
        const char *key;
        double min_value, max_value;
        bool has_min, has_max; /* derived */
        bool invert_match;
    } numeric;
    struct {
        double sampling_percentage;
        const char *hash_salt;
    } probabilistic;
    struct {
        struct string_list status_codes;
        unsigned codes; /* derived: 1u << STATUS_CODE_OK, ... */
    } status;
    struct {
        const char *key;
        struct string_list values;
        bool enabled_regex_matching, invert_match;
    } string;
    struct {
        const char *key;
        bool value, invert_match;
    } boolean;
    struct {
        uint64_t per_second, burst_capacity; /* 0: twice as much */
    } rate, bytes;
    struct {
        uint64_t min_spans, max_spans; /* 0: no limit */
    } span_count;
    struct {
        const char *key;
        struct string_list values;
    } trace_state;
    struct {
        unsigned error_mode;
        const struct node *span, *spanevent; /* lists of conditions, or one */
    } ottl;
    struct {
        const struct node *list;
    } and_, not_, drop;
    struct {
        uint64_t max_total_spans_per_second;
        struct string_list policy_order;
        const struct node *list;
        struct block_list rate_allocation;
    } composite;

    struct policy_list subs; /* derived: of AND, NOT, DROP and COMPOSITE, in order */
    double spans_per_second; /* derived: of one of COMPOSITE */
};

struct policy_allocation { /* of COMPOSITE */
    const char *policy;
    double percent;
};

extern const struct field policy_fields[];
extern const char *const policy_types[POLICY_TYPES + 1];

/* Of a list of conditions, or one, or none (NULL): how many, and the text of each. */
size_t policy_condition_count(const struct node *conditions);
const char *policy_condition(const struct node *conditions, size_t index);

/* What the table cannot say, of all policies of a list that was decoded, and of those in them. */
void policies_check(struct policy_list list, const struct node *const *nodes,
                    struct problems *problems);
