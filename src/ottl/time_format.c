/*
 * Directives one after the other. What stands for several ("%F") is read and written as those.
 */
#include "ottl/time_format.h"

#include <strings.h>
#include <time.h>

enum { SECOND = 1000000000 };

static const char *const months[] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};
static const char *const days[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                   "Thursday", "Friday", "Saturday"};

static const struct {
    char directive;
    const char *format;
} combined[] = {
    {'F', "%Y-%m-%d"}, {'T', "%H:%M:%S"},    {'R', "%H:%M"},
    {'D', "%m/%d/%y"}, {'r', "%I:%M:%S %p"}, {'c', "%a %b %e %H:%M:%S %Y"},
};

struct moment { /* a time, taken apart or being put together */
    struct tm tm;
    int64_t ns; /* of the second */
    long zone;  /* seconds east of UTC */
    int half;   /* 1: am, 2: pm; 0: not told */
};

static const char *combined_format(char directive)
{
    for (size_t i = 0; i < sizeof(combined) / sizeof(combined[0]); i++)
        if (combined[i].directive == directive)
            return combined[i].format;
    return NULL;
}

bool time_format_check(struct str format, struct error *err)
{
    for (size_t i = 0; i < format.len; i++) {
        if (format.at[i] != '%')
            continue;
        if (++i == format.len)
            return error_set(err, "the format ends with a %%");
        if (!strchr("YymdeHIMSLfspPbhBaAjzZnt%", format.at[i]) && !combined_format(format.at[i]))
            return error_set(err, "otelc knows no %%%c in a format of times", format.at[i]);
    }
    return true;
}

/* ---- reading ---- */

/* Up to so many digits, at least one; with blanks before them. */
static bool read_number(struct str *text, unsigned most, int low, int high, int *number)
{
    unsigned count = 0;

    *number = 0;
    while (text->len > 1 && text->at[0] == ' ' && count == 0)
        *text = (struct str){text->at + 1, text->len - 1};
    for (; count < most && text->len > 0 && text->at[0] >= '0' && text->at[0] <= '9'; count++) {
        *number = *number * 10 + (text->at[0] - '0');
        *text = (struct str){text->at + 1, text->len - 1};
    }
    return count > 0 && *number >= low && *number <= high;
}

/* Digits of a fraction; what is finer than a nanosecond does not count. */
static bool read_fraction(struct str *text, int64_t *ns)
{
    int64_t unit = SECOND / 10;
    unsigned count = 0;

    *ns = 0;
    for (; text->len > 0 && text->at[0] >= '0' && text->at[0] <= '9'; count++, unit /= 10) {
        *ns += unit * (text->at[0] - '0');
        *text = (struct str){text->at + 1, text->len - 1};
    }
    return count > 0;
}

/* One of the names, or its first three letters. */
static bool read_name(struct str *text, const char *const *names, int count, int *which)
{
    for (*which = 0; *which < count; ++*which) {
        size_t len = strlen(names[*which]);

        if (text->len < 3 || strncasecmp(text->at, names[*which], 3) != 0)
            continue;
        len = text->len >= len && strncasecmp(text->at, names[*which], len) == 0 ? len : 3;
        *text = (struct str){text->at + len, text->len - len};
        return true;
    }
    return false;
}

/* Z, UTC, GMT, +0100, +01:00 or +01. */
static bool read_zone(struct str *text, long *zone)
{
    int hours, minutes = 0, sign;

    *zone = 0;
    for (size_t i = 0; i < 3; i++) {
        struct str name = str_of((const char *[]){"Z", "UTC", "GMT"}[i]);

        if (!str_starts(*text, name))
            continue;
        *text = (struct str){text->at + name.len, text->len - name.len};
        return true;
    }
    if (text->len < 3 || (text->at[0] != '+' && text->at[0] != '-'))
        return false;
    sign = text->at[0] == '-' ? -1 : 1;
    *text = (struct str){text->at + 1, text->len - 1};
    if (text->at[0] == ' ' || !read_number(text, 2, 0, 14, &hours))
        return false;
    if (text->len > 2 && text->at[0] == ':')
        *text = (struct str){text->at + 1, text->len - 1};
    if (text->len > 1 && text->at[0] >= '0' && text->at[0] <= '9' &&
        !read_number(text, 2, 0, 59, &minutes))
        return false;
    *zone = sign * (hours * 3600L + minutes * 60L);
    return true;
}

static bool read_half(struct str *text, int *half)
{
    if (text->len < 2 || (text->at[1] != 'M' && text->at[1] != 'm'))
        return false;
    *half = text->at[0] == 'A' || text->at[0] == 'a' ? 1 : 2;
    if (*half == 2 && text->at[0] != 'P' && text->at[0] != 'p')
        return false;
    *text = (struct str){text->at + 2, text->len - 2};
    return true;
}

static bool read_directive(char directive, struct str *text, struct moment *m)
{
    int number = 0;
    bool ok;

    switch (directive) {
    case 'Y':
        ok = read_number(text, 4, 0, 9999, &number);
        m->tm.tm_year = number - 1900;
        return ok;
    case 'y':
        ok = read_number(text, 2, 0, 99, &number);
        m->tm.tm_year = number < 69 ? number + 100 : number;
        return ok;
    case 'm':
        ok = read_number(text, 2, 1, 12, &number);
        m->tm.tm_mon = number - 1;
        return ok;
    case 'b':
    case 'h':
    case 'B':
        return read_name(text, months, 12, &m->tm.tm_mon);
    case 'a':
    case 'A':
        return read_name(text, days, 7, &number);
    case 'd':
    case 'e':
        return read_number(text, 2, 1, 31, &m->tm.tm_mday);
    case 'j':
        ok = read_number(text, 3, 1, 366, &m->tm.tm_mday);
        m->tm.tm_mon = 0; /* timegm() takes the 200th of January */
        return ok;
    case 'H':
        return read_number(text, 2, 0, 23, &m->tm.tm_hour);
    case 'I':
        return read_number(text, 2, 1, 12, &m->tm.tm_hour);
    case 'p':
    case 'P':
        return read_half(text, &m->half);
    case 'M':
        return read_number(text, 2, 0, 59, &m->tm.tm_min);
    case 'S':
        return read_number(text, 2, 0, 60, &m->tm.tm_sec);
    case 'L':
    case 'f':
    case 's':
        return read_fraction(text, &m->ns);
    case 'z':
    case 'Z':
        return read_zone(text, &m->zone);
    default: /* %n, %t and %% */
        ok = text->len > 0 && text->at[0] == (directive == 'n'   ? '\n'
                                              : directive == 't' ? '\t'
                                                                 : '%');
        *text = (struct str){text->at + ok, text->len - ok};
        return ok;
    }
}

static bool read_all(struct str format, struct str *text, struct moment *m)
{
    for (size_t i = 0; i < format.len; i++) {
        const char *parts = NULL;

        if (format.at[i] != '%') {
            if (text->len == 0 || text->at[0] != format.at[i])
                return false;
            *text = (struct str){text->at + 1, text->len - 1};
            continue;
        }
        if (++i == format.len)
            return false;
        parts = combined_format(format.at[i]);
        if (parts ? !read_all(str_of(parts), text, m) : !read_directive(format.at[i], text, m))
            return false;
    }
    return true;
}

bool time_format_read(struct str format, struct str text, int64_t *ns, struct error *err)
{
    struct moment m = {.tm = {.tm_year = 70, .tm_mday = 1}};
    struct str rest = text;
    int64_t seconds;

    if (!time_format_check(format, err))
        return false;
    if (!read_all(format, &rest, &m) || rest.len > 0)
        return error_set(err, "the text is not as %.*s says, at its character %zu", STR_ARG(format),
                         text.len - rest.len + 1);
    if (m.half > 0)
        m.tm.tm_hour = m.tm.tm_hour % 12 + (m.half == 2 ? 12 : 0);
    seconds = (int64_t)timegm(&m.tm) - m.zone;
    if (__builtin_mul_overflow(seconds, (int64_t)SECOND, ns) ||
        __builtin_add_overflow(*ns, m.ns, ns))
        return error_set(err, "so far from 1970 there is no time");
    return true;
}

/* ---- writing ---- */

static void write_directive(char directive, const struct moment *m, struct buf *out)
{
    const struct tm *tm = &m->tm;

    switch (directive) {
    case 'Y':
        buf_printf(out, "%04d", tm->tm_year + 1900);
        break;
    case 'y':
        buf_printf(out, "%02d", tm->tm_year % 100);
        break;
    case 'm':
        buf_printf(out, "%02d", tm->tm_mon + 1);
        break;
    case 'b':
    case 'h':
        buf_printf(out, "%.3s", months[tm->tm_mon]);
        break;
    case 'B':
        buf_printf(out, "%s", months[tm->tm_mon]);
        break;
    case 'a':
        buf_printf(out, "%.3s", days[tm->tm_wday]);
        break;
    case 'A':
        buf_printf(out, "%s", days[tm->tm_wday]);
        break;
    case 'd':
        buf_printf(out, "%02d", tm->tm_mday);
        break;
    case 'e':
        buf_printf(out, "%2d", tm->tm_mday);
        break;
    case 'j':
        buf_printf(out, "%03d", tm->tm_yday + 1);
        break;
    case 'H':
        buf_printf(out, "%02d", tm->tm_hour);
        break;
    case 'I':
        buf_printf(out, "%02d", tm->tm_hour % 12 == 0 ? 12 : tm->tm_hour % 12);
        break;
    case 'p':
        buf_printf(out, "%s", tm->tm_hour < 12 ? "AM" : "PM");
        break;
    case 'P':
        buf_printf(out, "%s", tm->tm_hour < 12 ? "am" : "pm");
        break;
    case 'M':
        buf_printf(out, "%02d", tm->tm_min);
        break;
    case 'S':
        buf_printf(out, "%02d", tm->tm_sec);
        break;
    case 'L':
        buf_printf(out, "%03d", (int)(m->ns / 1000000));
        break;
    case 'f':
        buf_printf(out, "%06d", (int)(m->ns / 1000));
        break;
    case 's':
        buf_printf(out, "%09d", (int)m->ns);
        break;
    case 'z':
        buf_append_str(out, STR("+0000"));
        break;
    case 'Z':
        buf_append_str(out, STR("UTC"));
        break;
    default:
        buf_append_char(out, directive == 'n' ? '\n' : directive == 't' ? '\t' : '%');
        break;
    }
}

static void write_all(struct str format, const struct moment *m, struct buf *out)
{
    for (size_t i = 0; i < format.len; i++) {
        const char *parts = NULL;

        if (format.at[i] != '%' || i + 1 == format.len) {
            buf_append_char(out, format.at[i]);
            continue;
        }
        parts = combined_format(format.at[++i]);
        if (parts)
            write_all(str_of(parts), m, out);
        else
            write_directive(format.at[i], m, out);
    }
}

void time_format_write(struct str format, int64_t ns, struct buf *out)
{
    struct moment m = {.ns = ns % SECOND};
    time_t seconds = (time_t)(ns / SECOND);

    if (m.ns < 0) {
        m.ns += SECOND;
        seconds--;
    }
    gmtime_r(&seconds, &m.tm);
    write_all(format, &m, out);
}
