/*
 * Numbers as they stand in JSON: to integers without losing a digit, to doubles as exactly as a
 * double is.
 */
#pragma once

#include <stdbool.h>

#include "base/str.h"

/* The length of the number that the text begins with; 0: none. */
size_t json_number_len(struct str text);

/* An integer from a number, which may be written 1.0 or 1e3 as well. NULL: taken; else a constant
 * that says what is wrong. */
const char *json_integer(struct str number, bool *negative, uint64_t *magnitude);

/* A double from a number. A byte behind the number must be there, and can be no part of it. False:
 * larger than any double. */
bool json_double(struct str number, double *value);
