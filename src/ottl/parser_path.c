/*
 * Enums, and paths with their keys.
 */
#include "config/nearest.h"
#include "ottl/parser_priv.h"
#include "ottl/path.h"

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

bool parser_keys(struct parser *parser, struct ottl_node *node)
{
    bool ok = true;

    while (ok && parser_take(parser, "[", &ok)) {
        struct ottl_node *key = ok ? parser_want_value(parser, parser_sum(parser)) : NULL;

        if (!key)
            return false;
        if (key->type != OTTL_STRING && key->type != OTTL_INT && key->type != OTTL_ANY)
            return parser_fail_at(parser, key->at, "a key is a string or an integer");
        if (!parser_add(parser, node, key) || !parser_need(parser, "]", "]"))
            return false;
    }
    return ok;
}

bool parser_is_enum(struct str name)
{
    for (size_t i = 0; i < name.len; i++)
        if (name.at[i] >= 'a' && name.at[i] <= 'z')
            return false;
    return name.len > 1;
}

struct ottl_node *parser_enum(struct parser *parser, const struct token *name)
{
    const char *names[ENUM_COUNT + 1] = {0}, *near;
    struct arena *arena = parser->condition->arena;

    for (size_t i = 0; i < ENUM_COUNT; i++) {
        if (str_is(name->text, enums[i].name))
            return parser_literal(parser, name->at,
                                  (struct ottl_value){.type = OTTL_INT, .integer = enums[i].value});
        names[i] = enums[i].name;
    }
    near = nearest_name(arena_copy(arena, name->text).at, names);
    return FAIL(parser, name->at, "there is no enum %.*s%s%s%s", STR_ARG(name->text),
                near ? ": did you mean " : "", near ? near : "", near ? "?" : "");
}

struct ottl_node *parser_path(struct parser *parser, const struct token *first)
{
    struct arena *arena = parser->condition->arena;
    enum ottl_context context = path_context(first->text);
    const char *near, *name = arena_copy(arena, first->text).at;
    struct ottl_node *node = parser_node(parser, OTTL_PATH, OTTL_ANY, first->at);
    bool ok = true, has_context = context < OTTL_CONTEXTS && token_is(&parser->token, ".");

    if (!has_context) {
        context = parser->context;
    } else if (!path_sees(parser->context, context)) {
        return FAIL(parser, first->at, "a condition about a %s knows nothing of a %s",
                    ottl_context_names[parser->context], ottl_context_names[context]);
    } else {
        parser_take(parser, ".", &ok);
        if (!ok)
            return NULL;
        if (parser->token.kind != TOKEN_NAME)
            return parser_expected(parser, "a path");
        name = arena_copy(arena, parser->token.text).at;
        if (!parser_advance(parser))
            return NULL;
    }
    while (ok && parser_take(parser, ".", &ok)) {
        if (!ok)
            return NULL;
        if (parser->token.kind != TOKEN_NAME)
            return parser_expected(parser, "a name");
        name = arena_printf(arena, "%s.%.*s", name, STR_ARG(parser->token.text));
        ok = parser_advance(parser);
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
    if (!parser_keys(parser, node))
        return NULL;
    if (node->count > 0 && !node->path->keyed)
        return FAIL(parser, first->at, "%s has nothing inside that a key could name", name);
    if (node->count > 0)
        node->type = node->type == OTTL_STRING ? OTTL_STRING : OTTL_ANY;
    return node;
}
