/*
 * Text as a string of JSON.
 */
#pragma once

#include "base/buf.h"

/* Appends text as a string, in quotes; bytes that are not UTF-8 become U+FFFD. */
void json_write_string(struct buf *out, struct str text);
