/*
 * Functions that change a message: what a statement begins with.
 */
#pragma once

#include "otlp/attributes.h"
#include "ottl/function.h"

struct ottl_edit { /* one, while it is done */
    struct ottl_run *run;
    const struct ottl_node *node;
    struct str message;
    struct attributes *attributes;                   /* of the message */
    struct ottl_value arguments[OTTL_MAX_ARGUMENTS]; /* but for the target; OTTL_ANY: left out */
    struct buf *out; /* the new message, where it is not made of the attributes */
};

/* NULL: there is none of this name. */
const struct ottl_function *editor_find(struct str name);

/* For "did you mean": all names, NULL-terminated, in the arena. */
const char *const *editor_names(struct arena *arena);

/* Whether it can change its target, the first argument; false: *err says why not. */
bool editor_check(const struct ottl_node *node, enum ottl_context context, struct error *err);

/* Changes the attributes, or writes to out. False: *run->err says why not. */
bool editor_run(struct ottl_edit *edit);

/* Whether an argument is a string. False: *run->err says that it is not. */
bool editor_want_text(struct ottl_edit *edit, size_t i);

/* Whether the pattern matches, goes to *is_match. False: *run->err says that it takes too long. */
bool editor_matches(struct ottl_edit *edit, struct str text, bool *is_match);
