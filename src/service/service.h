/*
 * Runs a configuration until a signal ends it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/sandbox.h"
#include "service/configuration.h"

enum exit_code { /* of the program */
                 EXIT_FINE = 0,
                 EXIT_CONFIGURATION = 1,
                 EXIT_UNHEALTHY = 1, /* of `otelc health`: as HEALTHCHECK wants it */
                 EXIT_USAGE = 2,
                 EXIT_RUN_TIME =
                     3 /* it could not start, or it ended with spans that were not delivered */
};

struct service_options {
    unsigned workers;             /* 0: as the configuration says, or the CPUs that it may use */
    uint64_t shutdown_timeout_ms; /* UINT64_MAX: as the configuration says */
    enum sandbox_mode sandbox;
    size_t memory_limit;          /* bytes; 0: as the configuration says */
    const struct source *sources; /* of the configuration, for SIGHUP; borrowed */
    size_t source_count;
    const struct problems *problems; /* of the configuration: to be logged */
    bool watch; /* reloads when a file that the configuration was read from changes, too */
};

/*
 * Starts everything, waits for SIGTERM or SIGINT, drains, ends; SIGHUP reloads the sources. On the
 * calling thread, which becomes the control thread. Problems are logged.
 */
enum exit_code service_run(struct configuration *configuration,
                           const struct service_options *options);
