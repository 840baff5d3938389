/*
 * OTTL's text as words, each with its value; and what is no word.
 */
#include "ottl/lexer.h"

#include <inttypes.h>

#include "base/buf.h"
#include "base/hex.h"
#include "unit/check.h"

/* "name:span sign:. string:61 int:1 double:0.5 bytes:01", or the error. */
static void show(struct str text, struct arena *arena, struct buf *out)
{
    struct lexer lexer = {.text = text};
    struct error err = {""};
    struct token token;

    while (lexer_next(&lexer, arena, &token, &err)) {
        if (token.kind == TOKEN_END) {
            ck_assert_uint_eq(token.at, text.len);
            return;
        }
        ck_assert_ptr_eq(token.text.at, text.at + token.at);
        buf_append_str(out, out->len > 0 ? STR(" ") : STR(""));
        if (token.kind != TOKEN_LITERAL)
            buf_printf(out, "%s:%.*s", token.kind == TOKEN_NAME ? "name" : "sign",
                       STR_ARG(token.text));
        else if (token.value.type == OTTL_INT)
            buf_printf(out, "int:%" PRId64, token.value.integer);
        else if (token.value.type == OTTL_DOUBLE)
            buf_printf(out, "double:%g", token.value.number);
        else {
            buf_printf(out, token.value.type == OTTL_STRING ? "string:" : "bytes:");
            hex_append(out, token.value.text);
        }
    }
    buf_printf(out, "%s%s", out->len > 0 ? " " : "", err.text);
}

static const struct {
    const char *text, *tokens;
} texts[] = {
    {"", ""},
    {" \t\r\n", ""},
    {"span.name", "name:span sign:. name:name"},
    {"_a1 A_b", "name:_a1 name:A_b"},
    {"a==b!=c<=d>=e<f>g",
     "name:a sign:== name:b sign:!= name:c sign:<= name:d sign:>= name:e sign:< name:f sign:> "
     "name:g"},
    {"+-*/()[]{},.:=", "sign:+ sign:- sign:* sign:/ sign:( sign:) sign:[ sign:] sign:{ sign:} "
                       "sign:, sign:. sign:: sign:="},
    {"===", "sign:== sign:="},

    {"0", "int:0"},
    {"007", "int:7"},
    {"-1", "sign:- int:1"},
    {"9223372036854775807", "int:9223372036854775807"},
    {"9223372036854775808", "at character 1: integers have 64 bits: this one is larger"},
    {"1.5", "double:1.5"},
    {".5", "double:0.5"},
    {"1.", "int:1 sign:."},
    {"1.5e3", "double:1500"},
    {"1.5E-3", "double:0.0015"},
    {"1.5e+3", "double:1500"},
    {"1.5e", "at character 4: a letter behind a number"},
    {"1.5e+", "at character 4: a letter behind a number"},
    {"1e3", "at character 2: a letter behind a number"},
    {"1_000", "at character 2: a letter behind a number"},
    {"1.2.3", "double:1.2 double:0.3"},
    {"0000000000000000000000000000000000000000000000000000000000000000",
     "at character 1: this number is too long"},

    {"0x01fF", "bytes:01ff"},
    {"0x", "at character 1: bytes have two hexadecimal digits each, such as 0x01ff"},
    {"0x1", "at character 1: bytes have two hexadecimal digits each, such as 0x01ff"},
    {"0x01g", "bytes:01 name:g"},
    {"0X01", "at character 2: a letter behind a number"},

    {"\"\"", "string:"},
    {"\"a b\" \"c\"", "string:612062 string:63"},
    {"\"a\nb\"", "string:610a62"},
    {"\"\\a\\b\\f\\n\\r\\t\\v\\\\\\\"\"", "string:07080c0a0d090b5c22"},
    {"\"\\x41\\xff\"", "string:41ff"},
    {"\"x\\u00e4\\u20acy\"", "string:78c3a4e282ac79"},
    {"\"\\U0001f600\\U0010ffff\"", "string:f09f9880f48fbfbf"},
    {"\"\\u0000\"", "string:00"},
    {"\"\xc3\xa4\"", "string:c3a4"},
    {"a \"\\q\"", "name:a at character 4: unknown escape: a backslash itself is written \\\\"},
    {"\"\\x4\"", "at character 2: unknown escape: a backslash itself is written \\\\"},
    {"\"\\u12g4\"", "at character 2: unknown escape: a backslash itself is written \\\\"},
    {"\"\\ud800\"", "at character 2: unknown escape: a backslash itself is written \\\\"},
    {"\"\\U00110000\"", "at character 2: unknown escape: a backslash itself is written \\\\"},
    {"\"\\Uffffffff\"", "at character 2: unknown escape: a backslash itself is written \\\\"},
    {"\"\\'\"", "at character 2: unknown escape: a backslash itself is written \\\\"},
    {"a \"b", "name:a at character 3: this string has no end: a \" is missing"},
    {"\"b\\", "at character 1: this string has no end: a \" is missing"},
    {"\"b\\\"", "at character 1: this string has no end: a \" is missing"},

    {"a 'b'", "name:a at character 3: strings stand in double quotes"},
    {"a && b", "name:a at character 3: OTTL says and, or, not"},
    {"a || b", "name:a at character 3: OTTL says and, or, not"},
    {"!a", "at character 1: OTTL says and, or, not"},
    {"a # b", "name:a at character 3: no sign that OTTL knows"},
    {"\xc3\xa4", "at character 1: no sign that OTTL knows"},
};

START_TEST(a_text_is_read_word_by_word)
{
    struct arena *arena = arena_new(256);
    struct buf out = {0};

    show(str_of(texts[_i].text), arena, &out);
    ck_assert_msg(strcmp(buf_text(&out), texts[_i].tokens) == 0, "%s: %s", texts[_i].text,
                  buf_text(&out));
    buf_done(&out);
    arena_free(arena);
}
END_TEST

/* The text is no C string: it ends where it ends. */
START_TEST(nothing_behind_the_end_is_read)
{
    static const char text[] = "\"\\U0001f600\" 1.5e3 0x01 abc<=";
    struct arena *arena = arena_new(256);
    struct buf out = {0};

    for (size_t len = 0; len < sizeof(text); len++) {
        char *copy = malloc(len + 1);

        memcpy(copy, text, len);
        copy[len] = '"';
        buf_reset(&out);
        show((struct str){copy, len}, arena, &out);
        free(copy);
    }
    buf_reset(&out);
    show((struct str){"a\0b", 3}, arena, &out);
    ck_assert_str_eq(buf_text(&out), "name:a at character 2: no sign that OTTL knows");
    buf_done(&out);
    arena_free(arena);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("lexer");

    tcase_add_loop_test(cases, a_text_is_read_word_by_word, 0,
                        (int)(sizeof(texts) / sizeof(texts[0])));
    tcase_add_test(cases, nothing_behind_the_end_is_read);
    return run_tests("lexer", cases);
}
