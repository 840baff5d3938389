/*
 * Conditions are compiled twice: once to check them, then by each worker for itself, as a regular
 * expression belongs to one thread.
 */
#include "processors/filter_rules.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/mem.h"
#include "config/nearest.h"

const char *const error_modes[] = {"ignore", "silent", "propagate", NULL};

struct compiled {
    const struct filter_rule *rule;
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

/* One condition; context OTTL_CONTEXTS: it has to say by itself. */
static void add(struct filter_rules *rules, enum signal signal, enum ottl_context context,
                const struct node *node, unsigned error_mode, struct problems *problems)
{
    struct filter_rule rule = {.signal = signal, .context = context, .error_mode = error_mode};
    struct ottl_condition *condition;
    struct error err = {""};

    if (node->kind != NODE_SCALAR) {
        error_at(problems, node, "a condition is a string, not %s", node_what(node));
        return;
    }
    rule.text = node->original ? node->original : node->text;
    rule.prefixed = context == OTTL_CONTEXTS;
    if (rule.prefixed && !ottl_infer(str_of(rule.text), signal, &rule.context, &err)) {
        error_at(problems, node, "%s", err.text);
        return;
    }
    condition = ottl_condition_new(str_of(rule.text), rule.context, rule.prefixed, &err);
    if (!condition) {
        error_at(problems, node, "%s", err.text);
        return;
    }
    ottl_condition_free(condition);
    if (rules->count == rules->cap) {
        size_t cap = rules->cap ? 2 * rules->cap : 8;
        struct filter_rule *more = arena_alloc(problems->arena, cap * sizeof(more[0]));

        if (rules->count > 0)
            memcpy(more, rules->at, rules->count * sizeof(more[0]));
        rules->at = more;
        rules->cap = cap;
    }
    rules->at[rules->count++] = rule;
}

void filter_rules_add(struct filter_rules *rules, enum signal signal, enum ottl_context context,
                      const struct node *list, unsigned error_mode, struct problems *problems)
{
    if (!list || list->kind == NODE_NULL || list->broken)
        return;
    if (list->kind != NODE_LIST) {
        add(rules, signal, context, list, error_mode, problems);
        return;
    }
    for (size_t i = 0; i < list->count; i++)
        add(rules, signal, context, list->children[i], error_mode, problems);
}

/* The context that a group names; false: it is none of this signal. */
static bool read_context(const struct node *node, enum signal signal, enum ottl_context *context,
                         struct problems *problems)
{
    const char *names[OTTL_CONTEXTS + 1] = {0}, *near;
    size_t count = 0;

    if (!node || node->kind == NODE_NULL) { /* each of its conditions has to say it */
        *context = OTTL_CONTEXTS;
        return true;
    }
    for (*context = 0; *context < OTTL_CONTEXTS; ++*context) {
        if (!ottl_context_is_of(*context, signal))
            continue;
        if (node->kind == NODE_SCALAR && strcmp(node->text, ottl_context_names[*context]) == 0)
            return true;
        names[count++] = ottl_context_names[*context];
    }
    near = node->kind == NODE_SCALAR ? nearest_name(node->text, names) : NULL;
    error_at(problems, node, "no context of %s%s%s%s", signal_words[signal].name,
             near ? ": did you mean " : "", near ? near : "", near ? "?" : "");
    return false;
}

static bool read_error_mode(const struct node *node, unsigned *error_mode,
                            struct problems *problems)
{
    if (!node || node->kind == NODE_NULL)
        return true;
    for (unsigned i = 0; error_modes[i]; i++)
        if (node->kind == NODE_SCALAR && strcmp(node->text, error_modes[i]) == 0) {
            *error_mode = i;
            return true;
        }
    error_at(problems, node, "must be ignore, silent or propagate");
    return false;
}

static void add_group(struct filter_rules *rules, enum signal signal, const struct node *group,
                      unsigned error_mode, struct problems *problems)
{
    static const char *const keys[] = {"context", "error_mode", "conditions", NULL};
    const struct node *conditions = node_get(group, "conditions");
    enum ottl_context context;

    for (size_t i = 0; i < group->count; i++) {
        const char *key = group->children[i]->key, *near = nearest_name(key, keys);

        if (node_get(group, key) && (!near || strcmp(near, key) != 0))
            problem_at_key(problems, PROBLEM_ERROR, group->children[i], "unknown key%s%s%s",
                           near ? ": did you mean " : "", near ? near : "", near ? "?" : "");
    }
    if (!read_context(node_get(group, "context"), signal, &context, problems) ||
        !read_error_mode(node_get(group, "error_mode"), &error_mode, problems))
        return;
    if (!conditions)
        error_at(problems, group, "conditions are missing");
    filter_rules_add(rules, signal, context, conditions, error_mode, problems);
}

void filter_rules_add_any(struct filter_rules *rules, enum signal signal, const struct node *list,
                          unsigned error_mode, struct problems *problems)
{
    if (!list || list->kind == NODE_NULL)
        return;
    if (list->kind != NODE_LIST) {
        error_at(problems, list, "must be a list, not %s", node_what(list));
        return;
    }
    for (size_t i = 0; i < list->count; i++) {
        const struct node *node = list->children[i];

        if ((node->kind == NODE_MAP) != (list->children[0]->kind == NODE_MAP))
            error_at(problems, node, "either all are conditions, or all are maps with conditions");
        else if (node->kind == NODE_MAP)
            add_group(rules, signal, node, error_mode, problems);
        else
            add(rules, signal, OTTL_CONTEXTS, node, error_mode, problems);
    }
}

struct filter *filter_new(const struct filter_rules *rules, struct error *err)
{
    struct filter *filter = mem_zero(sizeof(*filter));

    filter->at = mem_zero((rules->count + 1) * sizeof(filter->at[0]));
    for (; filter->count < rules->count; filter->count++) {
        const struct filter_rule *rule = &rules->at[filter->count];
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
    const struct filter_rule *rule = compiled->rule;

    if (rule->error_mode == ERROR_IGNORE)
        log_limited(&compiled->log, LOG_WARN, where, "taken as false: %s: %s", rule->text,
                    filter->why.text);
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
