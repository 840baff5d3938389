/*
 * What the files of the parser share: where it is in the text, and steps over it.
 *
 * What returns a node returns NULL, and what returns a bool returns false, when it has set *err.
 */
#pragma once

#include "ottl/function.h"
#include "ottl/lexer.h"

struct parser {
    struct ottl_condition *condition;
    struct lexer lexer;
    struct token token; /* the next one */
    enum ottl_context context;
    bool prefixed;
    unsigned depth; /* brackets and nots around */
    struct error *err;
};

/* "at character 7: ..."; returns NULL, so that a parser can return it. */
struct ottl_node *parser_fail_at(struct parser *parser, size_t at, const char *why);

#define FAIL(parser, at, ...)                                                                      \
    parser_fail_at(parser, at, arena_printf((parser)->condition->arena, __VA_ARGS__))

/* "expected a value, and here stands ]"; returns NULL. */
struct ottl_node *parser_expected(struct parser *parser, const char *what);

/* Reads the next token. */
bool parser_advance(struct parser *parser);

/* Whether this sign or word stands here; then steps over it. *ok: false where the next is wrong. */
bool parser_take(struct parser *parser, const char *text, bool *ok);

/* Steps over a sign that has to stand here. */
bool parser_need(struct parser *parser, const char *text, const char *what);

struct ottl_node *parser_node(struct parser *parser, enum ottl_op op, enum ottl_type type,
                              size_t at);
struct ottl_node *parser_literal(struct parser *parser, size_t at, struct ottl_value value);

/* child may be NULL. False: it is nested too deeply. */
bool parser_add(struct parser *parser, struct ottl_node *node, struct ottl_node *child);

/* What has no more than literals in it is evaluated now. */
struct ottl_node *parser_fold(struct parser *parser, struct ottl_node *node);

/* The node, which may be NULL, where it is a condition; or a value. */
struct ottl_node *parser_want_boolean(struct parser *parser, struct ottl_node *node);
struct ottl_node *parser_want_value(struct parser *parser, struct ottl_node *node);

/* parser.c: a value, or what is calculated of several. */
struct ottl_node *parser_sum(struct parser *parser);

/* parser_path.c: ["key"] or [0], as many as there are; and what begins with a name, which has been
 * read: an enum, or a path. */
bool parser_keys(struct parser *parser, struct ottl_node *node);
bool parser_is_enum(struct str name);
struct ottl_node *parser_enum(struct parser *parser, const struct token *name);
struct ottl_node *parser_path(struct parser *parser, const struct token *first);

/* parser_call.c: a function whose name has been read, "(" is next; the arguments behind that, which
 * become children; the pattern among these. */
struct ottl_node *parser_call(struct parser *parser, const struct token *name);
bool parser_arguments(struct parser *parser, const struct ottl_function *function,
                      struct ottl_node *node);
bool parser_compile_pattern(struct parser *parser, struct ottl_node *node);
