/*
 * The description of what a configuration runs, for pages that show it.
 */
#pragma once

#include "net/listen_set.h"
#include "pipeline/overview.h"
#include "service/configuration.h"

/*
 * A copy of all that it shows, with one reference. Endpoints are told as they are open in the
 * sockets, where they are; none of them is closed meanwhile.
 */
struct overview_graph *overview_graph_describe(const struct configuration *configuration,
                                               struct listen_set *sockets);
