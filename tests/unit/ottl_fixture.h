/*
 * One rich span, its event, a metric and a log record, for conditions to be told of.
 */
#pragma once

#include "ottl/ottl.h"

extern struct ottl_data ottl_data; /* between ottl_begin() and ottl_end() */

void ottl_begin(void);
void ottl_end(void);

/* Tells the condition of that data. why: a part of the error, or NULL. */
void ottl_expect(enum ottl_context context, const char *text, enum ottl_verdict wanted,
                 const char *why);
