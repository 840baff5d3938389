/*
 * service.telemetry.metrics.
 */
#pragma once

#include "config/field.h"

struct loader;
struct telemetry_resource;

struct metrics_settings {
    unsigned level; /* enum metric_level */
    struct block_list readers;
    const char *address; /* the old form of a reader; NULL: none */
};

extern const struct field metrics_fields[]; /* for FIELD_BLOCK "metrics" */

/*
 * Checks what the table cannot say, and adds a metrics_page for each reader that pulls, and a
 * metrics_sender for each that is periodic, to the configuration's extensions, which are known.
 */
void metrics_settings_load(struct loader *l, const struct metrics_settings *settings,
                           const struct telemetry_resource *resource);
