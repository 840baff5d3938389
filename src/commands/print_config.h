/*
 * `otelc print-config`: the configuration in force.
 */
#pragma once

#include <stdbool.h>

struct configuration;

struct print_options {
    bool revealed; /* secrets as they are */
    bool json;     /* not YAML */
};

/* To stdout. */
void print_config(const struct configuration *configuration, const struct print_options *options);
