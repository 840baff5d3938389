/*
 * They are compiled twice: once to check them, then by each worker for itself, as a regular
 * expression belongs to one thread.
 */
#include "processors/ottl_rules.h"

#include "base/arena.h"
#include "config/nearest.h"
#include "ottl/statement.h"

const char *const error_modes[] = {"ignore", "silent", "propagate", NULL};

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

/* One condition; context OTTL_CONTEXTS: it has to say by itself. */
static void add(struct ottl_rules *rules, enum signal signal, enum ottl_context context,
                const struct node *node, unsigned error_mode, struct problems *problems)
{
    struct ottl_rule rule = {.signal = signal, .context = context, .error_mode = error_mode};
    struct error err = {""};

    if (node->kind != NODE_SCALAR) {
        error_at(problems, node, "%s is a string, not %s",
                 rules->statements ? "a statement" : "a condition", node_what(node));
        return;
    }
    rule.text = node->original ? node->original : node->text;
    rule.prefixed = context == OTTL_CONTEXTS;
    if (rule.prefixed && !ottl_infer(str_of(rule.text), signal, &rule.context, &err)) {
        error_at(problems, node, "%s", err.text);
        return;
    }
    if (!compiles(&rule, rules->statements, &err)) {
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

void ottl_rules_add(struct ottl_rules *rules, enum signal signal, enum ottl_context context,
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

static void add_group(struct ottl_rules *rules, enum signal signal, const struct node *group,
                      unsigned error_mode, struct problems *problems)
{
    const char *list = rules->statements ? "statements" : "conditions";
    const char *const keys[] = {"context", "error_mode", list, NULL};
    const struct node *conditions = node_get(group, list);
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
        error_at(problems, group, "%s are missing", list);
    ottl_rules_add(rules, signal, context, conditions, error_mode, problems);
}

void ottl_rules_add_any(struct ottl_rules *rules, enum signal signal, const struct node *list,
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
            error_at(problems, node, "either all are strings, or all are maps");
        else if (node->kind == NODE_MAP)
            add_group(rules, signal, node, error_mode, problems);
        else
            add(rules, signal, OTTL_CONTEXTS, node, error_mode, problems);
    }
}
