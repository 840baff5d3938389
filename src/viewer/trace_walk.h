/*
 * A walk over the traces, from newer to older, with pauses. One that changes before it was seen,
 * and so moves, is seen at the end; thus each that is there all the time is seen, and none twice.
 * What comes new meanwhile is not seen. There is one walk at a time.
 */
#pragma once

#include <stdint.h>

#include "base/list.h"

struct held_trace;
struct trace_store;

struct trace_walk {
    struct list *next;  /* in store->traces; the head: there are those that were missed only */
    uint64_t at;        /* those with a lower seq have not been seen */
    struct list missed; /* those that have moved before they were seen */
};

void trace_walk_begin(struct trace_store *store);
struct held_trace *trace_walk_next(struct trace_store *store); /* NULL: no more */
void trace_walk_end(struct trace_store *store);
