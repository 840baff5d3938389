/*
 * Base64, RFC 4648, 4.
 */
#pragma once

#include <stdbool.h>

#include "base/buf.h"

/* Appends what a text stands for, padded or not: false where it is not base64. */
bool base64_read(struct str text, struct buf *out);

void base64_write(struct buf *out, struct str bytes, bool padded);
