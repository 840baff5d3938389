/*
 * The exporter that replay sends by: otlp or otlphttp, as the endpoint tells, with settings of our
 * own and those that the command line adds.
 */
#pragma once

#include "service/configuration.h"

/*
 * A configuration with one exporter, "replay" or what is listed in the problems: NULL. to: the
 * endpoint; sources: --set of exporters.replay, or whole files.
 */
struct configuration *replay_target_load(const char *to, const struct source *sources, size_t count,
                                         struct problems *problems);

/* The exporter of such a configuration. */
const struct component_entry *replay_target_exporter(const struct configuration *configuration);
