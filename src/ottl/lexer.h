/*
 * OTTL's text, word by word.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "ottl/ottl_priv.h"

enum token_kind {
    TOKEN_END,
    TOKEN_NAME,    /* span, IsMatch, SPAN_KIND_SERVER, and, true */
    TOKEN_LITERAL, /* a string, a number without its sign, or bytes: its value */
    TOKEN_SIGN     /* == != <= >= < > + - * / ( ) [ ] { } , . : = */
};

struct token {
    enum token_kind kind;
    struct str text; /* as it stands there */
    size_t at;       /* in the whole */
    struct ottl_value value;
};

struct lexer {
    struct str text;
    size_t at; /* behind the last token */
};

/* False: *err says what is wrong, and where. Strings go to the arena where they have escapes. */
bool lexer_next(struct lexer *lexer, struct arena *arena, struct token *token, struct error *err);

static inline bool token_is(const struct token *token, const char *text)
{
    return (token->kind == TOKEN_NAME || token->kind == TOKEN_SIGN) && str_is(token->text, text);
}
