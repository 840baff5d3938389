/*
 * A stage for one component: a worker with a loop, batches to hand in, and an exporter that records
 * what comes out and answers as the test tells it.
 */
#pragma once

#include "pipeline/component.h"
#include "pipeline/worker.h"

struct recorder { /* an exporter that is never destroyed by a graph */
    struct component base;
    struct result answer; /* what consume says */
    size_t batches, items;
    size_t last_items; /* of the batch that came last */
    char names[4096];  /* of the spans that were accepted, in order, with a blank behind each */
};

struct stage {
    uv_loop_t loop;
    struct worker worker;
    struct recorder out;
    size_t drained; /* calls of on_drained */
};

void stage_init(struct stage *stage);

/* Closes what is left, runs the loop until every handle is closed. */
void stage_done(struct stage *stage);

/* Runs the loop until the condition holds; fails the test after ten seconds. */
#define STAGE_RUN_UNTIL(stage, condition)                                                          \
    do {                                                                                           \
        uint64_t deadline = uv_hrtime() + 10000000000u;                                            \
        while (!(condition)) {                                                                     \
            ck_assert_msg(uv_hrtime() < deadline, "waited for %s", #condition);                    \
            stage_turn(stage);                                                                     \
        }                                                                                          \
    } while (0)

/* One turn of the loop, of some milliseconds at the most. */
void stage_turn(struct stage *stage);

void recorder_init(struct recorder *recorder, const char *where);

/* A batch of spans with one resource and scope, named "s<first>", "s<first + 1>" ...: one
 * reference. */
struct batch *stage_batch(unsigned first, unsigned count);

/* What recorder.names has after those: "s<first> s<first + 1> "; good until the next call. */
const char *stage_names(unsigned first, unsigned count);

/* The exporter refuses for now, or takes all. */
void stage_refuse(struct stage *stage, bool refuses);

/* Hands it in and gives the reference up. */
struct result stage_hand_in(struct component *component, struct batch *batch);

/* For drain(): counts in stage->drained, of the stage that was initialized last. */
void stage_on_drained(struct component *component);
