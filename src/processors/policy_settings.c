/*
 * Checking policies; the tables are policy_fields.c's. Those inside others are decoded here, as a
 * table of fields cannot hold itself more than once.
 */
#include "processors/policy_settings.h"

#include "base/arena.h"
#include "base/regex.h"
#include "ottl/ottl.h"

size_t policy_condition_count(const struct node *conditions)
{
    if (!conditions || conditions->kind == NODE_NULL)
        return 0;
    return conditions->kind == NODE_LIST ? conditions->count : 1;
}

const char *policy_condition(const struct node *conditions, size_t index)
{
    const struct node *node =
        conditions->kind == NODE_LIST ? conditions->children[index] : conditions;

    return node->original ? node->original : node->text;
}

/* ---- what one policy says ---- */

static void check_key(const char *key, const struct node *block, struct problems *problems)
{
    if (!key || *key == '\0')
        error_at(problems, node_near(block, "key"), "key is missing");
}

static void check_values(const struct string_list *values, const struct node *block,
                         struct problems *problems)
{
    if (values->count == 0)
        error_at(problems, node_near(block, "values"), "needs at least one value");
}

static void check_patterns(const struct string_list *values, const struct node *block,
                           struct problems *problems)
{
    for (size_t i = 0; i < values->count; i++) {
        struct error err = {""};
        struct regex *regex = regex_new(str_of(values->at[i]), &err);

        if (!regex)
            error_at(problems, node_near(block, "values"), "\"%s\": %s", values->at[i], err.text);
        regex_free(regex);
    }
}

static void check_codes(struct policy_settings *policy, const struct node *block,
                        struct problems *problems)
{
    static const char *const names[] = {"UNSET", "OK", "ERROR"}; /* enum status_code */
    const struct string_list *codes = &policy->status.status_codes;

    if (codes->count == 0)
        error_at(problems, node_near(block, "status_codes"), "needs one of OK, ERROR and UNSET");
    for (size_t i = 0; i < codes->count; i++) {
        unsigned before = policy->status.codes;

        for (unsigned code = 0; code < 3; code++)
            if (str_eq_nocase(str_of(codes->at[i]), str_of(names[code])))
                policy->status.codes |= 1u << code;
        if (policy->status.codes == before)
            error_at(problems, node_near(block, "status_codes"),
                     "\"%s\": must be OK, ERROR or UNSET, each once", codes->at[i]);
    }
}

static void check_conditions(const struct node *conditions, enum ottl_context context,
                             struct problems *problems)
{
    for (size_t i = 0; i < policy_condition_count(conditions); i++) {
        const struct node *node =
            conditions->kind == NODE_LIST ? conditions->children[i] : conditions;
        struct ottl_condition *condition;
        struct error err = {""};

        if (node->kind != NODE_SCALAR) {
            error_at(problems, node, "a condition is a string, not %s", node_what(node));
            continue;
        }
        condition =
            ottl_condition_new(str_of(policy_condition(conditions, i)), context, false, &err);
        if (!condition)
            error_at(problems, node, "%s", err.text);
        ottl_condition_free(condition);
    }
}

static void check_range(const struct policy_settings *policy, const struct node *block,
                        struct problems *problems)
{
    if (!policy->numeric.has_min && !policy->numeric.has_max)
        error_at(problems, block, "needs min_value, max_value, or both");
    if (policy->numeric.has_min && policy->numeric.has_max &&
        policy->numeric.min_value > policy->numeric.max_value)
        error_at(problems, node_near(block, "min_value"), "must not be more than max_value");
}

/* Limits of 0 sample nothing; an upper limit below the lower one neither. */
static void check_limit(bool good, const struct node *block, const char *key, const char *what,
                        struct problems *problems)
{
    if (!good)
        error_at(problems, node_near(block, key), "%s", what);
}

/* ---- policies in policies ---- */

static void check_one(struct policy_settings *policy, const struct node *node,
                      struct problems *problems);

/* node: a list of policies, or where it may be one alone that one. */
static void decode_subs(struct policy_settings *policy, const struct node *node, bool one,
                        const struct node *place, struct problems *problems)
{
    struct node *const *children = node ? node->children : NULL;
    struct node *alone = node_get(place, "not_sub_policy");
    struct policy_list *subs = &policy->subs;

    if (!node || node->kind != (one ? NODE_MAP : NODE_LIST) || node->count == 0) {
        error_at(problems, node ? node : place, "%s_sub_policy must be a %s",
                 policy_types[policy->type], one ? "policy" : "list of policies");
        return;
    }
    if (one)
        children = &alone;
    subs->count = one ? 1 : node->count;
    subs->at = arena_alloc(problems->arena, subs->count * sizeof(subs->at[0]));
    for (size_t i = 0; i < subs->count; i++) {
        if (children[i]->kind != NODE_MAP) {
            error_at(problems, children[i], "must be a policy, {name, type, ...}, not %s",
                     node_what(children[i]));
            continue;
        }
        fields_decode(policy_fields, &subs->at[i], children[i], problems->arena, problems);
        check_one(&subs->at[i], children[i], problems);
    }
}

/* SIZE_MAX: none has this name. */
static size_t sub_named(const struct policy_list *subs, const char *name)
{
    for (size_t i = 0; i < subs->count; i++)
        if (name && subs->at[i].name && strcmp(subs->at[i].name, name) == 0)
            return i;
    return SIZE_MAX;
}

/* Those that policy_order names come first. */
static void order_subs(struct policy_settings *policy, const struct node *block,
                       struct problems *problems)
{
    const struct string_list *order = &policy->composite.policy_order;
    struct policy_list *subs = &policy->subs;

    for (size_t i = 0, next = 0; i < order->count; i++) {
        size_t found = sub_named(subs, order->at[i]);
        struct policy_settings moved;

        if (found == SIZE_MAX || found < next) {
            error_at(problems, node_near(block, "policy_order"),
                     found == SIZE_MAX ? "composite_sub_policy has no \"%s\""
                                       : "\"%s\" stands here twice",
                     order->at[i]);
            continue;
        }
        moved = subs->at[found];
        memmove(&subs->at[next + 1], &subs->at[next], (found - next) * sizeof(moved));
        subs->at[next++] = moved;
    }
}

static void check_composite(struct policy_settings *policy, const struct node *block,
                            struct problems *problems)
{
    double total = (double)policy->composite.max_total_spans_per_second, percent = 0;
    const struct block_list *list = &policy->composite.rate_allocation;
    const struct policy_allocation *allocations = list->at;

    check_limit(total > 0, block, "max_total_spans_per_second", "must be more than 0", problems);
    decode_subs(policy, policy->composite.list, false, block, problems);
    order_subs(policy, block, problems);
    for (size_t i = 0; i < policy->subs.count; i++)
        policy->subs.at[i].spans_per_second = total / (double)policy->subs.count;
    for (size_t i = 0; i < list->count; i++) {
        size_t found = sub_named(&policy->subs, allocations[i].policy);

        if (found == SIZE_MAX)
            error_at(problems, list->nodes[i], "composite_sub_policy has no \"%s\"",
                     allocations[i].policy ? allocations[i].policy : "");
        else if (allocations[i].percent > 0)
            policy->subs.at[found].spans_per_second = total * allocations[i].percent / 100;
        percent += allocations[i].percent;
    }
    if (percent > 100)
        warning_at(problems, node_near(block, "rate_allocation"),
                   "is %g percent, together more than max_total_spans_per_second", percent);
}

/* ---- each policy ---- */

static void check_settings(struct policy_settings *policy, const struct node *block,
                           struct problems *problems)
{
    switch (policy->type) {
    case POLICY_LATENCY:
        check_limit(policy->latency.upper_threshold_ms == 0 ||
                        policy->latency.upper_threshold_ms > policy->latency.threshold_ms,
                    block, "upper_threshold_ms", "must be more than threshold_ms, or 0", problems);
        break;
    case POLICY_NUMERIC_ATTRIBUTE:
        check_key(policy->numeric.key, block, problems);
        policy->numeric.has_min = node_get(block, "min_value") != NULL;
        policy->numeric.has_max = node_get(block, "max_value") != NULL;
        check_range(policy, block, problems);
        break;
    case POLICY_STATUS_CODE:
        check_codes(policy, block, problems);
        break;
    case POLICY_STRING_ATTRIBUTE:
        check_key(policy->string.key, block, problems);
        check_values(&policy->string.values, block, problems);
        if (policy->string.enabled_regex_matching)
            check_patterns(&policy->string.values, block, problems);
        break;
    case POLICY_BOOLEAN_ATTRIBUTE:
        check_key(policy->boolean.key, block, problems);
        break;
    case POLICY_RATE_LIMITING:
        check_limit(policy->rate.per_second > 0, block, "spans_per_second", "must be more than 0",
                    problems);
        break;
    case POLICY_BYTES_LIMITING:
        check_limit(policy->bytes.per_second > 0, block, "bytes_per_second", "must be more than 0",
                    problems);
        break;
    case POLICY_SPAN_COUNT:
        check_limit(policy->span_count.max_spans == 0 ||
                        policy->span_count.max_spans >= policy->span_count.min_spans,
                    block, "max_spans", "must not be less than min_spans; 0: no limit", problems);
        break;
    case POLICY_TRACE_STATE:
        check_key(policy->trace_state.key, block, problems);
        check_values(&policy->trace_state.values, block, problems);
        break;
    case POLICY_OTTL_CONDITION:
        if (policy_condition_count(policy->ottl.span) == 0 &&
            policy_condition_count(policy->ottl.spanevent) == 0)
            error_at(problems, block, "needs conditions, as span or spanevent");
        check_conditions(policy->ottl.span, OTTL_SPAN, problems);
        check_conditions(policy->ottl.spanevent, OTTL_SPANEVENT, problems);
        break;
    case POLICY_AND:
        decode_subs(policy, policy->and_.list, false, block, problems);
        break;
    case POLICY_NOT:
        decode_subs(policy, policy->not_.list, true, block, problems);
        break;
    case POLICY_DROP:
        decode_subs(policy, policy->drop.list, false, block, problems);
        break;
    case POLICY_COMPOSITE:
        check_composite(policy, block, problems);
        break;
    default:
        break;
    }
}

static void check_one(struct policy_settings *policy, const struct node *node,
                      struct problems *problems)
{
    const struct node *type = node_get(node, "type");

    if (!type)
        error_at(problems, node, "type is missing: latency, status_code, probabilistic, ...");
    if (!type || type->kind != NODE_SCALAR ||
        !str_eq_nocase(str_of(type->text), str_of(policy_types[policy->type])))
        return; /* what is wrong with it has been told */
    for (unsigned other = 0; other < POLICY_TYPES; other++) {
        const struct node *block = node_get(node, policy_types[other]);

        if (block && other != policy->type)
            warning_at(problems, block, "is not used: the policy's type is %s",
                       policy_types[policy->type]);
    }
    check_settings(policy, node_near(node, policy_types[policy->type]), problems);
}

void policies_check(struct policy_list list, const struct node *const *nodes,
                    struct problems *problems)
{
    for (size_t i = 0; i < list.count; i++) {
        if (!list.at[i].name || *list.at[i].name == '\0')
            error_at(problems, node_near(nodes[i], "name"), "name is missing");
        else if (sub_named(&list, list.at[i].name) != i)
            error_at(problems, node_near(nodes[i], "name"), "another policy has this name");
        check_one(&list.at[i], nodes[i], problems);
    }
}
