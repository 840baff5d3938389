/*
 * The conditions of a filter, from all the forms that they are written in:
 *
 *     trace_conditions: ['span.name == "a"']                                each says its context
 *     trace_conditions: [{context: span, conditions: ['name == "a"']}]      all say one
 *     traces: {span: ['name == "a"']}                                       the older form
 */
#pragma once

#include "config/field.h"
#include "ottl/ottl.h"

/* What becomes of a condition that cannot be told: it is taken as false and logged, or not logged,
 * or the data is refused. */
enum error_mode { ERROR_IGNORE, ERROR_SILENT, ERROR_PROPAGATE };

extern const char *const error_modes[]; /* for FIELD_CHOICE */

struct filter_rule { /* a condition that was checked */
    enum signal signal;
    enum ottl_context context;
    bool prefixed;
    const char *text;
    unsigned error_mode;
};

struct filter_rules { /* derived settings, in the configuration's arena */
    struct filter_rule *at;
    size_t count, cap;
};

/* list: of conditions about one context, or NULL. */
void filter_rules_add(struct filter_rules *rules, enum signal signal, enum ottl_context context,
                      const struct node *list, unsigned error_mode, struct problems *problems);

/* list: of a form that is not older, or NULL. */
void filter_rules_add_any(struct filter_rules *rules, enum signal signal, const struct node *list,
                          unsigned error_mode, struct problems *problems);

struct filter; /* the conditions of one worker */

/* Of rules that were checked, which it borrows. NULL: *err says why. */
struct filter *filter_new(const struct filter_rules *rules, struct error *err);
void filter_free(struct filter *filter); /* takes NULL */

bool filter_has(const struct filter *filter, enum signal signal, enum ottl_context context);

/* Whether a condition about the context is true. where: for the log. */
bool filter_drops(struct filter *filter, enum signal signal, enum ottl_context context,
                  const struct ottl_data *data, const char *where);

/* Some conditions refuse data when they cannot be told. */
bool filter_propagates(const struct filter *filter);

/* Of those: why, since it was last asked; NULL: none has. */
const char *filter_failure(struct filter *filter);
