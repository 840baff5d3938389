/*
 * The settings of one component, from YAML as its body stands in a file.
 */
#pragma once

#include "base/mem.h"
#include "config/source.h"
#include "pipeline/component.h"
#include "unit/config_check.h"

struct settings_fixture {
    struct arena *arena;
    struct problems problems;
    void *settings;
};

static inline void settings_read(struct settings_fixture *f, const struct component_type *type,
                                 const char *yaml)
{
    struct buf text = {0};
    struct node *tree, *node;

    f->arena = arena_new(4096);
    problems_init(&f->problems, f->arena);
    f->settings = mem_zero(type->settings_size);
    buf_printf(&text, "it: %s\n", yaml);
    tree = yaml_parse("t.yaml", text.at, text.len, f->arena, &f->problems);
    ck_assert_ptr_nonnull(tree);
    node = node_get(tree, "it");
    fields_decode(type->fields, f->settings, node, f->arena, &f->problems);
    if (type->check)
        type->check(f->settings, node, &f->problems);
    buf_done(&text);
}

static inline const char *settings_problems(struct settings_fixture *f)
{
    return problems_text(&f->problems, f->arena);
}

static inline void settings_free(struct settings_fixture *f)
{
    problems_done(&f->problems);
    arena_free(f->arena);
    free(f->settings);
}
