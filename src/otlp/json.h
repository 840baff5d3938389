/*
 * Reading JSON (RFC 8259) from front to back, without a tree and without copying.
 *
 * Each function takes what stands at the position and moves behind it. What is not JSON sets why
 * and leaves the position at the place; then all functions that take something return false.
 * Lists and objects inside each other are bounded, those that are passed over too.
 */
#pragma once

#include <stdbool.h>

#include "base/str.h"

enum { JSON_MAX_NESTING = 320 };

struct json {
    const char *at, *end;
    unsigned depth;  /* objects and lists around the position */
    const char *why; /* a constant: what is wrong; NULL: nothing */
};

static inline struct json json_of(struct str text)
{
    /* Not NULL + 0, which C does not define. */
    return (struct json){.at = text.at, .end = text.len > 0 ? text.at + text.len : text.at};
}

struct json_string { /* between its quotes, as it stands there */
    struct str raw;  /* escapes are valid; bytes above 0x7f are not looked at */
    bool escaped;    /* has escapes: json_unescape() reads them */
};

static inline bool json_fail(struct json *json, const char *why)
{
    if (!json->why)
        json->why = why;
    return false;
}

static inline void json_space(struct json *json)
{
    while (json->at < json->end &&
           (*json->at == ' ' || *json->at == '\n' || *json->at == '\r' || *json->at == '\t'))
        json->at++;
}

/* The character that the next value begins with; 0 at the end. */
static inline char json_peek(struct json *json)
{
    json_space(json);
    return json->at < json->end ? *json->at : '\0';
}

/* Into the object ('{') or list ('[') that begins here. */
bool json_open(struct json *json, char bracket);

/* The first one, the last bracket, and what is wrong; see json_more(). */
bool json_more_slow(struct json *json, char closing, size_t count);

/*
 * Whether another member or element follows, count being how many have been read; takes the comma
 * in front of it, or else the closing bracket. False too where something is wrong.
 */
static inline bool json_more(struct json *json, char closing, size_t count)
{
    if (count > 0 && json->end - json->at > 1 && json->at[0] == ',' && json->at[1] > ' ' &&
        json->at[1] != closing) {
        json->at++;
        return true;
    }
    return json_more_slow(json, closing, count);
}

/* From a character that is not plain on; see json_string(). */
bool json_string_slow(struct json *json, const char *start, struct json_string *string);

/* The first byte of eight that ends a run of plain text: a quote, a backslash, a control character.
 * As bits: 0x80 of that byte is the lowest that is set. */
static inline uint64_t json_not_plain(uint64_t word)
{
    const uint64_t ones = 0x0101010101010101, high = 0x8080808080808080;
    uint64_t quote = word ^ ones * '"', backslash = word ^ ones * '\\';

    return (((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) |
            ((word - ones * 0x20) & ~word)) &
           high;
}

static inline bool json_string(struct json *json, struct json_string *string)
{
    const char *at, *start;
    uint64_t word, found;

    if (json_peek(json) != '"')
        return json_fail(json, "a string is wanted here");
    for (at = start = json->at + 1; json->end - at >= 8; at += 8) {
        memcpy(&word, at, sizeof(word));
        found = json_not_plain(word);
        if (found == 0)
            continue;
        at += __builtin_ctzll(found) / 8; /* the first byte is the lowest: little endian */
        if (*at != '"')
            break;
        *string = (struct json_string){.raw = {start, (size_t)(at - start)}};
        json->at = at + 1;
        return true;
    }
    json->at = at;
    return json_string_slow(json, start, string);
}

/* What stands between a member's name and its value. */
static inline bool json_colon(struct json *json)
{
    if (json_peek(json) != ':')
        return json_fail(json, "a colon is wanted here");
    json->at++;
    return true;
}

/* Writes the text of a string, at most as long as it stands there. Returns its length. A surrogate
 * without its other half becomes U+FFFD. */
size_t json_unescape(struct str raw, char *to);

/* A number, as it stands there. */
bool json_number(struct json *json, struct str *number);

/* true, false or null. */
bool json_word(struct json *json, const char *word);

/* Passes over any value. */
bool json_skip(struct json *json);
