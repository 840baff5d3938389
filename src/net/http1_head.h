/*
 * The head of an HTTP/1.1 request as text: where it ends, and what llhttp lets through that must
 * not be. RFC 9112.
 */
#pragma once

#include <stddef.h>

#include "base/str.h"
#include "net/refusal.h"

enum { HTTP1_LINE_MAX = 8 << 10 };

/* The length of the head that text begins with; 0 while its end has not come. Up to from it was
 * looked at before. */
size_t http1_head_end(struct str text, size_t from);

/* Whether a head without an end is too long already. max_fields: bytes behind its first line. */
enum refusal http1_head_unfinished(struct str text, size_t max_fields);

/* Checks a whole head: limits, lines, and what the parser does not check. */
enum refusal http1_head_check(struct str head, size_t max_fields);
