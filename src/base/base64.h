/*
 * Base64 (RFC 4648).
 */
#pragma once

#include <stdbool.h>

#include "base/buf.h"

/* Appends the standard alphabet's letters. */
void base64_append(struct buf *out, struct str bytes, bool padded);

/*
 * Decodes either alphabet, with or without padding, to at most text.len * 3 / 4 bytes; to may be
 * where the text is. False: not base64.
 */
bool base64_decode(struct str text, char *to, size_t *len);
