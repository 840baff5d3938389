/*
 * Walks a table of fields along a map: defaults first, then what the map has.
 */
#include "config/field.h"

#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "config/decode_value.h"
#include "config/nearest.h"

static void clear(const struct field *field, void *member)
{
    static const size_t sizes[] = {
        [FIELD_TYPE_BOOL] = sizeof(bool),
        [FIELD_TYPE_UINT] = sizeof(uint64_t),
        [FIELD_TYPE_NUMBER] = sizeof(double),
        [FIELD_TYPE_DURATION] = sizeof(uint64_t),
        [FIELD_TYPE_STRING] = sizeof(const char *),
        [FIELD_TYPE_SECRET] = sizeof(const char *),
        [FIELD_TYPE_CHOICE] = sizeof(unsigned),
        [FIELD_TYPE_STRINGS] = sizeof(struct string_list),
        [FIELD_TYPE_SECRETS] = sizeof(struct string_list),
        [FIELD_TYPE_HEADERS] = sizeof(struct header_list),
        [FIELD_TYPE_EXTENSION] = sizeof(const char *),
        [FIELD_TYPE_AUTHENTICATOR] = sizeof(const char *),
        [FIELD_TYPE_BLOCK] = 0,
        [FIELD_TYPE_SWITCH] = sizeof(bool),
        [FIELD_TYPE_BLOCKS] = sizeof(struct block_list),
        [FIELD_TYPE_TEXTS] = sizeof(struct text_map),
        [FIELD_TYPE_NODE] = sizeof(const struct node *),
        [FIELD_TYPE_IGNORED] = 0,
    };

    memset(member, 0, sizes[field->type]);
}

/* All defaults, the last field's first. */
static void preset(struct decoder *d, const struct field *fields, void *settings)
{
    size_t count = 0;

    while (fields[count].name)
        count++;
    while (count-- > 0) {
        const struct field *field = &fields[count];
        void *member = (char *)settings + field->offset;
        struct node node = {.kind = NODE_SCALAR, .text = field->preset, .original = field->preset};
        size_t errors = d->problems->errors;

        clear(field, member);
        if (field->type == FIELD_TYPE_BLOCK || field->type == FIELD_TYPE_SWITCH)
            preset(d, field->fields, member);
        if (field->type == FIELD_TYPE_SWITCH)
            clear(field, member);
        if (field->preset)
            decode_value(d, field, member, &node);
        assert(d->problems->errors == errors);
    }
}

static void decode_map(struct decoder *d, const struct field *fields, void *settings,
                       struct node *map, bool *enabled);

static void decode_block(struct decoder *d, const struct field *field, void *member,
                         struct node *node)
{
    bool *enabled = field->type == FIELD_TYPE_SWITCH ? member : NULL;

    if (enabled)
        *enabled = true;
    if (node->kind == NODE_MAP)
        decode_map(d, field->fields, member, node, enabled);
    else if (node->kind != NODE_NULL)
        decode_wrong_type(d, field, node);
}

/* Each element on its own, from its defaults on; the nodes are the list's own. */
static void decode_blocks(struct decoder *d, const struct field *field, struct block_list *out,
                          struct node *node)
{
    if (node->kind == NODE_NULL)
        return;
    if (node->kind != NODE_LIST) {
        decode_wrong_type(d, field, node);
        return;
    }
    out->at = arena_alloc(d->arena, node->count * field->size);
    memset(out->at, 0, node->count * field->size);
    out->nodes = (const struct node *const *)node->children;
    out->count = node->count;
    for (size_t i = 0; i < node->count; i++) {
        struct node *child = node->children[i];

        preset(d, field->fields, (char *)out->at + i * field->size);
        if (child->kind == NODE_MAP && !child->broken)
            decode_map(d, field->fields, (char *)out->at + i * field->size, child, NULL);
        else if (!child->broken)
            error_at(d->problems, child, "wants a map of settings, not %s", node_what(child));
    }
}

/* Types of which null is a value, the empty one. */
static bool null_is_empty(enum field_type type)
{
    return type == FIELD_TYPE_STRINGS || type == FIELD_TYPE_SECRETS || type == FIELD_TYPE_HEADERS ||
           type == FIELD_TYPE_TEXTS;
}

static void decode_member(struct decoder *d, const struct field *field, void *settings,
                          struct node *node)
{
    void *member = (char *)settings + field->offset;

    if (field->note)
        problem_at_key(d->problems, PROBLEM_NOTE, node, "%s", field->note);
    node->secret = field->type == FIELD_TYPE_SECRET || field->type == FIELD_TYPE_SECRETS ||
                   field->type == FIELD_TYPE_HEADERS;
    if (node->broken || field->type == FIELD_TYPE_IGNORED)
        return;
    if (field->type == FIELD_TYPE_BLOCK || field->type == FIELD_TYPE_SWITCH)
        decode_block(d, field, member, node);
    else if (field->type == FIELD_TYPE_BLOCKS)
        decode_blocks(d, field, member, node);
    else if (field->type == FIELD_TYPE_NODE)
        *(const struct node **)member = node;
    else if (node->kind != NODE_NULL || (node->original && (field->type == FIELD_TYPE_STRING ||
                                                            field->type == FIELD_TYPE_SECRET)))
        decode_value(d, field, member, node);
    else if (!null_is_empty(field->type))
        warning_at(d->problems, node, "no value: the default counts%s%s%s",
                   field->preset ? " (" : "", field->preset ? field->preset : "",
                   field->preset ? ")" : "");
}

enum {
    NESTED_MAX = 4, /* blocks in blocks that are looked through for a key */
    WORD_MIN = 4    /* letters of a word that tells which key was meant */
};

/* Where in the blocks below there is a key of this name: "protocols.grpc.endpoint"; NULL: nowhere.
 */
static const char *find_below(struct decoder *d, const struct field *fields, const char *name,
                              unsigned depth)
{
    for (const struct field *field = fields; field->name && depth > 0; field++) {
        bool is_block = field->type == FIELD_TYPE_BLOCK || field->type == FIELD_TYPE_SWITCH;
        const char *rest;

        if (!is_block || field->note)
            continue;
        for (const struct field *below = field->fields; below->name; below++)
            if (strcmp(below->name, name) == 0 && !below->note)
                return arena_printf(d->arena, "%s.%s", field->name, name);
        rest = find_below(d, field->fields, name, depth - 1);
        if (rest)
            return arena_printf(d->arena, "%s.%s", field->name, rest);
    }
    return NULL;
}

/* The one key that has this word in it: "sending_queue" for "queue"; NULL: none, or several. */
static const char *find_containing(const char *word, const char *const *names)
{
    const char *found = NULL;

    for (; *names && strlen(word) >= WORD_MIN; names++) {
        if (!strstr(*names, word))
            continue;
        if (found)
            return NULL;
        found = *names;
    }
    return found;
}

static void unknown_key(struct decoder *d, const struct field *fields, const struct node *node)
{
    size_t count = 0;
    const char **names, *nearest;

    if (node->broken)
        return;
    while (fields[count].name)
        count++;
    names = arena_alloc(d->arena, (count + 1) * sizeof(*names));
    for (size_t i = 0; i < count; i++)
        names[i] = fields[i].name;
    nearest = find_below(d, fields, node->key, NESTED_MAX);
    nearest = nearest ? nearest : nearest_name(node->key, names);
    nearest = nearest ? nearest : find_containing(node->key, names);
    if (nearest)
        problem_at_key(d->problems, PROBLEM_ERROR, node, "unknown key; did you mean %s?", nearest);
    else
        problem_at_key(d->problems, PROBLEM_ERROR, node, "unknown key");
}

static void decode_pair(struct decoder *d, const struct field *fields, void *settings,
                        struct node *node, bool *enabled, bool old)
{
    static const struct field switch_field = {.name = "enabled", .type = FIELD_TYPE_BOOL};
    const struct field *field = fields;

    while (field->name && strcmp(field->name, node->key) != 0)
        field++;
    if ((field->name && field->note) != old)
        return;
    if (field->name)
        decode_member(d, field, settings, node);
    else if (enabled && strcmp(node->key, "enabled") == 0)
        decode_member(d, &switch_field, enabled, node);
    else
        unknown_key(d, fields, node);
}

/* enabled: of a switch, else NULL. Old keys come first: where the new one stands there, too, that
 * one counts. */
static void decode_map(struct decoder *d, const struct field *fields, void *settings,
                       struct node *map, bool *enabled)
{
    for (unsigned old = 2; old-- > 0;)
        for (size_t i = 0; i < map->count; i++)
            decode_pair(d, fields, settings, map->children[i], enabled, old);
}

void fields_decode(const struct field *fields, void *settings, struct node *node,
                   struct arena *arena, struct problems *problems)
{
    struct decoder d = {arena, problems};

    preset(&d, fields, settings);
    if (!node || node->broken || node->kind == NODE_NULL)
        return;
    if (node->kind == NODE_MAP)
        decode_map(&d, fields, settings, node, NULL);
    else
        error_at(problems, node, "wants a map of settings, not %s%s", node_what(node),
                 decode_map_advice(arena, node));
}

static void visit_blocks(const struct field *field, enum field_type type,
                         const struct block_list *list,
                         void (*visit)(void *arg, void *member, const struct node *node), void *arg)
{
    for (size_t i = 0; i < list->count; i++)
        fields_visit(field->fields, type, (char *)list->at + i * field->size, list->nodes[i], visit,
                     arg);
}

void fields_visit(const struct field *fields, enum field_type type, void *settings,
                  const struct node *map,
                  void (*visit)(void *arg, void *member, const struct node *node), void *arg)
{
    for (const struct field *field = fields; field->name; field++) {
        const struct node *node = node_get(map, field->name);
        void *member = (char *)settings + field->offset;

        if (!node || node->broken)
            continue;
        if (field->type == type)
            visit(arg, member, node);
        else if (field->type == FIELD_TYPE_BLOCKS)
            visit_blocks(field, type, member, visit, arg);
        else if (field->fields)
            fields_visit(field->fields, type, member, node, visit, arg);
    }
}
