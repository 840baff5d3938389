/*
 * What the attributes and resource processors do to a list of attributes: a list of actions, one
 * after the other.
 */
#pragma once

#include "base/error.h"
#include "config/field.h"
#include "otlp/attributes.h"
#include "otlp/rewrite.h"

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

struct actions; /* of one worker */

/* Of settings that were checked, which it borrows. NULL: *err says why. */
struct actions *actions_new(const struct block_list *list, struct error *err);
void actions_free(struct actions *actions); /* takes NULL */

/* metadata: what the request came with; may be NULL. */
void actions_apply(struct actions *actions, struct attributes *attributes,
                   const struct bytes *metadata);

/*
 * For a rewriter: what the actions make of a message that has its attributes in the field of this
 * number. The list is used for it.
 */
enum rewrite actions_rewrite(struct actions *actions, struct attributes *attributes,
                             const struct bytes *metadata, struct str message, uint32_t number,
                             struct buf *out);
