/*
 * OTLP/JSON to OTLP protobuf, in one pass along the shapes, without a tree.
 * https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 *
 * Members come in any order; unknown ones are passed over. More is taken than has to be: the names
 * of the .proto (trace_id), enums by name, integers in quotes or not and as 1.0 or 1e3, base64 of
 * either alphabet, null for anything that is absent. Where a member comes twice, a number or text
 * counts as it came last, messages are merged, lists go on: so protobuf has it.
 *
 * Left to payload_read, which reads the result: text that is not UTF-8, ids of a wrong length (they
 * stay wrong).
 */
#pragma once

#include "base/bytes.h"
#include "otlp/shape.h"

enum { JSON_WHY_MAX = 256 };

struct json_report { /* what json_read found */
    enum {
        JSON_OK,
        JSON_MALFORMED, /* refused for good */
        JSON_NO_ROOM    /* the memory budget is used up: refused for now */
    } verdict;
    char why[JSON_WHY_MAX]; /* malformed: where, by our own names and a byte's number, and what */
};

/* A request of the shape; NULL: refused, and the report says why. */
struct bytes *json_read(const struct shape *shape, struct str text, struct json_report *report);
