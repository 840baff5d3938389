/*
 * Strings stand without quotes in YAML only where no reader could take them for anything else:
 * those of YAML 1.1 know yes and 1:30 too.
 */
#include "service/emit.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>

#include "base/number_text.h"
#include "config/duration.h"
#include "config/scalar.h"
#include "otlp/json_write.h"

static void indent(struct buf *out, unsigned depth)
{
    buf_printf(out, "%*s", (int)depth * 2, "");
}

/* ---- YAML ---- */

static bool is_word_of_old(const char *text)
{
    static const char *const words[] = {"y", "n", "yes", "no", "on", "off", NULL};

    for (size_t i = 0; words[i]; i++)
        if (str_eq_nocase(str_of(words[i]), str_of(text)))
            return true;
    return false;
}

static bool needs_no_quotes(const char *text)
{
    size_t len = strlen(text);
    uint64_t ms;

    if (len == 0 || text[len - 1] == ':' || scalar_type_of(text) != SCALAR_STRING ||
        is_word_of_old(text))
        return false;
    if (!isalnum((unsigned char)*text) && *text != '/' && *text != '_')
        return false;
    if (isdigit((unsigned char)*text) && duration_parse(text, &ms))
        return false;
    for (; *text; text++)
        if (!isalnum((unsigned char)*text) && !strchr("_./:@+-", *text))
            return false;
    return true;
}

void emit_yaml_text(struct buf *out, const char *text)
{
    if (needs_no_quotes(text))
        buf_append_str(out, str_of(text));
    else
        json_write_string(out, str_of(text));
}

static void put_yaml(struct buf *out, const struct node *node, unsigned depth, bool in_list);

/* Behind "key:" or "-". */
static void put_yaml_value(struct buf *out, const struct node *node, unsigned depth, bool in_list)
{
    switch (node->kind) {
    case NODE_NULL:
        buf_append_str(out, STR(" null\n"));
        break;
    case NODE_SCALAR:
        buf_append_char(out, ' ');
        if (scalar_type(node) == SCALAR_STRING)
            emit_yaml_text(out, node->text);
        else
            buf_append_str(out, str_of(node->text));
        buf_append_char(out, '\n');
        break;
    case NODE_LIST:
    case NODE_MAP:
        if (node->count == 0) {
            buf_append_str(out, node->kind == NODE_MAP ? STR(" {}\n") : STR(" []\n"));
            break;
        }
        buf_append_char(out, in_list ? ' ' : '\n');
        put_yaml(out, node, depth + 1, in_list);
    }
}

/* in_list: the first line stands behind a "- " already. */
static void put_yaml(struct buf *out, const struct node *node, unsigned depth, bool in_list)
{
    for (size_t i = 0; i < node->count; i++) {
        const struct node *child = node->children[i];

        if (i > 0 || !in_list)
            indent(out, depth);
        if (node->kind == NODE_MAP) {
            emit_yaml_text(out, child->key);
            buf_append_char(out, ':');
            put_yaml_value(out, child, depth, false);
        } else {
            buf_append_char(out, '-');
            put_yaml_value(out, child, depth, true);
        }
    }
}

void emit_yaml(struct buf *out, const struct node *map)
{
    put_yaml(out, map, 0, false);
}

/* ---- JSON ---- */

static void put_json_number(struct buf *out, const char *text)
{
    char shortest[NUMBER_TEXT_SIZE];
    bool negative;
    uint64_t whole;
    double number;

    if (scalar_whole(text, &negative, &whole))
        buf_printf(out, "%s%" PRIu64, negative ? "-" : "", whole);
    else if (scalar_number(text, &number) && isfinite(number))
        buf_append_str(out, str_of(number_text(number, shortest)));
    else
        json_write_string(out, str_of(text));
}

void emit_json_scalar(struct buf *out, const struct node *node)
{
    bool yes = false;

    switch (scalar_type(node)) {
    case SCALAR_NULL:
        buf_append_str(out, STR("null"));
        break;
    case SCALAR_BOOL:
        scalar_bool(node->text, &yes);
        buf_append_str(out, yes ? STR("true") : STR("false"));
        break;
    case SCALAR_NUMBER:
        put_json_number(out, node->text);
        break;
    case SCALAR_STRING:
        json_write_string(out, str_of(node->text));
    }
}

static bool is_flat(const struct node *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->children[i]->count > 0)
            return false;
    return list->kind == NODE_LIST;
}

static void put_json(struct buf *out, const struct node *node, unsigned depth)
{
    bool flat = is_flat(node);

    if (node->kind == NODE_NULL || node->kind == NODE_SCALAR) {
        emit_json_scalar(out, node);
        return;
    }
    buf_append_char(out, node->kind == NODE_MAP ? '{' : '[');
    for (size_t i = 0; i < node->count; i++) {
        if (i > 0)
            buf_append_str(out, flat ? STR(", ") : STR(","));
        if (!flat) {
            buf_append_char(out, '\n');
            indent(out, depth + 1);
        }
        if (node->kind == NODE_MAP) {
            json_write_string(out, str_of(node->children[i]->key));
            buf_append_str(out, STR(": "));
        }
        put_json(out, node->children[i], depth + 1);
    }
    if (!flat && node->count > 0) {
        buf_append_char(out, '\n');
        indent(out, depth);
    }
    buf_append_char(out, node->kind == NODE_MAP ? '}' : ']');
}

void emit_json(struct buf *out, const struct node *node)
{
    put_json(out, node, 0);
    buf_append_char(out, '\n');
}
