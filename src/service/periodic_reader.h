/*
 * A reader of service.telemetry.metrics that is `periodic`: it sends the metrics.
 */
#pragma once

#include "config/field.h"

struct loader;
struct metrics_sender_settings;
struct telemetry_resource;

struct periodic_reader {
    bool enabled;
    uint64_t interval_ms, timeout_ms;
    struct periodic_exporter {
        struct otlp_reader {
            bool enabled;
            unsigned protocol;
            const char *endpoint; /* NULL: on this machine */
            bool insecure;
            struct header_list headers;
            const char *headers_list; /* NULL: none */
            unsigned compression;
            uint64_t timeout_ms;
            const char *certificate, *client_certificate, *client_key;
            unsigned temporality, histograms;
        } otlp;
        struct console_reader {
            bool enabled;
        } console;
    } exporter;
};

extern const struct field periodic_fields[]; /* for FIELD_SWITCH "periodic" */

/* What the sender is to have, in the loader's arena; NULL: told what is wrong. node: of `periodic`.
 */
struct metrics_sender_settings *periodic_reader_load(struct loader *l,
                                                     const struct periodic_reader *reader,
                                                     const struct node *node,
                                                     const struct telemetry_resource *resource);
