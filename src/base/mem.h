/*
 * Memory for small things of our own. Running out of it ends the program with a message: sizes that
 * come from outside are held against a limit and the budget (base/budget.h) before they get here.
 */
#pragma once

#include <stddef.h>

/* Each returns memory that free() takes back, never NULL. */
void *mem_alloc(size_t size) __attribute__((malloc, warn_unused_result));
void *mem_zero(size_t size) __attribute__((malloc, warn_unused_result));
void *mem_grow(void *old, size_t size) __attribute__((warn_unused_result));
char *mem_text(const char *text) __attribute__((malloc, warn_unused_result));

/* For an array that grows by one: room for count + 1 elements of size bytes, doubling. *cap counts
 * elements. */
void *mem_room(void *array, size_t count, size_t *cap, size_t size)
    __attribute__((warn_unused_result));
