/*
 * One stream of batches to several components, which share the bytes.
 */
#pragma once

#include "pipeline/component.h"

/* Of the memory budget, 1 / FANOUT_PART is what all fan-outs of the process may keep for those of
 * their targets that cannot keep up. */
enum { FANOUT_PART = 4 };

/*
 * Hands each batch to all of them. For one that refuses for now they are kept, in order, until it
 * takes them, while the others go on; only where that would be too much in memory, new batches are
 * refused for now. So none of them loses data, and none gets it twice. The targets array is copied,
 * the targets are borrowed. where: for the log, borrowed.
 */
struct component *fanout_new(struct worker *worker, struct component *const *targets, size_t count,
                             const char *where);
