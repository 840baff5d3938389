/*
 * `otelc replay FILE ... --to ENDPOINT`: sends what the file exporter has written.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "config/source.h"
#include "service/service.h"

struct replay_options {
    const char **files;
    size_t file_count, file_cap;
    const char *to; /* "http://host:4318": HTTP; "host:4317", "grpc://host:4317": gRPC */
    uint64_t rate;  /* spans, data points and log records in a second; 0: no limit */
    bool retime;    /* times are moved, so that the latest one is now */
    const struct source *sources; /* more settings of exporters.replay */
    size_t source_count;
    enum sandbox_mode sandbox;
    size_t memory_limit; /* bytes; 0: the default */
};

/* On the calling thread. Tells on stdout what was sent, and on stderr what was not. EXIT_FINE: all
 * was delivered. */
enum exit_code replay_run(const struct replay_options *options);
