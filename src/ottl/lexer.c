/*
 * Words as OTTL's grammar has them; strings have Go's escapes.
 */
#include "ottl/lexer.h"

#include <errno.h>
#include <stdlib.h>

#include "base/hex.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* The character so many behind the place; 0: the end. */
static char peek(const struct lexer *lexer, size_t ahead)
{
    return ahead < lexer->text.len - lexer->at ? lexer->text.at[lexer->at + ahead] : '\0';
}

static bool complain(const struct lexer *lexer, size_t ahead, struct error *err, const char *why)
{
    return error_set(err, "at character %zu: %s", lexer->at + ahead + 1, why);
}

static size_t put_utf8(char *to, unsigned c)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xc0 | c >> 6);
        to[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        to[0] = (char)(0xe0 | c >> 12);
        to[1] = (char)(0x80 | (c >> 6 & 0x3f));
        to[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    to[0] = (char)(0xf0 | c >> 18);
    to[1] = (char)(0x80 | (c >> 12 & 0x3f));
    to[2] = (char)(0x80 | (c >> 6 & 0x3f));
    to[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

/*
 * What stands behind a backslash, at so many ahead: writes it, and returns how long it was; 0:
 * there is no such escape. It is never shorter than what it means.
 */
static size_t take_escape(const struct lexer *lexer, size_t ahead, char *to, size_t *written)
{
    static const char letters[] = "abfnrtv\\\"", meanings[] = "\a\b\f\n\r\t\v\\\"";
    char c = peek(lexer, ahead);
    const char *letter = c ? strchr(letters, c) : NULL;
    size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    unsigned code = 0;

    if (letter) {
        *to = meanings[letter - letters];
        *written = 1;
        return 1;
    }
    for (size_t i = 1; i <= digits; i++) {
        int digit = hex_digit(peek(lexer, ahead + i));

        if (digit < 0 || code > 0x10ffff)
            return 0;
        code = code << 4 | (unsigned)digit;
    }
    if (digits == 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        return 0;
    if (c == 'x')
        *to = (char)code;
    *written = c == 'x' ? 1 : put_utf8(to, code);
    return 1 + digits;
}

static bool take_string(struct lexer *lexer, struct arena *arena, struct token *token,
                        struct error *err)
{
    size_t end = 1, len = 0;
    char *text;

    while (peek(lexer, end) != '"') {
        if (lexer->at + end >= lexer->text.len)
            return complain(lexer, 0, err, "this string has no end: a \" is missing");
        end += peek(lexer, end) == '\\' ? 2 : 1;
    }
    token->value = (struct ottl_value){.type = OTTL_STRING};
    token->value.text = (struct str){lexer->text.at + lexer->at + 1, end - 1};
    if (memchr(token->value.text.at, '\\', end - 1)) {
        text = arena_alloc(arena, end);
        for (size_t i = 1; i < end;) {
            size_t taken, written = 1;

            if (peek(lexer, i) != '\\') {
                text[len++] = peek(lexer, i++);
                continue;
            }
            taken = take_escape(lexer, i + 1, text + len, &written);
            if (taken == 0)
                return complain(lexer, i, err,
                                "unknown escape: a backslash itself is written \\\\");
            i += 1 + taken;
            len += written;
        }
        token->value.text = (struct str){text, len};
    }
    token->text.len = end + 1;
    return true;
}

static bool take_bytes(struct lexer *lexer, struct arena *arena, struct token *token,
                       struct error *err)
{
    size_t len = 2;
    char *bytes;

    while (hex_digit(peek(lexer, len)) >= 0)
        len++;
    if (len == 2 || len % 2 != 0)
        return complain(lexer, 0, err, "bytes have two hexadecimal digits each, such as 0x01ff");
    bytes = arena_alloc(arena, len / 2);
    for (size_t i = 2; i < len; i += 2)
        bytes[i / 2 - 1] = (char)(hex_digit(peek(lexer, i)) << 4 | hex_digit(peek(lexer, i + 1)));
    token->value = (struct ottl_value){.type = OTTL_BYTES, .text = {bytes, len / 2 - 1}};
    token->text.len = len;
    return true;
}

static bool take_number(struct lexer *lexer, struct token *token, struct error *err)
{
    char digits[64];
    size_t len = 0, exponent;
    bool whole = true;

    while (is_digit(peek(lexer, len)))
        len++;
    if (peek(lexer, len) == '.' && is_digit(peek(lexer, len + 1))) {
        whole = false;
        for (len++; is_digit(peek(lexer, len));)
            len++;
        exponent = len + 1;
        if (peek(lexer, len) == 'e' || peek(lexer, len) == 'E') {
            exponent += peek(lexer, exponent) == '+' || peek(lexer, exponent) == '-';
            while (is_digit(peek(lexer, exponent)))
                len = ++exponent;
        }
    }
    if (len >= sizeof(digits))
        return complain(lexer, 0, err, "this number is too long");
    if (is_letter(peek(lexer, len)))
        return complain(lexer, len, err, "a letter behind a number");
    memcpy(digits, lexer->text.at + lexer->at, len);
    digits[len] = '\0';
    errno = 0;
    if (whole)
        token->value = (struct ottl_value){.type = OTTL_INT, .integer = strtoll(digits, NULL, 10)};
    else
        token->value = (struct ottl_value){.type = OTTL_DOUBLE, .number = strtod(digits, NULL)};
    if (whole && errno != 0)
        return complain(lexer, 0, err, "integers have 64 bits: this one is larger");
    token->text.len = len;
    return true;
}

bool lexer_next(struct lexer *lexer, struct arena *arena, struct token *token, struct error *err)
{
    static const char *const signs[] = {"==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/",
                                        "(",  ")",  "[",  "]",  "{", "}", ",", ".", ":", "="};
    bool ok = true;
    char c;

    while (strchr(" \t\r\n", peek(lexer, 0)) && lexer->at < lexer->text.len && peek(lexer, 0))
        lexer->at++;
    c = peek(lexer, 0);
    *token = (struct token){.at = lexer->at, .text = {lexer->text.at + lexer->at, 0}};
    if (lexer->at >= lexer->text.len)
        return true;
    token->kind = TOKEN_LITERAL;
    if (c == '"') {
        ok = take_string(lexer, arena, token, err);
    } else if (c == '0' && peek(lexer, 1) == 'x') {
        ok = take_bytes(lexer, arena, token, err);
    } else if (is_digit(c) || (c == '.' && is_digit(peek(lexer, 1)))) {
        ok = take_number(lexer, token, err);
    } else if (is_letter(c)) {
        token->kind = TOKEN_NAME;
        while (is_letter(peek(lexer, token->text.len)) || is_digit(peek(lexer, token->text.len)))
            token->text.len++;
    } else {
        struct str rest = {lexer->text.at + lexer->at, lexer->text.len - lexer->at};

        token->kind = TOKEN_SIGN;
        for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]) && token->text.len == 0; i++)
            if (str_starts(rest, str_of(signs[i])))
                token->text.len = strlen(signs[i]);
        if (token->text.len == 0)
            ok = complain(lexer, 0, err,
                          c == '\''               ? "strings stand in double quotes"
                          : c && strchr("&|!", c) ? "OTTL says and, or, not"
                                                  : "no sign that OTTL knows");
    }
    lexer->at += token->text.len;
    return ok;
}
