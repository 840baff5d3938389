/*
 * One account for all memory whose size comes from outside: bodies, indexes, batches, queues,
 * output that waits. It is reserved before it is allocated; where there is no room the request is
 * refused, retryably, and the process goes on. Any thread may call; the sums are atomic.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Takes size bytes from the budget: false, and nothing taken, where that goes beyond the limit. */
bool budget_reserve(size_t size);

/* Gives back what was reserved. */
void budget_release(size_t size);

size_t budget_used(void);
size_t budget_limit(void);

/* Before the workers start; 0 stands for budget_default(). */
void budget_set_limit(size_t limit);

/* 80 % of what the cgroup allows, or of the machine's memory, in bytes. */
size_t budget_default(void);
