/*
 * The configuration as a tree: what the YAML says, each node with its place. Nodes, and all texts
 * in them, live in an arena.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "config/problems.h"

enum node_kind { NODE_NULL, NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node {
    enum node_kind kind;
    struct place at;
    struct node *parent; /* the list or map that it stands in; NULL at the root */
    const char *key;     /* in its map; NULL elsewhere */
    struct place key_at;
    const char *text;       /* SCALAR: after expansion; never NULL */
    const char *original;   /* where ${...} made it: the text before it was read as YAML, which a
                               setting that is a string takes; else NULL */
    bool quoted;            /* SCALAR: was quoted or a block scalar, so it is a string */
    bool secret;            /* set by the decoder: not to be shown */
    bool broken;            /* what is wrong with it has been told: keep the default, say nothing */
    struct node **children; /* LIST, MAP: in the order of the source */
    size_t count, cap;
};

/* The member of a map; NULL where it is missing, or where node is no map (or NULL). */
struct node *node_get(const struct node *node, const char *key);

/* As node_get, for a place to report at: the node itself where the member is missing. */
const struct node *node_near(const struct node *node, const char *key);

/* "exporters.jaeger.endpoint", "service.pipelines.traces.receivers[0]"; "" at the root. Cut at its
 * front where it is very long. The text is in the arena. */
const char *node_path(const struct node *node, struct arena *arena);

/* For messages, what it is: "a list", "a map", "a number", "a boolean", "a string", "null". */
const char *node_what(const struct node *node);

/* Both say the same: kinds, keys, order, texts and whether they are quoted. Either may be NULL, as
 * a null node. */
bool node_equal(const struct node *a, const struct node *b);
