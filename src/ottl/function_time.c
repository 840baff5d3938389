/*
 * Functions about times and durations.
 */
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "ottl/function_priv.h"
#include "ottl/time_format.h"

bool call_now(struct ottl_call *call)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    *call->value = (struct ottl_value){.type = OTTL_TIME,
                                       .integer = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec};
    return true;
}

/* "-1h2m3.5s": NULL, or the text behind what was understood. */
static const char *read_duration(const char *text, double *ns)
{
    static const struct {
        const char *name;
        double ns;
    } units[] = {{"ns", 1},   {"us", 1e3}, {"\xc2\xb5s", 1e3}, {"\xce\xbcs", 1e3},
                 {"ms", 1e6}, {"s", 1e9},  {"m", 60e9},        {"h", 3600e9}};
    bool minus = *text == '-', any = false;

    *ns = 0;
    text += *text == '-' || *text == '+';
    if (strcmp(text, "0") == 0)
        return NULL;
    while (*text) {
        char *end;
        double number;
        size_t len, unit = 0;

        if (!strchr("0123456789.", *text) || strchr("eExX", text[strspn(text, "0123456789.")]))
            return text; /* strtod would take 1e5 and 0x1 */
        number = strtod(text, &end);
        if (end == text)
            return text;
        len = strcspn(end, "0123456789.");
        while (unit < sizeof(units) / sizeof(units[0]) &&
               (strlen(units[unit].name) != len || memcmp(units[unit].name, end, len) != 0))
            unit++;
        if (unit == sizeof(units) / sizeof(units[0]))
            return text;
        *ns += number * units[unit].ns;
        text = end + len;
        any = true;
    }
    *ns = minus ? -*ns : *ns;
    return any ? NULL : text;
}

bool call_duration(struct ottl_call *call)
{
    char text[64];
    double ns;

    if (!function_want(call, &call->arguments[0], OTTL_STRING))
        return false;
    if (call->arguments[0].text.len < sizeof(text)) {
        memcpy(text, call->arguments[0].text.at, call->arguments[0].text.len);
        text[call->arguments[0].text.len] = '\0';
        if (!read_duration(text, &ns) && fabs(ns) < 0x1p63) {
            *call->value =
                (struct ottl_value){.type = OTTL_DURATION, .integer = (int64_t)round(ns)};
            return true;
        }
    }
    return error_set(call->run->err, "Duration: write it like \"200ms\", \"5s\" or \"1m30s\"");
}

#define CALL_DURATION_IN(name, give, number, ns)                                                   \
    bool name(struct ottl_call *call)                                                              \
    {                                                                                              \
        return function_want(call, &call->arguments[0], OTTL_DURATION) &&                          \
               give(call->value, (number)call->arguments[0].integer / (ns));                       \
    }
CALL_DURATION_IN(call_nanoseconds, give_int, int64_t, 1)
CALL_DURATION_IN(call_microseconds, give_int, int64_t, 1000)
CALL_DURATION_IN(call_milliseconds, give_int, int64_t, 1000000)
CALL_DURATION_IN(call_seconds, give_double, double, 1e9)
CALL_DURATION_IN(call_minutes, give_double, double, 60e9)
CALL_DURATION_IN(call_hours, give_double, double, 3600e9)

#define CALL_UNIX_IN(name, ns)                                                                     \
    bool name(struct ottl_call *call)                                                              \
    {                                                                                              \
        return function_want(call, &call->arguments[0], OTTL_TIME) &&                              \
               give_int(call->value, call->arguments[0].integer / (ns));                           \
    }
CALL_UNIX_IN(call_unix_nano, 1)
CALL_UNIX_IN(call_unix_micro, 1000)
CALL_UNIX_IN(call_unix_milli, 1000000)
CALL_UNIX_IN(call_unix_seconds, 1000000000)

bool call_time(struct ottl_call *call)
{
    struct error why;
    int64_t ns;

    if (!function_want(call, &call->arguments[0], OTTL_STRING) ||
        !function_want(call, &call->arguments[1], OTTL_STRING) ||
        !function_may_want(call, &call->arguments[2], OTTL_STRING))
        return false;
    if (call->arguments[2].type == OTTL_STRING && !str_is(call->arguments[2].text, "UTC"))
        return error_set(call->run->err, "Time: otelc knows no location but UTC");
    if (!time_format_read(call->arguments[1].text, call->arguments[0].text, &ns, &why))
        return error_set(call->run->err, "Time: %s", why.text);
    *call->value = (struct ottl_value){.type = OTTL_TIME, .integer = ns};
    return true;
}

bool call_format_time(struct ottl_call *call)
{
    struct buf text = {0};
    struct error why;

    if (!function_want(call, &call->arguments[0], OTTL_TIME) ||
        !function_want(call, &call->arguments[1], OTTL_STRING))
        return false;
    if (!time_format_check(call->arguments[1].text, &why))
        return error_set(call->run->err, "FormatTime: %s", why.text);
    time_format_write(call->arguments[1].text, call->arguments[0].integer, &text);
    give_text(call->value, arena_copy(ottl_run_arena(call->run), buf_str(&text)));
    buf_done(&text);
    return true;
}

bool call_unix(struct ottl_call *call)
{
    int64_t ns;

    if (!function_want(call, &call->arguments[0], OTTL_INT) ||
        !function_may_want(call, &call->arguments[1], OTTL_INT))
        return false;
    if (__builtin_mul_overflow(call->arguments[0].integer, 1000000000, &ns) ||
        (call->arguments[1].type == OTTL_INT &&
         __builtin_add_overflow(ns, call->arguments[1].integer, &ns)))
        return error_set(call->run->err, "Unix: so far from 1970 there is no time");
    *call->value = (struct ottl_value){.type = OTTL_TIME, .integer = ns};
    return true;
}
