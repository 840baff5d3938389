/*
 * Lists of components, with what the service knows of each.
 */
#pragma once

#include "service/configuration.h"

struct member {
    struct component *component;
    struct component *front;               /* what takes data for it: itself, or its relay */
    const struct component_entry *entry;   /* NULL: a joint, such as a fan-out */
    const struct pipeline_entry *pipeline; /* of a processor: each pipeline has its own */
    struct configuration *configuration;   /* that these two lie in: one reference */
    unsigned level;
    bool kept; /* belongs to the generation before, too */
};

struct members {
    struct member *list;
    size_t count, cap;
};

/* Copies it; takes a reference to the configuration. */
void members_add(struct members *members, const struct member *member);

/* Takes out and destroys those from an index on that are not kept. */
void members_destroy_made(struct members *members, size_t from);

bool members_have(const struct members *members, const struct component *component);

/* Whether it has the same type and id, and is in the same pipeline (NULL: in none). The entries may
 * be of different configurations. */
bool member_is(const struct member *member, const struct component_entry *entry,
               const struct pipeline_entry *pipeline);

/* Gives back the list and its references to configurations, no components. */
void members_done(struct members *members);
