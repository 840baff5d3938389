/*
 * Each part of a glob has one of a regular expression:
 *
 *     *  **         any text          .*
 *     ?             any character     .
 *     [a-z] [!a-z]  one of these, or none of them
 *     {one,other}   one of several    (?:one|other)
 *     \x            x itself
 */
#include "ottl/glob.h"

#include "base/buf.h"

static void put_plain(struct buf *out, char c)
{
    if (strchr("\\.+*?()|[]{}^$-", c) && c != '\0')
        buf_append_char(out, '\\');
    buf_append_char(out, c);
}

/* From [ on: what stands in it, as a class; 0: it has no end. Returns its length. */
static size_t put_class(struct buf *out, struct str glob)
{
    size_t at = 1;

    buf_append_char(out, '[');
    if (at < glob.len && glob.at[at] == '!') {
        buf_append_char(out, '^');
        at++;
    }
    for (size_t first = at; at < glob.len && (glob.at[at] != ']' || at == first); at++) {
        if (glob.at[at] == '\\' && at + 1 < glob.len)
            put_plain(out, glob.at[++at]);
        else if (glob.at[at] == '-' && at > first && at + 1 < glob.len && glob.at[at + 1] != ']')
            buf_append_char(out, '-');
        else
            put_plain(out, glob.at[at]);
    }
    buf_append_char(out, ']');
    return at < glob.len ? at + 1 : 0;
}

/* False: *err says what is wrong. */
static bool put_glob(struct buf *out, struct str glob, struct error *err)
{
    unsigned depth = 0;
    size_t len;

    for (size_t at = 0; at < glob.len; at++) {
        switch (glob.at[at]) {
        case '*':
            buf_append_str(out, STR(".*"));
            while (at + 1 < glob.len && glob.at[at + 1] == '*')
                at++;
            break;
        case '?':
            buf_append_char(out, '.');
            break;
        case '[':
            len = put_class(out, (struct str){glob.at + at, glob.len - at});
            if (len == 0)
                return error_set(err, "a [ of the pattern has no ]");
            at += len - 1;
            break;
        case '{':
            buf_append_str(out, STR("(?:"));
            depth++;
            break;
        case '}':
            if (depth == 0)
                return error_set(err, "a } of the pattern has no {");
            buf_append_char(out, ')');
            depth--;
            break;
        case ',':
            buf_append_char(out, depth > 0 ? '|' : ',');
            break;
        case '\\':
            if (at + 1 == glob.len)
                return error_set(err, "the pattern ends with a backslash");
            put_plain(out, glob.at[++at]);
            break;
        default:
            put_plain(out, glob.at[at]);
            break;
        }
    }
    return depth == 0 || error_set(err, "a { of the pattern has no }");
}

struct str glob_to_regex(struct str glob, struct arena *arena, struct error *err)
{
    struct buf out = {0};
    struct str regex = {NULL, 0};

    buf_append_str(&out, STR("(?s)^(?:"));
    if (put_glob(&out, glob, err)) {
        buf_append_str(&out, STR(")$"));
        regex = arena_copy(arena, buf_str(&out));
    }
    buf_done(&out);
    return regex;
}
