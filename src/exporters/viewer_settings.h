/*
 * The settings of the viewer. Keys and defaults: docs/configuration.md, "exporters: viewer".
 */
#pragma once

#include "pipeline/component.h"
#include "pipeline/pages.h"

struct viewer_settings {
    struct pages_settings pages; /* the first, as its fields count from there */
    uint64_t max_memory_mib;
    uint64_t max_traces;
};

extern const struct field viewer_fields[];

void viewer_check(void *settings, const struct node *node, struct problems *problems);
