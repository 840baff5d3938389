/*
 * The sections of components: their ids, and the settings of those whose type this program has.
 */
#include "service/configuration_priv.h"

#include <string.h>

#include "base/arena.h"
#include "config/scalar.h"
#include "service/component_id.h"

static bool is_name_of(const struct component_type *type, const char *name)
{
    if (strcmp(type->name, name) == 0)
        return true;
    for (const char *const *old = type->old_names; old && *old; old++)
        if (strcmp(*old, name) == 0)
            return true;
    return false;
}

const struct component_type *component_type_find(const struct component_type *const *types,
                                                 enum component_kind kind, const char *name)
{
    for (; *types; types++)
        if ((*types)->kind == kind && is_name_of(*types, name))
            return *types;
    return NULL;
}

struct defined *definition_find(const struct loader *l, enum section section, const char *id)
{
    for (size_t i = 0; i < l->defined_count[section]; i++)
        if (strcmp(l->defined[section][i].entry.id, id) == 0)
            return &l->defined[section][i];
    return NULL;
}

/* Whether something in it could not even be read, as a reference to an unset variable. */
static bool is_broken(const struct node *node)
{
    bool broken = node->broken;

    for (size_t i = 0; i < node->count && !broken; i++)
        broken = is_broken(node->children[i]);
    return broken;
}

static void load_component(struct loader *l, enum section section, struct node *node)
{
    struct defined *defined = &l->defined[section][l->defined_count[section]];
    struct component_id id;
    const char *wrong = component_id_parse(l->arena, node->key, &id);
    const struct component_type *type;
    size_t errors;
    void *settings;

    if (wrong) {
        problem_at_key(l->problems, PROBLEM_ERROR, node, "not an id: %s", wrong);
        return;
    }
    if (definition_find(l, section, id.whole)) {
        problem_at_key(l->problems, PROBLEM_ERROR, node, "%s is defined twice", id.whole);
        return;
    }
    type = component_type_find(l->types, (enum component_kind)section, id.type);
    *defined = (struct defined){
        .entry = {.type = type,
                  .id = id.whole,
                  .where = arena_printf(l->arena, "%s/%s", section_names[section], id.whole),
                  .node = node},
        .section = section,
        .type_name = id.type,
    };
    l->defined_count[section]++;
    if (!type)
        return;
    settings = arena_alloc(l->arena, type->settings_size);
    errors = l->problems->errors;
    fields_decode(type->fields, settings, node, l->arena, l->problems);
    if (type->check && l->problems->errors == errors && !is_broken(node))
        type->check(settings, node, l->problems);
    defined->entry.settings = settings;
    l->configuration->components[l->configuration->component_count++] = &defined->entry;
}

/* What to write in place of "- batch", or of "batch" alone. */
static const char *how_to_be_a_map(const struct loader *l, const struct node *section)
{
    const struct node *first =
        section->kind == NODE_LIST && section->count > 0 ? section->children[0] : section;

    if (first->kind == NODE_MAP && first->count > 0)
        return arena_printf(l->arena, ": write \"%s:\" without \"- \" in front",
                            first->children[0]->key);
    if (first->kind == NODE_SCALAR && scalar_type(first) == SCALAR_STRING)
        return arena_printf(l->arena, ": write \"%s:\"", first->text);
    return "";
}

void definitions_load(struct loader *l)
{
    size_t count = 0;

    for (unsigned s = 0; s < SECTIONS; s++) {
        const struct node *section = node_get(l->root, section_names[s]);

        count += section ? section->count : 0;
    }
    l->configuration->components =
        arena_alloc(l->arena, count * sizeof(*l->configuration->components));
    for (unsigned s = 0; s < SECTIONS; s++) {
        const struct node *section = node_get(l->root, section_names[s]);

        if (!section || section->kind == NODE_NULL || section->broken)
            continue;
        if (section->kind != NODE_MAP) {
            error_at(l->problems, section, "wants a map of %s, not %s%s", section_names[s],
                     node_what(section), how_to_be_a_map(l, section));
            continue;
        }
        l->defined[s] = arena_alloc(l->arena, section->count * sizeof(*l->defined[s]));
        for (size_t i = 0; i < section->count; i++)
            load_component(l, s, section->children[i]);
    }
}
