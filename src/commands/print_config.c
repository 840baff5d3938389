/*
 * The tree in force, as text.
 */
#include "commands/print_config.h"

#include <stdio.h>

#include "base/arena.h"
#include "service/effective.h"
#include "service/emit.h"

void print_config(const struct configuration *configuration, const struct print_options *options)
{
    struct arena *arena = arena_new(16384);
    struct node *tree = effective_configuration(configuration, options->revealed, arena);
    struct buf out = {0};

    if (options->json)
        emit_json(&out, tree);
    else
        emit_yaml(&out, tree);
    fwrite(out.at, 1, out.len, stdout);
    buf_wipe(&out);
    arena_free(arena);
}
