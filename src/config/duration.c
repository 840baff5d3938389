/*
 * Counted in nanoseconds, which 64 bits hold for 292 years.
 */
#include "config/duration.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static const struct {
    const char *name;
    uint64_t ns;
} units[] = {{"ns", 1},           {"us", 1000},      {"\xc2\xb5s", 1000}, /* U+00B5 */
             {"\xce\xbcs", 1000},                                         /* U+03BC */
             {"ms", 1000000},     {"s", 1000000000}, {"m", 60000000000},  {"h", 3600000000000}};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The unit at *text, which then stands behind it; 0: there is none. */
static uint64_t take_unit(const char **text)
{
    size_t len = 0;

    while ((*text)[len] != '\0' && (*text)[len] != '.' && !is_digit((*text)[len]))
        len++;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (strlen(units[i].name) == len && memcmp(*text, units[i].name, len) == 0) {
            *text += len;
            return units[i].ns;
        }
    return 0;
}

/* One "3.5s", as nanoseconds added to *sum. */
static const char *add_part(const char **text, uint64_t *sum)
{
    uint64_t whole = 0, part = 0, scale = 1, unit, ns;
    bool any = false;

    for (; is_digit(**text); ++*text, any = true) {
        if (whole > INT64_MAX / 10 - 1)
            return "is too long";
        whole = whole * 10 + (uint64_t)(**text - '0');
    }
    if (**text == '.')
        for (++*text; is_digit(**text); ++*text, any = true)
            if (scale < 1000000) { /* more digits do not matter */
                part = part * 10 + (uint64_t)(**text - '0');
                scale *= 10;
            }
    if (!any)
        return "is not a duration: write it like 200ms, 5s or 1m30s";
    if (**text == '\0')
        return "has no unit: write it like 200ms, 5s or 1m30s";
    unit = take_unit(text);
    if (unit == 0)
        return "has an unknown unit: there are ns, us, ms, s, m and h";
    if (whole > INT64_MAX / unit)
        return "is too long";
    ns = whole * unit + (part * unit + scale - 1) / scale;
    if (ns > INT64_MAX - *sum)
        return "is too long";
    *sum += ns;
    return NULL;
}

const char *duration_parse_ns(const char *text, uint64_t *ns)
{
    bool negative = *text == '-';
    uint64_t sum = 0;
    const char *wrong;

    text += *text == '-' || *text == '+';
    if (strcmp(text, "0") == 0) {
        *ns = 0;
        return NULL;
    }
    do {
        wrong = add_part(&text, &sum);
        if (wrong)
            return wrong;
    } while (*text != '\0');
    if (negative && sum > 0)
        return "is negative";
    *ns = sum;
    return NULL;
}

const char *duration_parse(const char *text, uint64_t *ms)
{
    uint64_t ns;
    const char *wrong = duration_parse_ns(text, &ns);

    if (!wrong)
        *ms = (ns + 999999) / 1000000;
    return wrong;
}
