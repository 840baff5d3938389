/*
 * Steps over words, the errors on the way, and the nodes that come of them.
 */
#include "ottl/parser_priv.h"

struct ottl_node *parser_fail_at(struct parser *parser, size_t at, const char *why)
{
    error_set(parser->err, "at character %zu: %s", at + 1, why);
    return NULL;
}

bool parser_advance(struct parser *parser)
{
    return lexer_next(&parser->lexer, parser->condition->arena, &parser->token, parser->err);
}

bool parser_take(struct parser *parser, const char *text, bool *ok)
{
    if (!token_is(&parser->token, text))
        return false;
    *ok = parser_advance(parser);
    return true;
}

struct ottl_node *parser_expected(struct parser *parser, const char *what)
{
    struct str text = parser->token.text;

    if (parser->token.kind == TOKEN_END)
        return FAIL(parser, parser->token.at, "expected %s, and here it ends", what);
    if (text.len > 40)
        text.len = 40;
    return FAIL(parser, parser->token.at, "expected %s, and here stands %.*s", what, STR_ARG(text));
}

bool parser_need(struct parser *parser, const char *text, const char *what)
{
    bool ok = false;

    if (!parser_take(parser, text, &ok))
        parser_expected(parser, what);
    return ok;
}

struct ottl_node *parser_node(struct parser *parser, enum ottl_op op, enum ottl_type type,
                              size_t at)
{
    struct ottl_node *node = arena_alloc(parser->condition->arena, sizeof(*node));

    node->op = op;
    node->type = type;
    node->at = at;
    node->depth = 1;
    return node;
}

bool parser_add(struct parser *parser, struct ottl_node *node, struct ottl_node *child)
{
    if (node->count == node->cap) {
        size_t cap = node->cap ? 2 * node->cap : 4;
        struct ottl_node **children =
            arena_alloc(parser->condition->arena, cap * sizeof(children[0]));

        if (node->count > 0)
            memcpy(children, node->children, node->count * sizeof(children[0]));
        node->children = children;
        node->cap = cap;
    }
    node->children[node->count++] = child;
    if (child && child->depth >= node->depth)
        node->depth = child->depth + 1;
    return node->depth <= OTTL_MAX_DEPTH ||
           parser_fail_at(parser, node->at, "this is nested too deeply");
}

static bool is_comparison(const struct ottl_node *node)
{
    return node->op >= OTTL_EQ && node->op <= OTTL_GE;
}

static bool is_boolean(const struct ottl_node *node)
{
    return is_comparison(node) || node->op == OTTL_NOT || node->op == OTTL_AND ||
           node->op == OTTL_OR ||
           (node->type == OTTL_BOOL && (node->op == OTTL_LITERAL || node->op == OTTL_CALL));
}

struct ottl_node *parser_want_boolean(struct parser *parser, struct ottl_node *node)
{
    if (!node || is_boolean(node))
        return node;
    return parser_fail_at(
        parser, node->at,
        node->op == OTTL_PATH
            ? "a path alone is no condition: compare it, as in attributes[\"k\"] == true"
            : "expected a comparison, or a function that says true or false");
}

struct ottl_node *parser_want_value(struct parser *parser, struct ottl_node *node)
{
    if (!node || !is_boolean(node) || node->op == OTTL_LITERAL || node->op == OTTL_CALL)
        return node;
    return parser_fail_at(parser, node->at, "expected a value, and this is a condition");
}

struct ottl_node *parser_literal(struct parser *parser, size_t at, struct ottl_value value)
{
    struct ottl_node *node = parser_node(parser, OTTL_LITERAL, value.type, at);

    node->value = value;
    return node;
}

static bool all_literal(const struct ottl_node *node)
{
    for (size_t i = 0; i < node->count; i++)
        if (node->children[i] && node->children[i]->op != OTTL_LITERAL)
            return false;
    return true;
}

struct ottl_node *parser_fold(struct parser *parser, struct ottl_node *node)
{
    struct error why = {""};
    struct ottl_run run = {.err = &why, .arena = parser->condition->arena};
    struct ottl_value value;

    if (!all_literal(node) || (node->op == OTTL_CALL && (node->count == 0 || node->regex ||
                                                         node->function->context != OTTL_CONTEXTS)))
        return node;
    if (!ottl_evaluate(&run, node, &value))
        return parser_fail_at(parser, node->at, why.text);
    return parser_literal(parser, node->at, value);
}
