/*
 * Values of attributes.
 */
#include "processors/value.h"

#include "base/base64.h"
#include "config/scalar.h"
#include "otlp/attributes.h"
#include "otlp/json_text.h"
#include "otlp/wire_write.h"

enum { FIELD_ELEMENTS = 1, FIELD_KEY = 1, FIELD_VALUE = 2 };

/* Whole numbers beyond 64 bits become doubles. */
static struct value_view number_of(const char *text)
{
    struct value_view value = {.kind = VALUE_INT};
    bool negative;
    uint64_t size;

    if (scalar_whole(text, &negative, &size) && size <= (uint64_t)INT64_MAX + negative) {
        value.integer = (int64_t)(negative ? 0 - size : size);
        return value;
    }
    value.kind = VALUE_DOUBLE;
    scalar_number(text, &value.number);
    return value;
}

static struct value_view scalar_of(const struct node *node)
{
    struct value_view value = {.kind = VALUE_EMPTY};

    switch (scalar_type(node)) {
    case SCALAR_NULL:
        break;
    case SCALAR_BOOL:
        value.kind = VALUE_BOOL;
        scalar_bool(node->text, &value.boolean);
        break;
    case SCALAR_NUMBER:
        value = number_of(node->text);
        break;
    case SCALAR_STRING:
        value.kind = VALUE_STRING;
        value.bytes = str_of(node->text);
        break;
    }
    return value;
}

/* As deep as the YAML's parser lets it be. */
static void write_node(const struct node *node, struct buf *out)
{
    struct value_view value;
    size_t list, element, inner;

    if (!node || node->kind == NODE_NULL)
        return;
    if (node->kind == NODE_SCALAR) {
        value = scalar_of(node);
        value_write(&value, out);
        return;
    }
    list = wire_begin(out, node->kind == NODE_LIST ? VALUE_ARRAY : VALUE_KVLIST);
    for (size_t i = 0; i < node->count; i++) {
        const struct node *child = node->children[i];

        element = wire_begin(out, FIELD_ELEMENTS);
        if (node->kind == NODE_LIST) {
            write_node(child, out);
        } else {
            wire_put_bytes(out, FIELD_KEY, str_of(child->key));
            inner = wire_begin(out, FIELD_VALUE);
            write_node(child, out);
            wire_end(out, inner);
        }
        wire_end(out, element);
    }
    wire_end(out, list);
}

struct str value_of_node(const struct node *node, struct arena *arena)
{
    struct buf out = {0};
    struct str value;

    write_node(node, &out);
    value = arena_copy(arena, buf_str(&out));
    buf_done(&out);
    return value;
}

struct str value_text(const struct value_view *value, struct buf *buf)
{
    switch (value->kind) {
    case VALUE_STRING:
        return value->bytes;
    case VALUE_EMPTY:
        return STR("");
    case VALUE_BYTES:
        buf_reset(buf);
        base64_append(buf, value->bytes, true);
        return buf_str(buf);
    default:
        return json_text(value, buf);
    }
}
