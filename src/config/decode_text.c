/*
 * Messages that give the fix: what looks like another type has to be quoted, or must not be.
 */
#include "config/decode_text.h"

#include "base/arena.h"
#include "config/scalar.h"

enum { KEYS_SHOWN = 4 /* items of a list that should be keys, in a message */ };

/* What a field wants, for messages. */
static const char *wanted_by(enum field_type type)
{
    switch (type) {
    case FIELD_TYPE_BOOL:
        return "true or false";
    case FIELD_TYPE_UINT:
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
    case FIELD_TYPE_TEXTS:
        return "a map";
    case FIELD_TYPE_BLOCKS:
        return "a list of maps";
    case FIELD_TYPE_EXTENSION:
    case FIELD_TYPE_AUTHENTICATOR:
        return "the id of an extension";
    case FIELD_TYPE_NODE:
    case FIELD_TYPE_IGNORED:
        break;
    }
    return "anything";
}

/* The items of a list as keys. */
static const char *list_as_map(struct arena *arena, const struct node *list)
{
    const char *text = "";

    for (size_t i = 0; i < list->count; i++) {
        if (list->children[i]->kind != NODE_SCALAR || i == KEYS_SHOWN)
            return ": its items are keys, without \"- \" in front";
        text =
            arena_printf(arena, "%s%s%.64s: {}", text, i > 0 ? ", " : "", list->children[i]->text);
    }
    return *text ? arena_printf(arena, ": write {%s}", text) : "";
}

const char *decode_map_advice(struct arena *arena, const struct node *node)
{
    const char *colon = node->kind == NODE_SCALAR ? strchr(node->text, ':') : NULL;

    if (node->kind == NODE_LIST)
        return list_as_map(arena, node);
    if (node->quoted || !colon || colon == node->text || node->secret)
        return "";
    return arena_printf(arena, ": write \"%.*s: %s\", with a blank", (int)(colon - node->text),
                        node->text, colon + 1);
}

void decode_wrong_type(struct decoder *d, const struct field *field, const struct node *node)
{
    bool is_block = field->type == FIELD_TYPE_BLOCK || field->type == FIELD_TYPE_SWITCH;
    const char *wanted = wanted_by(field->type);
    const char *advice = is_block ? decode_map_advice(d->arena, node) : "";

    if (node->secret || node->kind != NODE_SCALAR)
        error_at(d->problems, node, "wants %s, not %s%s", wanted, node_what(node), advice);
    else
        error_at(d->problems, node, "wants %s, not \"%s\"%s", wanted, node->text, advice);
}

const char *decode_plain(struct decoder *d, const struct field *field, const struct node *node)
{
    if (node->kind == NODE_SCALAR && !node->quoted)
        return node->text;
    if (node->kind == NODE_SCALAR && scalar_type_of(node->text) != SCALAR_STRING)
        error_at(d->problems, node, "\"%s\" in quotes is a string: write %s without quotes",
                 node->text, node->text);
    else
        decode_wrong_type(d, field, node);
    return NULL;
}

/* A port in place of "host:port": the host that the field shows, with a colon; "" for others. */
static struct str missing_host(const struct field *field, enum scalar_type type)
{
    const char *shown = field->preset ? field->preset : field->example ? field->example : "";
    const char *colon = strrchr(shown, ':');

    if (type != SCALAR_NUMBER || !colon || strspn(colon + 1, "0123456789") < 2)
        return STR("");
    return (struct str){shown, (size_t)(colon - shown) + 1};
}

/* The field has several texts, of which this is one. */
static bool is_element(const struct field *field)
{
    return field->type == FIELD_TYPE_STRINGS || field->type == FIELD_TYPE_SECRETS ||
           field->type == FIELD_TYPE_HEADERS || field->type == FIELD_TYPE_TEXTS;
}

const char *decode_text(struct decoder *d, const struct field *field, const struct node *node)
{
    enum scalar_type type;

    if (node->original)
        return node->original;
    if (node->kind == NODE_LIST || node->kind == NODE_MAP) {
        if (is_element(field))
            error_at(d->problems, node, "wants a string, not %s", node_what(node));
        else
            decode_wrong_type(d, field, node);
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
        error_at(d->problems, node, "%s is %s: write \"%.*s%s\"", node->text, scalar_what(type),
                 STR_ARG(missing_host(field, type)), node->text);
    return NULL;
}
