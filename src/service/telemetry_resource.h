/*
 * service.telemetry.resource: what this program says of itself, in its metrics and its log.
 */
#pragma once

#include "config/field.h"

enum { RESOURCE_MAX = 64 };

struct telemetry_resource {
    struct text_pair at[RESOURCE_MAX]; /* value NULL: it was taken away */
    size_t count;
};

/* service.name, service.version and service.instance.id, and what the node, a map or NULL, has. */
void telemetry_resource_read(struct telemetry_resource *resource, const struct node *node,
                             struct problems *problems);
