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
#include <stdlib.h>

#include "base/mem.h"
#include "config/nearest.h"
#include "ottl/editor.h"
#include "ottl/function.h"
#include "ottl/lexer.h"
#include "ottl/path.h"

struct parser {
    struct ottl_condition *condition;
    struct lexer lexer;
    struct token token; /* the next one */
    enum ottl_context context;
    bool prefixed;
    unsigned depth; /* brackets and nots around */
    struct error *err;
};

static const struct {
    const char *name;
    int64_t value;
} enums[] = {
    {"SPAN_KIND_UNSPECIFIED", 0},
    {"SPAN_KIND_INTERNAL", 1},
    {"SPAN_KIND_SERVER", 2},
    {"SPAN_KIND_CLIENT", 3},
    {"SPAN_KIND_PRODUCER", 4},
    {"SPAN_KIND_CONSUMER", 5},
    {"STATUS_CODE_UNSET", 0},
    {"STATUS_CODE_OK", 1},
    {"STATUS_CODE_ERROR", 2},
    {"SEVERITY_NUMBER_UNSPECIFIED", 0},
    {"SEVERITY_NUMBER_TRACE", 1},
    {"SEVERITY_NUMBER_TRACE2", 2},
    {"SEVERITY_NUMBER_TRACE3", 3},
    {"SEVERITY_NUMBER_TRACE4", 4},
    {"SEVERITY_NUMBER_DEBUG", 5},
    {"SEVERITY_NUMBER_DEBUG2", 6},
    {"SEVERITY_NUMBER_DEBUG3", 7},
    {"SEVERITY_NUMBER_DEBUG4", 8},
    {"SEVERITY_NUMBER_INFO", 9},
    {"SEVERITY_NUMBER_INFO2", 10},
    {"SEVERITY_NUMBER_INFO3", 11},
    {"SEVERITY_NUMBER_INFO4", 12},
    {"SEVERITY_NUMBER_WARN", 13},
    {"SEVERITY_NUMBER_WARN2", 14},
    {"SEVERITY_NUMBER_WARN3", 15},
    {"SEVERITY_NUMBER_WARN4", 16},
    {"SEVERITY_NUMBER_ERROR", 17},
    {"SEVERITY_NUMBER_ERROR2", 18},
    {"SEVERITY_NUMBER_ERROR3", 19},
    {"SEVERITY_NUMBER_ERROR4", 20},
    {"SEVERITY_NUMBER_FATAL", 21},
    {"SEVERITY_NUMBER_FATAL2", 22},
    {"SEVERITY_NUMBER_FATAL3", 23},
    {"SEVERITY_NUMBER_FATAL4", 24},
    {"METRIC_DATA_TYPE_NONE", 0},
    {"METRIC_DATA_TYPE_GAUGE", 1},
    {"METRIC_DATA_TYPE_SUM", 2},
    {"METRIC_DATA_TYPE_HISTOGRAM", 3},
    {"METRIC_DATA_TYPE_EXPONENTIAL_HISTOGRAM", 4},
    {"METRIC_DATA_TYPE_SUMMARY", 5},
    {"AGGREGATION_TEMPORALITY_UNSPECIFIED", 0},
    {"AGGREGATION_TEMPORALITY_DELTA", 1},
    {"AGGREGATION_TEMPORALITY_CUMULATIVE", 2},
    {"FLAG_NONE", 0},
    {"FLAG_NO_RECORDED_VALUE", 1},
};

enum { ENUM_COUNT = sizeof(enums) / sizeof(enums[0]) };

static struct ottl_node *parse_or(struct parser *parser);
static struct ottl_node *parse_sum(struct parser *parser);

/* "at character 7: ..."; returns NULL, so that a parser can return it. */
static struct ottl_node *fail_at(struct parser *parser, size_t at, const char *why)
{
    error_set(parser->err, "at character %zu: %s", at + 1, why);
    return NULL;
}

#define FAIL(parser, at, ...)                                                                      \
    fail_at(parser, at, arena_printf((parser)->condition->arena, __VA_ARGS__))

static bool advance(struct parser *parser)
{
    return lexer_next(&parser->lexer, parser->condition->arena, &parser->token, parser->err);
}

/* Whether this sign or word stands here; then steps over it. *ok: false where the next is wrong. */
static bool take(struct parser *parser, const char *text, bool *ok)
{
    if (!token_is(&parser->token, text))
        return false;
    *ok = advance(parser);
    return true;
}

static struct ottl_node *expected(struct parser *parser, const char *what)
{
    struct str text = parser->token.text;

    if (parser->token.kind == TOKEN_END)
        return FAIL(parser, parser->token.at, "expected %s, and here it ends", what);
    if (text.len > 40)
        text.len = 40;
    return FAIL(parser, parser->token.at, "expected %s, and here stands %.*s", what, STR_ARG(text));
}

/* Steps over a sign that has to stand here. */
static bool need(struct parser *parser, const char *text, const char *what)
{
    bool ok = false;

    if (!take(parser, text, &ok))
        expected(parser, what);
    return ok;
}

static struct ottl_node *new_node(struct parser *parser, enum ottl_op op, enum ottl_type type,
                                  size_t at)
{
    struct ottl_node *node = arena_alloc(parser->condition->arena, sizeof(*node));

    node->op = op;
    node->type = type;
    node->at = at;
    node->depth = 1;
    return node;
}

/* child may be NULL. False: it is nested too deeply. */
static bool add_child(struct parser *parser, struct ottl_node *node, struct ottl_node *child)
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
    return node->depth <= OTTL_MAX_DEPTH || fail_at(parser, node->at, "this is nested too deeply");
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

static struct ottl_node *want_boolean(struct parser *parser, struct ottl_node *node)
{
    if (!node || is_boolean(node))
        return node;
    return fail_at(parser, node->at,
                   node->op == OTTL_PATH
                       ? "a path alone is no condition: compare it, as in attributes[\"k\"] == true"
                       : "expected a comparison, or a function that says true or false");
}

static struct ottl_node *want_value(struct parser *parser, struct ottl_node *node)
{
    if (!node || !is_boolean(node) || node->op == OTTL_LITERAL || node->op == OTTL_CALL)
        return node;
    return fail_at(parser, node->at, "expected a value, and this is a condition");
}

static struct ottl_node *literal(struct parser *parser, size_t at, struct ottl_value value)
{
    struct ottl_node *node = new_node(parser, OTTL_LITERAL, value.type, at);

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

/* What has no more than literals in it is evaluated now. */
static struct ottl_node *fold(struct parser *parser, struct ottl_node *node)
{
    struct error why = {""};
    struct ottl_run run = {.err = &why, .arena = parser->condition->arena};
    struct ottl_value value;

    if (!all_literal(node) || (node->op == OTTL_CALL && (node->count == 0 || node->regex ||
                                                         node->function->context != OTTL_CONTEXTS)))
        return node;
    if (!ottl_evaluate(&run, node, &value))
        return fail_at(parser, node->at, why.text);
    return literal(parser, node->at, value);
}

/* [ value, ... ] */
static struct ottl_node *parse_list(struct parser *parser)
{
    struct ottl_node *node = new_node(parser, OTTL_MAKE_ROW, OTTL_ROW, parser->token.at), *value;
    bool ok = false;

    if (!need(parser, "[", "["))
        return NULL;
    while (!token_is(&parser->token, "]")) {
        value = want_value(parser, parse_sum(parser));
        if (!value || !add_child(parser, node, value))
            return NULL;
        if (!take(parser, ",", &ok))
            break;
        if (!ok)
            return NULL;
    }
    return need(parser, "]", "a comma or ]") ? fold(parser, node) : NULL;
}

/* ["key"] or [0], as many as there are. */
static bool parse_keys(struct parser *parser, struct ottl_node *node)
{
    bool ok = true;

    while (ok && take(parser, "[", &ok)) {
        struct ottl_node *key = ok ? want_value(parser, parse_sum(parser)) : NULL;

        if (!key)
            return false;
        if (key->type != OTTL_STRING && key->type != OTTL_INT && key->type != OTTL_ANY)
            return fail_at(parser, key->at, "a key is a string or an integer");
        if (!add_child(parser, node, key) || !need(parser, "]", "]"))
            return false;
    }
    return ok;
}

static bool is_enum_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++)
        if (name.at[i] >= 'a' && name.at[i] <= 'z')
            return false;
    return name.len > 1;
}

static struct ottl_node *parse_enum(struct parser *parser, const struct token *name)
{
    const char *names[ENUM_COUNT + 1] = {0}, *near;
    struct arena *arena = parser->condition->arena;

    for (size_t i = 0; i < ENUM_COUNT; i++) {
        if (str_is(name->text, enums[i].name))
            return literal(parser, name->at,
                           (struct ottl_value){.type = OTTL_INT, .integer = enums[i].value});
        names[i] = enums[i].name;
    }
    near = nearest_name(arena_copy(arena, name->text).at, names);
    return FAIL(parser, name->at, "there is no enum %.*s%s%s%s", STR_ARG(name->text),
                near ? ": did you mean " : "", near ? near : "", near ? "?" : "");
}

/* The first name has been read; a context may be before the path, and it may have two parts. */
static struct ottl_node *parse_path(struct parser *parser, const struct token *first)
{
    struct arena *arena = parser->condition->arena;
    enum ottl_context context = path_context(first->text);
    const char *near, *name = arena_copy(arena, first->text).at;
    struct ottl_node *node = new_node(parser, OTTL_PATH, OTTL_ANY, first->at);
    bool ok = true, has_context = context < OTTL_CONTEXTS && token_is(&parser->token, ".");

    if (!has_context) {
        context = parser->context;
    } else if (!path_sees(parser->context, context)) {
        return FAIL(parser, first->at, "a condition about a %s knows nothing of a %s",
                    ottl_context_names[parser->context], ottl_context_names[context]);
    } else {
        take(parser, ".", &ok);
        if (!ok)
            return NULL;
        if (parser->token.kind != TOKEN_NAME)
            return expected(parser, "a path");
        name = arena_copy(arena, parser->token.text).at;
        if (!advance(parser))
            return NULL;
    }
    while (ok && take(parser, ".", &ok)) {
        if (!ok)
            return NULL;
        if (parser->token.kind != TOKEN_NAME)
            return expected(parser, "a name");
        name = arena_printf(arena, "%s.%.*s", name, STR_ARG(parser->token.text));
        ok = advance(parser);
    }
    if (!ok)
        return NULL;
    node->path = path_find(context, str_of(name));
    if (!node->path) {
        near = nearest_name(name, path_names(context, arena));
        return FAIL(parser, first->at, "a %s has no \"%s\"%s%s%s", ottl_context_names[context],
                    name, near ? ": did you mean " : "", near ? near : "", near ? "?" : "");
    }
    if (parser->prefixed && !has_context)
        return FAIL(parser, first->at, "\"%s\" of what? Write %s.%s", name,
                    ottl_context_names[context], name);
    node->type = node->path->type;
    if (!parse_keys(parser, node))
        return NULL;
    if (node->count > 0 && !node->path->keyed)
        return FAIL(parser, first->at, "%s has nothing inside that a key could name", name);
    if (node->count > 0)
        node->type = node->type == OTTL_STRING ? OTTL_STRING : OTTL_ANY;
    return node;
}

static bool fits(const struct ottl_parameter *parameter, const struct ottl_node *argument)
{
    return parameter->types == 0 || argument->type == OTTL_ANY ||
           (parameter->types & 1u << argument->type);
}

/* One argument; its place in the list of parameters goes to *place. */
static struct ottl_node *parse_argument(struct parser *parser, const struct ottl_function *function,
                                        size_t *place)
{
    struct token name = parser->token;
    struct lexer before = parser->lexer;

    if (name.kind != TOKEN_NAME)
        return want_value(parser, parse_sum(parser));
    if (!advance(parser))
        return NULL;
    if (!token_is(&parser->token, "=")) { /* it was none that is named */
        parser->token = name;
        parser->lexer = before;
        return want_value(parser, parse_sum(parser));
    }
    for (*place = 0; *place < OTTL_MAX_ARGUMENTS && function->parameters[*place].name; ++*place)
        if (str_is(name.text, function->parameters[*place].name))
            return advance(parser) ? want_value(parser, parse_sum(parser)) : NULL;
    return FAIL(parser, name.at, "%s has no parameter %.*s", function->name, STR_ARG(name.text));
}

static bool parse_arguments(struct parser *parser, const struct ottl_function *function,
                            struct ottl_node *node)
{
    struct ottl_node *arguments[OTTL_MAX_ARGUMENTS] = {0};
    size_t next = 0, count = 0;
    bool ok = true;

    while (count < OTTL_MAX_ARGUMENTS && function->parameters[count].name)
        count++;
    while (!token_is(&parser->token, ")")) {
        size_t place = next, at = parser->token.at;
        struct ottl_node *argument = parse_argument(parser, function, &place);

        if (!argument)
            return false;
        if (place >= count)
            return FAIL(parser, at, "%s takes %zu argument%s", function->name, count,
                        count == 1 ? "" : "s");
        if (arguments[place])
            return FAIL(parser, at, "%s is given twice", function->parameters[place].name);
        if (!fits(&function->parameters[place], argument))
            return FAIL(parser, argument->at, "%s cannot take %s as %s", function->name,
                        ottl_type_name(argument->type), function->parameters[place].name);
        arguments[place] = argument;
        next = place + 1;
        if (!take(parser, ",", &ok))
            break;
        if (!ok)
            return false;
    }
    if (!need(parser, ")", "a comma or )"))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!arguments[i] && !function->parameters[i].optional)
            return FAIL(parser, node->at, "%s needs its argument %s", function->name,
                        function->parameters[i].name);
        if (!add_child(parser, node, arguments[i]))
            return false;
    }
    return true;
}

static bool compile_pattern(struct parser *parser, struct ottl_node *node)
{
    struct ottl_condition *condition = parser->condition;
    struct ottl_node *pattern = node->children[node->function->pattern];
    struct error why;

    if (pattern->op != OTTL_LITERAL)
        return fail_at(parser, pattern->at,
                       "otelc wants a pattern that is written out, as a string");
    node->regex = regex_new(pattern->value.text, &why);
    if (!node->regex)
        return fail_at(parser, pattern->at, why.text);
    condition->regexes = mem_room(condition->regexes, condition->regex_count, &condition->regex_cap,
                                  sizeof(condition->regexes[0]));
    condition->regexes[condition->regex_count++] = node->regex;
    return true;
}

/* The name has been read; "(" is next. */
static struct ottl_node *parse_call(struct parser *parser, const struct token *name)
{
    struct arena *arena = parser->condition->arena;
    const struct ottl_function *function = function_find(name->text);
    struct ottl_node *node = new_node(parser, OTTL_CALL, OTTL_ANY, name->at), *index;
    const char *near;

    if (!function && function_is_missing(name->text))
        return FAIL(parser, name->at, "otelc does not have the function %.*s yet",
                    STR_ARG(name->text));
    if (!function) {
        near = nearest_name(arena_copy(arena, name->text).at, function_names(arena));
        return FAIL(parser, name->at, "there is no function %.*s%s%s%s", STR_ARG(name->text),
                    near ? ": did you mean " : "", near ? near : "", near ? "?" : "");
    }
    if (function->context != OTTL_CONTEXTS && !path_sees(parser->context, function->context))
        return FAIL(parser, name->at, "%s is about a %s, and this condition about a %s",
                    function->name, ottl_context_names[function->context],
                    ottl_context_names[parser->context]);
    node->function = function;
    node->type = function->type;
    if (!need(parser, "(", "(") || !parse_arguments(parser, function, node) ||
        (function->pattern > 0 && !compile_pattern(parser, node)))
        return NULL;
    node = fold(parser, node);
    if (!node || !token_is(&parser->token, "["))
        return node;
    index = new_node(parser, OTTL_INDEX, OTTL_ANY, name->at);
    return add_child(parser, index, node) && parse_keys(parser, index) ? index : NULL;
}

static struct ottl_node *parse_word(struct parser *parser)
{
    struct token name = parser->token;

    if (token_is(&name, "and") || token_is(&name, "or") || token_is(&name, "not"))
        return expected(parser, "a value");
    if (!advance(parser))
        return NULL;
    if (token_is(&name, "true") || token_is(&name, "false"))
        return literal(
            parser, name.at,
            (struct ottl_value){.type = OTTL_BOOL, .boolean = str_is(name.text, "true")});
    if (token_is(&name, "nil"))
        return literal(parser, name.at, (struct ottl_value){.type = OTTL_NIL});
    if (token_is(&parser->token, "("))
        return parse_call(parser, &name);
    if (is_enum_name(name.text))
        return parse_enum(parser, &name);
    return parse_path(parser, &name);
}

/* A number with its sign. */
static struct ottl_node *parse_signed(struct parser *parser)
{
    bool minus = token_is(&parser->token, "-");
    size_t at = parser->token.at;
    struct ottl_value value;

    if (!advance(parser))
        return NULL;
    value = parser->token.value;
    if (parser->token.kind != TOKEN_LITERAL ||
        (value.type != OTTL_INT && value.type != OTTL_DOUBLE))
        return expected(parser, "a number behind its sign");
    if (minus && value.type == OTTL_INT)
        value.integer = -value.integer;
    else if (minus)
        value.number = -value.number;
    return advance(parser) ? literal(parser, at, value) : NULL;
}

static struct ottl_node *parse_value(struct parser *parser)
{
    struct token token = parser->token;
    struct ottl_node *node;

    if (token.kind == TOKEN_LITERAL)
        return advance(parser) ? literal(parser, token.at, token.value) : NULL;
    if (token.kind == TOKEN_NAME)
        return parse_word(parser);
    if (token_is(&token, "-") || token_is(&token, "+"))
        return parse_signed(parser);
    if (token_is(&token, "["))
        return parse_list(parser);
    if (token_is(&token, "{"))
        return fail_at(parser, token.at, "otelc does not have maps in conditions yet");
    if (!token_is(&token, "("))
        return expected(parser, "a value");
    if (!advance(parser))
        return NULL;
    node = parse_or(parser);
    return node && need(parser, ")", "and, or, an operator or )") ? node : NULL;
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
    struct ottl_node *node = new_node(parser, op, OTTL_ANY, at);

    left = want_value(parser, left);
    right = left ? want_value(parser, right) : NULL;
    if (!right)
        return NULL;
    if (!is_numeric(left->type) || !is_numeric(right->type))
        return FAIL(parser, at, "one cannot calculate with %s",
                    ottl_type_name(is_numeric(left->type) ? right->type : left->type));
    node->type = sum_type(left->type, right->type, op);
    return add_child(parser, node, left) && add_child(parser, node, right) ? node : NULL;
}

static struct ottl_node *parse_term(struct parser *parser)
{
    struct ottl_node *node = parse_value(parser);

    while (node && (token_is(&parser->token, "*") || token_is(&parser->token, "/"))) {
        enum ottl_op op = token_is(&parser->token, "*") ? OTTL_MUL : OTTL_DIV;
        size_t at = parser->token.at;
        struct ottl_node *right = advance(parser) ? parse_value(parser) : NULL;

        node = right ? calculation(parser, op, at, node, right) : NULL;
    }
    return node;
}

static struct ottl_node *parse_sum(struct parser *parser)
{
    struct ottl_node *node = NULL;

    if (++parser->depth > OTTL_MAX_DEPTH)
        return fail_at(parser, parser->token.at, "this is nested too deeply");
    node = parse_term(parser);
    while (node && (token_is(&parser->token, "+") || token_is(&parser->token, "-"))) {
        enum ottl_op op = token_is(&parser->token, "+") ? OTTL_ADD : OTTL_SUB;
        size_t at = parser->token.at;
        struct ottl_node *right = advance(parser) ? parse_term(parser) : NULL;

        node = right ? calculation(parser, op, at, node, right) : NULL;
    }
    parser->depth--;
    return node;
}

static struct ottl_node *parse_comparison(struct parser *parser)
{
    static const char *const signs[] = {"==", "!=", "<", "<=", ">", ">="};
    struct ottl_node *left = parse_sum(parser), *right, *node;
    size_t at = parser->token.at, op = 0;

    if (!left)
        return NULL;
    while (op < sizeof(signs) / sizeof(signs[0]) && !token_is(&parser->token, signs[op]))
        op++;
    if (op == sizeof(signs) / sizeof(signs[0])) {
        if (token_is(&parser->token, "="))
            return fail_at(parser, at, "a comparison is written ==");
        return left;
    }
    left = want_value(parser, left);
    right = left && advance(parser) ? want_value(parser, parse_sum(parser)) : NULL;
    if (!right)
        return NULL;
    node = new_node(parser, OTTL_EQ + (enum ottl_op)op, OTTL_BOOL, left->at);
    return add_child(parser, node, left) && add_child(parser, node, right) ? node : NULL;
}

static struct ottl_node *parse_not(struct parser *parser)
{
    size_t at = parser->token.at;
    struct ottl_node *node, *operand;
    bool ok = true;

    if (!take(parser, "not", &ok))
        return parse_comparison(parser);
    if (!ok)
        return NULL;
    if (++parser->depth > OTTL_MAX_DEPTH)
        return fail_at(parser, at, "this is nested too deeply");
    operand = want_boolean(parser, parse_not(parser));
    parser->depth--;
    node = new_node(parser, OTTL_NOT, OTTL_BOOL, at);
    return operand && add_child(parser, node, operand) ? node : NULL;
}

/* One or several of what parse_next reads, with the word between them. */
static struct ottl_node *parse_chain(struct parser *parser, enum ottl_op op, const char *word,
                                     struct ottl_node *(*parse_next)(struct parser *))
{
    struct ottl_node *first = parse_next(parser), *node, *next;
    bool ok = true;

    if (!first || !token_is(&parser->token, word))
        return first;
    node = new_node(parser, op, OTTL_BOOL, first->at);
    if (!want_boolean(parser, first) || !add_child(parser, node, first))
        return NULL;
    while (take(parser, word, &ok)) {
        next = ok ? want_boolean(parser, parse_next(parser)) : NULL;
        if (!next || !add_child(parser, node, next))
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
    struct ottl_node *node = new_node(parser, OTTL_CALL, OTTL_NIL, name.at);
    const char *near;

    if (name.kind != TOKEN_NAME)
        return expected(parser, "a function that changes something, such as set");
    if (!editor) {
        near = nearest_name(arena_copy(arena, name.text).at, editor_names(arena));
        return FAIL(parser, name.at, "otelc has no function %.*s that changes something%s%s%s",
                    STR_ARG(name.text), near ? ": did you mean " : "", near ? near : "",
                    near ? "?" : "");
    }
    node->function = editor;
    if (!advance(parser) || !need(parser, "(", "(") || !parse_arguments(parser, editor, node) ||
        (editor->pattern > 0 && !compile_pattern(parser, node)))
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

    if (!advance(&parser))
        return NULL;
    editor = parse_editor(&parser);
    if (editor && take(&parser, "where", &ok)) {
        condition->root = ok ? want_boolean(&parser, parse_or(&parser)) : NULL;
        if (!condition->root)
            return NULL;
    }
    if (editor && parser.token.kind != TOKEN_END)
        return expected(&parser, "where or the end");
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

    if (!advance(&parser))
        return NULL;
    if (parser.token.kind == TOKEN_END)
        return fail_at(&parser, 0, "an empty condition");
    root = want_boolean(&parser, parse_or(&parser));
    if (root && parser.token.kind != TOKEN_END)
        return expected(&parser, "and, or or the end");
    return root;
}
