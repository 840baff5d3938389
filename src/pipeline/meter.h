/*
 * Counts what goes by a joint between a pipeline and a connector, for each pipeline:
 *
 *     pipeline traces --> [meter] --> connector --> [meter] --> pipeline metrics
 *                                         '-------> [meter] --> pipeline metrics/2
 */
#pragma once

#include "pipeline/component.h"

enum meter_side { METER_INTO_CONNECTOR, METER_OUT_OF_CONNECTOR };

/*
 * Passes on what comes to it, and counts what next accepts. next is borrowed; where, for the log,
 * too. The connector's and the pipeline's ids are copied.
 */
struct component *meter_new(enum meter_side side, const char *connector, const char *pipeline,
                            enum signal signal, struct component *next, const char *where);
