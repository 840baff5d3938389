/*
 * OTTL's table of comparisons: numbers with numbers, else only values of one type; all others are
 * just not equal. nil is what is missing, and an AnyValue that is empty.
 */
#include "ottl/ottl_value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hex.h"
#include "base/json_string.h"
#include "otlp/json_text.h"

enum { MAX_COMPARED_KEYS = 1024 };

struct ottl_value ottl_value_of(const struct value_view *view)
{
    switch (view->kind) {
    case VALUE_STRING:
        return (struct ottl_value){.type = OTTL_STRING, .text = view->bytes};
    case VALUE_BOOL:
        return (struct ottl_value){.type = OTTL_BOOL, .boolean = view->boolean};
    case VALUE_INT:
        return (struct ottl_value){.type = OTTL_INT, .integer = view->integer};
    case VALUE_DOUBLE:
        return (struct ottl_value){.type = OTTL_DOUBLE, .number = view->number};
    case VALUE_ARRAY:
        return (struct ottl_value){.type = OTTL_LIST, .elements = value_elements(view)};
    case VALUE_KVLIST:
        return (struct ottl_value){.type = OTTL_MAP, .elements = value_elements(view)};
    case VALUE_BYTES:
        return (struct ottl_value){.type = OTTL_BYTES, .text = view->bytes};
    default:
        return (struct ottl_value){.type = OTTL_NIL};
    }
}

size_t ottl_value_number_text(double number, char text[OTTL_NUMBER_SIZE])
{
    int precision = 0, exponent;
    char digits[OTTL_NUMBER_SIZE];
    size_t len;

    if (!isfinite(number)) {
        snprintf(text, OTTL_NUMBER_SIZE, "%s",
                 isnan(number) ? "NaN"
                 : number > 0  ? "+Inf"
                               : "-Inf");
        return strlen(text);
    }
    do
        snprintf(digits, sizeof(digits), "%.*e", precision, number);
    while (strtod(digits, NULL) != number && ++precision < 17);
    exponent = (int)strtol(strchr(digits, 'e') + 1, NULL, 10);
    if (number == 0 || (exponent >= -6 && exponent < 21)) {
        int decimals = precision > exponent ? precision - exponent : 0;

        snprintf(text, OTTL_NUMBER_SIZE, "%.*f", decimals, number);
        return strlen(text);
    }
    snprintf(text, OTTL_NUMBER_SIZE, "%s", digits);
    len = strlen(text);
    if (text[len - 4] == 'e' && text[len - 2] == '0') { /* e-07 is e-7 */
        text[len - 2] = text[len - 1];
        len--;
    }
    return len;
}

static struct str in_arena(struct ottl_run *run, struct buf *buf)
{
    struct str text = arena_copy(ottl_run_arena(run), buf_str(buf));

    buf_done(buf);
    return text;
}

/* A LIST or a MAP as the AnyValue that it was: the bytes between its first and its last element. */
static struct str elements_text(struct ottl_run *run, const struct ottl_value *value)
{
    struct value_view view = {.kind = value->type == OTTL_MAP ? VALUE_KVLIST : VALUE_ARRAY};
    struct repeated elements = value->elements;
    struct buf message = {0}, text = {0};
    struct str element, shown;

    if (elements.number == 1 && elements.count == UINT32_MAX) {
        view.bytes = (struct str){(const char *)elements.wire.at,
                                  (size_t)(elements.wire.end - elements.wire.at)};
    } else { /* attributes, which stand among the other fields of a message */
        while (repeated_next(&elements, &element)) {
            char head[11] = {0x0a};
            size_t len = 1;

            for (size_t rest = element.len; len < sizeof(head); rest >>= 7) {
                head[len++] = (char)((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
                if (rest <= 0x7f)
                    break;
            }
            buf_append(&message, head, len);
            buf_append_str(&message, element);
        }
        view.bytes = buf_str(&message);
    }
    shown = arena_copy(ottl_run_arena(run), json_text(&view, &text));
    buf_done(&message);
    buf_done(&text);
    return shown;
}

static struct str row_text(struct ottl_run *run, const struct ottl_value *value)
{
    struct buf text = {0};

    buf_append_char(&text, '[');
    for (size_t i = 0; i < value->row.count; i++) {
        const struct ottl_value *item = &value->row.items[i];

        if (i > 0)
            buf_append_char(&text, ',');
        if (item->type == OTTL_STRING)
            json_write_string(&text, item->text);
        else if (item->type == OTTL_NIL)
            buf_append_str(&text, STR("null"));
        else
            buf_append_str(&text, ottl_value_text(run, *item).text);
    }
    buf_append_char(&text, ']');
    return in_arena(run, &text);
}

struct ottl_value ottl_value_text(struct ottl_run *run, struct ottl_value value)
{
    struct ottl_value text = {.type = OTTL_STRING, .text = STR("")};
    char digits[OTTL_NUMBER_SIZE];
    struct buf hex = {0};

    switch (value.type) {
    case OTTL_STRING:
        return value;
    case OTTL_BOOL:
        text.text = value.boolean ? STR("true") : STR("false");
        break;
    case OTTL_INT:
    case OTTL_TIME:
    case OTTL_DURATION:
        text.text = str_of(arena_printf(ottl_run_arena(run), "%lld", (long long)value.integer));
        break;
    case OTTL_DOUBLE:
        text.text.len = ottl_value_number_text(value.number, digits);
        text.text = arena_copy(ottl_run_arena(run), (struct str){digits, text.text.len});
        break;
    case OTTL_BYTES:
        hex_append(&hex, value.text);
        text.text = in_arena(run, &hex);
        break;
    case OTTL_LIST:
    case OTTL_MAP:
        text.text = elements_text(run, &value);
        break;
    case OTTL_ROW:
        text.text = row_text(run, &value);
        break;
    case OTTL_NIL:
    case OTTL_MESSAGES:
    case OTTL_ANY:
        break;
    }
    return text;
}

bool ottl_value_next(struct ottl_value *list, struct ottl_value *element)
{
    struct str message;
    struct value_view view;

    if (list->type == OTTL_ROW) {
        if (list->row.count == 0)
            return false;
        *element = *list->row.items++;
        list->row.count--;
        return true;
    }
    if (list->type != OTTL_LIST || !repeated_next(&list->elements, &message))
        return false;
    value_read(message, &view);
    *element = ottl_value_of(&view);
    return true;
}

bool ottl_value_len(const struct ottl_value *value, int64_t *len)
{
    struct repeated elements;
    struct str message;

    switch (value->type) {
    case OTTL_STRING:
    case OTTL_BYTES:
        *len = (int64_t)value->text.len;
        return true;
    case OTTL_ROW:
        *len = (int64_t)value->row.count;
        return true;
    case OTTL_MESSAGES:
        *len = value->count;
        return true;
    case OTTL_LIST:
    case OTTL_MAP:
        elements = value->elements;
        for (*len = 0; repeated_next(&elements, &message);)
            ++*len;
        return true;
    default:
        return false;
    }
}

static bool ordered(enum ottl_op op, int order)
{
    switch (op) {
    case OTTL_EQ:
        return order == 0;
    case OTTL_NE:
        return order != 0;
    case OTTL_LT:
        return order < 0;
    case OTTL_LE:
        return order <= 0;
    case OTTL_GT:
        return order > 0;
    default:
        return order >= 0;
    }
}

static bool compare_doubles(enum ottl_op op, double a, double b)
{
    if (isnan(a) || isnan(b)) /* neither less nor more, nor the same */
        return op == OTTL_NE;
    return ordered(op, a < b ? -1 : a > b);
}

static bool lists_equal(struct ottl_value a, struct ottl_value b)
{
    struct ottl_value left, right;

    while (ottl_value_next(&a, &left))
        if (!ottl_value_next(&b, &right) || !ottl_value_compare(OTTL_EQ, &left, &right))
            return false;
    return !ottl_value_next(&b, &right);
}

/* Each key of a has the same value in b, and there are as many. */
static bool maps_equal(const struct ottl_value *a, const struct ottl_value *b)
{
    struct repeated left = a->elements, right;
    struct attribute_view one, other;
    int64_t count = 0, other_count = 0;

    ottl_value_len(a, &count);
    ottl_value_len(b, &other_count);
    if (count != other_count || count > MAX_COMPARED_KEYS)
        return false;
    while (attribute_next(&left, &one)) {
        struct ottl_value value = ottl_value_of(&one.value), other_value = {.type = OTTL_ANY};

        for (right = b->elements; attribute_next(&right, &other);)
            if (str_eq(one.key, other.key)) {
                other_value = ottl_value_of(&other.value);
                break;
            }
        if (other_value.type == OTTL_ANY || !ottl_value_compare(OTTL_EQ, &value, &other_value))
            return false;
    }
    return true;
}

static bool is_number(const struct ottl_value *value)
{
    return value->type == OTTL_INT || value->type == OTTL_DOUBLE;
}

static bool is_list(const struct ottl_value *value)
{
    return value->type == OTTL_LIST || value->type == OTTL_ROW;
}

static double as_double(const struct ottl_value *value)
{
    return value->type == OTTL_INT ? (double)value->integer : value->number;
}

bool ottl_value_compare(enum ottl_op op, const struct ottl_value *a, const struct ottl_value *b)
{
    bool equal;

    if (is_number(a) && is_number(b) && (a->type == OTTL_DOUBLE || b->type == OTTL_DOUBLE))
        return compare_doubles(op, as_double(a), as_double(b));
    if (is_list(a) && is_list(b)) {
        equal = lists_equal(*a, *b);
        return op == OTTL_EQ ? equal : op == OTTL_NE && !equal;
    }
    if (a->type != b->type)
        return op == OTTL_NE;
    switch (a->type) {
    case OTTL_NIL:
        return op == OTTL_EQ || op == OTTL_LE || op == OTTL_GE;
    case OTTL_BOOL:
        return ordered(op, (int)a->boolean - (int)b->boolean);
    case OTTL_INT:
    case OTTL_TIME:
    case OTTL_DURATION:
        return ordered(op, a->integer < b->integer ? -1 : a->integer > b->integer);
    case OTTL_STRING:
    case OTTL_BYTES:
        if (op == OTTL_EQ || op == OTTL_NE)
            return str_eq(a->text, b->text) == (op == OTTL_EQ);
        return ordered(op, str_cmp(a->text, b->text));
    case OTTL_MAP:
        equal = maps_equal(a, b);
        return op == OTTL_EQ ? equal : op == OTTL_NE && !equal;
    default:
        return op == OTTL_NE;
    }
}
