/*
 * Nodes without a place.
 */
#include "config/grow.h"

#include "base/arena.h"
#include "config/tree_priv.h"

void grow_attach(struct arena *arena, struct node *parent, struct node *child)
{
    struct tree tree = {.arena = arena};

    tree_attach(&tree, parent, child);
}

static struct node *grow(struct arena *arena, struct node *parent, const char *key,
                         enum node_kind kind)
{
    struct node *node = arena_alloc(arena, sizeof(*node));

    node->kind = kind;
    node->key = key;
    node->text = "";
    if (parent)
        grow_attach(arena, parent, node);
    return node;
}

struct node *grow_map(struct arena *arena, struct node *parent, const char *key)
{
    return grow(arena, parent, key, NODE_MAP);
}

struct node *grow_list(struct arena *arena, struct node *parent, const char *key)
{
    return grow(arena, parent, key, NODE_LIST);
}

struct node *grow_null(struct arena *arena, struct node *parent, const char *key)
{
    return grow(arena, parent, key, NODE_NULL);
}

struct node *grow_text(struct arena *arena, struct node *parent, const char *key, const char *text)
{
    struct node *node = grow_plain(arena, parent, key, text);

    node->quoted = true;
    return node;
}

struct node *grow_plain(struct arena *arena, struct node *parent, const char *key, const char *text)
{
    struct node *node = grow(arena, parent, key, NODE_SCALAR);

    node->text = text;
    return node;
}
