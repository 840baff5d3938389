/*
 * Functions with their arguments.
 */
#include "base/mem.h"
#include "config/nearest.h"
#include "ottl/function.h"
#include "ottl/glob.h"
#include "ottl/parser_priv.h"
#include "ottl/path.h"
#include "ottl/time_format.h"

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
        return parser_want_value(parser, parser_sum(parser));
    if (!parser_advance(parser))
        return NULL;
    if (!token_is(&parser->token, "=")) { /* it was none that is named */
        parser->token = name;
        parser->lexer = before;
        return parser_want_value(parser, parser_sum(parser));
    }
    for (*place = 0; *place < OTTL_MAX_ARGUMENTS && function->parameters[*place].name; ++*place)
        if (str_is(name.text, function->parameters[*place].name))
            return parser_advance(parser) ? parser_want_value(parser, parser_sum(parser)) : NULL;
    return FAIL(parser, name.at, "%s has no parameter %.*s", function->name, STR_ARG(name.text));
}

bool parser_arguments(struct parser *parser, const struct ottl_function *function,
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
        if (!parser_take(parser, ",", &ok))
            break;
        if (!ok)
            return false;
    }
    if (!parser_need(parser, ")", "a comma or )"))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!arguments[i] && !function->parameters[i].optional)
            return FAIL(parser, node->at, "%s needs its argument %s", function->name,
                        function->parameters[i].name);
        if (!parser_add(parser, node, arguments[i]))
            return false;
    }
    return true;
}

bool parser_compile_pattern(struct parser *parser, struct ottl_node *node)
{
    struct ottl_condition *condition = parser->condition;
    struct ottl_node *pattern = node->children[node->function->pattern];
    struct str text = pattern->value.text;
    struct error why;

    if (pattern->op != OTTL_LITERAL)
        return parser_fail_at(parser, pattern->at,
                              "otelc wants a pattern that is written out, as a string");
    if (node->function->glob)
        text = glob_to_regex(text, condition->arena, &why);
    node->regex = text.at ? regex_new(text, &why) : NULL;
    if (!node->regex)
        return parser_fail_at(parser, pattern->at, why.text);
    condition->regexes = mem_room(condition->regexes, condition->regex_count, &condition->regex_cap,
                                  sizeof(condition->regexes[0]));
    condition->regexes[condition->regex_count++] = node->regex;
    if (node->function->groups && regex_group_count(node->regex) == 0)
        return parser_fail_at(parser, pattern->at,
                              "the pattern needs a group with a name, such as (?P<name>.*)");
    return true;
}

/* Whether a format of times that is written out is one. */
static bool check_format(struct parser *parser, const struct ottl_node *node)
{
    const struct ottl_node *format;
    struct error why;

    if (node->function->format == 0)
        return true;
    format = node->children[node->function->format];
    return format->op != OTTL_LITERAL || time_format_check(format->value.text, &why) ||
           parser_fail_at(parser, format->at, why.text);
}

static void set_digester(struct parser *parser, struct ottl_node *node)
{
    enum digest_kind kind = (enum digest_kind)(node->function->digest - 1);

    if (node->function->digest == 0)
        return;
    if (!parser->condition->digesters[kind])
        parser->condition->digesters[kind] = digester_new(kind, STR(""));
    node->digester = parser->condition->digesters[kind];
}

struct ottl_node *parser_call(struct parser *parser, const struct token *name)
{
    struct arena *arena = parser->condition->arena;
    const struct ottl_function *function = function_find(name->text);
    struct ottl_node *node = parser_node(parser, OTTL_CALL, OTTL_ANY, name->at), *index;
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
    if (!parser_need(parser, "(", "(") || !parser_arguments(parser, function, node) ||
        (function->pattern > 0 && !parser_compile_pattern(parser, node)))
        return NULL;
    if (!check_format(parser, node))
        return NULL;
    set_digester(parser, node);
    node = parser_fold(parser, node);
    if (!node || !token_is(&parser->token, "["))
        return node;
    index = parser_node(parser, OTTL_INDEX, OTTL_ANY, name->at);
    return parser_add(parser, index, node) && parser_keys(parser, index) ? index : NULL;
}
