/*
 * Patterns of names, as replace_match has them: "/user/?/list" and its like.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"

/* The regular expression that matches the same texts as a whole, in the arena; at NULL: *err says
 * what is wrong with the pattern. */
struct str glob_to_regex(struct str glob, struct arena *arena, struct error *err);
