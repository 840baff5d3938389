/*
 * A page of text for each path, made from the tables of fields.
 *
 *     exporters.jaeger.timeout: duration, default 5s
 *
 *       of each try; 0s: it may take as long as it likes
 *
 *       exporters:
 *         jaeger:
 *           timeout: 5s
 */
#include "commands/explain.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "commands/catalogue.h"
#include "commands/reference.h"
#include "config/nearest.h"
#include "service/emit.h"

enum { CANDIDATES_MAX = 10 /* that are told where a path is wrong */ };

/* ---- an example ---- */

static const char *in_quotes(const char *text, struct arena *arena)
{
    struct buf out = {0};
    const char *made;

    emit_yaml_text(&out, text);
    made = arena_text(arena, buf_text(&out));
    buf_done(&out);
    return made;
}

static const char *example_of_text(const struct field *field, struct arena *arena)
{
    size_t len = strlen(field->name);

    if (field->preset || field->example)
        return in_quotes(field->preset ? field->preset : field->example, arena);
    if (len >= 4 && strcmp(field->name + len - 4, "file") == 0)
        return "/etc/otelc/FILE";
    return "TEXT";
}

static const char *example_of_choice(const struct field *field, struct arena *arena)
{
    bool first_is_default = !field->preset || strcmp(field->preset, field->choices[0]) == 0;

    return in_quotes(field->choices[first_is_default && field->choices[1] ? 1 : 0], arena);
}

/* What is off by default shows more where it is on. */
static bool is_zero(const char *preset)
{
    return !preset || strcmp(preset, "0") == 0 || strcmp(preset, "0s") == 0;
}

static const char *example_of(const struct field *field, struct arena *arena)
{
    switch (field->type) {
    case FIELD_TYPE_BOOL:
        return field->preset && strcmp(field->preset, "true") == 0 ? "false" : "true";
    case FIELD_TYPE_UINT:
    case FIELD_TYPE_NUMBER:
        return is_zero(field->preset)
                   ? arena_printf(arena, "%.15g", field->max < 100 ? field->max : 100)
                   : field->preset;
    case FIELD_TYPE_DURATION:
        return is_zero(field->preset) ? "5s" : field->preset;
    case FIELD_TYPE_CHOICE:
        return example_of_choice(field, arena);
    case FIELD_TYPE_STRING:
        return example_of_text(field, arena);
    case FIELD_TYPE_SECRET:
        return "${env:SECRET}";
    case FIELD_TYPE_STRINGS:
        return "[TEXT, TEXT]";
    case FIELD_TYPE_SECRETS:
        return "[\"${env:SECRET}\"]";
    case FIELD_TYPE_HEADERS:
        return "{Authorization: \"Bearer ${env:TOKEN}\"}";
    case FIELD_TYPE_TEXTS:
        return "{NAME: TEXT}";
    case FIELD_TYPE_EXTENSION:
        return "file_storage";
    case FIELD_TYPE_AUTHENTICATOR:
        return "basicauth";
    case FIELD_TYPE_BLOCK:
    case FIELD_TYPE_SWITCH:
    case FIELD_TYPE_BLOCKS:
    case FIELD_TYPE_NODE:
    case FIELD_TYPE_IGNORED:
        break;
    }
    return NULL;
}

/* The path as YAML, a line for each key; what is behind "[]" is an element of a list. */
static void print_example(const struct catalogue_entry *entry, struct arena *arena)
{
    const char *value = entry->field ? example_of(entry->field, arena) : NULL;
    bool in_list = false;
    int indent = 2;

    if (!value)
        return;
    printf("\n");
    for (unsigned depth = 1; depth <= entry->depth; depth++) {
        const struct catalogue_entry *above = catalogue_above(entry, depth);

        printf("%*s%s%s:%s%s\n", indent, "", in_list ? "- " : "", catalogue_key(above),
               above == entry ? " " : "", above == entry ? value : "");
        indent += in_list ? 4 : 2;
        in_list = above->field && above->field->type == FIELD_TYPE_BLOCKS;
    }
}

/* ---- pages ---- */

static void print_type(const struct field *field)
{
    struct buf type = {0};

    reference_put_type(&type, field);
    printf("%s", buf_text(&type));
    buf_done(&type);
    if (field->type == FIELD_TYPE_UINT && field->max < 0x1p63)
        printf(" from %.15g to %.15g", field->min, field->max);
    if (field->preset)
        printf(", default %s", *field->preset ? field->preset : "\"\"");
}

static void print_help(const struct field *field, unsigned depth)
{
    printf("%*s%s%s%s\n", (int)depth * 2, "", field->help, field->note ? ": " : "",
           field->note ? field->note : "");
}

/* What stands below an entry, as deep as it goes. */
static void print_below(const struct catalogue *catalogue, const struct catalogue_entry *entry)
{
    const struct catalogue_entry *end = catalogue->at + catalogue->count;

    for (const struct catalogue_entry *at = entry + 1; at < end && at->depth > entry->depth; at++) {
        unsigned depth = at->depth - entry->depth;

        if (!at->field) {
            printf("  %s: %s\n", at->type->name, at->type->help);
            continue;
        }
        if (!entry->type && entry->depth == 1 && at->type)
            continue; /* a section: only its components */
        printf("\n%*s%s: ", (int)depth * 2, "", at->field->name);
        print_type(at->field);
        printf("\n");
        print_help(at->field, depth + 2);
    }
}

static void print_component(const struct component_type *type)
{
    printf("\n  %s\n", type->help);
    for (const char *const *name = type->old_names; name && *name; name++)
        printf("%s%s%s", name == type->old_names ? "  also as " : ", ", *name, name[1] ? "" : "\n");
}

static void print_entry(const struct catalogue *catalogue, const struct catalogue_entry *entry,
                        struct arena *arena)
{
    printf("%s", entry->path);
    if (entry->field) {
        printf(": ");
        print_type(entry->field);
        printf("\n\n");
        print_help(entry->field, 1);
    } else {
        printf("\n");
        if (entry->type)
            print_component(entry->type);
        else
            printf("\n");
    }
    print_example(entry, arena);
    print_below(catalogue, entry);
}

/* ---- wrong paths ---- */

/* Of the keys right below a parent (NULL: the sections), the nearest to the first one of rest. */
static const struct catalogue_entry *nearest_below(const struct catalogue *catalogue,
                                                   const struct catalogue_entry *parent,
                                                   const char *rest, struct arena *arena)
{
    const struct catalogue_entry *at = parent ? parent + 1 : catalogue->at;
    const struct catalogue_entry *end = catalogue->at + catalogue->count;
    unsigned depth = parent ? parent->depth + 1 : 1;
    const char **names = arena_alloc(arena, (catalogue->count + 1) * sizeof(*names)), *nearest;
    size_t count = 0;

    for (const struct catalogue_entry *one = at; one < end && one->depth >= depth; one++)
        if (one->depth == depth)
            names[count++] = catalogue_key(one);
    nearest = nearest_name(arena_copy(arena, (struct str){rest, strcspn(rest, ".")}).at, names);
    for (; nearest && at < end && at->depth >= depth; at++)
        if (at->depth == depth && strcmp(catalogue_key(at), nearest) == 0)
            return at;
    return NULL;
}

/* Key by key, as far as there is one that is near. NULL: not even the first. */
static const struct catalogue_entry *nearest_entry(const struct catalogue *catalogue,
                                                   const struct catalogue_entry *parent,
                                                   const char *rest, struct arena *arena)
{
    const struct catalogue_entry *found = NULL, *next = parent;

    while (*rest && (next = nearest_below(catalogue, next, rest, arena))) {
        found = next;
        rest += strcspn(rest, ".");
        rest += *rest == '.';
    }
    return found;
}

static bool begins_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* Paths that end in this key, those below the parent first. */
static size_t find_key(const struct catalogue *catalogue, const struct catalogue_entry *parent,
                       const char *key, const struct catalogue_entry *found[CANDIDATES_MAX])
{
    size_t count = 0;

    for (unsigned round = 0; round < 2; round++)
        for (size_t i = 0; i < catalogue->count && count < CANDIDATES_MAX; i++) {
            const struct catalogue_entry *entry = &catalogue->at[i];
            bool near = parent && begins_with(entry->path, parent->path);

            if (near == (round == 0) && strcmp(catalogue_key(entry), key) == 0 &&
                !(entry->field && entry->field->note))
                found[count++] = entry;
        }
    return count;
}

static void tell_wrong(const struct catalogue *catalogue, const char *path,
                       const struct catalogue_entry *parent, const char *rest,
                       const struct catalogue_entry *const *found, size_t count,
                       struct arena *arena)
{
    const struct catalogue_entry *nearest = nearest_entry(catalogue, parent, rest, arena);

    fprintf(stderr, "otelc: no such key: %s\n", path);
    if (nearest) {
        fprintf(stderr, "Did you mean %s?\n", nearest->path);
    } else if (count > 0) {
        fprintf(stderr, "Did you mean one of these?\n");
        for (size_t i = 0; i < count; i++)
            fprintf(stderr, "  %s\n", found[i]->path);
    } else if (parent) {
        fprintf(stderr, "'otelc explain %s' shows what there is.\n", parent->path);
    } else {
        fprintf(stderr, "A path begins with receivers, processors, exporters, connectors, "
                        "extensions or service.\n");
    }
}

static bool explain(const struct catalogue *catalogue, const char *path, struct arena *arena)
{
    const struct catalogue_entry *parent, *found[CANDIDATES_MAX], *entry;
    const char *rest, *dot;
    size_t count;

    entry = catalogue_find(catalogue, path, arena, &parent, &rest);
    if (!entry) {
        dot = strrchr(rest, '.');
        count = find_key(catalogue, parent, dot ? dot + 1 : rest, found);
        if (parent || dot || count != 1) {
            tell_wrong(catalogue, path, parent, rest, found, count, arena);
            return false;
        }
        entry = found[0]; /* a key that only one component has */
    }
    print_entry(catalogue, entry, arena);
    return true;
}

/* For shells. */
static void list(const struct catalogue *catalogue, const char *start)
{
    for (size_t i = 0; i < catalogue->count; i++)
        if (begins_with(catalogue->at[i].path, start) &&
            !(catalogue->at[i].field && catalogue->at[i].field->note))
            printf("%s\n", catalogue->at[i].path);
}

bool explain_print(const struct explain_options *options)
{
    struct arena *arena = arena_new(1 << 18);
    struct catalogue catalogue;
    bool all = true;

    catalogue_init(&catalogue, arena);
    for (size_t i = 0; i < options->path_count; i++) {
        if (options->list) {
            list(&catalogue, options->paths[i]);
            continue;
        }
        if (i > 0)
            printf("\n");
        all &= explain(&catalogue, options->paths[i], arena);
    }
    if (options->path_count == 0 && options->list)
        list(&catalogue, "");
    else if (options->path_count == 0)
        for (size_t i = 0; i < catalogue.count; i++)
            if (catalogue.at[i].depth == 1) {
                printf("%s", i > 0 ? "\n" : "");
                print_entry(&catalogue, &catalogue.at[i], arena);
            }
    catalogue_done(&catalogue);
    arena_free(arena);
    return all;
}
