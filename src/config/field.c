/*
 * One function for each type of field. Nothing is converted silently: the message gives the fix.
 */
#include "config/field.h"

#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "config/duration.h"
#include "config/nearest.h"
#include "config/scalar.h"

struct decoder {
    struct arena *arena;
    struct problems *problems;
};

/* What a field wants, for messages. */
static const char *wanted_by(enum field_type type)
{
    switch (type) {
    case FIELD_TYPE_BOOL:
        return "true or false";
    case FIELD_TYPE_UINT:
    case FIELD_TYPE_INT:
        return "a whole number";
    case FIELD_TYPE_NUMBER:
        return "a number";
    case FIELD_TYPE_DURATION:
        return "a duration like 200ms, 5s or 1m30s";
    case FIELD_TYPE_STRING:
    case FIELD_TYPE_SECRET:
        return "a string";
    case FIELD_TYPE_CHOICE:
        return "one of some words";
    case FIELD_TYPE_STRINGS:
    case FIELD_TYPE_SECRETS:
        return "a list of strings";
    case FIELD_TYPE_HEADERS:
    case FIELD_TYPE_BLOCK:
    case FIELD_TYPE_SWITCH:
        return "a map";
    case FIELD_TYPE_EXTENSION:
    case FIELD_TYPE_AUTHENTICATOR:
        return "the id of an extension";
    case FIELD_TYPE_IGNORED:
        break;
    }
    return "anything";
}

static void wrong_type(struct decoder *d, const struct field *field, const struct node *node)
{
    const char *wanted = wanted_by(field->type);

    if (node->secret || node->kind != NODE_SCALAR)
        error_at(d->problems, node, "wants %s, not %s", wanted, node_what(node));
    else
        error_at(d->problems, node, "wants %s, not \"%s\"", wanted, node->text);
}

/* A plain scalar's text; NULL, told, where the node is something else. */
static const char *plain_text(struct decoder *d, const struct field *field, const struct node *node)
{
    if (node->kind == NODE_SCALAR && !node->quoted)
        return node->text;
    if (node->kind == NODE_SCALAR && scalar_type_of(node->text) != SCALAR_STRING)
        error_at(d->problems, node, "\"%s\" in quotes is a string: write %s without quotes",
                 node->text, node->text);
    else
        wrong_type(d, field, node);
    return NULL;
}

static void decode_bool(struct decoder *d, const struct field *field, bool *out,
                        const struct node *node)
{
    static const char *const yes[] = {"yes", "on", "y", NULL}, *const no[] = {"no", "off", "n",
                                                                              NULL};
    const char *text = plain_text(d, field, node);

    if (!text || scalar_bool(text, out))
        return;
    for (size_t i = 0; yes[i]; i++) {
        bool is_yes = str_eq_nocase(str_of(text), str_of(yes[i]));

        if (is_yes || str_eq_nocase(str_of(text), str_of(no[i]))) {
            error_at(d->problems, node, "%s is a string: write %s", text,
                     is_yes ? "true" : "false");
            return;
        }
    }
    wrong_type(d, field, node);
}

static bool in_range(struct decoder *d, const struct field *field, const struct node *node,
                     double value)
{
    if (value >= field->min && value <= field->max)
        return true;
    if (field->max < 0x1p63)
        error_at(d->problems, node, "must be between %.15g and %.15g, not %s", field->min,
                 field->max, node->text);
    else
        error_at(d->problems, node, "must be at least %.15g, not %s", field->min, node->text);
    return false;
}

/* Tells what is wrong with a text that is no whole number of 64 bits. */
static void wrong_whole(struct decoder *d, const struct field *field, const struct node *node)
{
    double number;

    if (!scalar_number(node->text, &number))
        wrong_type(d, field, node);
    else if (number == floor(number))
        error_at(d->problems, node, "%s is too large", node->text);
    else
        error_at(d->problems, node, "wants a whole number, not %s", node->text);
}

static void decode_uint(struct decoder *d, const struct field *field, uint64_t *out,
                        const struct node *node)
{
    const char *text = plain_text(d, field, node);
    bool negative;
    uint64_t value;

    if (!text)
        return;
    if (!scalar_whole(text, &negative, &value))
        wrong_whole(d, field, node);
    else if (in_range(d, field, node, negative ? -(double)value : (double)value))
        *out = value;
}

static void decode_int(struct decoder *d, const struct field *field, int64_t *out,
                       const struct node *node)
{
    const char *text = plain_text(d, field, node);
    bool negative;
    uint64_t value;

    if (!text)
        return;
    if (!scalar_whole(text, &negative, &value) || value > INT64_MAX)
        wrong_whole(d, field, node);
    else if (in_range(d, field, node, negative ? -(double)value : (double)value))
        *out = negative ? -(int64_t)value : (int64_t)value;
}

static void decode_number(struct decoder *d, const struct field *field, double *out,
                          const struct node *node)
{
    const char *text = plain_text(d, field, node);
    double value;

    if (!text)
        return;
    if (!scalar_number(text, &value))
        wrong_type(d, field, node);
    else if (in_range(d, field, node, value))
        *out = value;
}

static void decode_duration(struct decoder *d, const struct field *field, uint64_t *out,
                            const struct node *node)
{
    bool negative;
    uint64_t value;
    const char *wrong;

    if (node->kind != NODE_SCALAR) {
        wrong_type(d, field, node);
        return;
    }
    wrong = duration_parse(node->text, &value);
    if (!wrong)
        *out = value;
    else if (scalar_whole(node->text, &negative, &value) && !negative)
        error_at(d->problems, node, "%s has no unit: write %ss for seconds, %sms for milliseconds",
                 node->text, node->text, node->text);
    else
        error_at(d->problems, node, "\"%s\" %s", node->text, wrong);
}

/* A string; NULL, told, where the node is something else. */
static const char *string_text(struct decoder *d, const struct field *field,
                               const struct node *node)
{
    enum scalar_type type;

    if (node->original)
        return node->original;
    if (node->kind == NODE_LIST || node->kind == NODE_MAP) {
        wrong_type(d, field, node);
        return NULL;
    }
    type = scalar_type(node);
    if (type == SCALAR_STRING)
        return node->text;
    if (type == SCALAR_NULL)
        error_at(d->problems, node, "wants a string, not null: write \"\" for an empty one");
    else if (node->secret)
        error_at(d->problems, node, "is %s: put it in quotes", scalar_what(type));
    else
        error_at(d->problems, node, "%s is %s: write \"%s\"", node->text, scalar_what(type),
                 node->text);
    return NULL;
}

static void decode_string(struct decoder *d, const struct field *field, const char **out,
                          const struct node *node)
{
    const char *text = string_text(d, field, node);

    if (text)
        *out = text;
}

static const char *list_choices(struct decoder *d, const struct field *field)
{
    const char *list = field->choices[0][0] != '\0' ? field->choices[0] : "\"\"";

    for (size_t i = 1; field->choices[i]; i++)
        list = arena_printf(d->arena, "%s%s%s", list, field->choices[i + 1] ? ", " : " or ",
                            field->choices[i][0] != '\0' ? field->choices[i] : "\"\"");
    return list;
}

static void decode_choice(struct decoder *d, const struct field *field, unsigned *out,
                          const struct node *node)
{
    const char *nearest;

    if (node->kind != NODE_SCALAR) {
        wrong_type(d, field, node);
        return;
    }
    for (unsigned i = 0; field->choices[i]; i++)
        if (str_eq_nocase(str_of(node->text), str_of(field->choices[i]))) {
            *out = i;
            return;
        }
    nearest = nearest_name(node->text, field->choices);
    if (nearest && nearest[0] != '\0')
        error_at(d->problems, node, "must be %s, not \"%s\"; did you mean %s?",
                 list_choices(d, field), node->text, nearest);
    else
        error_at(d->problems, node, "must be %s, not \"%s\"", list_choices(d, field), node->text);
}

/* "a, b" as two strings. */
static void split(struct decoder *d, struct str text, struct string_list *out)
{
    size_t count = 1;

    for (size_t i = 0; i < text.len; i++)
        count += text.at[i] == ',';
    out->at = arena_alloc(d->arena, count * sizeof(*out->at));
    out->count = 0;
    while (text.len > 0) {
        const char *comma = memchr(text.at, ',', text.len);
        size_t len = comma ? (size_t)(comma - text.at) : text.len;

        out->at[out->count++] = arena_copy(d->arena, str_trim((struct str){text.at, len})).at;
        len += comma != NULL;
        text = (struct str){text.at + len, text.len - len};
    }
}

static void decode_strings(struct decoder *d, const struct field *field, struct string_list *out,
                           const struct node *node)
{
    const char *text;

    if (node->kind != NODE_LIST) {
        text = node->kind == NODE_MAP && !node->original ? NULL : string_text(d, field, node);
        if (text)
            split(d, str_of(text), out);
        else if (node->kind == NODE_MAP)
            wrong_type(d, field, node);
        return;
    }
    out->at = arena_alloc(d->arena, node->count * sizeof(*out->at));
    out->count = 0;
    for (size_t i = 0; i < node->count; i++) {
        node->children[i]->secret = node->secret;
        text = node->children[i]->broken ? NULL : string_text(d, field, node->children[i]);
        if (text)
            out->at[out->count++] = text;
    }
}

bool header_name_is_valid(const char *name)
{
    if (*name == '\0')
        return false;
    for (; *name; name++)
        if (!isalnum((unsigned char)*name) && !strchr("!#$%&'*+-.^_`|~", *name))
            return false;
    return true;
}

bool header_value_is_valid(const char *value)
{
    for (; *value; value++)
        if (((unsigned char)*value < 0x20 && *value != '\t') || *value == 0x7f)
            return false;
    return true;
}

static void add_header(struct decoder *d, const struct field *field, struct header_list *out,
                       const char *name, struct node *value)
{
    const char *text;

    if (value->broken)
        return;
    value->secret = true;
    text = string_text(d, field, value);
    if (!text)
        return;
    if (!header_name_is_valid(name))
        problem_at_key(d->problems, PROBLEM_ERROR, value, "\"%s\" cannot be the name of a header",
                       name);
    else if (!header_value_is_valid(text))
        error_at(d->problems, value, "a header's value cannot hold control characters");
    else
        out->at[out->count++] = (struct header){name, text};
}

/* {name: X, value: Y} */
static void add_header_pair(struct decoder *d, const struct field *field, struct header_list *out,
                            const struct node *pair)
{
    struct node *name = node_get(pair, "name"), *value = node_get(pair, "value");
    const char *text;

    if (!name || !value || pair->count != 2) {
        error_at(d->problems, pair, "wants a map with name and value");
        return;
    }
    text = name->broken ? NULL : string_text(d, field, name);
    if (text)
        add_header(d, field, out, text, value);
}

static void decode_headers(struct decoder *d, const struct field *field, struct header_list *out,
                           const struct node *node)
{
    if (node->kind != NODE_MAP && node->kind != NODE_LIST) {
        error_at(d->problems, node, "wants a map of names and values, not %s", node_what(node));
        return;
    }
    out->at = arena_alloc(d->arena, node->count * sizeof(*out->at));
    out->count = 0;
    for (size_t i = 0; i < node->count; i++)
        if (node->kind == NODE_MAP)
            add_header(d, field, out, node->children[i]->key, node->children[i]);
        else
            add_header_pair(d, field, out, node->children[i]);
}

static void decode_scalar(struct decoder *d, const struct field *field, void *member,
                          struct node *node)
{
    switch (field->type) {
    case FIELD_TYPE_BOOL:
        decode_bool(d, field, member, node);
        break;
    case FIELD_TYPE_UINT:
        decode_uint(d, field, member, node);
        break;
    case FIELD_TYPE_INT:
        decode_int(d, field, member, node);
        break;
    case FIELD_TYPE_NUMBER:
        decode_number(d, field, member, node);
        break;
    case FIELD_TYPE_DURATION:
        decode_duration(d, field, member, node);
        break;
    case FIELD_TYPE_SECRET:
    case FIELD_TYPE_STRING:
    case FIELD_TYPE_EXTENSION:
    case FIELD_TYPE_AUTHENTICATOR:
        decode_string(d, field, member, node);
        break;
    case FIELD_TYPE_CHOICE:
        decode_choice(d, field, member, node);
        break;
    case FIELD_TYPE_STRINGS:
    case FIELD_TYPE_SECRETS:
        decode_strings(d, field, member, node);
        break;
    case FIELD_TYPE_HEADERS:
        decode_headers(d, field, member, node);
        break;
    case FIELD_TYPE_BLOCK:
    case FIELD_TYPE_SWITCH:
    case FIELD_TYPE_IGNORED:
        break;
    }
}

static void clear(const struct field *field, void *member)
{
    static const size_t sizes[] = {
        [FIELD_TYPE_BOOL] = sizeof(bool),
        [FIELD_TYPE_UINT] = sizeof(uint64_t),
        [FIELD_TYPE_INT] = sizeof(int64_t),
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
            decode_scalar(d, field, member, &node);
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
        wrong_type(d, field, node);
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
    else if (node->kind != NODE_NULL || (node->original && (field->type == FIELD_TYPE_STRING ||
                                                            field->type == FIELD_TYPE_SECRET)))
        decode_scalar(d, field, member, node);
    else if (field->type != FIELD_TYPE_STRINGS && field->type != FIELD_TYPE_SECRETS &&
             field->type != FIELD_TYPE_HEADERS)
        warning_at(d->problems, node, "no value: the default counts%s%s%s",
                   field->preset ? " (" : "", field->preset ? field->preset : "",
                   field->preset ? ")" : "");
}

static void unknown_key(struct decoder *d, const struct field *fields, const struct node *node)
{
    size_t count = 0;
    const char **names, *nearest;

    while (fields[count].name)
        count++;
    names = arena_alloc(d->arena, (count + 1) * sizeof(*names));
    for (size_t i = 0; i < count; i++)
        names[i] = fields[i].name;
    nearest = nearest_name(node->key, names);
    if (nearest)
        problem_at_key(d->problems, PROBLEM_ERROR, node, "unknown key; did you mean %s?", nearest);
    else
        problem_at_key(d->problems, PROBLEM_ERROR, node, "unknown key");
}

/* enabled: of a switch, else NULL. */
static void decode_map(struct decoder *d, const struct field *fields, void *settings,
                       struct node *map, bool *enabled)
{
    static const struct field switch_field = {.name = "enabled", .type = FIELD_TYPE_BOOL};

    for (size_t i = 0; i < map->count; i++) {
        struct node *node = map->children[i];
        const struct field *field = fields;

        while (field->name && strcmp(field->name, node->key) != 0)
            field++;
        if (field->name)
            decode_member(d, field, settings, node);
        else if (enabled && strcmp(node->key, "enabled") == 0)
            decode_member(d, &switch_field, enabled, node);
        else
            unknown_key(d, fields, node);
    }
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
        error_at(problems, node, "wants a map of settings, not %s", node_what(node));
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
        else if (field->fields)
            fields_visit(field->fields, type, member, node, visit, arg);
    }
}
