/*
 * Fields of data points that are numbers of a fixed size. opentelemetry-proto 1.11, metrics.proto.
 */
#pragma once

#include "otlp/wire_write.h"

static inline void put_double(struct buf *out, uint32_t number, double value)
{
    wire_put_tag(out, number, WIRE_FIXED64);
    buf_append(out, &value, sizeof(value));
}

static inline void put_varint(struct buf *out, uint32_t number, uint64_t value)
{
    wire_put_tag(out, number, WIRE_VARINT);
    wire_put_varint(out, value);
}

/* protobuf's sint32: small where the number is near 0. */
static inline void put_sint32(struct buf *out, uint32_t number, int32_t value)
{
    put_varint(out, number, (uint32_t)value << 1 ^ (uint32_t)(value < 0 ? -1 : 0));
}
