/*
 * Memory that is given back all at once: what lives as long as one request, or one configuration.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#include "base/str.h"

struct arena;

/* An arena whose first block holds first_size bytes; further blocks are taken as needed. */
struct arena *arena_new(size_t first_size);
void arena_free(struct arena *arena); /* takes NULL */

/* Empty again; the first block is kept. */
void arena_reset(struct arena *arena);

/* Zeroed memory, aligned for any type; never NULL. It lives until the arena is freed. */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((malloc));

/* A copy with a NUL behind it, so that .at serves as a C string too. */
struct str arena_copy(struct arena *arena, struct str s);
const char *arena_text(struct arena *arena, const char *text);
const char *arena_lower(struct arena *arena, const char *text); /* ASCII letters in lower case */
const char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
