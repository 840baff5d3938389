/*
 * A processor that holds the spans of a trace together for a while, then decides whether it goes
 * on:
 *
 *     consume -> table of traces --- their time has come ---> decide --yes--> next
 *                      |                                        |
 *                      '--- there are too many: the oldest -----'--no--> dropped
 *
 * All traces that go on at a time go on as one batch, each with its spans together. What the next
 * one refuses for now is kept; then no trace is decided, and nothing more is taken. What was
 * decided of a trace is remembered for spans that come late.
 *
 * At its bounds (so many traces; a quarter of the memory budget) it decides the oldest traces
 * early, with what is there, or refuses for now: nothing is dropped that was not decided.
 */
#pragma once

#include "base/log.h"
#include "pipeline/component.h"
#include "pipeline/worker.h"
#include "processors/keeper_metrics.h"
#include "processors/trace_ids.h"
#include "processors/trace_table.h"

struct keeper_settings {
    uint64_t wait_ms;                    /* from a trace's first span on */
    uint64_t root_wait_ms;               /* from its root span on; 0: that does not matter */
    uint64_t most_traces;                /* of all workers together, as the next two */
    uint64_t most_sampled, most_dropped; /* traces whose decision is remembered; 0: none is */
    uint64_t most_trace_bytes;           /* of spans: a larger trace is dropped; 0: no limit */
    bool refuse_at_bounds;
    bool drop_at_end;
    bool groups; /* groupbytrace, whose metrics have other names */
};

struct trace_keeper;

/* Whether a trace goes on. */
typedef bool trace_decide_fn(struct trace_keeper *self, const struct batch *spans, uint64_t now_ms);

struct trace_keeper {
    struct component base;
    struct keeper_settings settings; /* of this worker: its share */
    trace_decide_fn *decide;
    void (*free)(struct trace_keeper *self); /* when its handles are closed */
    struct worker *worker;
    struct trace_table table;
    struct list rooted;                  /* traces whose root has come, in that order */
    struct trace_ids *sampled, *dropped; /* or NULL */
    struct batch *out;                   /* goes on next, or is stuck; owned */
    bool stuck;
    uv_timer_t timer; /* runs while anything is held */
    component_drained_cb *drained;
    bool ended; /* it was drained: what comes now is decided at once */
    struct keeper_metrics metrics;
    struct log_limit early_log, large_log, rejected_log;
};

/* In a zeroed struct. Borrows the worker. */
void trace_keeper_init(struct trace_keeper *self, const struct keeper_settings *settings,
                       trace_decide_fn *decide, void (*free_)(struct trace_keeper *self),
                       struct worker *worker);

/* The component's functions. */
struct result trace_keeper_consume(struct component *base, struct batch *batch);
void trace_keeper_drain(struct component *base, component_drained_cb *drained);
size_t trace_keeper_held(const struct component *base);
void trace_keeper_destroy(struct component *base);
