/*
 * Random messages, written to the wire along protobuf-c's descriptors.
 */
#include "unit/random_message.h"

#include <string.h>

#include "otlp/wire_write.h"
#include "unit/pb.h"

enum { DEPTH = 4 /* AnyValues in one another */ };

static uint64_t some_number(struct dice *dice)
{
    uint64_t high = dice_roll(dice, UINT32_MAX), low = dice_roll(dice, UINT32_MAX);

    return (high << 32 | low) >> dice_roll(dice, 64);
}

static struct str some_text(struct dice *dice)
{
    static const char *const texts[] = {"", "a", "http.method", "\xc3\xa9\xe2\x82\xac", "\n\"/"};

    return str_of(texts[dice_roll(dice, sizeof(texts) / sizeof(texts[0]))]);
}

static struct str some_bytes(struct dice *dice, const char *name)
{
    uint32_t len = dice_roll(dice, 20);

    if (dice_roll(dice, 40) > 0 && strcmp(name, "trace_id") == 0)
        len = dice_roll(dice, 2) * 16;
    else if (dice_roll(dice, 40) > 0 && strcmp(name, "span_id") == 0)
        len = dice_roll(dice, 2) * 8;
    return (struct str){"\0\x01\x02\x03\x04\x05\x06\x07\x08\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8\xf7",
                        len};
}

static uint64_t number_of(struct dice *dice, ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_BOOL:
        return dice_roll(dice, 2);
    case PROTOBUF_C_TYPE_ENUM:
        return dice_roll(dice, 4);
    default:
        return some_number(dice);
    }
}

static void put_message(struct dice *dice, const ProtobufCMessageDescriptor *type, unsigned depth,
                        struct buf *out);

static void put_field(struct dice *dice, const ProtobufCFieldDescriptor *field, unsigned depth,
                      struct buf *out)
{
    struct wire_field f = {.number = field->id, .type = pb_wire_type(field->type)};
    struct buf inner = {0};

    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        put_message(dice, field->descriptor, depth, &inner);
        f.bytes = buf_str(&inner);
    } else if (field->type == PROTOBUF_C_TYPE_STRING) {
        f.bytes = some_text(dice);
    } else if (field->type == PROTOBUF_C_TYPE_BYTES) {
        f.bytes = some_bytes(dice, field->name);
    } else {
        f.value = number_of(dice, field->type);
    }
    wire_put_field(out, &f);
    buf_done(&inner);
}

/* The values of a repeated number, all in one field. */
static void put_packed(struct dice *dice, const ProtobufCFieldDescriptor *field, struct buf *out)
{
    size_t begin = wire_begin(out, field->id);

    for (uint32_t count = dice_roll(dice, 5); count > 0; count--) {
        uint64_t value = number_of(dice, field->type);

        if (pb_wire_type(field->type) == WIRE_VARINT)
            wire_put_varint(out, value);
        else
            buf_append(out, &value, 8);
    }
    wire_end(out, begin);
}

static void put_message(struct dice *dice, const ProtobufCMessageDescriptor *type, unsigned depth,
                        struct buf *out)
{
    bool chosen = false; /* a member of its oneof */

    depth += type == PB_VALUE;
    for (unsigned i = 0; i < type->n_fields && depth <= DEPTH; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        bool repeated = field->label == PROTOBUF_C_LABEL_REPEATED;
        uint32_t count = repeated ? dice_roll(dice, 3) : dice_roll(dice, 4) > 0;

        if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
            count = !chosen && dice_roll(dice, 3) == 0;
            chosen |= count > 0;
        }
        if (repeated && pb_wire_type(field->type) != WIRE_BYTES && dice_roll(dice, 2) > 0)
            put_packed(dice, field, out);
        else
            for (; count > 0; count--)
                put_field(dice, field, depth, out);
    }
}

void random_signal_request(struct dice *dice, enum signal signal, struct buf *out)
{
    put_message(dice, pb_request_types[signal], 0, out);
}
