/*
 * Functions that ask what a value is, or make another kind of it.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/hex.h"
#include "ottl/function_priv.h"
#include "ottl/ottl_value.h"

bool call_len(struct ottl_call *call)
{
    int64_t len;

    if (!ottl_value_len(&call->arguments[0], &len))
        return error_set(call->run->err, "Len wants a string, a list or a map, and got %s",
                         ottl_type_name(call->arguments[0].type));
    return give_int(call->value, len);
}

#define CALL_IS(name, type_)                                                                       \
    bool name(struct ottl_call *call)                                                              \
    {                                                                                              \
        return give_bool(call->value, call->arguments[0].type == (type_));                         \
    }
CALL_IS(call_is_string, OTTL_STRING)
CALL_IS(call_is_int, OTTL_INT)
CALL_IS(call_is_double, OTTL_DOUBLE)
CALL_IS(call_is_bool, OTTL_BOOL)
CALL_IS(call_is_map, OTTL_MAP)

bool call_is_list(struct ottl_call *call)
{
    return give_bool(call->value, call->arguments[0].type == OTTL_LIST ||
                                      call->arguments[0].type == OTTL_ROW ||
                                      call->arguments[0].type == OTTL_MESSAGES);
}

/* A text's number: nil where it is none, as upstream has it. */
static void read_number(struct str text, bool whole, struct ottl_value *value)
{
    char digits[64], *end;

    *value = (struct ottl_value){.type = OTTL_NIL};
    if (text.len == 0 || text.len >= sizeof(digits) || strchr(" \t\r\n\v\f", text.at[0]) ||
        memchr(text.at, '\0', text.len))
        return;
    memcpy(digits, text.at, text.len);
    digits[text.len] = '\0';
    if (strpbrk(digits, "xX(")) /* strtod knows 0x1p4 and nan(1) */
        return;
    errno = 0;
    if (whole)
        give_int(value, strtoll(digits, &end, 10));
    else
        give_double(value, strtod(digits, &end));
    if (*end != '\0' || (errno != 0 && (whole || isinf(value->number))))
        *value = (struct ottl_value){.type = OTTL_NIL};
}

bool call_int(struct ottl_call *call)
{
    const struct ottl_value *from = &call->arguments[0];

    switch (from->type) {
    case OTTL_INT:
        return give_int(call->value, from->integer);
    case OTTL_DOUBLE:
        if (!(fabs(from->number) < 0x1p63))
            return error_set(call->run->err, "Int: the number is larger than 64 bits");
        return give_int(call->value, (int64_t)from->number);
    case OTTL_BOOL:
        return give_int(call->value, from->boolean);
    case OTTL_STRING:
        read_number(from->text, true, call->value);
        return true;
    case OTTL_NIL:
        *call->value = *from;
        return true;
    default:
        return error_set(call->run->err, "Int cannot make a number of %s",
                         ottl_type_name(from->type));
    }
}

bool call_double(struct ottl_call *call)
{
    const struct ottl_value *from = &call->arguments[0];

    switch (from->type) {
    case OTTL_INT:
        return give_double(call->value, (double)from->integer);
    case OTTL_DOUBLE:
        return give_double(call->value, from->number);
    case OTTL_BOOL:
        return give_double(call->value, from->boolean);
    case OTTL_STRING:
        read_number(from->text, false, call->value);
        return true;
    case OTTL_NIL:
        *call->value = *from;
        return true;
    default:
        return error_set(call->run->err, "Double cannot make a number of %s",
                         ottl_type_name(from->type));
    }
}

/* The texts that Go's ParseBool knows; nil where it is none. */
static void read_bool(struct str text, struct ottl_value *value)
{
    static const char *const words[2][6] = {{"0", "f", "F", "false", "False", "FALSE"},
                                            {"1", "t", "T", "true", "True", "TRUE"}};

    *value = (struct ottl_value){.type = OTTL_NIL};
    for (size_t i = 0; i < 6; i++)
        for (size_t truth = 0; truth < 2; truth++)
            if (str_is(text, words[truth][i]))
                give_bool(value, truth == 1);
}

bool call_bool(struct ottl_call *call)
{
    const struct ottl_value *from = &call->arguments[0];

    switch (from->type) {
    case OTTL_BOOL:
    case OTTL_NIL:
        *call->value = *from;
        return true;
    case OTTL_INT:
        return give_bool(call->value, from->integer != 0);
    case OTTL_DOUBLE:
        return give_bool(call->value, from->number != 0);
    case OTTL_STRING:
        read_bool(from->text, call->value);
        return true;
    default:
        return error_set(call->run->err, "Bool cannot make a boolean of %s",
                         ottl_type_name(from->type));
    }
}

bool call_string(struct ottl_call *call)
{
    *call->value = call->arguments[0].type == OTTL_NIL
                       ? call->arguments[0]
                       : ottl_value_text(call->run, call->arguments[0]);
    return true;
}

/* Bytes, or as many hexadecimal digits. */
static bool give_id(struct ottl_call *call, size_t len)
{
    const struct ottl_value *from = &call->arguments[0];
    char *id;

    *call->value = (struct ottl_value){.type = OTTL_BYTES, .text = from->text};
    if (from->type == OTTL_BYTES && from->text.len == len)
        return true;
    if (from->type != OTTL_STRING || from->text.len != 2 * len)
        return error_set(call->run->err,
                         "%s wants %zu bytes, or %zu hexadecimal digits as a string",
                         call->node->function->name, len, 2 * len);
    id = arena_alloc(ottl_run_arena(call->run), len);
    for (size_t i = 0; i < len; i++) {
        int high = hex_digit(from->text.at[2 * i]), low = hex_digit(from->text.at[2 * i + 1]);

        if (high < 0 || low < 0)
            return error_set(call->run->err, "%s: not hexadecimal", call->node->function->name);
        id[i] = (char)(high << 4 | low);
    }
    call->value->text = (struct str){id, len};
    return true;
}

bool call_trace_id(struct ottl_call *call)
{
    return give_id(call, 16);
}

bool call_span_id(struct ottl_call *call)
{
    return give_id(call, 8);
}
