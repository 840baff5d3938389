/*
 * Numbers are recognized by their form first, so that "infinity" or "0x1p3", which strtod would
 * take, stay strings.
 */
#include "config/scalar.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_MAX_LEN = 64 };

static bool is_one_of(const char *text, const char *const *words)
{
    for (; *words; words++)
        if (strcmp(text, *words) == 0)
            return true;
    return false;
}

/* A copy without the underscores of "8_192"; false where it is too long, or holds nothing else. */
static bool without_underscores(const char *text, char copy[NUMBER_MAX_LEN])
{
    size_t len = 0;

    for (; *text; text++) {
        if (*text == '_')
            continue;
        if (len == NUMBER_MAX_LEN - 1)
            return false;
        copy[len++] = *text;
    }
    copy[len] = '\0';
    return len > 0;
}

static size_t digits(const char *text, const char *set)
{
    return strspn(text, set);
}

/* The base of a whole number whose sign is gone, and where its digits start; 0: it is none. */
static int whole_base(const char **text)
{
    static const char decimal[] = "0123456789", octal[] = "01234567";
    const char *t = *text;
    int base = 10;
    const char *set = decimal;

    if (t[0] == '0' && t[1] != '\0') {
        char mark = t[1];

        base = 8;
        set = octal;
        if (mark == 'x' || mark == 'X') {
            base = 16;
            set = "0123456789abcdefABCDEF";
        } else if (mark == 'b' || mark == 'B') {
            base = 2;
            set = "01";
        }
        t += strchr("xXoObB", mark) ? 2 : 1;
    }
    if (digits(t, set) == 0 || t[digits(t, set)] != '\0')
        return 0;
    *text = t;
    return base;
}

/* [-+] (digits [. digits] | . digits) [e [-+] digits] */
static bool has_form_of_decimal(const char *text)
{
    static const char set[] = "0123456789";
    size_t whole, part = 0;

    text += *text == '-' || *text == '+';
    whole = digits(text, set);
    text += whole;
    if (*text == '.') {
        part = digits(++text, set);
        text += part;
    }
    if (whole + part == 0)
        return false;
    if (*text == 'e' || *text == 'E') {
        text++;
        text += *text == '-' || *text == '+';
        if (digits(text, set) == 0)
            return false;
        text += digits(text, set);
    }
    return *text == '\0';
}

bool scalar_whole(const char *text, bool *negative, uint64_t *out)
{
    char copy[NUMBER_MAX_LEN];
    const char *t = copy;
    double number;
    int base;

    if (!without_underscores(text, copy))
        return false;
    *negative = *t == '-';
    t += *t == '-' || *t == '+';
    base = whole_base(&t);
    if (base != 0) {
        errno = 0;
        *out = strtoull(t, NULL, base);
        return errno == 0;
    }
    if (!has_form_of_decimal(copy))
        return false;
    number = fabs(strtod(copy, NULL));
    if (!(number < 0x1p64) || number != floor(number))
        return false;
    *out = (uint64_t)number;
    return true;
}

bool scalar_number(const char *text, double *out)
{
    static const char *const infinite[] = {".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", NULL};
    static const char *const least[] = {"-.inf", "-.Inf", "-.INF", NULL};
    static const char *const none[] = {".nan", ".NaN", ".NAN", NULL};
    char copy[NUMBER_MAX_LEN];
    const char *t = copy;
    int base;

    if (is_one_of(text, infinite) || is_one_of(text, least)) {
        *out = text[0] == '-' ? -(double)INFINITY : (double)INFINITY;
        return true;
    }
    if (is_one_of(text, none)) {
        *out = (double)NAN;
        return true;
    }
    if (!without_underscores(text, copy))
        return false;
    t += *t == '-' || *t == '+';
    base = whole_base(&t);
    if (base != 0 && base != 10)
        *out = (double)strtoull(t, NULL, base) * (copy[0] == '-' ? -1 : 1);
    else if (has_form_of_decimal(copy))
        *out = strtod(copy, NULL);
    else
        return false;
    return true;
}

bool scalar_bool(const char *text, bool *out)
{
    static const char *const yes[] = {"true", "True", "TRUE", NULL};
    static const char *const no[] = {"false", "False", "FALSE", NULL};

    bool is_yes = is_one_of(text, yes);

    if (!is_yes && !is_one_of(text, no))
        return false;
    *out = is_yes;
    return true;
}

enum scalar_type scalar_type_of(const char *text)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    double number;
    bool truth;

    if (is_one_of(text, nulls))
        return SCALAR_NULL;
    if (scalar_bool(text, &truth))
        return SCALAR_BOOL;
    return scalar_number(text, &number) ? SCALAR_NUMBER : SCALAR_STRING;
}

enum scalar_type scalar_type(const struct node *node)
{
    if (node->kind == NODE_NULL)
        return SCALAR_NULL;
    return node->quoted ? SCALAR_STRING : scalar_type_of(node->text);
}

const char *scalar_what(enum scalar_type type)
{
    static const char *const what[] = {"null", "a boolean", "a number", "a string"};

    return what[type];
}
