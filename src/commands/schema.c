/*
 * Each table of fields is a definition; where it stands in several places they refer to it. Any
 * value may be a reference, such as ${env:NAME}, so all of them may be strings with one.
 */
#include "commands/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "config/grow.h"
#include "config/scalar.h"
#include "service/component_names.h"
#include "service/components.h"
#include "service/configuration.h"
#include "service/emit.h"

#define REFERENCE   "\\$\\{"
#define DURATION    "^[+]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)(ns|us|\xc2\xb5s|\xce\xbcs|ms|s|m|h)"
#define NAME_BEHIND "\\s*(/.+)?$" /* of an id; blanks around its parts do not count */

struct definition {
    const struct field *fields;
    bool is_switch;
    const char *reference; /* "#/definitions/exporters.jaeger" */
};

struct schema {
    struct arena *arena;
    struct node *nodes; /* of the definitions */
    struct definition *definitions;
    size_t count, cap;
};

/* ---- parts ---- */

static struct node *put_map(const struct schema *s, struct node *parent, const char *key)
{
    return grow_map(s->arena, parent, key);
}

static void put_text(const struct schema *s, struct node *parent, const char *key, const char *text)
{
    grow_text(s->arena, parent, key, text);
}

/* types: separated by blanks. */
static void put_types(const struct schema *s, struct node *out, const char *types)
{
    struct node *list = grow_list(s->arena, out, "type");

    while (*types) {
        size_t len = strcspn(types, " ");

        put_text(s, list, NULL, arena_copy(s->arena, (struct str){types, len}).at);
        types += len + (types[len] == ' ');
    }
}

/* Its types, or a string with a reference in it; pattern: what else a string may be, or NULL. */
static void put_value(const struct schema *s, struct node *out, const char *types,
                      const char *pattern)
{
    put_types(s, out, types);
    put_text(s, out, "pattern",
             pattern ? arena_printf(s->arena, "%s|" REFERENCE, pattern) : REFERENCE);
}

static void close_map(const struct schema *s, struct node *out)
{
    grow_plain(s->arena, out, "additionalProperties", "false");
}

static void put_text_items(const struct schema *s, struct node *out)
{
    put_text(s, put_map(s, out, "items"), "type", "string");
}

/* ---- the kinds of fields ---- */

static void put_limits(const struct schema *s, const struct field *field, struct node *out)
{
    grow_plain(s->arena, out, "minimum", arena_printf(s->arena, "%.15g", field->min));
    if (field->max < 0x1p63)
        grow_plain(s->arena, out, "maximum", arena_printf(s->arena, "%.15g", field->max));
}

/* "[nN][oO]" */
static const char *any_case(const struct schema *s, const char *word)
{
    const char *made = "";

    for (; *word; word++) {
        char lower = (char)(*word | 0x20), upper = (char)(*word & ~0x20);

        if (lower >= 'a' && lower <= 'z')
            made = arena_printf(s->arena, "%s[%c%c]", made, lower, upper);
        else
            made = arena_printf(s->arena, "%s%s%c", made, *word == '.' ? "\\" : "", *word);
    }
    return made;
}

/* Editors offer the words as they are; they may stand there in any letter case. */
static void put_choice(const struct schema *s, const struct field *field, struct node *out)
{
    struct node *any = grow_list(s->arena, out, "anyOf");
    struct node *words = grow_list(s->arena, put_map(s, any, NULL), "enum");
    const char *pattern = "";

    for (const char *const *choice = field->choices; *choice; choice++) {
        put_text(s, words, NULL, *choice);
        if (scalar_type_of(*choice) == SCALAR_NUMBER)
            grow_plain(s->arena, words, NULL, *choice);
        pattern =
            arena_printf(s->arena, "%s%s%s", pattern, *pattern ? "|" : "", any_case(s, *choice));
    }
    put_value(s, put_map(s, any, NULL), "string null", arena_printf(s->arena, "^(%s)$", pattern));
}

static void put_headers(const struct schema *s, struct node *out)
{
    struct node *pair;

    put_value(s, out, "object array string null", NULL);
    put_text(s, put_map(s, out, "additionalProperties"), "type", "string");
    pair = put_map(s, put_map(s, out, "items"), "properties");
    put_text(s, put_map(s, pair, "name"), "type", "string");
    put_text(s, put_map(s, pair, "value"), "type", "string");
}

/* What no table of its own is needed for. */
static void put_leaf(const struct schema *s, const struct field *field, struct node *out)
{
    switch (field->type) {
    case FIELD_TYPE_BOOL:
        put_value(s, out, "boolean string null", NULL);
        break;
    case FIELD_TYPE_UINT:
        put_value(s, out, "integer string null", "^([0-9]+(_[0-9]+)+|0b[01_]+)$");
        put_limits(s, field, out);
        break;
    case FIELD_TYPE_NUMBER:
        put_value(s, out, "number string null", "^[0-9]+(_[0-9]+)+$");
        put_limits(s, field, out);
        break;
    case FIELD_TYPE_DURATION:
        put_value(s, out, "string integer null", DURATION "|^0$");
        grow_plain(s->arena, out, "maximum", "0");
        grow_plain(s->arena, out, "minimum", "0");
        break;
    case FIELD_TYPE_STRING:
    case FIELD_TYPE_SECRET:
    case FIELD_TYPE_EXTENSION:
    case FIELD_TYPE_AUTHENTICATOR:
        put_types(s, out, "string null");
        break;
    case FIELD_TYPE_CHOICE:
        put_choice(s, field, out);
        break;
    case FIELD_TYPE_STRINGS:
    case FIELD_TYPE_SECRETS:
        put_types(s, out, "array string null");
        put_text_items(s, out);
        break;
    case FIELD_TYPE_HEADERS:
        put_headers(s, out);
        break;
    case FIELD_TYPE_TEXTS:
        put_value(s, out, "object string null", NULL);
        put_text(s, put_map(s, out, "additionalProperties"), "type", "string");
        break;
    case FIELD_TYPE_BLOCK:
    case FIELD_TYPE_SWITCH:
    case FIELD_TYPE_BLOCKS:
    case FIELD_TYPE_NODE:
    case FIELD_TYPE_IGNORED:
        break;
    }
}

static void put_default(const struct schema *s, const struct field *field, struct node *out)
{
    bool plain = field->type == FIELD_TYPE_BOOL || field->type == FIELD_TYPE_UINT ||
                 field->type == FIELD_TYPE_NUMBER;

    if (field->example)
        put_text(s, grow_list(s->arena, out, "examples"), NULL, field->example);
    if (!field->preset)
        return;
    if (plain)
        grow_plain(s->arena, out, "default", field->preset);
    else if (field->type != FIELD_TYPE_STRINGS)
        put_text(s, out, "default", field->preset);
}

/* ---- tables ---- */

static const char *define(struct schema *s, const struct field *fields, bool is_switch,
                          const char *name);

static void put_field(struct schema *s, const struct field *field, const struct field *table,
                      const char *table_reference, const char *name, struct node *properties)
{
    struct node *out = put_map(s, properties, field->name);
    const char *path = arena_printf(s->arena, "%s.%s", name, field->name);
    const char *reference = NULL;

    put_text(s, out, "description",
             field->preset ? arena_printf(s->arena, "%s (default: %s)", field->help,
                                          *field->preset ? field->preset : "\"\"")
                           : field->help);
    if (field->note) {
        put_text(s, out, "deprecationMessage", field->note);
        grow_plain(s->arena, out, "doNotSuggest", "true");
    }
    if (field->fields)
        reference = field->fields == table
                        ? table_reference
                        : define(s, field->fields, field->type == FIELD_TYPE_SWITCH, path);
    if (field->type == FIELD_TYPE_BLOCKS) {
        put_value(s, out, "array string null", NULL);
        put_text(s, put_map(s, out, "items"), "$ref", reference);
    } else if (reference) {
        put_text(s, out, "$ref", reference);
    } else {
        put_leaf(s, field, out);
        put_default(s, field, out);
    }
}

static void put_fields(struct schema *s, const struct field *fields, const char *reference,
                       bool is_switch, const char *name, struct node *out)
{
    struct node *properties;

    put_value(s, out, "object string null", NULL);
    properties = put_map(s, out, "properties");
    for (const struct field *field = fields; field && field->name; field++)
        put_field(s, field, fields, reference, name, properties);
    if (is_switch && !node_get(properties, "enabled")) {
        struct node *enabled = put_map(s, properties, "enabled");

        put_text(s, enabled, "description", "false: as if the block were absent");
        put_value(s, enabled, "boolean string null", NULL);
    }
    close_map(s, out);
}

/* The reference to a table's definition, which is made where there is none yet. */
static const char *define(struct schema *s, const struct field *fields, bool is_switch,
                          const char *name)
{
    const char *reference = arena_printf(s->arena, "#/definitions/%s", name);

    for (size_t i = 0; i < s->count; i++)
        if (s->definitions[i].fields == fields && s->definitions[i].is_switch == is_switch)
            return s->definitions[i].reference;
    s->definitions = mem_room(s->definitions, s->count, &s->cap, sizeof(*s->definitions));
    s->definitions[s->count++] = (struct definition){fields, is_switch, reference};
    put_fields(s, fields, reference, is_switch, name, put_map(s, s->nodes, name));
    return reference;
}

/* ---- sections ---- */

static void put_type(struct schema *s, const struct component_type *type, const char *name,
                     const char *reference, struct node *properties, struct node *patterns)
{
    struct node *plain = put_map(s, properties, name);
    struct node *named = put_map(s, patterns, arena_printf(s->arena, "^\\s*%s\\s*/.+$", name));

    put_text(s, plain, "description", type->help);
    put_text(s, plain, "$ref", reference);
    if (name != type->name)
        grow_plain(s->arena, plain, "doNotSuggest", "true");
    put_text(s, named, "description", type->help);
    put_text(s, named, "$ref", reference);
}

/* What the official collector has and this program has not may stand there, too. */
static void put_others(const struct schema *s, enum section section, struct node *patterns)
{
    const char *pattern = "";

    for (const char *const *name = upstream_names(section); *name; name++)
        pattern = arena_printf(s->arena, "%s%s%s", pattern, *pattern ? "|" : "", *name);
    put_text(s, put_map(s, patterns, arena_printf(s->arena, "^\\s*(%s)" NAME_BEHIND, pattern)),
             "description", "a component that otelc does not have");
}

static void put_section(struct schema *s, enum section section, struct node *properties)
{
    struct node *out = put_map(s, properties, section_names[section]);
    struct node *known, *patterns;

    put_text(
        s, out, "description",
        arena_printf(s->arena, "%s by their ids: a type, or type/name", section_names[section]));
    put_value(s, out, "object string null", NULL);
    known = put_map(s, out, "properties");
    patterns = put_map(s, out, "patternProperties");
    for (const struct component_type *const *type = component_types; *type; type++) {
        const char *reference, *name;

        if ((unsigned)(*type)->kind != (unsigned)section)
            continue;
        name = arena_printf(s->arena, "%s.%s", section_names[section], (*type)->name);
        reference = define(s, (*type)->fields, false, name);
        put_type(s, *type, (*type)->name, reference, known, patterns);
        for (const char *const *old = (*type)->old_names; old && *old; old++)
            put_type(s, *type, *old, reference, known, patterns);
    }
    put_others(s, section, patterns);
    close_map(s, out);
}

/* A list of ids. */
static void put_ids(const struct schema *s, struct node *properties, const char *key,
                    const char *help)
{
    struct node *out = put_map(s, properties, key);

    put_text(s, out, "description", help);
    put_value(s, out, "array string null", NULL);
    put_text_items(s, out);
}

static const char *define_pipeline(const struct schema *s)
{
    struct node *out = put_map(s, s->nodes, "pipeline"), *properties;

    put_value(s, out, "object string null", NULL);
    properties = put_map(s, out, "properties");
    put_ids(s, properties, "receivers", "ids of receivers, and of connectors that give the data");
    put_ids(s, properties, "processors", "ids of processors, in the order of the data's way");
    put_ids(s, properties, "exporters", "ids of exporters, and of connectors that take the data");
    close_map(s, out);
    return "#/definitions/pipeline";
}

static void put_pipelines(const struct schema *s, struct node *out)
{
    static const char *const others = "profiles";
    const char *reference = define_pipeline(s), *pattern = others;
    struct node *known;

    put_value(s, out, "object string null", NULL);
    known = put_map(s, out, "properties");
    for (unsigned signal = 0; signal < SIGNAL_KINDS; signal++) {
        struct node *one = put_map(s, known, signal_words[signal].name);

        put_text(s, one, "description",
                 arena_printf(s->arena, "the way of %s", signal_words[signal].name));
        put_text(s, one, "$ref", reference);
        pattern = arena_printf(s->arena, "%s|%s", pattern, signal_words[signal].name);
    }
    put_text(s,
             put_map(s, put_map(s, out, "patternProperties"),
                     arena_printf(s->arena, "^\\s*(%s)" NAME_BEHIND, pattern)),
             "$ref", reference);
    close_map(s, out);
}

/* The table of the service section, in which ids have no form. */
static void put_service(struct schema *s, struct node *properties)
{
    struct node *out = put_map(s, properties, "service"), *list;

    put_text(s, out, "description", "what runs");
    put_fields(s, service_fields, "", false, "service", out);
    list = node_get(node_get(out, "properties"), "extensions");
    put_value(s, list, "array string null", NULL);
    put_text_items(s, list);
    put_pipelines(s, node_get(node_get(out, "properties"), "pipelines"));
}

void schema_print(void)
{
    struct arena *arena = arena_new(1 << 18);
    struct schema s = {.arena = arena, .nodes = grow_map(arena, NULL, "definitions")};
    struct node *root = grow_map(arena, NULL, NULL), *properties;
    struct buf out = {0};

    put_text(&s, root, "$schema", "http://json-schema.org/draft-07/schema#");
    put_types(&s, root, "object null");
    properties = put_map(&s, root, "properties");
    for (unsigned section = 0; section < SECTIONS; section++)
        put_section(&s, section, properties);
    put_service(&s, properties);
    close_map(&s, root);
    grow_attach(arena, root, s.nodes);
    emit_json(&out, root);
    fwrite(out.at, 1, out.len, stdout);
    buf_done(&out);
    free(s.definitions);
    arena_free(arena);
}
