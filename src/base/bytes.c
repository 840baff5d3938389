/*
 * Shared bytes.
 */
#include "base/bytes.h"

#include <assert.h>
#include <stdlib.h>

#include "base/budget.h"
#include "base/mem.h"

enum { TRIM_MIN = 4096 };

static size_t cost(size_t cap)
{
    return sizeof(struct bytes) + cap;
}

struct bytes *bytes_new(size_t cap)
{
    struct bytes *bytes;

    if (cap > SIZE_MAX / 2 || !budget_reserve(cost(cap)))
        return NULL;
    bytes = mem_alloc(cost(cap));
    atomic_init(&bytes->refs, 1);
    bytes->len = 0;
    bytes->cap = cap;
    return bytes;
}

struct bytes *bytes_from(struct buf *buf)
{
    struct bytes *bytes = (struct bytes *)(void *)buf->at;

    assert(buf->len >= BYTES_HEAD);
    atomic_init(&bytes->refs, 1);
    bytes->len = buf->len - BYTES_HEAD;
    bytes->cap = buf->cap - BYTES_HEAD;
    *buf = (struct buf){0};
    return bytes;
}

struct bytes *bytes_grow(struct bytes *bytes, size_t cap)
{
    if (cap <= bytes->cap)
        return bytes;
    if (cap > SIZE_MAX / 2 || !budget_reserve(cap - bytes->cap))
        return NULL;
    bytes = mem_grow(bytes, cost(cap));
    bytes->cap = cap;
    return bytes;
}

struct bytes *bytes_trim(struct bytes *bytes)
{
    size_t unused = bytes->cap - bytes->len;

    if (unused <= TRIM_MIN || unused <= bytes->cap / 8)
        return bytes;
    bytes = mem_grow(bytes, cost(bytes->len));
    bytes->cap = bytes->len;
    budget_release(unused);
    return bytes;
}

struct bytes *bytes_ref(struct bytes *bytes)
{
    atomic_fetch_add_explicit(&bytes->refs, 1, memory_order_relaxed);
    return bytes;
}

void bytes_unref(struct bytes *bytes)
{
    if (!bytes || atomic_fetch_sub_explicit(&bytes->refs, 1, memory_order_acq_rel) > 1)
        return;
    budget_release(cost(bytes->cap));
    free(bytes);
}
