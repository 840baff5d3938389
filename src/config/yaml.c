/*
 * libyaml's events to a tree. What the events do not know is done here: the limits, places,
 * repeated keys, aliases (each one a copy), merge keys ("<<"), and plain words about what is wrong.
 */
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/arena.h"
#include "base/mem.h"
#include "config/scalar.h"
#include "config/source.h"
#include "config/tree_priv.h"
#include "config/yaml_error.h"

enum { MAX_DIRECTIVES = 64 }; /* lines like "%YAML 1.2" */

struct anchor {
    const char *name;
    const struct node *node;
};

struct reader {
    struct tree *tree;
    yaml_parser_t parser;
    const char *file;
    struct str text;
    const struct place *all_at; /* where not NULL, the place of every node */
    struct anchor *anchors;     /* owned */
    size_t anchor_count, anchor_cap;
};

static struct place place_of(const struct reader *r, const yaml_mark_t *mark)
{
    if (r->all_at)
        return *r->all_at;
    return (struct place){r->file, (unsigned)mark->line + 1, (unsigned)mark->column + 1};
}

/* Where a byte of the text stands; for the errors that libyaml's lowest level finds. */
static struct place place_of_byte(const struct reader *r, size_t offset)
{
    struct place place = {r->file, 1, 1};

    for (size_t i = 0; i < offset && i < r->text.len; i++) {
        if (r->text.at[i] == '\n') {
            place.line++;
            place.col = 1;
        } else if (((unsigned char)r->text.at[i] & 0xc0) != 0x80) {
            place.col++;
        }
    }
    return r->all_at ? *r->all_at : place;
}

static void tell_syntax(const struct reader *r)
{
    const yaml_parser_t *parser = &r->parser;
    yaml_mark_t mark;
    const char *text = yaml_error_words(parser, r->text, r->tree->arena, &mark);
    struct place place = place_of(r, &mark);

    if (parser->error == YAML_READER_ERROR) {
        place = place_of_byte(r, parser->problem_offset);
        if (strstr(text, "UTF-8"))
            text = "not UTF-8 text";
    }
    problem_in(r->tree->problems, PROBLEM_ERROR, place, "", "%s", text);
}

static bool next_event(struct reader *r, yaml_event_t *event)
{
    if (yaml_parser_parse(&r->parser, event))
        return true;
    tell_syntax(r);
    return false;
}

static bool read_value(struct reader *r, yaml_event_t *event, struct node *node);

static bool tell(const struct reader *r, struct place place, const char *text)
{
    problem_in(r->tree->problems, PROBLEM_ERROR, place, "", "%s", text);
    return false;
}

static const char *scalar_text(struct reader *r, const yaml_event_t *event)
{
    return arena_copy(r->tree->arena, (struct str){(const char *)event->data.scalar.value,
                                                   event->data.scalar.length})
        .at;
}

static bool read_scalar(struct reader *r, const yaml_event_t *event, struct node *node)
{
    const char *tag = (const char *)event->data.scalar.tag;

    if (memchr(event->data.scalar.value, '\0', event->data.scalar.length))
        return tell(r, node->at, "a NUL character in a text");
    node->kind = NODE_SCALAR;
    node->text = scalar_text(r, event);
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    if (!node->quoted && (str_starts(str_of(node->text), STR("\u201c")) ||
                          str_starts(str_of(node->text), STR("\u2018"))))
        problem_in(r->tree->problems, PROBLEM_WARNING, node->at, "",
                   "this quote is one of typesetters, and taken as it stands: write \" or '");
    if (tag && (strcmp(tag, YAML_STR_TAG) == 0 || strcmp(tag, "!") == 0))
        node->quoted = true;
    else if (tag && (strcmp(tag, YAML_INT_TAG) == 0 || strcmp(tag, YAML_FLOAT_TAG) == 0 ||
                     strcmp(tag, YAML_BOOL_TAG) == 0 || strcmp(tag, YAML_NULL_TAG) == 0))
        node->quoted = false;
    if (scalar_type(node) == SCALAR_NULL) {
        node->kind = NODE_NULL;
        if (node->text[0] == '\0' && node->key)
            node->at = node->key_at; /* libyaml puts it in front of what comes next */
    }
    return true;
}

static bool read_alias(struct reader *r, const yaml_event_t *event, struct node *node)
{
    const char *name = (const char *)event->data.alias.anchor;

    for (size_t i = r->anchor_count; i > 0; i--)
        if (strcmp(r->anchors[i - 1].name, name) == 0)
            return tree_copy(r->tree, node, r->anchors[i - 1].node);
    problem_in(r->tree->problems, PROBLEM_ERROR, node->at, "",
               "*%s: there is no complete &%s before this place", name, name);
    return false;
}

static bool read_list(struct reader *r, struct node *list)
{
    yaml_event_t event;

    list->kind = NODE_LIST;
    for (;;) {
        struct node *item;

        if (!next_event(r, &event))
            return false;
        if (event.type == YAML_SEQUENCE_END_EVENT) {
            yaml_event_delete(&event);
            return true;
        }
        item = tree_add(r->tree, list, NULL, (struct place){0}, place_of(r, &event.start_mark));
        if (!item) {
            yaml_event_delete(&event);
            return false;
        }
        if (!read_value(r, &event, item))
            return false;
    }
}

/* What "<<" refers to: its members are taken where the map has no such key itself. */
static bool merge_in(struct reader *r, struct node *map, const struct node *from)
{
    bool is_list = from->kind == NODE_LIST;

    for (size_t i = 0; is_list && i < from->count; i++)
        if (from->children[i]->kind != NODE_MAP || !merge_in(r, map, from->children[i]))
            return tell(r, from->children[i]->at, "\"<<\" wants a map, or a list of maps");
    if (!is_list && from->kind != NODE_MAP)
        return tell(r, from->at, "\"<<\" wants a map, or a list of maps");
    for (size_t i = 0; !is_list && i < from->count; i++)
        if (!node_get(map, from->children[i]->key))
            tree_attach(r->tree, map, from->children[i]);
    return true;
}

static bool merge_all(struct reader *r, struct node *map, const struct node *merged)
{
    for (size_t i = 0; merged && i < merged->count; i++)
        if (!merge_in(r, map, merged->children[i]))
            return false;
    return true;
}

/* Where the value of a key goes: a new member, or, where the key is repeated, nowhere. */
static struct node *member_for(struct reader *r, struct node *map, const char *key,
                               struct place key_at, struct place at)
{
    struct node *clash, *target = tree_reach(r->tree, map, &key, key_at, &clash);

    if (target)
        clash = node_get(target, key);
    if (!target && !clash)
        return NULL;
    if (!clash)
        return tree_add(r->tree, target, key, key_at, at);
    problem_in(r->tree->problems, PROBLEM_ERROR, key_at, node_path(clash, r->tree->arena),
               "repeated key: it stands in line %u already", clash->key_at.line);
    return tree_loose(r->tree, map, at);
}

/* One key and its value; merged gathers what "<<" refers to. Takes the key's event. */
static bool read_member(struct reader *r, yaml_event_t *event, struct node *map,
                        struct node **merged)
{
    struct place key_at = place_of(r, &event->start_mark), at;
    const char *key;
    bool is_text = event->type == YAML_SCALAR_EVENT &&
                   !memchr(event->data.scalar.value, '\0', event->data.scalar.length);
    bool is_merge = is_text && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
                    strcmp((const char *)event->data.scalar.value, "<<") == 0;
    struct node *member;

    key = is_text ? scalar_text(r, event) : NULL;
    yaml_event_delete(event);
    if (!key)
        return tell(r, key_at,
                    "a key must be a word (\"{{ }}\" belongs to templates: fill them in "
                    "first)");
    if (str_starts(str_of(key), STR("\u00a0")))
        return tell(r, key_at, "a non-breaking space (U+00A0) in front: YAML wants blanks");
    if (!next_event(r, event))
        return false;
    at = place_of(r, &event->start_mark);
    if (is_merge && !*merged) {
        *merged = tree_loose(r->tree, map, key_at);
        if (*merged)
            (*merged)->kind = NODE_LIST;
    }
    if (is_merge)
        member = *merged ? tree_add(r->tree, *merged, NULL, key_at, at) : NULL;
    else
        member = member_for(r, map, key, key_at, at);
    if (member)
        return read_value(r, event, member);
    yaml_event_delete(event);
    return false;
}

static bool read_map(struct reader *r, struct node *map)
{
    struct node *merged = NULL;
    yaml_event_t event;

    map->kind = NODE_MAP;
    for (;;) {
        if (!next_event(r, &event))
            return false;
        if (event.type == YAML_MAPPING_END_EVENT) {
            yaml_event_delete(&event);
            return merge_all(r, map, merged);
        }
        if (!read_member(r, &event, map, &merged))
            return false;
    }
}

static void remember(struct reader *r, const char *name, const struct node *node)
{
    r->anchors = mem_room(r->anchors, r->anchor_count, &r->anchor_cap, sizeof(*r->anchors));
    r->anchors[r->anchor_count++] = (struct anchor){name, node};
}

/* Fills in the node from an event and those that belong to it. Takes the event. */
static bool read_value(struct reader *r, yaml_event_t *event, struct node *node)
{
    const yaml_char_t *name =
        event->type == YAML_SCALAR_EVENT           ? event->data.scalar.anchor
        : event->type == YAML_SEQUENCE_START_EVENT ? event->data.sequence_start.anchor
        : event->type == YAML_MAPPING_START_EVENT  ? event->data.mapping_start.anchor
                                                   : NULL;
    const char *anchor = name ? arena_text(r->tree->arena, (const char *)name) : NULL;
    yaml_event_type_t type = event->type;
    bool good = true;

    if (type == YAML_SCALAR_EVENT)
        good = read_scalar(r, event, node);
    else if (type == YAML_ALIAS_EVENT)
        good = read_alias(r, event, node);
    yaml_event_delete(event);
    if (type == YAML_SEQUENCE_START_EVENT)
        good = read_list(r, node);
    else if (type == YAML_MAPPING_START_EVENT)
        good = read_map(r, node);
    if (good && anchor)
        remember(r, anchor, node);
    return good;
}

/* The first document; a second one is not read, only mentioned. */
static struct node *read_document(struct reader *r, struct node *parent)
{
    struct node *root = NULL;
    yaml_event_t event;
    yaml_event_type_t type;

    for (;;) {
        if (!next_event(r, &event))
            return NULL;
        type = event.type;
        if (type != YAML_STREAM_START_EVENT && type != YAML_DOCUMENT_START_EVENT)
            break;
        yaml_event_delete(&event);
    }
    root = tree_loose(r->tree, parent, place_of(r, &event.start_mark));
    if (!root || type == YAML_STREAM_END_EVENT) {
        yaml_event_delete(&event);
        return root;
    }
    if (!read_value(r, &event, root) || !next_event(r, &event)) /* the document's end */
        return NULL;
    yaml_event_delete(&event);
    if (!next_event(r, &event))
        return NULL;
    if (event.type == YAML_DOCUMENT_START_EVENT)
        problem_in(r->tree->problems, PROBLEM_WARNING, place_of(r, &event.start_mark), "",
                   "a second document starts here: it is not read");
    yaml_event_delete(&event);
    return root;
}

/* libyaml's time grows with the square of their number. */
static bool has_too_many_directives(struct str text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++)
        count += text.at[i] == '%' && (i == 0 || text.at[i - 1] == '\n' || text.at[i - 1] == '\r');
    return count > MAX_DIRECTIVES;
}

struct node *tree_parse(struct tree *tree, const char *file, struct str text, struct node *parent,
                        const struct place *all_at)
{
    struct reader r = {.tree = tree, .file = file, .text = text, .all_at = all_at};
    struct node *root;

    if (has_too_many_directives(text)) {
        tell(&r, (struct place){file, 0, 0}, "too many lines that start with %");
        return NULL;
    }
    if (!yaml_parser_initialize(&r.parser)) {
        tell(&r, (struct place){file, 0, 0}, "out of memory");
        return NULL;
    }
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const yaml_char_t *)(text.at ? text.at : ""),
                                 text.len);
    root = read_document(&r, parent);
    yaml_parser_delete(&r.parser);
    free(r.anchors);
    return root;
}
