#include "service/components.h"

#include <dirent.h>
#include <stdio.h>

#include "service/configuration.h"
#include "unit/config_check.h"

static void check_example(const char *path)
{
    struct source source = {SOURCE_CONFIG, path};
    struct arena *arena = arena_new(1024);
    struct configuration *configuration;
    struct problems problems;

    problems_init(&problems, arena);
    configuration = configuration_load(&source, 1, component_types, &problems);
    ck_assert_msg(configuration && problems.count == 0, "%s", problems_text(&problems, arena));
    configuration_unref(configuration);
    problems_done(&problems);
    arena_free(arena);
}

START_TEST(every_example_loads_without_a_word)
{
    DIR *folder = opendir("config");
    struct dirent *entry;

    ck_assert_ptr_nonnull(folder);
    while ((entry = readdir(folder))) {
        const char *end = strrchr(entry->d_name, '.');
        char path[300];

        snprintf(path, sizeof(path), "config/%s", entry->d_name);
        if (end && strcmp(end, ".yaml") == 0)
            check_example(path);
    }
    closedir(folder);
    check_example("otel-collector-config.yaml");
}
END_TEST

/* A default that its own field refuses would end the program, so all of them are tried here. */
START_TEST(every_component_has_defaults)
{
    for (const struct component_type *const *type = component_types; *type; type++) {
        struct arena *arena = arena_new(1024);
        struct problems problems;

        problems_init(&problems, arena);
        fields_decode((*type)->fields, arena_alloc(arena, (*type)->settings_size), NULL, arena,
                      &problems);
        ck_assert_uint_eq(problems.count, 0);
        problems_done(&problems);
        arena_free(arena);
    }
}
END_TEST

/* What the graph never calls must not be relied on. */
START_TEST(extensions_have_nothing_to_drain)
{
    for (const struct component_type *const *type = component_types; *type; type++)
        if ((*type)->kind == EXTENSION) {
            ck_assert(!(*type)->drain);
            ck_assert(!(*type)->held);
            ck_assert(!(*type)->consume);
        }
}
END_TEST

START_TEST(names_are_not_used_twice)
{
    for (const struct component_type *const *a = component_types; *a; a++)
        for (const struct component_type *const *b = component_types; b < a; b++) {
            if ((*a)->kind != (*b)->kind)
                continue;
            ck_assert_str_ne((*a)->name, (*b)->name);
            for (const char *const *old = (*a)->old_names; old && *old; old++)
                ck_assert_str_ne(*old, (*b)->name);
            for (const char *const *old = (*b)->old_names; old && *old; old++)
                ck_assert_str_ne(*old, (*a)->name);
        }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("components");

    tcase_add_test(cases, every_example_loads_without_a_word);
    tcase_add_test(cases, every_component_has_defaults);
    tcase_add_test(cases, extensions_have_nothing_to_drain);
    tcase_add_test(cases, names_are_not_used_twice);
    return run_tests("components", cases);
}
