/*
 * Blocks in a chain, each at least as large as the one before; the newest is filled from its front.
 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

enum { ALIGNMENT = alignof(max_align_t) };

struct block {
    struct block *older;
    size_t used, size; /* bytes of data */
    alignas(ALIGNMENT) char data[];
};

struct arena {
    struct block *newest;
};

enum { HEAD = (sizeof(struct arena) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT };

static struct block *block_new(struct block *older, size_t size)
{
    struct block *block = mem_alloc(sizeof(*block) + size);

    *block = (struct block){.older = older, .size = size};
    return block;
}

struct arena *arena_new(size_t first_size)
{
    /* The arena itself is the first thing in its first block. */
    struct block *block = block_new(NULL, first_size + sizeof(struct arena) + ALIGNMENT);
    struct arena *arena = (void *)block->data;

    block->used = HEAD;
    *arena = (struct arena){.newest = block};
    return arena;
}

void arena_free(struct arena *arena)
{
    struct block *older;

    if (!arena)
        return;
    for (struct block *block = arena->newest; block; block = older) {
        older = block->older;
        free(block);
    }
}

void arena_reset(struct arena *arena)
{
    struct block *block = arena->newest, *older;

    for (; block->older; block = older) {
        older = block->older;
        free(block);
    }
    block->used = HEAD;
    arena->newest = block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    struct block *block = arena->newest;
    size_t whole = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    void *memory;

    if (block->size - block->used < whole || whole < size) {
        size_t next = block->size * 2 > whole ? block->size * 2 : whole;

        block = block_new(block, next);
        arena->newest = block;
    }
    memory = block->data + block->used;
    block->used += whole;
    return memset(memory, 0, whole);
}

struct str arena_copy(struct arena *arena, struct str s)
{
    char *copy = arena_alloc(arena, s.len + 1);

    if (s.len > 0)
        memcpy(copy, s.at, s.len);
    return (struct str){copy, s.len};
}

const char *arena_text(struct arena *arena, const char *text)
{
    return arena_copy(arena, str_of(text)).at;
}

const char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args, again;
    char *text;
    int len;

    va_start(args, format);
    va_copy(again, args);
    len = vsnprintf(NULL, 0, format, args);
    text = arena_alloc(arena, (size_t)(len > 0 ? len : 0) + 1);
    vsnprintf(text, (size_t)(len > 0 ? len : 0) + 1, format, again);
    va_end(again);
    va_end(args);
    return text;
}

const char *arena_lower(struct arena *arena, const char *text)
{
    char *lower = arena_alloc(arena, strlen(text) + 1);

    for (size_t i = 0; text[i]; i++)
        lower[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] | 0x20) : text[i];
    return lower;
}
