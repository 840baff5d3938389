/*
 * An arena and a list of problems for each test: a checked fixture of those that look at settings.
 */
#pragma once

#include "base/arena.h"
#include "config/node.h"

static struct arena *arena;
static struct problems problems;

static void problems_begin(void)
{
    arena = arena_new(4096);
    problems_init(&problems, arena);
}

static void problems_end(void)
{
    problems_done(&problems);
    arena_free(arena);
}
