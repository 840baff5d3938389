/*
 * What the files of OTTL share: values, the tree of a condition, and a run over it.
 */
#pragma once

#include "base/arena.h"
#include "base/regex.h"
#include "net/digest.h"
#include "ottl/ottl.h"

enum ottl_type {
    OTTL_NIL,
    OTTL_BOOL,
    OTTL_INT,
    OTTL_DOUBLE,
    OTTL_STRING,
    OTTL_BYTES,
    OTTL_LIST,     /* on the wire: AnyValue messages */
    OTTL_ROW,      /* a list that was written or made */
    OTTL_MAP,      /* on the wire: KeyValue messages */
    OTTL_MESSAGES, /* events, links, data points: they are counted only */
    OTTL_TIME,
    OTTL_DURATION,
    OTTL_ANY /* known only when it is evaluated */
};

struct ottl_value {
    enum ottl_type type;
    union {
        bool boolean;
        int64_t integer; /* INT; TIME: ns since the epoch; DURATION: ns */
        double number;
        struct str text; /* STRING, BYTES */
        struct {
            const struct ottl_value *items;
            size_t count;
        } row;
        struct repeated elements; /* LIST, MAP */
        uint32_t count;           /* MESSAGES */
    };
};

enum ottl_op {
    OTTL_LITERAL,
    OTTL_MAKE_ROW, /* children: the elements */
    OTTL_PATH,     /* children: the keys */
    OTTL_CALL,     /* children: the arguments, in the order of the function's parameters */
    OTTL_INDEX,    /* children: what a function returns, then the keys */
    OTTL_NOT,
    OTTL_AND,
    OTTL_OR,
    OTTL_EQ, /* these to OTTL_GE: comparisons */
    OTTL_NE,
    OTTL_LT,
    OTTL_LE,
    OTTL_GT,
    OTTL_GE,
    OTTL_ADD,
    OTTL_SUB,
    OTTL_MUL,
    OTTL_DIV
};

enum { OTTL_MAX_DEPTH = 64, OTTL_MAX_ARGUMENTS = 4, OTTL_MAX_TEXT = 1 << 20 };

struct ottl_path;
struct ottl_function;

struct ottl_node { /* in the condition's arena */
    enum ottl_op op;
    enum ottl_type type;                  /* of its value, as far as it is known before */
    unsigned depth;                       /* 1: it has no children */
    size_t at;                            /* in the text */
    struct ottl_value value;              /* of a LITERAL */
    const struct ottl_path *path;         /* of a PATH */
    const struct ottl_function *function; /* of a CALL */
    struct regex *regex;                  /* of a CALL with a pattern: owned by the condition */
    struct digester *digester;            /* of a CALL that digests: owned by the condition */
    struct ottl_node **children;          /* those of a CALL may be NULL: an argument left out */
    size_t count, cap;
};

struct ottl_condition {
    struct arena *arena;
    struct ottl_node *root;
    struct regex **regexes; /* all that are in it */
    size_t regex_count, regex_cap;
    struct digester *digesters[DIGEST_MD5 + 1]; /* of those kinds that are in it */
};

/* One without a root, for a statement. */
struct ottl_condition *ottl_condition_empty(void);

struct ottl_run { /* one evaluation */
    const struct ottl_data *data;
    struct error *err;
    struct arena *arena; /* for texts and lists that it makes; NULL until one is needed */
};

struct arena *ottl_run_arena(struct ottl_run *run);

/* False: *run->err says why. */
bool ottl_evaluate(struct ottl_run *run, const struct ottl_node *node, struct ottl_value *value);

const char *ottl_type_name(enum ottl_type type); /* for messages: "a string" */

/* The tree of a condition; NULL: *err is set. What it needs is the condition's. */
struct ottl_node *ottl_parse(struct ottl_condition *condition, struct str text,
                             enum ottl_context context, bool prefixed, struct error *err);

/* The call of an editor; what stands behind where becomes the condition's root. */
struct ottl_node *ottl_parse_statement(struct ottl_condition *condition, struct str text,
                                       enum ottl_context context, bool prefixed, struct error *err);
