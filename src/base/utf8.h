/*
 * UTF-8, as the Unicode Standard defines it (table 3-7, well-formed byte sequences).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

/* For what ASCII does not settle. */
bool utf8_valid_slow(struct str s);

/* Eight bytes at a time: most text is ASCII. */
static inline bool utf8_is_ascii(struct str s)
{
    uint64_t word, all = 0;
    uint32_t half, other;

    if (s.len >= 8) {
        for (size_t i = 0; i + 8 < s.len; i += 8) {
            memcpy(&word, s.at + i, 8);
            all |= word;
        }
        memcpy(&word, s.at + s.len - 8, 8);
        return ((all | word) & 0x8080808080808080) == 0;
    }
    if (s.len >= 4) {
        memcpy(&half, s.at, 4);
        memcpy(&other, s.at + s.len - 4, 4);
        return ((half | other) & 0x80808080) == 0;
    }
    return s.len == 0 || ((s.at[0] | s.at[s.len / 2] | s.at[s.len - 1]) & 0x80) == 0;
}

static inline bool utf8_valid(struct str s)
{
    return utf8_is_ascii(s) || utf8_valid_slow(s);
}

/* The length in bytes of the character that s begins with; 0: its first byte is wrong, or s is
 * empty. */
size_t utf8_char(struct str s);

/* Appends s with U+FFFD in place of each wrong byte. */
void utf8_mend(struct buf *out, struct str s);
