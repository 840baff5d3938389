/*
 * A new configuration in place of the one that runs.
 */
#pragma once

#include <stdbool.h>

#include "service/configuration.h"
#include "service/crew.h"
#include "service/graph.h"

/* Logs what is to be said about a configuration that is in force, or was to be. */
void reload_tell(const struct problems *problems);

/*
 * Loads the sources again and brings all workers to what they say: components whose settings have
 * not changed go on, the others give their data away and end. True: *current is the new one. False:
 * nothing has changed, and the log says why. On the control thread; graphs: one for each worker.
 */
bool reload(struct crew *crew, struct graph **graphs, const struct source *sources, size_t count,
            struct configuration **current);
