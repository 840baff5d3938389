/*
 * The configuration in force, as a tree: merged and expanded, with all defaults, secrets masked.
 *
 * What is printed of it as YAML (service/emit.h) loads again, and means the same: so a "$" stands
 * there as "$$".
 */
#pragma once

#include "service/configuration.h"

#define EFFECTIVE_MASK "[REDACTED]"

/*
 * A map with the sections, in the arena, which may refer to the configuration. revealed: secrets
 * stand in it as they are. Of a component that this program does not have only the id is there, and
 * keys without effect are left out.
 */
struct node *effective_configuration(const struct configuration *configuration, bool revealed,
                                     struct arena *arena);

/* The same for one table, to a map that is there: settings were decoded from node, which may be
 * NULL. */
void effective_fields(const struct field *fields, const void *settings, const struct node *node,
                      bool revealed, struct arena *arena, struct node *out);
