/*
 * Checks of heads of requests that stand before the parser's.
 */
#include "net/http1_head.h"

#include <stdbool.h>

static struct str from_line(struct str text, size_t skip)
{
    return (struct str){text.at + skip, text.len - skip};
}

/* The length of the first line with its end; 0 where it has none. */
static size_t line_length(struct str text)
{
    const char *end = text.len > 0 ? memchr(text.at, '\n', text.len) : NULL;

    return end ? (size_t)(end - text.at) + 1 : 0;
}

/* A blank line before the request is ignored, one. RFC 9112 2.2 */
static size_t leading_blank(struct str text)
{
    return str_starts(text, STR("\r\n")) ? 2 : 0;
}

size_t http1_head_end(struct str text, size_t from)
{
    size_t at = from > 2 ? from - 2 : 0;

    if (at < leading_blank(text))
        at = leading_blank(text);
    while (at < text.len) {
        struct str rest = from_line(text, at);
        size_t line = line_length(rest);

        if (line == 0)
            return 0;
        at += line;
        rest = from_line(text, at);
        if (str_starts(rest, STR("\n")))
            return at + 1;
        if (str_starts(rest, STR("\r\n")))
            return at + 2;
        if (at == leading_blank(text) + 2 && line == 2 && rest.at[-2] == '\r')
            return at; /* a second blank line */
    }
    return 0;
}

enum refusal http1_head_unfinished(struct str text, size_t max_fields)
{
    if (text.len > HTTP1_LINE_MAX && line_length((struct str){text.at, HTTP1_LINE_MAX}) == 0)
        return REFUSED_TARGET;
    return text.len >= HTTP1_LINE_MAX + max_fields ? REFUSED_FIELDS : REFUSED_NONE;
}

static bool ends_in_crlf(struct str line)
{
    return line.len >= 2 && memchr(line.at, '\r', line.len) == line.at + line.len - 2;
}

/* Visible characters, two spaces, and HTTP behind the second: "POST /path HTTP/1.1". */
static enum refusal check_request_line(struct str line)
{
    unsigned spaces = 0;
    struct str version = {line.at, 0};

    if (line.len > HTTP1_LINE_MAX)
        return REFUSED_TARGET;
    if (!ends_in_crlf(line))
        return REFUSED_SYNTAX;
    for (size_t i = 0; i < line.len - 2; i++) {
        unsigned char c = (unsigned char)line.at[i];

        if (c < ' ' || c == 0x7f || (c == ' ' && i > 0 && line.at[i - 1] == ' '))
            return REFUSED_SYNTAX;
        if (c == ' ') {
            spaces++;
            version = from_line(line, i + 1);
        }
    }
    return spaces == 2 && str_starts(version, STR("HTTP/")) ? REFUSED_NONE : REFUSED_SYNTAX;
}

/* The characters of names. RFC 9110 5.6.2 */
static bool is_token(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c));
}

/* "Name: value": no folded line, no blanks around the name, no bare CR or NUL. RFC 9112 5 */
static bool is_field(struct str line)
{
    size_t name = 0;

    while (name < line.len && is_token(line.at[name]))
        name++;
    return name > 0 && name < line.len && line.at[name] == ':' && ends_in_crlf(line) &&
           !memchr(line.at, '\0', line.len);
}

enum refusal http1_head_check(struct str head, size_t max_fields)
{
    struct str rest = from_line(head, leading_blank(head));
    size_t line = line_length(rest);
    enum refusal refusal = check_request_line((struct str){rest.at, line});

    if (refusal != REFUSED_NONE)
        return refusal;
    if (rest.len - line > max_fields)
        return REFUSED_FIELDS;
    for (rest = from_line(rest, line); rest.len > 2; rest = from_line(rest, line)) {
        line = line_length(rest);
        if (!is_field((struct str){rest.at, line}))
            return REFUSED_SYNTAX;
    }
    return str_is(rest, "\r\n") ? REFUSED_NONE : REFUSED_SYNTAX;
}
