/*
 * Ids of components and pipelines: a type, and a name where there are several of it.
 */
#pragma once

struct arena;

struct component_id { /* "type/name", without the blanks around its parts */
    const char *whole, *type;
};

/* Reads "type" or "type/name"; *id is in the arena. NULL, or what is wrong with it: a constant. */
const char *component_id_parse(struct arena *arena, const char *text, struct component_id *id);
