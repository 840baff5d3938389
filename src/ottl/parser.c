/*
 * From text to tree, by recursive descent:
 *
 *     or     = and { "or" and }
 *     and    = not { "and" not }
 *     not    = "not" not | sum [ "==" ... sum ]
 *     sum    = term { "+" | "-" term }
 *     term   = value { "*" | "/" value }
 *     value  = literal | list | enum | path | function | "(" or ")"
 *
 * Types are checked where they are known: what stands around and, or, not is a comparison or a
 * function that says yes or no. Functions of literals are called at once, so that a wrong duration
 * is found before it is used.
 */
#include "config/nearest.h"
#include "ottl/editor.h"
#include "ottl/function.h"
#include "ottl/parser_priv.h"

static struct ottl_node *parse_or(struct parser *parser);

/* [ value, ... ] */
static struct ottl_node *parse_list(struct parser *parser)
{
    struct ottl_node *node = parser_node(parser, OTTL_MAKE_ROW, OTTL_ROW, parser->token.at), *value;
    bool ok = false;

    if (!parser_need(parser, "[", "["))
        return NULL;
    while (!token_is(&parser->token, "]")) {
        value = parser_want_value(parser, parser_sum(parser));
        if (!value || !parser_add(parser, node, value))
            return NULL;
        if (!parser_take(parser, ",", &ok))
            break;
        if (!ok)
            return NULL;
    }
    return parser_need(parser, "]", "a comma or ]") ? parser_fold(parser, node) : NULL;
}

static struct ottl_node *parse_word(struct parser *parser)
{
    struct token name = parser->token;

    if (token_is(&name, "and") || token_is(&name, "or") || token_is(&name, "not"))
        return parser_expected(parser, "a value");
    if (!parser_advance(parser))
        return NULL;
    if (token_is(&name, "true") || token_is(&name, "false"))
        return parser_literal(
            parser, name.at,
            (struct ottl_value){.type = OTTL_BOOL, .boolean = str_is(name.text, "true")});
    if (token_is(&name, "nil"))
        return parser_literal(parser, name.at, (struct ottl_value){.type = OTTL_NIL});
    if (token_is(&parser->token, "("))
        return parser_call(parser, &name);
    if (parser_is_enum(name.text))
        return parser_enum(parser, &name);
    return parser_path(parser, &name);
}

/* A number with its sign. */
static struct ottl_node *parse_signed(struct parser *parser)
{
    bool minus = token_is(&parser->token, "-");
    size_t at = parser->token.at;
    struct ottl_value value;

    if (!parser_advance(parser))
        return NULL;
    value = parser->token.value;
    if (parser->token.kind != TOKEN_LITERAL ||
        (value.type != OTTL_INT && value.type != OTTL_DOUBLE))
        return parser_expected(parser, "a number behind its sign");
    if (minus && value.type == OTTL_INT)
        value.integer = -value.integer;
    else if (minus)
        value.number = -value.number;
    return parser_advance(parser) ? parser_literal(parser, at, value) : NULL;
}

static struct ottl_node *parse_value(struct parser *parser)
{
    struct token token = parser->token;
    struct ottl_node *node;

    if (token.kind == TOKEN_LITERAL)
        return parser_advance(parser) ? parser_literal(parser, token.at, token.value) : NULL;
    if (token.kind == TOKEN_NAME)
        return parse_word(parser);
    if (token_is(&token, "-") || token_is(&token, "+"))
        return parse_signed(parser);
    if (token_is(&token, "["))
        return parse_list(parser);
    if (token_is(&token, "{"))
        return parser_fail_at(parser, token.at, "otelc does not have maps in conditions yet");
    if (!token_is(&token, "("))
        return parser_expected(parser, "a value");
    if (!parser_advance(parser))
        return NULL;
    node = parse_or(parser);
    return node && parser_need(parser, ")", "and, or, an operator or )") ? node : NULL;
}

static bool is_numeric(enum ottl_type type)
{
    return type == OTTL_INT || type == OTTL_DOUBLE || type == OTTL_TIME || type == OTTL_DURATION ||
           type == OTTL_ANY;
}

/* What a calculation gives, where both are known. */
static enum ottl_type sum_type(enum ottl_type left, enum ottl_type right, enum ottl_op op)
{
    if (left == OTTL_TIME && right == OTTL_TIME)
        return op == OTTL_SUB ? OTTL_DURATION : OTTL_ANY;
    if (left == OTTL_ANY || right == OTTL_ANY)
        return OTTL_ANY;
    return left == OTTL_DURATION ? right : left;
}

static struct ottl_node *calculation(struct parser *parser, enum ottl_op op, size_t at,
                                     struct ottl_node *left, struct ottl_node *right)
{
    struct ottl_node *node = parser_node(parser, op, OTTL_ANY, at);

    left = parser_want_value(parser, left);
    right = left ? parser_want_value(parser, right) : NULL;
    if (!right)
        return NULL;
    if (!is_numeric(left->type) || !is_numeric(right->type))
        return FAIL(parser, at, "one cannot calculate with %s",
                    ottl_type_name(is_numeric(left->type) ? right->type : left->type));
    node->type = sum_type(left->type, right->type, op);
    return parser_add(parser, node, left) && parser_add(parser, node, right) ? node : NULL;
}

static struct ottl_node *parse_term(struct parser *parser)
{
    struct ottl_node *node = parse_value(parser);

    while (node && (token_is(&parser->token, "*") || token_is(&parser->token, "/"))) {
        enum ottl_op op = token_is(&parser->token, "*") ? OTTL_MUL : OTTL_DIV;
        size_t at = parser->token.at;
        struct ottl_node *right = parser_advance(parser) ? parse_value(parser) : NULL;

        node = right ? calculation(parser, op, at, node, right) : NULL;
    }
    return node;
}

struct ottl_node *parser_sum(struct parser *parser)
{
    struct ottl_node *node = NULL;

    if (++parser->depth > OTTL_MAX_DEPTH)
        return parser_fail_at(parser, parser->token.at, "this is nested too deeply");
    node = parse_term(parser);
    while (node && (token_is(&parser->token, "+") || token_is(&parser->token, "-"))) {
        enum ottl_op op = token_is(&parser->token, "+") ? OTTL_ADD : OTTL_SUB;
        size_t at = parser->token.at;
        struct ottl_node *right = parser_advance(parser) ? parse_term(parser) : NULL;

        node = right ? calculation(parser, op, at, node, right) : NULL;
    }
    parser->depth--;
    return node;
}

static struct ottl_node *parse_comparison(struct parser *parser)
{
    static const char *const signs[] = {"==", "!=", "<", "<=", ">", ">="};
    struct ottl_node *left = parser_sum(parser), *right, *node;
    size_t at = parser->token.at, op = 0;

    if (!left)
        return NULL;
    while (op < sizeof(signs) / sizeof(signs[0]) && !token_is(&parser->token, signs[op]))
        op++;
    if (op == sizeof(signs) / sizeof(signs[0])) {
        if (token_is(&parser->token, "="))
            return parser_fail_at(parser, at, "a comparison is written ==");
        return left;
    }
    left = parser_want_value(parser, left);
    right = left && parser_advance(parser) ? parser_want_value(parser, parser_sum(parser)) : NULL;
    if (!right)
        return NULL;
    node = parser_node(parser, OTTL_EQ + (enum ottl_op)op, OTTL_BOOL, left->at);
    return parser_add(parser, node, left) && parser_add(parser, node, right) ? node : NULL;
}

static struct ottl_node *parse_not(struct parser *parser)
{
    size_t at = parser->token.at;
    struct ottl_node *node, *operand;
    bool ok = true;

    if (!parser_take(parser, "not", &ok))
        return parse_comparison(parser);
    if (!ok)
        return NULL;
    if (++parser->depth > OTTL_MAX_DEPTH)
        return parser_fail_at(parser, at, "this is nested too deeply");
    operand = parser_want_boolean(parser, parse_not(parser));
    parser->depth--;
    node = parser_node(parser, OTTL_NOT, OTTL_BOOL, at);
    return operand && parser_add(parser, node, operand) ? node : NULL;
}

/* One or several of what parse_next reads, with the word between them. */
static struct ottl_node *parse_chain(struct parser *parser, enum ottl_op op, const char *word,
                                     struct ottl_node *(*parse_next)(struct parser *))
{
    struct ottl_node *first = parse_next(parser), *node, *next;
    bool ok = true;

    if (!first || !token_is(&parser->token, word))
        return first;
    node = parser_node(parser, op, OTTL_BOOL, first->at);
    if (!parser_want_boolean(parser, first) || !parser_add(parser, node, first))
        return NULL;
    while (parser_take(parser, word, &ok)) {
        next = ok ? parser_want_boolean(parser, parse_next(parser)) : NULL;
        if (!next || !parser_add(parser, node, next))
            return NULL;
    }
    return node;
}

static struct ottl_node *parse_and(struct parser *parser)
{
    return parse_chain(parser, OTTL_AND, "and", parse_not);
}

static struct ottl_node *parse_or(struct parser *parser)
{
    return parse_chain(parser, OTTL_OR, "or", parse_and);
}

static struct ottl_node *parse_editor(struct parser *parser)
{
    struct token name = parser->token;
    struct arena *arena = parser->condition->arena;
    const struct ottl_function *editor = editor_find(name.text);
    struct ottl_node *node = parser_node(parser, OTTL_CALL, OTTL_NIL, name.at);
    const char *near;

    if (name.kind != TOKEN_NAME)
        return parser_expected(parser, "a function that changes something, such as set");
    if (!editor) {
        near = nearest_name(arena_copy(arena, name.text).at, editor_names(arena));
        return FAIL(parser, name.at, "otelc has no function %.*s that changes something%s%s%s",
                    STR_ARG(name.text), near ? ": did you mean " : "", near ? near : "",
                    near ? "?" : "");
    }
    node->function = editor;
    if (!parser_advance(parser) || !parser_need(parser, "(", "(") ||
        !parser_arguments(parser, editor, node) ||
        (editor->pattern > 0 && !parser_compile_pattern(parser, node)))
        return NULL;
    return node;
}

struct ottl_node *ottl_parse_statement(struct ottl_condition *condition, struct str text,
                                       enum ottl_context context, bool prefixed, struct error *err)
{
    struct parser parser = {.condition = condition,
                            .lexer = {.text = text},
                            .context = context,
                            .prefixed = prefixed,
                            .err = err};
    struct ottl_node *editor;
    bool ok = true;

    if (!parser_advance(&parser))
        return NULL;
    editor = parse_editor(&parser);
    if (editor && parser_take(&parser, "where", &ok)) {
        condition->root = ok ? parser_want_boolean(&parser, parse_or(&parser)) : NULL;
        if (!condition->root)
            return NULL;
    }
    if (editor && parser.token.kind != TOKEN_END)
        return parser_expected(&parser, "where or the end");
    return editor;
}

struct ottl_node *ottl_parse(struct ottl_condition *condition, struct str text,
                             enum ottl_context context, bool prefixed, struct error *err)
{
    struct parser parser = {.condition = condition,
                            .lexer = {.text = text},
                            .context = context,
                            .prefixed = prefixed,
                            .err = err};
    struct ottl_node *root;

    if (!parser_advance(&parser))
        return NULL;
    if (parser.token.kind == TOKEN_END)
        return parser_fail_at(&parser, 0, "an empty condition");
    root = parser_want_boolean(&parser, parse_or(&parser));
    if (root && parser.token.kind != TOKEN_END)
        return parser_expected(&parser, "and, or or the end");
    return root;
}
