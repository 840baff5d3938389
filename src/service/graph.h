/*
 * The components of one worker: the generation that runs, and what has retired and still gives away
 * what it holds.
 *
 *     graph_prepare --> graph_commit   what is not in the new generation retires: receivers stop at
 *                |                     once, data flows out, then it is destroyed
 *                '----> graph_abort    what has been made retires
 *     graph_drain                      everything retires
 *     graph_finish                     the extensions of the last generation send what they have
 */
#pragma once

#include "base/error.h"
#include "pipeline/worker.h"
#include "service/configuration.h"

struct graph;

/* All on the worker's thread. NULL and *err: something cannot be made or started, and nothing is
 * left. */
struct graph *graph_start(struct configuration *configuration, struct worker *worker,
                          struct error *err);

/*
 * Makes and starts what the configuration has and the running one has not. True: it has to be
 * committed, or aborted (another worker cannot); what the running one passes on meanwhile may
 * already come to what is new. False and *err: it cannot be, and is aborted.
 */
bool graph_prepare(struct graph *graph, struct configuration *configuration, struct error *err);
void graph_commit(struct graph *graph);
void graph_abort(struct graph *graph);

/* drained comes once, on the worker's thread, at once or later. */
void graph_drain(struct graph *graph, void (*drained)(void *arg), void *arg);

/*
 * The last thing before graph_free(), when the graphs of all workers are drained or have had their
 * time: extensions may still send. finished comes once, at once or later, or never where
 * graph_free() comes first.
 */
void graph_finish(struct graph *graph, void (*finished)(void *arg), void *arg);

/* Items that are lost when it is freed now: acknowledged, not passed on, and not on disk. */
size_t graph_held(const struct graph *graph);

/* What it holds is lost, or stays on disk. Takes NULL. */
void graph_free(struct graph *graph);
