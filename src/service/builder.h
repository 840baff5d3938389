/*
 * A generation while it is made: components are added to it one by one, those that take data before
 * those that give it to them.
 */
#pragma once

#include "service/generation.h"

struct builder {
    struct generation *generation;
    struct configuration *configuration;
    const struct generation *before; /* or NULL */
    struct component **entrances;    /* of each pipeline; NULL: it is not served, or not made yet */
    const char **storages;           /* that each asks for; NULL: none */
    struct error *err;
};

/* Adds the component of an entry: the one of the generation before, or a new one. pipeline: of a
 * processor, else NULL. NULL: *err says why. */
struct component *builder_keep_or_create(struct builder *b, const struct component_entry *entry,
                                         const struct pipeline_entry *pipeline, unsigned level);

/* Adds a relay before the component that was added last, where it needs other workers' data.
 * Returns what takes data for it. */
struct component *builder_put_relay(struct builder *b, const struct component_entry *entry,
                                    const struct pipeline_entry *pipeline, unsigned level);

/* Both, for a receiver, an exporter or a connector. Returns what takes its data. */
struct component *builder_make(struct builder *b, const struct component_entry *entry,
                               unsigned level);

/* What takes data for the instance of such an entry: one, however many pipelines name it. NULL: not
 * made yet. */
struct component *builder_find(const struct builder *b, const struct component_entry *entry);

/* Adds what is no component of the configuration: a fan-out, an inlet, a relay. */
struct component *builder_add_own(struct builder *b, struct component *component, unsigned level);

/* Several targets get a fan-out; one is returned as it is. */
struct component *builder_spread(struct builder *b, struct component **targets, size_t count,
                                 unsigned level, const char *where);

/* What follows a component; one that is kept goes on as it is until generation_switch(). */
void builder_join(struct builder *b, struct component *from, enum signal signal,
                  struct component *to, const char *not_served);

/* Of a component that was added. */
unsigned builder_level_of(const struct builder *b, const struct component *component);
