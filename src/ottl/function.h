/*
 * Functions that make values (OTTL calls them converters).
 */
#pragma once

#include "ottl/ottl_priv.h"

struct ottl_parameter {
    const char *name;
    unsigned types; /* 1u << OTTL_STRING ...: those that it takes; 0: any */
    bool optional;
};

struct ottl_call { /* one, while it is evaluated */
    struct ottl_run *run;
    const struct ottl_node *node;
    struct ottl_value arguments[OTTL_MAX_ARGUMENTS]; /* OTTL_ANY where one is left out */
    struct ottl_value *value;                        /* what it returns */
};

struct ottl_function {
    const char *name;
    enum ottl_type type;       /* of what it returns */
    enum ottl_context context; /* that it needs; OTTL_CONTEXTS: any */
    int pattern; /* the parameter that is a regular expression, and written out; or 0 */
    int format;  /* the one that is a format of times; or 0 */
    int digest;  /* enum digest_kind + 1 of a function that digests; or 0 */
    bool groups; /* the pattern has groups with names */
    bool glob;   /* no regular expression, but a pattern with * and ? */
    struct ottl_parameter parameters[OTTL_MAX_ARGUMENTS]; /* name NULL: there are no more */

    bool (*call)(struct ottl_call *call); /* false: *call->run->err says why */
};

/* NULL: there is none of this name. */
const struct ottl_function *function_find(struct str name);

/* Whether the official collector has it, and otelc has not. */
bool function_is_missing(struct str name);

/* For "did you mean": all names, NULL-terminated, in the arena. */
const char *const *function_names(struct arena *arena);
