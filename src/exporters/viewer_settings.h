/*
 * The settings of the viewer. Keys and defaults: docs/configuration.md, "exporters: viewer".
 */
#pragma once

#include "pipeline/component.h"
#include "pipeline/server_settings.h"

struct viewer_settings {
    struct http_settings server; /* the first, as its fields count from there */
    struct string_list allowed_hosts;
    uint64_t max_memory_mib;
    uint64_t max_traces;

    const char *host; /* made by the check: the endpoint without the words in front of it */
};

extern const struct field viewer_fields[];

void viewer_check(void *settings, const struct node *node, struct problems *problems);
