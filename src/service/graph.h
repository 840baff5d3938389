/*
 * The components of one worker: the generation that runs, and what has retired and still gives away
 * what it holds.
 *
 *     graph_prepare --> graph_commit   what is not in the new generation retires: receivers stop at
 *                |                     once, data flows out, then it is destroyed
 *                '----> graph_abort    what has been made retires
 *     graph_drain                      everything retires
 */
#pragma once

#include "base/error.h"
#include "pipeline/worker.h"
#include "service/configuration.h"

struct graph;

/* All on the worker's thread. */
struct graph *graph_new(struct worker *worker);

/*
 * Makes and starts what the configuration has and the running one has not. False and *err: it
 * cannot be. Then, and where another worker cannot, it has to be aborted; else committed.
 */
bool graph_prepare(struct graph *graph, struct configuration *configuration, struct error *err);
void graph_commit(struct graph *graph);
void graph_abort(struct graph *graph);

/* Components that go on read again the files that their settings name. */
void graph_reread(struct graph *graph);

/* Both of the first, for a start; NULL and *err: it cannot be, and nothing is left. */
struct graph *graph_start(struct configuration *configuration, struct worker *worker,
                          struct error *err);

/* drained comes once, on the worker's thread, at once or later. */
void graph_drain(struct graph *graph, void (*drained)(void *arg), void *arg);

/* Items that are lost when it is freed now: acknowledged, not passed on, and not on disk. */
size_t graph_held(const struct graph *graph);

/* What it holds is lost, or stays on disk. Takes NULL. */
void graph_free(struct graph *graph);
