/*
 * The settings of the zpages extension. Keys and defaults: docs/configuration.md, "extensions:
 * zpages".
 */
#pragma once

#include "pipeline/pages.h"

struct zpages_settings {
    struct pages_settings pages; /* the first, as its fields count from there */
};

extern const struct field zpages_fields[];

void zpages_check_settings(void *settings, const struct node *node, struct problems *problems);
