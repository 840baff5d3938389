/*
 * One processor: its settings from YAML, an instance, requests to hand in, and what follows it.
 */
#pragma once

#include "pipeline/component.h"
#include "unit/batches.h"
#include "unit/config_check.h"

/* ---- the processor ---- */

/* The settings, as they stand behind the id; in the arena. What is wrong goes to problems. */
void *processor_decode(const struct component_type *type, const char *yaml, struct arena *arena,
                       struct problems *problems);

/* The test fails where nothing, or something else, is told about the settings.
 */
void processor_complains(const struct component_type *type, const char *yaml, const char *told,
                         struct arena *arena);

/* An instance, to be destroyed by its type; the test fails where the settings are wrong. */
struct component *processor_new(const struct component_type *type, const char *yaml,
                                struct arena *arena, struct component *next);

/* Hands the batch in and gives the reference up. */
struct result processor_take(struct component *processor, struct batch *batch);

struct end { /* what follows it */
    struct component base;
    struct batch *came; /* one reference, of the last batch */
};

void end_init(struct end *end);
void end_done(struct end *end);

/* The first message of each kind that came. */
struct str end_item(const struct end *end);
struct str end_scope(const struct end *end);
struct str end_resource(const struct end *end);

/* ---- attributes ---- */

/* Attributes of one field as those of another: those of a KeyValueList are in 1. */
void renumber(struct str message, uint32_t from, uint32_t to, struct buf *out);

/* Those of a message, in the arena. */
const char *json_of_attributes(struct str message, uint32_t number, struct arena *arena);
