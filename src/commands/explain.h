/*
 * `otelc explain`: what a key of the configuration means.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct explain_options {
    const char **paths; /* owned by the caller */
    size_t path_count, path_cap;
    bool list; /* only the paths that begin so */
};

/* To stdout; false where a path is none, told on stderr with the nearest ones. */
bool explain_print(const struct explain_options *options);
