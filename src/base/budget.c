/*
 * The memory budget: one atomic sum, held against one limit.
 */
#include "base/budget.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

static atomic_size_t used;
static atomic_size_t limit = SIZE_MAX;

bool budget_reserve(size_t size)
{
    size_t most = atomic_load_explicit(&limit, memory_order_relaxed);
    size_t before = atomic_fetch_add_explicit(&used, size, memory_order_relaxed);

    if (before <= most && size <= most - before)
        return true;
    budget_release(size);
    return false;
}

void budget_release(size_t size)
{
    atomic_fetch_sub_explicit(&used, size, memory_order_relaxed);
}

size_t budget_used(void)
{
    return atomic_load_explicit(&used, memory_order_relaxed);
}

size_t budget_limit(void)
{
    return atomic_load_explicit(&limit, memory_order_relaxed);
}

void budget_set_limit(size_t bytes)
{
    atomic_store_explicit(&limit, bytes > 0 ? bytes : budget_default(), memory_order_relaxed);
}

/* A file with one number; UINT64_MAX where it is missing or says "max". */
static uint64_t read_number(const char *path)
{
    unsigned long long number;
    FILE *file = fopen(path, "re");
    int got;

    if (!file)
        return UINT64_MAX;
    got = fscanf(file, "%llu", &number);
    fclose(file);
    return got == 1 ? number : UINT64_MAX;
}

size_t budget_default(void)
{
    uint64_t memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t v2 = read_number("/sys/fs/cgroup/memory.max");
    uint64_t v1 = read_number("/sys/fs/cgroup/memory/memory.limit_in_bytes");

    memory = v2 < memory ? v2 : memory;
    memory = v1 < memory ? v1 : memory;
    return (size_t)(memory / 5 * 4);
}
