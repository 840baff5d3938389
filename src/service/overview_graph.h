/*
 * The description of what a configuration runs, for pages that show it.
 */
#pragma once

#include "pipeline/overview.h"
#include "service/configuration.h"

/* A copy of all that it shows, with one reference. */
struct overview_graph *overview_graph_describe(const struct configuration *configuration);
