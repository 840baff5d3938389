/*
 * What the health_check extension answers.
 */
#pragma once

#include "base/buf.h"
#include "pipeline/worker.h"

struct health {
    enum phase phase;
    uint64_t since_unix_ns; /* of the phase */
    uint64_t for_ns;        /* how long it has lasted */
    uint64_t start_unix_ns; /* of the component */
};

/* {"status":"Server available","upSince":"2026-01-02T03:04:05Z","uptime":"1.49s"} */
void health_write(struct buf *out, const struct health *health);

/* {"start_time":...,"healthy":true,"status":"StatusOK","status_time":...}: of version 2. */
void health_write_v2(struct buf *out, const struct health *health);
