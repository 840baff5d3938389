/*
 * Messages that give the fix: what looks like another type has to be quoted, or must not be.
 */
#include "config/decode_text.h"

#include "config/scalar.h"

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

void decode_wrong_type(struct decoder *d, const struct field *field, const struct node *node)
{
    const char *wanted = wanted_by(field->type);

    if (node->secret || node->kind != NODE_SCALAR)
        error_at(d->problems, node, "wants %s, not %s", wanted, node_what(node));
    else
        error_at(d->problems, node, "wants %s, not \"%s\"", wanted, node->text);
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
        error_at(d->problems, node, "%s is %s: write \"%s\"", node->text, scalar_what(type),
                 node->text);
    return NULL;
}
