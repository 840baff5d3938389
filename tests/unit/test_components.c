#include "service/components.h"

#include <dirent.h>
#include <stdio.h>

#include "service/component_names.h"
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

/* What loading a file with receivers "otlp" and "otlp/2" tells; they listen at these places. */
static void check_places(const char *one, const char *other, const char *told)
{
    struct arena *arena = arena_new(1024);
    struct configuration *configuration;
    struct problems problems;
    struct source source = {SOURCE_CONFIG, NULL};
    char yaml[1024];

    snprintf(
        yaml, sizeof(yaml),
        "yaml:{receivers: {otlp: {protocols: {grpc: {%s}}}, otlp/2: {protocols: {http: {%s}}}, "
        "otlp/idle: {protocols: {grpc: {%s}}}}, exporters: {debug: }, service: {pipelines: "
        "{traces: {receivers: [otlp, otlp/2], exporters: [debug]}}}}",
        one, other, one);
    source.text = yaml;
    problems_init(&problems, arena);
    configuration = configuration_load(&source, 1, component_types, &problems);
    ck_assert_int_eq(configuration == NULL, told != NULL);
    if (told)
        ck_assert_msg(strstr(problems_text(&problems, arena), told), "%s",
                      problems_text(&problems, arena));
    configuration_unref(configuration);
    problems_done(&problems);
    arena_free(arena);
}

START_TEST(two_receivers_do_not_listen_at_one_place)
{
    check_places("endpoint: 'a:1'", "endpoint: 'a:1'",
                 "receivers.otlp/2: listens where receivers/otlp does (port 1): give one of them "
                 "another endpoint");
    check_places("endpoint: 'localhost:1'", "endpoint: '0.0.0.0:1'", "(port 1)");
    check_places("endpoint: ':1'", "endpoint: '10.0.0.1:1'", "(port 1)");
    check_places("endpoint: '[::1]:1'", "endpoint: 'localhost:1'", "(port 1)");
    check_places("endpoint: '/s', transport: unix", "endpoint: '/s', transport: unix",
                 "where receivers/otlp does (/s)");
    check_places("endpoint: 'a:1'", "endpoint: 'a:2'", NULL);
    check_places("endpoint: '127.0.0.1:1'", "endpoint: '127.0.0.2:1'", NULL);
    check_places("endpoint: 'a:1', transport: tcp4", "endpoint: 'a:1', transport: tcp6", NULL);
    check_places("endpoint: 'a:0'", "endpoint: 'a:0'", NULL);
    check_places("endpoint: '/s', transport: unix", "endpoint: '/t', transport: unix", NULL);
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

START_TEST(what_it_has_is_not_told_to_be_missing)
{
    for (const struct component_type *const *type = component_types; *type; type++) {
        enum section section = (enum section)(*type)->kind;

        ck_assert_msg(!upstream_has(section, (*type)->name), "%s", (*type)->name);
        ck_assert_msg(!use_instead(section, (*type)->name), "%s", (*type)->name);
        ck_assert_msg(!left_out_because(section, (*type)->name), "%s", (*type)->name);
        for (const char *const *old = (*type)->old_names; old && *old; old++)
            ck_assert_msg(!upstream_has(section, *old), "%s", *old);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("components");

    tcase_add_test(cases, every_example_loads_without_a_word);
    tcase_add_test(cases, two_receivers_do_not_listen_at_one_place);
    tcase_add_test(cases, every_component_has_defaults);
    tcase_add_test(cases, extensions_have_nothing_to_drain);
    tcase_add_test(cases, names_are_not_used_twice);
    tcase_add_test(cases, what_it_has_is_not_told_to_be_missing);
    return run_tests("components", cases);
}
