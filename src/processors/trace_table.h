/*
 * Spans that wait for the others of their trace: a table of traces by their ids, and a list of them
 * in the order in which their first spans came.
 *
 * Spans are held as slices of payloads. A payload lives as long as one of its spans is held, which
 * is no longer than a trace waits: all of its spans have come at the same time.
 */
#pragma once

#include "base/list.h"
#include "otlp/batch.h"

struct trace {
    struct list node;   /* in table->traces */
    struct list rooted; /* for the user of the table: in a list of its own, or alone */
    struct trace *next; /* in its chain */
    uint64_t hash;
    uint64_t came_ms, rooted_ms;
    size_t memory;       /* bytes: its part of the payloads, and what the table has for it */
    struct batch *spans; /* owned */
    char id[16];
};

struct trace_table { /* to be read only */
    struct list traces;
    size_t count, memory;
    size_t chain_count; /* a power of two */
    struct trace **chains;
    uint64_t secret[2]; /* nobody can choose ids that all fall into one chain */
};

void trace_table_init(struct trace_table *table);
void trace_table_done(struct trace_table *table); /* drops what is held */

/* id: of 16 bytes. */
uint64_t trace_table_hash(const struct trace_table *table, struct str id);

/* NULL: it is not there. */
struct trace *trace_table_find(const struct trace_table *table, struct str id, uint64_t hash);

/* One that is not there, without spans. */
struct trace *trace_table_add(struct trace_table *table, struct str id, uint64_t hash,
                              uint64_t now_ms);

/* Adds spans of a payload to a trace. */
void trace_table_put(struct trace_table *table, struct trace *trace, struct payload *payload,
                     uint32_t first, uint32_t count);

/* Takes the trace out: its spans, one reference. The trace is gone. */
struct batch *trace_table_take(struct trace_table *table, struct trace *trace);

/* Calls fn for each run of spans of one trace, in the order of the batch. */
typedef void trace_run_fn(void *arg, struct str id, struct payload *payload, uint32_t first,
                          uint32_t count);
void trace_runs(const struct batch *batch, trace_run_fn *fn, void *arg);
