/*
 * For the tests of the configuration: a tree as one line of text, problems as lines.
 */
#pragma once

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "config/node.h"
#include "unit/check.h"

/* {a: 1, b: ["2", null]}; quotes only where the scalar had some. */
static inline void tree_show(const struct node *node, struct buf *out)
{
    switch (node->kind) {
    case NODE_NULL:
        buf_append_str(out, STR("null"));
        break;
    case NODE_SCALAR:
        buf_printf(out, node->quoted ? "\"%s\"" : "%s", node->text);
        break;
    case NODE_LIST:
    case NODE_MAP:
        buf_append_char(out, node->kind == NODE_MAP ? '{' : '[');
        for (size_t i = 0; i < node->count; i++) {
            ck_assert_ptr_eq(node->children[i]->parent, node);
            if (i > 0)
                buf_append_str(out, STR(", "));
            if (node->kind == NODE_MAP)
                buf_printf(out, "%s: ", node->children[i]->key);
            tree_show(node->children[i], out);
        }
        buf_append_char(out, node->kind == NODE_MAP ? '}' : ']');
    }
}

static inline const char *tree_text(const struct node *node, struct arena *arena)
{
    struct buf out = {0};
    const char *text;

    if (!node)
        return "(none)";
    tree_show(node, &out);
    text = arena_copy(arena, buf_str(&out)).at;
    buf_done(&out);
    return text;
}

/* All problems, sorted, each as a line with its end. */
static inline const char *problems_text(struct problems *problems, struct arena *arena)
{
    const char *text = "";

    problems_sort(problems);
    for (size_t i = 0; i < problems->count; i++)
        text = arena_printf(arena, "%s%s\n", text, problem_line(&problems->list[i], arena));
    return text;
}
