/*
 * OTLP protobuf to OTLP/JSON.
 *
 * In protobuf the elements of a list may stand apart, and messages that come twice are merged; in
 * JSON all that belongs together stands in one place. Nearly all messages are so already; the
 * others are put in order first.
 */
#include "otlp/json_write.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/hex.h"
#include "base/number_text.h"
#include "otlp/wire_write.h"

enum { NUMBERS_MAX = 32 };

static void write_double(struct buf *out, uint64_t bits)
{
    char text[NUMBER_TEXT_SIZE];
    double value;

    memcpy(&value, &bits, sizeof(value));
    if (isnan(value)) {
        buf_append_str(out, STR("\"NaN\""));
    } else if (isinf(value)) {
        buf_append_str(out, value > 0 ? STR("\"Infinity\"") : STR("\"-Infinity\""));
    } else {
        buf_append_str(out, str_of(number_text(value, text)));
    }
}

static void write_number(struct buf *out, const struct rule *rule, uint64_t value)
{
    switch ((enum proto_type)rule->type) {
    case PROTO_BOOL:
        buf_append_str(out, value ? STR("true") : STR("false"));
        break;
    case PROTO_DOUBLE:
        write_double(out, value);
        break;
    case PROTO_INT64:
    case PROTO_SFIXED64:
        buf_printf(out, "\"%" PRId64 "\"", (int64_t)value);
        break;
    case PROTO_UINT64:
    case PROTO_FIXED64:
        buf_printf(out, "\"%" PRIu64 "\"", value);
        break;
    case PROTO_SINT32:
        value = (uint32_t)value;
        buf_printf(out, "%" PRId32, (int32_t)(value >> 1 ^ -(value & 1)));
        break;
    case PROTO_UINT32:
    case PROTO_FIXED32:
        buf_printf(out, "%" PRIu32, (uint32_t)value);
        break;
    default:
        buf_printf(out, "%" PRId32, (int32_t)value);
        break;
    }
}

/* A run of numbers, with commas between them. */
static void write_packed(struct buf *out, const struct rule *rule, struct str run)
{
    struct wire w = wire_of(run);
    uint64_t value;

    for (bool first = true; w.at < w.end; first = false) {
        if (rule->check == CHECK_PACKED_VARINT) {
            if (!wire_varint(&w, &value))
                return;
        } else {
            memcpy(&value, w.at, sizeof(value));
            w.at += sizeof(value);
        }
        if (!first)
            buf_append_char(out, ',');
        write_number(out, rule, value);
    }
}

static void write_value(struct buf *out, const struct rule *rule, const struct wire_field *f)
{
    if (f->type != WIRE_BYTES) {
        write_number(out, rule, f->value);
        return;
    }
    switch ((enum proto_type)rule->type) {
    case PROTO_MESSAGE:
        json_write(out, rule->shape, f->bytes);
        break;
    case PROTO_STRING:
        json_write_string(out, f->bytes);
        break;
    case PROTO_ID:
        buf_append_char(out, '"');
        hex_append(out, f->bytes);
        buf_append_char(out, '"');
        break;
    case PROTO_BYTES:
        buf_append_char(out, '"');
        base64_append(out, f->bytes, true);
        buf_append_char(out, '"');
        break;
    default:
        write_packed(out, rule, f->bytes);
        break;
    }
}

/* The next field that the shape knows; an empty run of numbers is no field. */
static const struct rule *next_known(const struct shape *shape, struct wire *w,
                                     struct wire_field *f)
{
    const struct rule *rule;

    while (wire_next(w, f)) {
        rule = shape_rule(shape, TAG((uint64_t)f->number, f->type));
        if (rule && !(rule_is_packed(rule) && f->type == WIRE_BYTES && f->bytes.len == 0))
            return rule;
    }
    return NULL;
}

/* ---- putting in order ---- */

/* Whether each field comes once, or in one run where it is a list. */
static bool is_in_order(const struct shape *shape, struct str message)
{
    struct wire w = wire_of(message);
    struct wire_field f = {0};
    const struct rule *rule, *last = NULL;
    uint32_t seen = 0;

    while ((rule = next_known(shape, &w, &f)) != NULL) {
        if (seen >> f.number & 1 && !(rule == last && rule->repeated))
            return false;
        seen |= 1u << f.number;
        last = rule;
    }
    return true;
}

/* All that the fields of a number say, at once. */
static void gather(struct buf *out, const struct shape *shape, const struct rule *rule,
                   struct str message)
{
    struct wire w = wire_of(message);
    struct wire_field f = {0}, last = {0};
    const struct rule *each;
    bool merges = rule->type == PROTO_MESSAGE && !rule->repeated;
    size_t begin = 0;

    if (merges)
        begin = wire_begin(out, (uint32_t)(rule - shape->rules));
    while ((each = next_known(shape, &w, &f)) != NULL) {
        if (each != rule)
            continue;
        last = f;
        if (merges)
            buf_append_str(out, f.bytes);
        else if (rule->repeated)
            wire_put_field(out, &f);
    }
    if (merges)
        wire_end(out, begin);
    else if (!rule->repeated)
        wire_put_field(out, &last);
}

/* Fields go where they last stood: of a oneof the last one counts. */
static void put_in_order(struct buf *out, const struct shape *shape, struct str message)
{
    unsigned left[NUMBERS_MAX] = {0};
    struct wire_field f = {0};
    const struct rule *rule;

    for (struct wire w = wire_of(message); next_known(shape, &w, &f) != NULL;)
        left[f.number]++;
    for (struct wire w = wire_of(message); (rule = next_known(shape, &w, &f)) != NULL;)
        if (--left[f.number] == 0)
            gather(out, shape, rule, message);
}

/* ---- messages ---- */

static void write_in_order(struct buf *out, const struct shape *shape, struct str message)
{
    struct wire w = wire_of(message);
    struct wire_field f = {0};
    const struct rule *rule, *last = NULL;

    buf_append_char(out, '{');
    while ((rule = next_known(shape, &w, &f)) != NULL) {
        if (rule == last) {
            buf_append_char(out, ',');
        } else {
            if (last)
                buf_append_str(out, last->repeated ? STR("],") : STR(","));
            buf_append_char(out, '"');
            buf_append(out, rule->name, rule->name_len);
            buf_append_str(out, rule->repeated ? STR("\":[") : STR("\":"));
        }
        write_value(out, rule, &f);
        last = rule;
    }
    if (last && last->repeated)
        buf_append_char(out, ']');
    buf_append_char(out, '}');
}

void json_write(struct buf *out, const struct shape *shape, struct str message)
{
    struct buf ordered = {0};

    if (is_in_order(shape, message)) {
        write_in_order(out, shape, message);
        return;
    }
    put_in_order(&ordered, shape, message);
    write_in_order(out, shape, buf_str(&ordered));
    buf_done(&ordered);
}
