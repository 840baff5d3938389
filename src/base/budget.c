/*
 * The memory budget: one atomic sum, held against one limit.
 */
#include "base/budget.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static atomic_size_t used;
static atomic_size_t limit = SIZE_MAX;

bool budget_reserve(size_t size)
{
    size_t most = atomic_load_explicit(&limit, memory_order_relaxed);
    size_t before = atomic_fetch_add_explicit(&used, size, memory_order_relaxed);

    if ((before <= most && size <= most - before) || size == 0)
        return true;
    budget_release(size);
    return false;
}

void budget_add(size_t size)
{
    atomic_fetch_add_explicit(&used, size, memory_order_relaxed);
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

bool budget_has_room(size_t size)
{
    size_t most = budget_limit(), now = budget_used();

    return now <= most && size <= most - now;
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

/* The least limit of a group of version 2 and of those that it is in. */
static uint64_t read_group(const char *group)
{
    char path[PATH_MAX];
    uint64_t least = UINT64_MAX, limit_here;
    size_t len = strcspn(group, "\n");

    for (;;) {
        if (snprintf(path, sizeof(path), "/sys/fs/cgroup%.*s/memory.max", (int)len, group) >=
            (int)sizeof(path))
            return least;
        limit_here = read_number(path);
        least = limit_here < least ? limit_here : least;
        while (len > 0 && group[len - 1] != '/')
            len--;
        if (len == 0)
            return least;
        len--; /* the slash */
    }
}

static uint64_t own_group_limit(void)
{
    FILE *file = fopen("/proc/self/cgroup", "re");
    uint64_t found = UINT64_MAX;
    char line[PATH_MAX];

    while (file && fgets(line, sizeof(line), file))
        if (strncmp(line, "0::", 3) == 0)
            found = read_group(line + 3);
    if (file)
        fclose(file);
    return found;
}

size_t budget_memory(void)
{
    uint64_t memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t v2 = own_group_limit();
    uint64_t v1 = read_number("/sys/fs/cgroup/memory/memory.limit_in_bytes");

    memory = v2 < memory ? v2 : memory;
    memory = v1 < memory ? v1 : memory;
    return (size_t)memory;
}

size_t budget_default(void)
{
    return budget_memory() / 5 * 4;
}
