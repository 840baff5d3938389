/*
 * The exporter that replay and generate send by: otlp or otlphttp, as the endpoint tells, with
 * settings of our own and those that the command line adds.
 */
#pragma once

#include "service/configuration.h"

struct outbound_target {
    const char *name;    /* of the exporter: "replay" */
    const char *to;      /* "http://host:4318": HTTP; "host:4317", "grpc://host:4317": gRPC */
    unsigned patience_s; /* how long a request is tried again */
    const struct source *sources; /* --set of exporters.otlp/NAME, or whole files */
    size_t source_count;
};

/* A configuration with one exporter. NULL: the problems say why. */
struct configuration *outbound_target_load(const struct outbound_target *target,
                                           struct problems *problems);

/* The exporter of such a configuration. */
const struct component_entry *outbound_target_exporter(const struct configuration *configuration);
