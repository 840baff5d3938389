/*
 * Filling in a struct error.
 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

bool error_set(struct error *err, const char *format, ...)
{
    va_list args;

    if (!err)
        return false;
    va_start(args, format);
    vsnprintf(err->text, sizeof(err->text), format, args);
    va_end(args);
    return false;
}

bool error_prefix(struct error *err, const char *prefix)
{
    struct error old = *err;

    return error_set(err, "%s: %s", prefix, old.text);
}
