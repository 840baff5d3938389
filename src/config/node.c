/*
 * Finding one's way in the tree.
 */
#include "config/node.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "config/scalar.h"

enum { PATH_MAX_LEN = 512 }; /* bytes that are shown of a path */

struct node *node_get(const struct node *node, const char *key)
{
    if (!node || node->kind != NODE_MAP)
        return NULL;
    for (size_t i = 0; i < node->count; i++)
        if (strcmp(node->children[i]->key, key) == 0)
            return node->children[i];
    return NULL;
}

const struct node *node_near(const struct node *node, const char *key)
{
    const struct node *member = node_get(node, key);

    return member ? member : node;
}

/* Writes a part of a path before *start; false where there is no more room. */
static bool put_before(char *text, size_t *start, const char *part)
{
    size_t len = strlen(part);

    if (len > *start)
        return false;
    while (len-- > 0)
        text[--*start] = part[len];
    return true;
}

const char *node_path(const struct node *node, struct arena *arena)
{
    char path[PATH_MAX_LEN + 1] = "", index[32];
    size_t start = PATH_MAX_LEN;
    bool fits = true, dot = false;

    for (; node && node->parent && fits; node = node->parent) {
        size_t i = 0;

        if (dot && !put_before(path, &start, "."))
            break;
        if (node->key) {
            fits = put_before(path, &start, node->key);
            dot = true;
            continue;
        }
        while (i < node->parent->count && node->parent->children[i] != node)
            i++;
        snprintf(index, sizeof(index), "[%zu]", i);
        fits = put_before(path, &start, index);
        dot = false;
    }
    return arena_text(arena, path + start);
}

const char *node_what(const struct node *node)
{
    switch (node->kind) {
    case NODE_LIST:
        return "a list";
    case NODE_MAP:
        return "a map";
    case NODE_SCALAR:
        return scalar_what(scalar_type(node));
    case NODE_NULL:
        break;
    }
    return "null";
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

bool node_equal(const struct node *a, const struct node *b)
{
    static const struct node null = {.kind = NODE_NULL};

    a = a ? a : &null;
    b = b ? b : &null;
    if (a->kind != b->kind || a->count != b->count || !same_text(a->original, b->original))
        return false;
    if (a->kind == NODE_SCALAR && (a->quoted != b->quoted || !same_text(a->text, b->text)))
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!same_text(a->children[i]->key, b->children[i]->key) ||
            !node_equal(a->children[i], b->children[i]))
            return false;
    return true;
}
