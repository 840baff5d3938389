/*
 * Paths: what can be looked at in each context.
 */
#pragma once

#include "ottl/ottl_priv.h"

struct ottl_path {
    enum ottl_context context;
    const char *name; /* with its second part: "status.code" */
    enum ottl_type type;
    bool keyed; /* ["..."] may follow */
    void (*read)(struct ottl_run *run, struct ottl_value *value);
};

/* NULL: there is none of this name. */
const struct ottl_path *path_find(enum ottl_context context, struct str name);

/* Those that a condition about inner may look at: its own context, and those around it. */
bool path_sees(enum ottl_context inner, enum ottl_context outer);

/* The context of this name (scope has two); OTTL_CONTEXTS: there is none. */
enum ottl_context path_context(struct str name);

/* For "did you mean": the names of a context's paths, NULL-terminated, in the arena. */
const char *const *path_names(enum ottl_context context, struct arena *arena);

/* A value, one key further; false: *run->err says why it has none. What is not there is nil. */
bool path_index(struct ottl_run *run, struct ottl_value *value, const struct ottl_value *key);

/* The value of a PATH, with its keys; false: *run->err says why there is none. */
bool path_evaluate(struct ottl_run *run, const struct ottl_node *node, struct ottl_value *value);
