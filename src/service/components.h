/*
 * Every component that this program has.
 */
#pragma once

#include "pipeline/component.h"

extern const struct component_type *const component_types[]; /* NULL-terminated */

/* Prints them as YAML to stdout, by kind: what `otelc components` shows. */
void components_print(void);
