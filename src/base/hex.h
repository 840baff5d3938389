/*
 * Hexadecimal digits.
 */
#pragma once

#include "base/buf.h"

extern const signed char hex_values[256];

/* 0 to 15, whatever the letter's case; negative: no such digit. */
static inline int hex_digit(char c)
{
    return hex_values[(unsigned char)c];
}

/* Appends two digits for each byte, in small letters. */
void hex_append(struct buf *out, struct str bytes);
