/*
 * From one node to one member of the settings, by the type of its field.
 */
#pragma once

#include "config/decode_text.h"

/* What cannot be decoded is told, and leaves the member as it is. Blocks are field.c's. */
void decode_value(struct decoder *d, const struct field *field, void *member, struct node *node);
