/*
 * What a plain scalar means: the types of YAML 1.2 as the users' files know them from Go's reader.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "config/node.h"

enum scalar_type { SCALAR_NULL, SCALAR_BOOL, SCALAR_NUMBER, SCALAR_STRING };

/* Of a node that is a scalar (or null). */
enum scalar_type scalar_type(const struct node *node);

/* Of a text, as if it stood there without quotes. */
enum scalar_type scalar_type_of(const char *text);

const char *scalar_what(enum scalar_type type); /* "a number" */

/* Each false, and *out as it was, where the text is no such value. true, True, TRUE; never yes or
 * on. */
bool scalar_bool(const char *text, bool *out);

/* 17, -3, 0x1f, 0o17, 0b11, 8_192, 1e3, 0.5, .inf, .nan */
bool scalar_number(const char *text, double *out);

/* As scalar_number, where the value is whole: its sign and its size. false also beyond 64 bits. */
bool scalar_whole(const char *text, bool *negative, uint64_t *out);
