/*
 * One stream of batches to several components, which share the bytes.
 */
#pragma once

#include "pipeline/component.h"

/*
 * Hands each batch to all of them. One that refuses for now gets the batch again, alone, until it
 * takes it; meanwhile new batches are refused for now, so that none of them loses data and none
 * gets it twice. The targets array is copied, the targets are borrowed. where: for the log,
 * borrowed.
 */
struct component *fanout_new(struct worker *worker, struct component *const *targets, size_t count,
                             const char *where);
