/*
 * The configuration as a tree: what the YAML says, each node with its place and its path.
 * Nodes, and all texts in them, live in an arena.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "config/problems.h"

enum node_kind { NODE_NULL, NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node {
    enum node_kind kind;
    struct place at;
    const char *path; /* "exporters.jaeger.endpoint", "service.pipelines.traces.receivers[0]" */
    const char *key;  /* in its map; NULL elsewhere */
    struct place key_at;
    const char *text;       /* SCALAR: after expansion */
    bool quoted;            /* SCALAR: was quoted or a block scalar, so it is a string */
    bool secret;            /* set by the decoder: not to be shown */
    struct node **children; /* LIST, MAP: in the order of the source */
    size_t count, cap;
};

/* The member of a map; NULL where it is missing, or where node is no map (or NULL). */
struct node *node_get(const struct node *node, const char *key);

/* As node_get, for a place to report at: the node itself where the member is missing. */
const struct node *node_near(const struct node *node, const char *key);
