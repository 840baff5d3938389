/*
 * A configuration in YAML: read, expanded, decoded, its names resolved; and all that is told about
 * it. What is good is printed, loads again, and is then printed in the same way.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "fuzz/fuzz.h"
#include "service/effective.h"
#include "service/emit.h"
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

static struct configuration *load(const char *text, struct arena *arena)
{
    struct source source = {SOURCE_CONFIG, arena_printf(arena, "yaml:%s", text)};
    struct configuration *configuration;
    struct problems problems;

    problems_init(&problems, arena);
    configuration = configuration_load(&source, 1, fake_types, &problems);
    for (size_t i = 0; i < problems.count; i++)
        problem_line(&problems.list[i], arena);
    problems_done(&problems);
    return configuration;
}

/* NULL: more than a source may have. */
static const char *print(const struct configuration *configuration, bool json, struct arena *arena)
{
    struct node *tree = effective_configuration(configuration, true, arena);
    struct buf out = {0};
    const char *text = NULL;

    if (json)
        emit_json(&out, tree);
    else
        emit_yaml(&out, tree);
    if (out.len < MAX_INPUT)
        text = arena_copy(arena, buf_str(&out)).at;
    buf_done(&out);
    return text;
}

/* A text: all of it. */
static void load_text(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(1024);
    const char *text = arena_printf(arena, "%.*s", (int)size, (const char *)data), *printed;
    struct configuration *configuration = load(text, arena), *again;

    for (int json = 0; configuration && json < 2; json++) {
        printed = print(configuration, json, arena);
        again = printed ? load(printed, arena) : NULL;
        assert(again || !printed);
        assert(!again || strcmp(print(again, json, arena), printed) == 0);
        configuration_unref(again);
    }
    configuration_unref(configuration);
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
