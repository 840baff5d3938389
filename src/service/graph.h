/*
 * The components of one worker, joined as the configuration's pipelines say:
 *
 *     level 3   receiver ---.                    (a receiver of two pipelines feeds a fan-out)
 *     level 2               '--> processor
 *     level 1                        '--> fan-out
 *     level 0                                '--> exporter, exporter
 *
 * Extensions are made and started before all of these, and destroyed behind them.
 * Started from level 0 upwards, drained from the top downwards, each level when the one above is
 * done.
 */
#pragma once

#include "base/error.h"
#include "pipeline/worker.h"
#include "service/configuration.h"

struct graph;

/* All on the worker's thread. NULL and *err: a component cannot be made or started; nothing is
 * left. */
struct graph *graph_start(const struct configuration *configuration, struct worker *worker,
                          struct error *err);

/* drained comes once, on the worker's thread, at once or later. */
void graph_drain(struct graph *graph, void (*drained)(void *arg), void *arg);

/* Items that it holds: acknowledged, not yet passed on. */
size_t graph_held(const struct graph *graph);

/* What it holds is lost. Takes NULL. */
void graph_free(struct graph *graph);
