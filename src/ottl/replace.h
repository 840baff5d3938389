/*
 * Editors that replace what a pattern matches: in one text, or in all attributes.
 */
#pragma once

#include "ottl/editor.h"

bool edit_replace_match(struct ottl_edit *edit);
bool edit_replace_all_matches(struct ottl_edit *edit);
bool edit_replace_pattern(struct ottl_edit *edit);
bool edit_replace_all_patterns(struct ottl_edit *edit);
