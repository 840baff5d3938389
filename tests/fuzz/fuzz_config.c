/*
 * A configuration in YAML: read, expanded, decoded, its names resolved; and all that is told about
 * it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "fuzz/fuzz.h"
#include "service/configuration.h"
#include "unit/fake_types.h"

enum { MAX_INPUT = 1 << 17 };

/* Any bytes: the tree alone. */
static void read_bytes(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(1024);
    struct problems problems;

    problems_init(&problems, arena);
    yaml_parse("fuzz", (const char *)data, size, arena, &problems);
    problems_done(&problems);
    arena_free(arena);
}

/* A text: all of it. */
static void load_text(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(1024);
    struct source source = {SOURCE_CONFIG,
                            arena_printf(arena, "yaml:%.*s", (int)size, (const char *)data)};
    struct problems problems;

    problems_init(&problems, arena);
    configuration_unref(configuration_load(&source, 1, fake_types, &problems));
    for (size_t i = 0; i < problems.count; i++)
        problem_line(&problems.list[i], arena);
    problems_done(&problems);
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > MAX_INPUT)
        return 0;
    setenv("A", "${env:B}", 1);
    setenv("B", "[1, {c: '${C}'}]", 1);
    setenv("C", "${C}${C}", 1);
    read_bytes(data, size);
    load_text(data, size);
    return 0;
}
