/*
 * Conditions, and statements, from all the forms that they are written in:
 *
 *     trace_conditions: ['span.name == "a"']                                each says its context
 *     trace_conditions: [{context: span, conditions: ['name == "a"']}]      all say one
 *     trace_statements: [{context: span, conditions: [...], statements: ['set(name, "a")']}]
 *     traces: {span: ['name == "a"']}                                       the older form
 */
#pragma once

#include "config/field.h"
#include "ottl/ottl.h"

/* What becomes of a condition that cannot be told: it is taken as false and logged, or not logged,
 * or the data is refused. */
enum error_mode { ERROR_IGNORE, ERROR_SILENT, ERROR_PROPAGATE };

extern const char *const error_modes[]; /* for FIELD_CHOICE */

struct ottl_group { /* of statements: they are for what one of its conditions is true of */
    const char *const *conditions;
    size_t count;
};

struct ottl_rule { /* that was checked */
    enum signal signal;
    enum ottl_context context;
    bool prefixed;
    const char *text;
    unsigned error_mode;
    const struct ottl_group *group; /* NULL: none, or one without conditions */
};

struct ottl_rules {  /* derived settings, in the configuration's arena */
    bool statements; /* they are no conditions */
    struct ottl_rule *at;
    size_t count, cap;
};

/* The conditions of the rule's group, for one worker. NULL: *err says why not. */
struct ottl_condition **ottl_group_compile(const struct ottl_rule *rule, struct error *err);
void ottl_group_free(const struct ottl_group *group,
                     struct ottl_condition **conditions); /* takes NULL */

/* list: of conditions about one context, or NULL. */
void ottl_rules_add(struct ottl_rules *rules, enum signal signal, enum ottl_context context,
                    const struct node *list, unsigned error_mode, struct problems *problems);

/* list: of a form that is not older, or NULL. */
void ottl_rules_add_any(struct ottl_rules *rules, enum signal signal, const struct node *list,
                        unsigned error_mode, struct problems *problems);
