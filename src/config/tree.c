/*
 * Nodes and their limits.
 */
#include "config/tree_priv.h"

#include <string.h>

#include "base/arena.h"

static size_t depth_below(const struct node *parent)
{
    size_t depth = 1;

    for (; parent; parent = parent->parent)
        depth++;
    return depth;
}

struct node *tree_loose(struct tree *tree, struct node *parent, struct place at)
{
    struct node *node;

    if (tree->full)
        return NULL;
    if (tree->nodes >= TREE_MAX_NODES)
        problem_in(tree->problems, PROBLEM_ERROR, at, "",
                   "too large: a configuration holds at most %d keys and values", TREE_MAX_NODES);
    else if (depth_below(parent) > TREE_MAX_DEPTH)
        problem_in(tree->problems, PROBLEM_ERROR, at, "", "nested deeper than %d levels",
                   TREE_MAX_DEPTH);
    else {
        tree->nodes++;
        node = arena_alloc(tree->arena, sizeof(*node));
        node->parent = parent;
        node->at = at;
        node->text = "";
        return node;
    }
    tree->full = true;
    return NULL;
}

void tree_attach(struct tree *tree, struct node *parent, struct node *child)
{
    if (parent->count == parent->cap) {
        size_t cap = parent->cap > 0 ? parent->cap * 2 : 4;
        struct node **children = arena_alloc(tree->arena, cap * sizeof(struct node *));

        if (parent->count > 0)
            memcpy(children, parent->children, parent->count * sizeof(struct node *));
        parent->children = children;
        parent->cap = cap;
    }
    child->parent = parent;
    parent->children[parent->count++] = child;
}

struct node *tree_add(struct tree *tree, struct node *parent, const char *key, struct place key_at,
                      struct place at)
{
    struct node *node = tree_loose(tree, parent, at);

    if (!node)
        return NULL;
    node->key = key;
    node->key_at = key_at;
    tree->nodes += key != NULL;
    if (parent)
        tree_attach(tree, parent, node);
    return node;
}

/* What a node is, without what is below it, and without its own key. */
static void take_value(struct node *node, const struct node *other)
{
    node->kind = other->kind;
    node->at = other->at;
    node->text = other->text;
    node->original = other->original;
    node->quoted = other->quoted;
    node->broken = other->broken;
    node->children = NULL;
    node->count = node->cap = 0;
}

void tree_become(struct node *node, struct node *other)
{
    take_value(node, other);
    node->children = other->children;
    node->count = other->count;
    node->cap = other->cap;
    for (size_t i = 0; i < node->count; i++)
        node->children[i]->parent = node;
}

bool tree_brought(struct tree *tree, const struct node *node, size_t bytes)
{
    tree->brought += bytes;
    if (tree->brought <= TREE_MAX_BROUGHT && tree->references <= TREE_MAX_REFERENCES)
        return true;
    if (!tree->full)
        error_at(tree->problems, node,
                 "too large: references and aliases may bring %d MiB, in %d references",
                 TREE_MAX_BROUGHT >> 20, TREE_MAX_REFERENCES);
    tree->full = true;
    return false;
}

bool tree_copy(struct tree *tree, struct node *node, const struct node *other)
{
    take_value(node, other);
    if (!tree_brought(tree, node, strlen(node->text)))
        return false;
    for (size_t i = 0; i < other->count; i++) {
        const struct node *child = other->children[i];
        struct node *copy = tree_add(tree, node, child->key, child->key_at, child->at);

        if (!copy || !tree_copy(tree, copy, child))
            return false;
    }
    return true;
}

struct node *tree_reach(struct tree *tree, struct node *map, const char **key, struct place key_at,
                        struct node **clash)
{
    const char *end;

    *clash = NULL;
    while ((end = strstr(*key, "::")) && end > *key && end[2] != '\0') {
        const char *part = arena_copy(tree->arena, (struct str){*key, (size_t)(end - *key)}).at;
        struct node *next = node_get(map, part);

        if (!next) {
            next = tree_add(tree, map, part, key_at, key_at);
            if (!next)
                return NULL;
            next->kind = NODE_MAP;
        }
        if (next->kind != NODE_MAP) {
            *clash = next;
            return NULL;
        }
        map = next;
        *key = end + 2;
    }
    return map;
}

void tree_merge(struct tree *tree, struct node *map, struct node *later)
{
    for (size_t i = 0; i < later->count; i++) {
        struct node *member = later->children[i];
        struct node *there = node_get(map, member->key);

        if (!there) {
            tree_attach(tree, map, member);
        } else if (there->kind == NODE_MAP && member->kind == NODE_MAP) {
            tree_merge(tree, there, member);
        } else {
            there->key_at = member->key_at;
            tree_become(there, member);
        }
    }
}
