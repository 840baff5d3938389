/*
 * Numbers.
 */
#include "otlp/json_number.h"

#include <math.h>
#include <stdlib.h>

static inline bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *skip_digits(const char *at, const char *end)
{
    while (at < end && is_digit(*at))
        at++;
    return at;
}

size_t json_number_len(struct str text)
{
    const char *at = text.at, *end = text.at + text.len, *digits;

    at += at < end && *at == '-';
    digits = at;
    at = skip_digits(at, end);
    if (at == digits || (*digits == '0' && at - digits > 1))
        return 0;
    if (at < end && *at == '.') {
        digits = ++at;
        at = skip_digits(at, end);
        if (at == digits)
            return 0;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        at += at < end && (*at == '+' || *at == '-');
        digits = at;
        at = skip_digits(at, end);
        if (at == digits)
            return 0;
    }
    return (size_t)(at - text.at);
}

/* A number in its parts: digits, with a point somewhere, times ten to the power of exponent. */
struct decimal {
    const char *at, *end; /* the digits, and perhaps a point */
    int64_t exponent;     /* of the digit in front of end */
};

enum { EXPONENT_MAX = 1000000000 }; /* far beyond any text; sums of two fit */

static struct decimal decimal_of(const char *at, const char *end)
{
    struct decimal decimal = {.at = at, .end = at};
    const char *point = NULL;
    int64_t exponent = 0;
    bool negative;

    while (decimal.end < end && (is_digit(*decimal.end) || *decimal.end == '.')) {
        if (*decimal.end == '.')
            point = decimal.end;
        decimal.end++;
    }
    if (decimal.end < end) {
        at = decimal.end + 1;
        negative = *at == '-';
        for (at += *at == '-' || *at == '+'; at < end; at++)
            if (exponent < EXPONENT_MAX)
                exponent = exponent * 10 + (*at - '0');
        decimal.exponent = negative ? -exponent : exponent;
    }
    if (point)
        decimal.exponent -= decimal.end - point - 1;
    return decimal;
}

static const char too_large[] = "a number is out of range";

/* Digit for digit, as far as it is needed. */
static const char *integer_of_decimal(struct decimal decimal, uint64_t *magnitude)
{
    uint64_t value = 0;
    int64_t place = decimal.exponent; /* of the last digit that counts */
    const char *end = decimal.end;

    while (end > decimal.at && (end[-1] == '0' || end[-1] == '.')) {
        place += end[-1] == '0';
        end--;
    }
    for (const char *at = decimal.at; at < end; at++)
        if (*at != '.' && (__builtin_mul_overflow(value, 10, &value) ||
                           __builtin_add_overflow(value, (uint64_t)(*at - '0'), &value)))
            return place < 0 ? "a number is not whole" : too_large;
    if (value > 0 && place < 0)
        return "a number is not whole";
    for (; value > 0 && place > 0; place--)
        if (__builtin_mul_overflow(value, 10, &value))
            return too_large;
    *magnitude = value;
    return NULL;
}

const char *json_integer(struct str number, bool *negative, uint64_t *magnitude)
{
    const char *at = number.at, *end = number.at + number.len;
    uint64_t value = 0;

    *negative = at < end && *at == '-';
    at += *negative;
    if (end - at > 19) /* may not fit */
        return integer_of_decimal(decimal_of(at, end), magnitude);
    for (const char *digit = at; digit < end; digit++) {
        if (!is_digit(*digit))
            return integer_of_decimal(decimal_of(at, end), magnitude);
        value = value * 10 + (uint64_t)(*digit - '0');
    }
    *magnitude = value;
    return NULL;
}

/* Up to 2^53 and 10^22 a double holds both exactly, and one operation rounds once. */
static bool double_exactly(struct str number, double *value)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    bool negative = number.at[0] == '-';
    struct decimal decimal = decimal_of(number.at + negative, number.at + number.len);
    uint64_t digits = 0;

    if (decimal.end - decimal.at > 16 || decimal.exponent < -22 || decimal.exponent > 22)
        return false;
    for (const char *at = decimal.at; at < decimal.end; at++)
        if (*at != '.')
            digits = digits * 10 + (uint64_t)(*at - '0');
    if (digits > (uint64_t)1 << 53)
        return false;
    *value = decimal.exponent < 0 ? (double)digits / powers[-decimal.exponent]
                                  : (double)digits * powers[decimal.exponent];
    if (negative)
        *value = -*value;
    return true;
}

bool json_double(struct str number, double *value)
{
    if (double_exactly(number, value))
        return true;
    *value = strtod(number.at, NULL);
    return isfinite(*value);
}
