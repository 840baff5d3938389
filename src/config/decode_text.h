/*
 * The text of a node, for those that decode it, and what is said where it is something else.
 */
#pragma once

#include "config/field.h"

struct arena;

struct decoder {
    struct arena *arena; /* of the settings */
    struct problems *problems;
};

/* Tells what the field wants, and what there is. */
void decode_wrong_type(struct decoder *d, const struct field *field, const struct node *node);

/* What to do about a node that should be a map: ": write ...", or "" where nothing is known. */
const char *decode_map_advice(struct arena *arena, const struct node *node);

/* A plain scalar's text; NULL, told, where the node is something else. */
const char *decode_plain(struct decoder *d, const struct field *field, const struct node *node);

/* A string; NULL, told, where the node is something else. */
const char *decode_text(struct decoder *d, const struct field *field, const struct node *node);
