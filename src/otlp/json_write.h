/*
 * OTLP protobuf to OTLP/JSON, along the shapes: compact, members in the order of the bytes.
 * https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
#pragma once

#include "base/buf.h"
#include "base/json_string.h"
#include "otlp/shape.h"

/* Appends a message that check_message has passed; unknown fields are left out. */
void json_write(struct buf *out, const struct shape *shape, struct str message);
