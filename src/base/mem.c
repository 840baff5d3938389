/*
 * Allocation that does not return NULL.
 */
#include "base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *or_die(void *memory, size_t size)
{
    if (!memory) {
        fprintf(stderr, "otelc: out of memory (%zu bytes)\n", size);
        abort();
    }
    return memory;
}

void *mem_alloc(size_t size)
{
    return or_die(malloc(size > 0 ? size : 1), size);
}

void *mem_zero(size_t size)
{
    return or_die(calloc(1, size > 0 ? size : 1), size);
}

void *mem_grow(void *old, size_t size)
{
    return or_die(realloc(old, size > 0 ? size : 1), size);
}

char *mem_text(const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(mem_alloc(size), text, size);
}

void *mem_room(void *array, size_t count, size_t *cap, size_t size)
{
    if (count < *cap)
        return array;
    *cap = *cap > 0 ? *cap * 2 : 8;
    return mem_grow(array, *cap > SIZE_MAX / size ? SIZE_MAX : *cap * size);
}
