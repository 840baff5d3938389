/*
 * Walks the tables of all components, and that of the service section.
 */
#include "commands/catalogue.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/mem.h"
#include "service/component_names.h"
#include "service/components.h"
#include "service/configuration.h"

static void add(struct catalogue *catalogue, struct catalogue_entry entry)
{
    catalogue->at =
        mem_room(catalogue->at, catalogue->count, &catalogue->cap, sizeof(*catalogue->at));
    catalogue->at[catalogue->count++] = entry;
}

static void add_fields(struct catalogue *catalogue, struct arena *arena,
                       const struct catalogue_entry *above, const struct field *fields)
{
    static const struct field enabled = {.name = "enabled",
                                         .type = FIELD_TYPE_BOOL,
                                         .preset = "true",
                                         .help = "false: as if the block were absent"};
    bool has_enabled = !above->field || above->field->type != FIELD_TYPE_SWITCH;

    for (const struct field *field = fields; field && field->name; field++) {
        struct catalogue_entry entry = {
            .path = arena_printf(arena, "%s.%s%s", above->path, field->name,
                                 field->type == FIELD_TYPE_BLOCKS ? "[]" : ""),
            .type = above->type,
            .field = field,
            .depth = above->depth + 1,
        };

        has_enabled |= strcmp(field->name, enabled.name) == 0;
        add(catalogue, entry);
        if (field->fields != fields)
            add_fields(catalogue, arena, &entry, field->fields);
    }
    if (!has_enabled)
        add(catalogue, (struct catalogue_entry){
                           .path = arena_printf(arena, "%s.%s", above->path, enabled.name),
                           .type = above->type,
                           .field = &enabled,
                           .depth = above->depth + 1,
                       });
}

static void add_section(struct catalogue *catalogue, struct arena *arena, enum section section)
{
    add(catalogue, (struct catalogue_entry){.path = section_names[section], .depth = 1});
    for (const struct component_type *const *type = component_types; *type; type++) {
        struct catalogue_entry entry = {.type = *type, .depth = 2};

        if ((unsigned)(*type)->kind != (unsigned)section)
            continue;
        entry.path = arena_printf(arena, "%s.%s", section_names[section], (*type)->name);
        add(catalogue, entry);
        add_fields(catalogue, arena, &entry, (*type)->fields);
    }
}

void catalogue_init(struct catalogue *catalogue, struct arena *arena)
{
    const struct catalogue_entry service = {.path = "service", .depth = 1};

    *catalogue = (struct catalogue){.at = NULL};
    for (unsigned s = 0; s < SECTIONS; s++)
        add_section(catalogue, arena, s);
    add(catalogue, service);
    add_fields(catalogue, arena, &service, service_fields);
}

void catalogue_done(struct catalogue *catalogue)
{
    free(catalogue->at);
}

/* ---- looking up ---- */

/* "exporters.jaeger.tls" of "exporters::jaeger/near::tls", and of paths with slashes; no indexes.
 */
static const char *plain_path(const char *path, struct arena *arena)
{
    struct buf out = {0};
    unsigned part = 1;
    const char *made;

    while (*path) {
        if (*path == '/' && part == 2) { /* the component's name */
            path += strcspn(path, ".:");
        } else if (*path == '[') {
            path += strcspn(path, "]");
            path += *path == ']';
        } else if (*path == '.' || *path == '/' || (path[0] == ':' && path[1] == ':')) {
            path += *path == ':' ? 2 : 1;
            part++;
            buf_append_char(&out, '.');
        } else {
            buf_append_char(&out, *path++);
        }
    }
    while (out.len > 0 && out.at[out.len - 1] == '.')
        out.len--;
    made = arena_text(arena, buf_text(&out));
    buf_done(&out);
    return made;
}

/* The path with the component's name of today in it. */
static const char *todays_path(const char *path, struct arena *arena)
{
    size_t section = strcspn(path, "."), len;
    const struct component_type *type;

    for (unsigned s = 0; s < SECTIONS && path[section]; s++) {
        if (!str_is((struct str){path, section}, section_names[s]))
            continue;
        len = strcspn(path + section + 1, ".");
        type = component_type_find(component_types, (enum component_kind)s,
                                   arena_copy(arena, (struct str){path + section + 1, len}).at);
        if (type)
            return arena_printf(arena, "%s.%s%s", section_names[s], type->name,
                                path + section + 1 + len);
    }
    return path;
}

/* How much of the wanted path the entry's is, without "[]"; 0: it is another one. */
static size_t covers(const struct catalogue_entry *entry, const char *wanted)
{
    const char *at = wanted;

    for (const char *path = entry->path; *path; path++) {
        if (*path == '[' || *path == ']')
            continue;
        if (*path != *at)
            return 0;
        at++;
    }
    return *at == '\0' || *at == '.' ? (size_t)(at - wanted) : 0;
}

const struct catalogue_entry *catalogue_find(const struct catalogue *catalogue, const char *path,
                                             struct arena *arena,
                                             const struct catalogue_entry **parent,
                                             const char **rest)
{
    const char *wanted = todays_path(plain_path(path, arena), arena);
    size_t most = 0;

    *parent = NULL;
    for (size_t i = 0; i < catalogue->count; i++) {
        size_t len = covers(&catalogue->at[i], wanted);

        if (len > 0 && wanted[len] == '\0')
            return &catalogue->at[i];
        if (len > most) {
            most = len;
            *parent = &catalogue->at[i];
        }
    }
    *rest = wanted + most + (most > 0);
    return NULL;
}

const char *catalogue_key(const struct catalogue_entry *entry)
{
    if (entry->field)
        return entry->field->name;
    return entry->type ? entry->type->name : entry->path;
}

const struct catalogue_entry *catalogue_above(const struct catalogue_entry *entry, unsigned depth)
{
    while (entry->depth > depth)
        entry--;
    return entry;
}
