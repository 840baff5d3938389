/*
 * What is true of anything is asked of all conditions about it, one after the other.
 */
#include "processors/filter.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"

struct compiled {
    const struct ottl_rule *rule;
    struct ottl_condition *condition;
    struct log_limit log;
};

struct filter {
    struct compiled *at; /* in the order of the rules */
    size_t count;
    bool has[SIGNAL_KINDS][OTTL_CONTEXTS];
    bool propagates, failed;
    struct error failure, why; /* why: of the condition that was looked at last */
};

struct filter *filter_new(const struct ottl_rules *rules, struct error *err)
{
    struct filter *filter = mem_zero(sizeof(*filter));

    filter->at = mem_zero((rules->count + 1) * sizeof(filter->at[0]));
    for (; filter->count < rules->count; filter->count++) {
        const struct ottl_rule *rule = &rules->at[filter->count];
        struct compiled *compiled = &filter->at[filter->count];

        compiled->rule = rule;
        compiled->condition =
            ottl_condition_new(str_of(rule->text), rule->context, rule->prefixed, err);
        if (!compiled->condition) {
            filter_free(filter);
            return NULL;
        }
        filter->has[rule->signal][rule->context] = true;
        filter->propagates |= rule->error_mode == ERROR_PROPAGATE;
    }
    return filter;
}

void filter_free(struct filter *filter)
{
    if (!filter)
        return;
    for (size_t i = 0; i < filter->count; i++)
        ottl_condition_free(filter->at[i].condition);
    free(filter->at);
    free(filter);
}

bool filter_has(const struct filter *filter, enum signal signal, enum ottl_context context)
{
    return filter->has[signal][context];
}

static void fail(struct filter *filter, struct compiled *compiled, const char *where)
{
    const struct ottl_rule *rule = compiled->rule;

    if (rule->error_mode == ERROR_IGNORE)
        log_limited(
            &compiled->log, LOG_WARN, where,
            "taken as false: %s: %s (if this is as it should be, error_mode: silent keeps quiet)",
            rule->text, filter->why.text);
    if (rule->error_mode != ERROR_PROPAGATE || filter->failed)
        return;
    filter->failed = true;
    error_set(&filter->failure, "%s: %s", filter->why.text, rule->text);
}

bool filter_drops(struct filter *filter, enum signal signal, enum ottl_context context,
                  const struct ottl_data *data, const char *where)
{
    if (!filter->has[signal][context])
        return false;
    for (size_t i = 0; i < filter->count; i++) {
        struct compiled *compiled = &filter->at[i];

        if (compiled->rule->signal != signal || compiled->rule->context != context)
            continue;
        switch (ottl_condition_holds(compiled->condition, data, &filter->why)) {
        case OTTL_TRUE:
            return true;
        case OTTL_FAILED:
            fail(filter, compiled, where);
            break;
        case OTTL_FALSE:
            break;
        }
    }
    return false;
}

bool filter_propagates(const struct filter *filter)
{
    return filter->propagates;
}

const char *filter_failure(struct filter *filter)
{
    bool failed = filter->failed;

    filter->failed = false;
    return failed ? filter->failure.text : NULL;
}
