/*
 * service.telemetry.logs: from its keys to what the log wants.
 */
#pragma once

#include "base/log.h"
#include "config/field.h"

struct telemetry_resource;

struct logs_settings {
    unsigned level, encoding;
    bool disable_caller, disable_zap_resource;
    struct logs_sampling {
        bool enabled;
        uint64_t tick_ms, initial, thereafter;
    } sampling;
    struct string_list output_paths, error_output_paths;
    const struct node *initial_fields; /* NULL: none */
};

extern const struct field logs_fields[];

/* node: of the keys, or NULL. Texts go to the arena, which has to outlive the result. */
struct log_settings logs_settings_read(const struct logs_settings *settings,
                                       const struct node *node,
                                       const struct telemetry_resource *resource,
                                       struct arena *arena, struct problems *problems);
