/*
 * Names that stand in users' files: of sections, and of what this program has no component for.
 */
#pragma once

#include <stdbool.h>

#include "pipeline/component.h"

enum section { /* of a configuration; the first ones as enum component_kind */
               SECTION_RECEIVERS = RECEIVER,
               SECTION_PROCESSORS = PROCESSOR,
               SECTION_EXPORTERS = EXPORTER,
               SECTION_EXTENSIONS = EXTENSION,
               SECTION_CONNECTORS = CONNECTOR,
               SECTIONS
};

/* "receivers", and "receiver". */
extern const char *const section_names[SECTIONS], *const section_one[SECTIONS];

/* Whether upstream's core or contrib distribution has (or had) such a component. */
bool upstream_has(enum section section, const char *type);

/* Their names, NULL-terminated, but those that this program has. */
const char *const *upstream_names(enum section section);

/* Of a component that may be left out without harm, why: text for a note; else NULL. */
const char *left_out_because(enum section section, const char *type);

/* Of a component that upstream has and this program has not: what to use in its place; or NULL. */
const char *use_instead(enum section section, const char *type);
