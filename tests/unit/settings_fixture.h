/*
 * The settings of one component, from YAML as its body stands in a file.
 */
#pragma once

#include "config/source.h"
#include "pipeline/component.h"
#include "unit/config_check.h"

struct settings_fixture {
    struct arena *arena;
    struct problems problems;
    void *settings; /* of settings_read() */
};

static inline void settings_begin(struct settings_fixture *f)
{
    f->arena = arena_new(4096);
    problems_init(&f->problems, f->arena);
    f->settings = NULL;
}

/* key: what the component is called in the file. */
static inline void *settings_decode(struct settings_fixture *f, const struct component_type *type,
                                    const char *key, const char *yaml)
{
    void *settings = arena_alloc(f->arena, type->settings_size);
    const char *text = arena_printf(f->arena, "%s: %s\n", key, yaml);
    struct node *tree = yaml_parse("t.yaml", text, strlen(text), f->arena, &f->problems);

    ck_assert_ptr_nonnull(tree);
    memset(settings, 0, type->settings_size);
    fields_decode(type->fields, settings, node_get(tree, key), f->arena, &f->problems);
    if (type->check && f->problems.errors == 0)
        type->check(settings, node_get(tree, key), &f->problems);
    return settings;
}

static inline void settings_read(struct settings_fixture *f, const struct component_type *type,
                                 const char *yaml)
{
    settings_begin(f);
    f->settings = settings_decode(f, type, "it", yaml);
}

/* Whether it is good, and a part of what is said; NULL: nothing is. */
static inline void settings_expect(const struct settings_fixture *f, const char *yaml, bool good,
                                   const char *said)
{
    bool found = !said;

    ck_assert_msg((f->problems.errors == 0) == good, "%s", yaml);
    ck_assert_msg(said || f->problems.count == 0, "%s: %s", yaml, f->problems.list[0].text);
    for (size_t i = 0; said && i < f->problems.count; i++)
        found |= strstr(f->problems.list[i].text, said) != NULL;
    ck_assert_msg(found, "%s: nobody says \"%s\"", yaml, said);
}

static inline const char *settings_problems(struct settings_fixture *f)
{
    return problems_text(&f->problems, f->arena);
}

static inline void settings_free(struct settings_fixture *f)
{
    problems_done(&f->problems);
    arena_free(f->arena);
}
