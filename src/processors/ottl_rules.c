/*
 * They are compiled twice: once to check them, then by each worker for itself, as a regular
 * expression belongs to one thread.
 */
#include "processors/ottl_rules.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/mem.h"
#include "config/nearest.h"
#include "ottl/statement.h"

const char *const error_modes[] = {"ignore", "silent", "propagate", NULL};

static const char *text_of(const struct node *node)
{
    return node->original ? node->original : node->text;
}

static bool compiles(const struct ottl_rule *rule, bool statement, struct error *err)
{
    struct str text = str_of(rule->text);
    struct ottl_condition *c = NULL;
    struct ottl_statement *s = NULL;
    bool ok;

    if (statement)
        s = ottl_statement_new(text, rule->context, rule->prefixed, err);
    else
        c = ottl_condition_new(text, rule->context, rule->prefixed, err);
    ok = s || c;
    ottl_statement_free(s);
    ottl_condition_free(c);
    return ok;
}

/* Whether it changes a resource or scope, and looks at nothing else: then its context is that one,
 * whatever the group says. */
static bool is_of_outer_context(struct ottl_rule *rule)
{
    struct ottl_rule outer = *rule;
    struct error err = {""};

    outer.prefixed = true;
    if (rule->prefixed || !ottl_infer(str_of(rule->text), rule->signal, &outer.context, &err) ||
        outer.context > OTTL_SCOPE || !compiles(&outer, true, &err))
        return false;
    *rule = outer;
    return true;
}

/* The innermost context of a statement that says its own and of the conditions in its group. */
static bool infer(struct ottl_rule *rule, struct error *err)
{
    enum ottl_context context;

    if (!ottl_infer(str_of(rule->text), rule->signal, &rule->context, err))
        return false;
    for (size_t i = 0; rule->group && i < rule->group->count; i++) {
        if (!ottl_infer(str_of(rule->group->conditions[i]), rule->signal, &context, err))
            return false;
        if (context > rule->context)
            rule->context = context;
    }
    return true;
}

/* Whether the conditions of the rule's group are some in its context. */
static bool group_compiles(const struct ottl_rule *rule, struct error *err)
{
    struct ottl_rule condition = *rule;
    char place[40];

    for (size_t i = 0; rule->group && i < rule->group->count; i++) {
        condition.text = rule->group->conditions[i];
        snprintf(place, sizeof(place), "conditions[%zu]", i);
        if (!compiles(&condition, false, err))
            return error_prefix(err, place);
    }
    return true;
}

/* One condition; context OTTL_CONTEXTS: it has to say by itself. */
static void add(struct ottl_rules *rules, const struct ottl_rule *like, const struct node *node,
                struct problems *problems)
{
    struct ottl_rule rule = *like;
    struct error err = {""};

    if (node->kind != NODE_SCALAR) {
        error_at(problems, node, "%s is a string, not %s",
                 rules->statements ? "a statement" : "a condition", node_what(node));
        return;
    }
    rule.text = text_of(node);
    rule.prefixed = rule.context == OTTL_CONTEXTS;
    if ((rule.prefixed && !infer(&rule, &err)) ||
        (!compiles(&rule, rules->statements, &err) &&
         !(rules->statements && is_of_outer_context(&rule))) ||
        !group_compiles(&rule, &err)) {
        error_at(problems, node, "%s", err.text);
        return;
    }
    if (rules->count == rules->cap) {
        size_t cap = rules->cap ? 2 * rules->cap : 8;
        struct ottl_rule *more = arena_alloc(problems->arena, cap * sizeof(more[0]));

        if (rules->count > 0)
            memcpy(more, rules->at, rules->count * sizeof(more[0]));
        rules->at = more;
        rules->cap = cap;
    }
    rules->at[rules->count++] = rule;
}

static void add_list(struct ottl_rules *rules, const struct ottl_rule *like,
                     const struct node *list, struct problems *problems)
{
    if (!list || list->kind == NODE_NULL)
        return;
    if (list->kind != NODE_LIST) {
        add(rules, like, list, problems);
        return;
    }
    for (size_t i = 0; i < list->count; i++)
        add(rules, like, list->children[i], problems);
}

void ottl_rules_add(struct ottl_rules *rules, enum signal signal, enum ottl_context context,
                    const struct node *list, unsigned error_mode, struct problems *problems)
{
    struct ottl_rule like = {.signal = signal, .context = context, .error_mode = error_mode};

    add_list(rules, &like, list, problems);
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

/* NULL: there are none, or they are no strings, which was told. */
static const struct ottl_group *read_group(const struct node *list, struct problems *problems)
{
    struct ottl_group *group;
    const char **texts;

    if (!list || list->kind == NODE_NULL || (list->kind == NODE_LIST && list->count == 0))
        return NULL;
    if (list->kind != NODE_LIST) {
        error_at(problems, list, "must be a list, not %s", node_what(list));
        return NULL;
    }
    group = arena_alloc(problems->arena, sizeof(*group));
    texts = arena_alloc(problems->arena, list->count * sizeof(texts[0]));
    for (size_t i = 0; i < list->count; i++) {
        if (list->children[i]->kind != NODE_SCALAR) {
            error_at(problems, list->children[i], "a condition is a string, not %s",
                     node_what(list->children[i]));
            return NULL;
        }
        texts[i] = text_of(list->children[i]);
    }
    *group = (struct ottl_group){.conditions = texts, .count = list->count};
    return group;
}

static void add_group(struct ottl_rules *rules, enum signal signal, const struct node *group,
                      unsigned error_mode, struct problems *problems)
{
    const char *list = rules->statements ? "statements" : "conditions";
    const char *const keys[] = {"context", "error_mode", list,
                                rules->statements ? "conditions" : NULL, NULL};
    const struct node *texts = node_get(group, list);
    struct ottl_rule like = {.signal = signal, .error_mode = error_mode};

    for (size_t i = 0; i < group->count; i++) {
        const char *key = group->children[i]->key, *near = nearest_name(key, keys);

        if (node_get(group, key) && (!near || strcmp(near, key) != 0))
            problem_at_key(problems, PROBLEM_ERROR, group->children[i], "unknown key%s%s%s",
                           near ? ": did you mean " : "", near ? near : "", near ? "?" : "");
    }
    if (!read_context(node_get(group, "context"), signal, &like.context, problems) ||
        !read_error_mode(node_get(group, "error_mode"), &like.error_mode, problems))
        return;
    if (!texts)
        error_at(problems, group, "%s are missing", list);
    if (rules->statements)
        like.group = read_group(node_get(group, "conditions"), problems);
    add_list(rules, &like, texts, problems);
}

void ottl_rules_add_any(struct ottl_rules *rules, enum signal signal, const struct node *list,
                        unsigned error_mode, struct problems *problems)
{
    const struct ottl_rule alone = {
        .signal = signal, .context = OTTL_CONTEXTS, .error_mode = error_mode};

    if (!list || list->kind == NODE_NULL)
        return;
    if (list->kind != NODE_LIST) {
        error_at(problems, list, "must be a list, not %s", node_what(list));
        return;
    }
    for (size_t i = 0; i < list->count; i++) {
        const struct node *node = list->children[i];

        if ((node->kind == NODE_MAP) != (list->children[0]->kind == NODE_MAP))
            error_at(problems, node, "either all are strings, or all are maps");
        else if (node->kind == NODE_MAP)
            add_group(rules, signal, node, error_mode, problems);
        else
            add(rules, &alone, node, problems);
    }
}

struct ottl_condition **ottl_group_compile(const struct ottl_rule *rule, struct error *err)
{
    const struct ottl_group *group = rule->group;
    struct ottl_condition **conditions = mem_zero(group->count * sizeof(conditions[0]));

    for (size_t i = 0; i < group->count; i++) {
        conditions[i] =
            ottl_condition_new(str_of(group->conditions[i]), rule->context, rule->prefixed, err);
        if (!conditions[i]) {
            ottl_group_free(group, conditions);
            return NULL;
        }
    }
    return conditions;
}

void ottl_group_free(const struct ottl_group *group, struct ottl_condition **conditions)
{
    for (size_t i = 0; conditions && i < group->count; i++)
        ottl_condition_free(conditions[i]);
    free(conditions);
}
