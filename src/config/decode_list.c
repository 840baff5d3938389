/*
 * Each element is decoded on its own: what is wrong with one is told with its place.
 */
#include "config/decode_list.h"

#include <ctype.h>
#include <string.h>

#include "base/arena.h"

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

void decode_strings(struct decoder *d, const struct field *field, struct string_list *out,
                    const struct node *node)
{
    const char *text;

    if (node->kind != NODE_LIST) {
        text = node->kind == NODE_MAP && !node->original ? NULL : decode_text(d, field, node);
        if (text)
            split(d, str_of(text), out);
        else if (node->kind == NODE_MAP)
            decode_wrong_type(d, field, node);
        return;
    }
    out->at = arena_alloc(d->arena, node->count * sizeof(*out->at));
    out->count = 0;
    for (size_t i = 0; i < node->count; i++) {
        node->children[i]->secret = node->secret;
        text = node->children[i]->broken ? NULL : decode_text(d, field, node->children[i]);
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
    text = decode_text(d, field, value);
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
    text = name->broken ? NULL : decode_text(d, field, name);
    if (text)
        add_header(d, field, out, text, value);
}

void decode_headers(struct decoder *d, const struct field *field, struct header_list *out,
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

void decode_texts(struct decoder *d, const struct field *field, struct text_map *out,
                  const struct node *node)
{
    if (node->kind != NODE_MAP) {
        error_at(d->problems, node, "wants a map of names and texts, not %s", node_what(node));
        return;
    }
    out->at = arena_alloc(d->arena, node->count * sizeof(*out->at));
    out->count = 0;
    for (size_t i = 0; i < node->count; i++) {
        const struct node *child = node->children[i];
        const char *text = child->broken ? NULL : decode_text(d, field, child);

        if (text)
            out->at[out->count++] = (struct text_pair){child->key, text};
    }
}
