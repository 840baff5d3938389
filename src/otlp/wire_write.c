/*
 * Writing fields that were read.
 */
#include "otlp/wire_write.h"

void wire_put_field(struct buf *out, const struct wire_field *f)
{
    uint32_t half = (uint32_t)f->value;

    wire_put_tag(out, f->number, f->type);
    switch (f->type) {
    case WIRE_VARINT:
        wire_put_varint(out, f->value);
        break;
    case WIRE_FIXED64:
        buf_append(out, &f->value, sizeof(f->value));
        break;
    case WIRE_FIXED32:
        buf_append(out, &half, sizeof(half));
        break;
    case WIRE_BYTES:
        wire_put_varint(out, f->bytes.len);
        buf_append_str(out, f->bytes);
        break;
    }
}
