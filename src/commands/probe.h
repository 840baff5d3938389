/*
 * `otelc health`: asks a running collector whether it takes data, for where there is no shell and
 * no curl to ask with, as in the image.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define PROBE_URL "http://localhost:13133/"

enum { PROBE_TIMEOUT_MS = 3000 };

struct probe {
    const char *url;     /* http://host:port/path */
    uint64_t timeout_ms; /* for all but looking up the name; not 0 */
    bool if_served;      /* where nothing listens, all is well */
};

/* Whether it answers 200; *err says what it does instead. */
bool probe_run(const struct probe *probe, struct error *err);
