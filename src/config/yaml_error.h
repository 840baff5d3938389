/*
 * What libyaml found wrong with a text, in plain words that tell the edit.
 */
#pragma once

#include <yaml.h>

#include "base/str.h"

struct arena;

/* The words, in the arena or constant; the mark becomes where the edit is to be made. */
const char *yaml_error_words(const yaml_parser_t *parser, struct str text, struct arena *arena,
                             yaml_mark_t *mark);
