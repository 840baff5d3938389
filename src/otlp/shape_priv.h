/*
 * How the tables of shapes are written, and the messages that all signals share.
 */
#pragma once

#include "otlp/shape.h"

/* One entry of a table of rules: a field's number, and what it holds. */
#define FIELD(number, check_, wire, type_, name_, ...)                                             \
    [number] = {.check = (check_),                                                                 \
                .tag = TAG(number, wire),                                                          \
                .type = (type_),                                                                   \
                .name = (name_),                                                                   \
                .name_len = sizeof(name_) - 1,                                                     \
                __VA_ARGS__}

#define VARINT(number, type, name)                                                                 \
    FIELD(number, CHECK_VARINT, WIRE_VARINT, type, name, .repeated = false)
#define FIXED64(number, type, name)                                                                \
    FIELD(number, CHECK_FIXED64, WIRE_FIXED64, type, name, .repeated = false)
#define FIXED32(number, type, name)                                                                \
    FIELD(number, CHECK_FIXED32, WIRE_FIXED32, type, name, .repeated = false)
#define ENUM(number, values, name)                                                                 \
    FIELD(number, CHECK_VARINT, WIRE_VARINT, PROTO_ENUM, name, .names = &(values))
#define TEXT(number, name)                                                                         \
    FIELD(number, CHECK_TEXT, WIRE_BYTES, PROTO_STRING, name, .repeated = false)
#define TEXTS(number, name)                                                                        \
    FIELD(number, CHECK_TEXT, WIRE_BYTES, PROTO_STRING, name, .repeated = true)
#define BYTES(number, name)                                                                        \
    FIELD(number, CHECK_BYTES, WIRE_BYTES, PROTO_BYTES, name, .repeated = false)
#define ID(number, name, size) FIELD(number, CHECK_ID, WIRE_BYTES, PROTO_ID, name, .len = (size))
#define OWN_ID(number, name, size)                                                                 \
    FIELD(number, CHECK_OWN_ID, WIRE_BYTES, PROTO_ID, name, .len = (size))
#define MESSAGE(number, name, s)                                                                   \
    FIELD(number, CHECK_MESSAGE, WIRE_BYTES, PROTO_MESSAGE, name, .shape = &(s))
#define MESSAGES(number, name, s)                                                                  \
    FIELD(number, CHECK_MESSAGE, WIRE_BYTES, PROTO_MESSAGE, name, .shape = &(s), .repeated = true)
#define PACKED_VARINT(number, type, name)                                                          \
    FIELD(number, CHECK_PACKED_VARINT, WIRE_BYTES, type, name, .repeated = true)
#define PACKED_FIXED64(number, type, name)                                                         \
    FIELD(number, CHECK_PACKED_FIXED64, WIRE_BYTES, type, name, .repeated = true)

/* The last two members of a struct shape; of a struct enum_names, both. */
#define RULES(table) sizeof(table) / sizeof((table)[0]), (table)

extern const struct shape shape_any_value;
extern const struct shape shape_key_value;
extern const struct shape shape_resource;
extern const struct shape shape_scope;
