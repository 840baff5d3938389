/*
 * Hexadecimal digits.
 */
#pragma once

extern const signed char hex_values[256];

/* 0 to 15, whatever the letter's case; negative: no such digit. */
static inline int hex_digit(char c)
{
    return hex_values[(unsigned char)c];
}
