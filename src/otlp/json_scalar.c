/*
 * Strings, ids, bytes and numbers from JSON to protobuf.
 */
#include <math.h>

#include "base/base64.h"
#include "base/hex.h"
#include "otlp/json_number.h"
#include "otlp/json_read_priv.h"

/* ---- text ---- */

bool json_scalar_text(struct reader *r, struct str *text)
{
    struct json_string string = {0};
    size_t len;

    if (!json_string(&r->json, &string))
        return false;
    *text = string.raw;
    if (!string.escaped)
        return true;
    if (!json_output_room(r, string.raw.len + SCALAR_MAX + 1))
        return false;
    len = json_unescape(string.raw, r->to + SCALAR_MAX);
    r->to[SCALAR_MAX + len] = '\0';
    *text = (struct str){r->to + SCALAR_MAX, len};
    return true;
}

static bool put_string(struct reader *r)
{
    struct str text;

    if (!json_scalar_text(r, &text) || !json_output_room(r, text.len + SCALAR_MAX))
        return false;
    json_output_varint(r, text.len);
    memmove(r->to, text.at, text.len); /* may lie in the room behind */
    r->to += text.len;
    return true;
}

/* Of a wrong length too; of half a byte, a single byte, which is as wrong. */
static bool put_id(struct reader *r)
{
    struct str text;
    int wrong = 0;

    if (!json_scalar_text(r, &text) || !json_output_room(r, text.len + SCALAR_MAX))
        return false;
    json_output_varint(r, text.len % 2 == 0 ? text.len / 2 : 1);
    if (text.len % 2 == 1) {
        for (size_t i = 0; i < text.len; i++)
            wrong |= hex_digit(text.at[i]);
        *r->to++ = 0;
        text.len = 0;
    }
    for (size_t i = 0; i < text.len; i += 2) {
        int high = hex_digit(text.at[i]), low = hex_digit(text.at[i + 1]);

        wrong |= high | low;
        *r->to++ = (char)((unsigned)high << 4 | (unsigned)low);
    }
    return wrong >= 0 || json_fail(&r->json, "not hex digits");
}

static bool put_base64(struct reader *r)
{
    struct str text;
    size_t len, start;

    if (!json_scalar_text(r, &text) || !json_output_room(r, text.len + SCALAR_MAX))
        return false;
    start = json_output_begin(r, false);
    if (!base64_decode(text, r->to, &len))
        return json_fail(&r->json, "not base64");
    r->to += len;
    return json_output_end(r, start, false);
}

/* ---- numbers ---- */

/* The text of a number, which may stand in quotes. */
static bool read_number(struct reader *r, struct str *number)
{
    if (json_peek(&r->json) != '"')
        return json_number(&r->json, number);
    if (!json_scalar_text(r, number))
        return false;
    return (number->len > 0 && json_number_len(*number) == number->len) ||
           json_fail(&r->json, "a number is wanted here");
}

/* An integer from -min to max, in two's complement. */
static bool read_integer(struct reader *r, uint64_t min, uint64_t max, uint64_t *value)
{
    struct str number;
    const char *why;
    bool negative;

    if (!read_number(r, &number))
        return false;
    why = json_integer(number, &negative, value);
    if (why)
        return json_fail(&r->json, why);
    if (*value > (negative ? min : max))
        return json_fail(&r->json, "a number is out of range");
    if (negative)
        *value = -*value;
    return true;
}

static bool read_double(struct reader *r, uint64_t *bits)
{
    const char *start = r->json.at;
    struct str number;
    double value;

    if (json_peek(&r->json) == '"') {
        if (!json_scalar_text(r, &number))
            return false;
        if (str_is(number, "NaN"))
            value = (double)NAN;
        else if (str_is(number, "Infinity"))
            value = (double)INFINITY;
        else if (str_is(number, "-Infinity"))
            value = -(double)INFINITY;
        else if (number.len == 0 || json_number_len(number) != number.len) {
            r->json.at = start;
            return json_fail(&r->json, "a number is wanted here");
        } else if (!json_double(number, &value))
            return json_fail(&r->json, "a number is out of range");
    } else if (!json_number(&r->json, &number)) {
        return false;
    } else if (number.at + number.len == r->json.end) { /* json_double looks behind it */
        return json_fail(&r->json, "the text ends too early");
    } else if (!json_double(number, &value)) {
        return json_fail(&r->json, "a number is out of range");
    }
    memcpy(bits, &value, sizeof(value));
    return true;
}

static bool read_enum(struct reader *r, const struct enum_names *names, uint64_t *value)
{
    struct str name;

    if (json_peek(&r->json) != '"')
        return read_integer(r, (uint64_t)INT32_MAX + 1, INT32_MAX, value);
    if (!json_scalar_text(r, &name))
        return false;
    for (uint32_t i = 0; i < names->count; i++) {
        if (str_is(name, names->names[i])) {
            *value = i;
            return true;
        }
    }
    return json_fail(&r->json, "not one of the names that it may have");
}

static bool read_bool(struct reader *r, uint64_t *value)
{
    *value = json_peek(&r->json) == 't';
    if (*value)
        return json_word(&r->json, "true");
    return json_peek(&r->json) == 'f' ? json_word(&r->json, "false")
                                      : json_fail(&r->json, "true or false is wanted here");
}

static bool put_fixed(struct reader *r, uint64_t value, size_t size)
{
    memcpy(r->to, &value, size); /* little endian */
    r->to += size;
    return true;
}

/* ---- either ---- */

bool json_scalar_put(struct reader *r, const struct rule *rule)
{
    uint64_t value = 0;
    bool ok = false;

    switch ((enum proto_type)rule->type) {
    case PROTO_STRING:
        return put_string(r);
    case PROTO_MESSAGE: /* json_read.c reads those */
        break;
    case PROTO_ID:
        return put_id(r);
    case PROTO_BYTES:
        return put_base64(r);
    case PROTO_DOUBLE:
        return read_double(r, &value) && put_fixed(r, value, 8);
    case PROTO_FIXED64:
        return read_integer(r, 0, UINT64_MAX, &value) && put_fixed(r, value, 8);
    case PROTO_SFIXED64:
        return read_integer(r, (uint64_t)INT64_MAX + 1, INT64_MAX, &value) &&
               put_fixed(r, value, 8);
    case PROTO_FIXED32:
        return read_integer(r, 0, UINT32_MAX, &value) && put_fixed(r, value, 4);
    case PROTO_BOOL:
        ok = read_bool(r, &value);
        break;
    case PROTO_ENUM:
        ok = read_enum(r, rule->names, &value);
        break;
    case PROTO_INT32:
        ok = read_integer(r, (uint64_t)INT32_MAX + 1, INT32_MAX, &value);
        break;
    case PROTO_SINT32:
        ok = read_integer(r, (uint64_t)INT32_MAX + 1, INT32_MAX, &value);
        value = value << 1 ^ -(value >> 63);
        break;
    case PROTO_UINT32:
        ok = read_integer(r, 0, UINT32_MAX, &value);
        break;
    case PROTO_INT64:
        ok = read_integer(r, (uint64_t)INT64_MAX + 1, INT64_MAX, &value);
        break;
    case PROTO_UINT64:
        ok = read_integer(r, 0, UINT64_MAX, &value);
        break;
    }
    if (ok)
        json_output_varint(r, value);
    return ok;
}
