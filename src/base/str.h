/*
 * A range of bytes that belongs to somebody else: text or binary, counted, never NUL-terminated.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *at; /* borrowed; may be NULL where len is 0 */
    size_t len;     /* bytes */
};

/* A string literal as a range. */
#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})

/* ... in the initializer of a static table. */
#define STR_INIT(literal)                                                                          \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }

/* For printf: "%.*s" takes STR_ARG(s). */
#define STR_ARG(s) (int)(s).len, (s).at ? (s).at : ""

static inline struct str str_of(const char *text)
{
    return (struct str){text, strlen(text)};
}

static inline bool str_eq(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static inline bool str_is(struct str s, const char *text)
{
    return str_eq(s, str_of(text));
}

static inline bool str_starts(struct str s, struct str prefix)
{
    return s.len >= prefix.len && memcmp(s.at, prefix.at, prefix.len) == 0;
}

/* ASCII letters count as equal in either case, as in the names of HTTP. */
bool str_eq_nocase(struct str a, struct str b);

/* ... and "*" in the pattern stands for any characters. */
bool str_is_like(struct str text, const char *pattern);

/* Without the blanks and tabs at both ends. */
struct str str_trim(struct str s);

/* ... and line ends: of what stands in a file. */
struct str str_strip(struct str s);

/* Order of the bytes, as memcmp; a prefix comes first. */
int str_cmp(struct str a, struct str b);

/* A decimal number without sign, all of s, at most max: false where it is not. */
bool str_to_uint(struct str s, uint64_t max, uint64_t *out);

/* A hash for tables: fast, not for keys that an enemy chooses in bulk. */
uint64_t str_hash(struct str s);
