/*
 * What the configuration says of actions on attributes.
 */
#pragma once

#include "base/str.h"
#include "config/field.h"

enum action_kind {
    ACTION_INSERT,
    ACTION_UPDATE,
    ACTION_UPSERT,
    ACTION_DELETE,
    ACTION_HASH,
    ACTION_EXTRACT,
    ACTION_CONVERT
};

enum action_type { ACTION_TO_INT, ACTION_TO_DOUBLE, ACTION_TO_STRING };

struct action_settings {
    const char *key;
    unsigned action; /* enum action_kind */
    const struct node *value, *default_value;
    const char *from_attribute, *from_context, *pattern;
    unsigned converted_type; /* enum action_type */

    /* Derived: AnyValue messages, where there is such a value; header: of the metadata. */
    struct str value_bytes, default_bytes, header;
};

extern const struct field action_fields[];

/* A FIELD_BLOCKS of action_settings, which it completes; node: what has them as `name`. */
void actions_check(struct block_list *list, const char *name, const struct node *node,
                   struct problems *problems);

static inline bool action_has(const char *text)
{
    return text && *text;
}
