/*
 * Every key that can stand in a configuration, with its whole path, as one list.
 */
#pragma once

#include "pipeline/component.h"
#include "service/component_names.h"

struct arena;

struct catalogue_entry {
    const char *path; /* "exporters.jaeger.tls.ca_file", "processors.x.list[].key" */
    const struct component_type *type; /* NULL: a section, or a part of the service section */
    const struct field *field;         /* NULL: a section, or a component */
    unsigned depth;                    /* parts of the path: 1 of a section */
};

struct catalogue {
    struct catalogue_entry *at; /* owned; each is followed by what stands below it */
    size_t count, cap;
};

/* The paths are in the arena. A table that stands in itself is gone through once. */
void catalogue_init(struct catalogue *catalogue, struct arena *arena);
void catalogue_done(struct catalogue *catalogue);

/*
 * The entry of a path as somebody may write it: with "::", with a component's name ("otlp/2") or
 * its old one, with or without indexes. NULL: there is none; then *parent is the entry of the
 * longest part that is right (NULL: none of it), and *rest what is behind that.
 */
const struct catalogue_entry *catalogue_find(const struct catalogue *catalogue, const char *path,
                                             struct arena *arena,
                                             const struct catalogue_entry **parent,
                                             const char **rest);

/* The last key of its path. */
const char *catalogue_key(const struct catalogue_entry *entry);

/* The entry of a catalogue's that it stands below, so many parts deep: itself at its own depth. */
const struct catalogue_entry *catalogue_above(const struct catalogue_entry *entry, unsigned depth);
