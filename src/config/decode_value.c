/*
 * One function for each type of field. Nothing is converted silently: the message gives the fix.
 */
#include "config/decode_value.h"

#include <math.h>

#include "base/arena.h"
#include "config/decode_list.h"
#include "config/nearest.h"
#include "config/scalar.h"

static void decode_bool(struct decoder *d, const struct field *field, bool *out,
                        const struct node *node)
{
    static const char *const yes[] = {"yes", "on", "y", NULL}, *const no[] = {"no", "off", "n",
                                                                              NULL};
    const char *text = decode_plain(d, field, node);

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
    decode_wrong_type(d, field, node);
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
        decode_wrong_type(d, field, node);
    else if (number == floor(number))
        error_at(d->problems, node, "%s is too large", node->text);
    else
        error_at(d->problems, node, "wants a whole number, not %s", node->text);
}

static void decode_uint(struct decoder *d, const struct field *field, uint64_t *out,
                        const struct node *node)
{
    const char *text = decode_plain(d, field, node);
    bool negative;
    uint64_t value;

    if (!text)
        return;
    if (!scalar_whole(text, &negative, &value))
        wrong_whole(d, field, node);
    else if (in_range(d, field, node, negative ? -(double)value : (double)value))
        *out = value;
}

static void decode_number(struct decoder *d, const struct field *field, double *out,
                          const struct node *node)
{
    const char *text = decode_plain(d, field, node);
    double value;

    if (!text)
        return;
    if (!scalar_number(text, &value))
        decode_wrong_type(d, field, node);
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
        decode_wrong_type(d, field, node);
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

static void decode_string(struct decoder *d, const struct field *field, const char **out,
                          const struct node *node)
{
    const char *text = decode_text(d, field, node);

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
        decode_wrong_type(d, field, node);
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

void decode_value(struct decoder *d, const struct field *field, void *member, struct node *node)
{
    switch (field->type) {
    case FIELD_TYPE_BOOL:
        decode_bool(d, field, member, node);
        break;
    case FIELD_TYPE_UINT:
        decode_uint(d, field, member, node);
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
    case FIELD_TYPE_TEXTS:
        decode_texts(d, field, member, node);
        break;
    case FIELD_TYPE_BLOCK:
    case FIELD_TYPE_SWITCH:
    case FIELD_TYPE_BLOCKS:
    case FIELD_TYPE_NODE:
    case FIELD_TYPE_IGNORED:
        break;
    }
}
