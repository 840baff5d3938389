/*
 * Ids that stand in lists and settings, and the components that they name.
 */
#include "service/configuration_priv.h"

#include <string.h>

#include "base/arena.h"
#include "config/nearest.h"
#include "pipeline/authenticator.h"
#include "service/component_id.h"

enum { SUGGESTIONS_MAX = 30 /* problems that are told with them; they cost time */ };

/* An id that is defined in a section, and near to one that is not. */
static const char *nearest_defined(const struct loader *l, enum section section,
                                   const struct component_id *id)
{
    const struct defined *defined = l->defined[section];
    const char **ids;

    if (l->problems->count > SUGGESTIONS_MAX)
        return NULL;
    ids = arena_alloc(l->arena, (l->defined_count[section] + 1) * sizeof(*ids));
    for (size_t i = 0; i < l->defined_count[section]; i++) {
        if (strcmp(defined[i].type_name, id->type) == 0)
            return defined[i].entry.id;
        ids[i] = defined[i].entry.id;
    }
    return nearest_name(id->whole, ids);
}

/* One whose definition is misspelt: no such component exists, but there is one of this name. */
static const struct node *find_misspelt(const struct loader *l, enum section section,
                                        const char *nearest, const struct component_id *id)
{
    const struct defined *defined = definition_find(l, section, nearest);
    enum component_kind kind = (enum component_kind)section;

    return defined && !defined->entry.type && component_type_find(l->types, kind, id->type)
               ? defined->entry.node
               : NULL;
}

static void tell_undefined(const struct loader *l, const struct node *item, enum section section,
                           const struct component_id *id)
{
    const char *one = section_one[section], *nearest = nearest_defined(l, section, id);
    const struct node *all = node_get(l->root, section_names[section]);
    const struct node *misspelt = nearest ? find_misspelt(l, section, nearest, id) : NULL;

    if (all && all->kind != NODE_MAP && all->kind != NODE_NULL)
        return; /* told: the section as a whole is wrong */
    if (misspelt) {
        error_at(l->problems, item, "no %s \"%s\" is defined: line %u spells it %s", one, id->whole,
                 misspelt->key_at.line, nearest);
        return;
    }
    if (nearest) {
        error_at(l->problems, item, "no %s \"%s\" is defined; did you mean %s?", one, id->whole,
                 nearest);
        return;
    }
    for (unsigned s = 0; s < SECTIONS; s++)
        if (s != section && definition_find(l, s, id->whole)) {
            error_at(l->problems, item, "no %s \"%s\" is defined: it is defined under %s only", one,
                     id->whole, section_names[s]);
            return;
        }
    error_at(l->problems, item, "no %s \"%s\" is defined: add it under %s", one, id->whole,
             section_names[section]);
}

struct defined *component_reference_find(const struct loader *l, const struct node *item,
                                         enum section section)
{
    struct defined *defined;
    struct component_id id;
    const char *wrong;

    if (item->broken)
        return NULL;
    if (item->kind != NODE_SCALAR) {
        error_at(l->problems, item, "wants the id of %s %s, not %s",
                 section == SECTION_EXPORTERS || section == SECTION_EXTENSIONS ? "an" : "a",
                 section_one[section], node_what(item));
        return NULL;
    }
    wrong = component_id_parse(l->arena, item->text, &id);
    if (wrong) {
        error_at(l->problems, item, "\"%s\" is not an id: %s", item->text, wrong);
        return NULL;
    }
    defined = definition_find(l, section, id.whole);
    if (!defined && (section == SECTION_RECEIVERS || section == SECTION_EXPORTERS))
        defined = definition_find(l, SECTION_CONNECTORS, id.whole);
    if (!defined)
        tell_undefined(l, item, section, &id);
    return defined;
}

const struct node *component_reference_list(const struct loader *l, const struct node *list)
{
    if (!list || list->kind == NODE_NULL || list->broken)
        return NULL;
    if (list->kind == NODE_LIST)
        return list;
    if (list->kind == NODE_SCALAR)
        error_at(l->problems, list, "wants a list of ids: write [%s]", list->text);
    else
        error_at(l->problems, list, "wants a list of ids, not %s", node_what(list));
    return NULL;
}

static bool is_in(const struct component_entry *const *list, size_t count,
                  const struct component_entry *entry)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == entry)
            return true;
    return false;
}

void component_references_load_extensions(struct loader *l)
{
    const struct node *list = component_reference_list(
        l, node_get(node_get(l->root, "service"), section_names[SECTION_EXTENSIONS]));
    struct configuration *c = l->configuration;

    if (!list)
        return;
    c->extensions = arena_alloc(l->arena, list->count * sizeof(struct component_entry *));
    for (size_t i = 0; i < list->count; i++) {
        struct defined *defined =
            component_reference_find(l, list->children[i], SECTION_EXTENSIONS);

        if (!defined || !defined->entry.type ||
            is_in(c->extensions, c->extension_count, &defined->entry))
            continue;
        defined->entry.used = true;
        c->extensions[c->extension_count++] = &defined->entry;
    }
}

struct use { /* of extensions, by a component */
    const struct loader *l;
    const struct defined *by;
};

/* A setting that names an extension: it is needed, so what cannot be had is an error. */
static struct defined *find_extension(const struct use *use, void *member, const struct node *node)
{
    const struct loader *l = use->l;
    struct defined *extension;

    if (node->kind == NODE_NULL)
        return NULL;
    extension = component_reference_find(l, node, SECTION_EXTENSIONS);
    if (!extension)
        return NULL;
    *(const char **)member = extension->entry.id;
    if (!extension->entry.type)
        error_at(l->problems, node, "this version does not have the extension %s",
                 extension->type_name);
    else if (!extension->entry.used)
        error_at(l->problems, node, "%s is defined, but not on: add it to service.extensions",
                 extension->entry.id);
    return extension;
}

/* Where it is named as an exporter's storage, it has to be one. */
static void on_extension_id(void *arg, void *member, const struct node *node)
{
    const struct use *use = arg;
    const struct component_entry *by = &use->by->entry;
    const struct defined *extension = find_extension(use, member, node);
    const char *id = extension ? extension->entry.id : NULL;

    if (id && extension->entry.type && !extension->entry.type->journal && by->type->storage &&
        by->type->storage(by->settings) == id)
        error_at(use->l->problems, node, "%s is no storage: name a file_storage", id);
}

/* It has to be an authenticator, and to be set up for what it is named for. */
static void on_authenticator_id(void *arg, void *member, const struct node *node)
{
    const struct use *use = arg;
    const struct defined *extension = find_extension(use, member, node);
    const struct component_type *type = extension ? extension->entry.type : NULL;
    bool listens = use->by->section == SECTION_RECEIVERS || use->by->entry.type->endpoints;
    enum auth_side side = listens ? AUTH_SERVER : AUTH_CLIENT;
    const char *wanted;

    if (!type)
        return;
    if (!type->auth) {
        error_at(use->l->problems, node,
                 "%s is no authenticator: name a basicauth or a "
                 "bearertokenauth",
                 extension->entry.id);
        return;
    }
    wanted = type->auth->wants ? type->auth->wants(extension->entry.settings, side) : NULL;
    if (wanted)
        error_at(use->l->problems, node, "extensions.%s is not set up for %s: it wants %s",
                 extension->entry.id, section_names[use->by->section], wanted);
}

void component_references_load_uses(struct loader *l)
{
    for (unsigned s = 0; s < SECTIONS; s++)
        for (size_t i = 0; i < l->defined_count[s]; i++) {
            struct component_entry *entry = &l->defined[s][i].entry;
            struct use use = {l, &l->defined[s][i]};

            if (!entry->type)
                continue;
            fields_visit(entry->type->fields, FIELD_TYPE_EXTENSION, entry->settings, entry->node,
                         on_extension_id, &use);
            fields_visit(entry->type->fields, FIELD_TYPE_AUTHENTICATOR, entry->settings,
                         entry->node, on_authenticator_id, &use);
        }
}
