/*
 * Reading JSON: what is not the commonest case.
 */
#include "otlp/json.h"

#include "base/hex.h"
#include "otlp/json_number.h"

bool json_open(struct json *json, char bracket)
{
    if (json_peek(json) != bracket)
        return json_fail(json,
                         bracket == '{' ? "an object is wanted here" : "a list is wanted here");
    if (json->depth == JSON_MAX_NESTING)
        return json_fail(json, "objects and lists are nested too deeply");
    json->depth++;
    json->at++;
    return true;
}

bool json_more_slow(struct json *json, char closing, size_t count)
{
    char next = json_peek(json);

    if (json->why)
        return false;
    if (next == closing) {
        json->at++;
        json->depth--;
        return false;
    }
    if (count == 0)
        return next != '\0' || json_fail(json, "the text ends too early");
    if (next != ',')
        return json_fail(json, next == '\0' ? "the text ends too early"
                                            : "a comma or a closing bracket is wanted here");
    json->at++;
    return json_peek(json) != closing || json_fail(json, "a comma is followed by nothing");
}

/* The four digits of \u; negative: they are not. */
static int code_unit(const char *at, const char *end)
{
    int unit = 0;

    if (end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(at[i]);

        if (digit < 0)
            return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

/* What may follow a backslash, but for u. */
static bool stands_for_one(char c)
{
    return c != '\0' && strchr("\"\\/bfnrt", c);
}

bool json_string_slow(struct json *json, const char *start, struct json_string *string)
{
    bool escaped = false;

    for (; json->at < json->end; json->at++) {
        unsigned char c = (unsigned char)*json->at;

        if (c == '"') {
            *string = (struct json_string){{start, (size_t)(json->at - start)}, escaped};
            json->at++;
            return true;
        }
        if (c < 0x20)
            return json_fail(json, "a control character stands in a string");
        if (c != '\\')
            continue;
        escaped = true;
        if (++json->at == json->end)
            break;
        if (*json->at == 'u' ? code_unit(json->at + 1, json->end) < 0 : !stands_for_one(*json->at))
            return json_fail(json, "an escape in a string is not valid");
    }
    return json_fail(json, "the text ends too early");
}

static char *put_character(char *to, unsigned c)
{
    if (c < 0x80) {
        *to++ = (char)c;
        return to;
    }
    if (c < 0x800) {
        *to++ = (char)(0xc0 | c >> 6);
    } else {
        if (c < 0x10000) {
            *to++ = (char)(0xe0 | c >> 12);
        } else {
            *to++ = (char)(0xf0 | c >> 18);
            *to++ = (char)(0x80 | (c >> 12 & 0x3f));
        }
        *to++ = (char)(0x80 | (c >> 6 & 0x3f));
    }
    *to++ = (char)(0x80 | (c & 0x3f));
    return to;
}

/* What follows \u, the other half of a surrogate pair included. Returns what comes behind. */
static const char *put_code_units(const char *at, const char *end, char **to)
{
    unsigned c = (unsigned)code_unit(at, end);
    int low = -1;

    at += 4;
    if (c >= 0xd800 && c < 0xdc00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u')
        low = code_unit(at + 2, end);
    if (low >= 0xdc00 && low < 0xe000) {
        c = 0x10000 + ((c - 0xd800) << 10) + ((unsigned)low - 0xdc00);
        at += 6;
    } else if (c >= 0xd800 && c < 0xe000) {
        c = 0xfffd;
    }
    *to = put_character(*to, c);
    return at;
}

size_t json_unescape(struct str raw, char *to)
{
    const char *at = raw.at, *end = raw.at + raw.len, *backslash;
    char *start = to;

    while ((backslash = memchr(at, '\\', (size_t)(end - at))) != NULL) {
        memcpy(to, at, (size_t)(backslash - at));
        to += backslash - at;
        at = backslash + 2;
        switch (backslash[1]) {
        case 'b':
            *to++ = '\b';
            break;
        case 'f':
            *to++ = '\f';
            break;
        case 'n':
            *to++ = '\n';
            break;
        case 'r':
            *to++ = '\r';
            break;
        case 't':
            *to++ = '\t';
            break;
        case 'u':
            at = put_code_units(at, end, &to);
            break;
        default: /* stands for itself */
            *to++ = backslash[1];
            break;
        }
    }
    memcpy(to, at, (size_t)(end - at));
    return (size_t)(to - start) + (size_t)(end - at);
}

static bool ends_number(char c)
{
    return c != '\0' && strchr(",]} \t\r\n", c);
}

bool json_number(struct json *json, struct str *number)
{
    size_t len;

    json_space(json);
    len = json_number_len((struct str){json->at, (size_t)(json->end - json->at)});
    if (len == 0)
        return json_fail(json, "a number is wanted here");
    *number = (struct str){json->at, len};
    json->at += len;
    if (json->at < json->end && !ends_number(*json->at))
        return json_fail(json, "a number is not valid");
    return true;
}

bool json_word(struct json *json, const char *word)
{
    size_t len = strlen(word);

    json_space(json);
    if ((size_t)(json->end - json->at) < len || memcmp(json->at, word, len) != 0)
        return json_fail(json, "not a value");
    json->at += len;
    return true;
}

bool json_skip(struct json *json)
{
    struct json_string string;
    struct str number;

    switch (json_peek(json)) {
    case '{':
        if (!json_open(json, '{'))
            return false;
        for (size_t count = 0; json_more(json, '}', count); count++)
            if (json_peek(json) != '"')
                return json_fail(json, "a member's name is wanted here");
            else if (!json_string(json, &string) || !json_colon(json) || !json_skip(json))
                return false; /* bounded by json_open */
        return !json->why;
    case '[':
        if (!json_open(json, '['))
            return false;
        for (size_t count = 0; json_more(json, ']', count); count++)
            if (!json_skip(json))
                return false;
        return !json->why;
    case '"':
        return json_string(json, &string);
    case 't':
        return json_word(json, "true");
    case 'f':
        return json_word(json, "false");
    case 'n':
        return json_word(json, "null");
    case '\0':
        return json_fail(json, "the text ends too early");
    default:
        return json_number(json, &number);
    }
}
