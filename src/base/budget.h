/*
 * One account for all memory whose size comes from outside: bodies, indexes, batches, queues,
 * output that waits. It is reserved before it is allocated; where there is no room the request is
 * refused, retryably, and the process goes on. Any thread may call; the sums are atomic.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * Takes size bytes from the budget: false, and nothing taken, where that goes beyond the limit.
 * Nothing can always be taken, also where what was added has gone beyond it.
 */
bool budget_reserve(size_t size);

/*
 * Counts size bytes in any case, beyond the limit too: for what makes room by being used (what
 * batches are encoded with) or is small. Until it is released, others get less.
 */
void budget_add(size_t size);

/* Gives back what was reserved or added. */
void budget_release(size_t size);

size_t budget_used(void);
size_t budget_limit(void);

/* Whether budget_reserve() would succeed now. */
bool budget_has_room(size_t size);

/* At any time; 0 stands for budget_default(). What is used already stays. */
void budget_set_limit(size_t limit);

/* What the cgroup allows, or the machine's memory, in bytes. */
size_t budget_memory(void);

/* A process with less would do little: budgets that users set are at least this. */
enum { BUDGET_LEAST = 16 << 20 };

/* 80 % of that memory. */
size_t budget_default(void);
