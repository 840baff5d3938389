/*
 * What a statement sets: an attribute of the context's own message, or a field that has a plain
 * value.
 */
#pragma once

#include "ottl/editor.h"

/* Whether it is a field that can be set. */
bool target_can_be_set(const struct ottl_path *path);

/* Sets the statement's first argument. False: *edit->run->err says why not. */
bool target_set(struct ottl_edit *edit, const struct ottl_value *value);
