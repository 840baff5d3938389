/*
 * Types of components for the tests of the configuration; none of them can be created.
 */
#pragma once

#include "pipeline/component.h"

struct fake_settings {
    uint64_t timeout_ms, size;
    const char *endpoint;
    const char *authenticator;
    struct {
        bool enabled;
        const char *endpoint;
    } grpc;
};

/* Receiver otlp, processor batch, exporters jaeger (traces only), debug (also: logging) and gauge
 * (no traces), extensions probe and guard (an authenticator for receivers only), connectors forward
 * and tally (traces or logs to metrics). */
extern const struct component_type *const fake_types[];
