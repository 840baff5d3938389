/*
 * Reading Apache Thrift, field by field, without copying: the binary and the compact protocol
 * behind one set of functions. A struct is read so:
 *
 *     struct thrift_struct s = {0};
 *     struct thrift_field field;
 *
 *     while (thrift_read_field(r, &s, &field)) {
 *         if (field.id == 1 && field.kind == THRIFT_STRING)
 *             name = thrift_read_string(r);
 *         else
 *             thrift_skip(r, field.kind);
 *     }
 *
 * The value of each field, and each element of a list, is either read or skipped. Everything is
 * checked against the end of the bytes: on what nobody has validated the reader stops with .bad
 * set, from then on all that is read is zero or empty, and nothing is ever read beyond the end.
 * https://github.com/apache/thrift/tree/master/doc/specs
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum thrift_protocol { THRIFT_BINARY, THRIFT_COMPACT };

enum thrift_kind { /* of a value; the numbers are those of the binary protocol */
                   THRIFT_STOP = 0,
                   THRIFT_BOOL = 2,
                   THRIFT_BYTE = 3,
                   THRIFT_DOUBLE = 4,
                   THRIFT_I16 = 6,
                   THRIFT_I32 = 8, /* and enums */
                   THRIFT_I64 = 10,
                   THRIFT_STRING = 11, /* and binary */
                   THRIFT_STRUCT = 12,
                   THRIFT_MAP = 13,
                   THRIFT_SET = 14,
                   THRIFT_LIST = 15,
                   THRIFT_UUID = 16
};

enum thrift_call { THRIFT_CALL = 1, THRIFT_REPLY = 2, THRIFT_EXCEPTION = 3, THRIFT_ONEWAY = 4 };

struct thrift_reader {
    const uint8_t *start, *at, *end;
    enum thrift_protocol protocol;
    enum { BOOL_FOLLOWS, BOOL_WAS_FALSE, BOOL_WAS_TRUE } held; /* by compact's field header */
    const char *bad; /* what is wrong with the bytes, a constant; NULL: nothing so far */
    size_t bad_at;   /* offset of it */
};

struct thrift_struct { /* zero where a struct begins */
    int16_t last_id;   /* compact tells differences */
};

struct thrift_field {
    int16_t id;
    enum thrift_kind kind; /* not STOP */
};

struct thrift_list {       /* or a set */
    enum thrift_kind kind; /* of the elements; not STOP, where there are any */
    uint32_t count;        /* at most the bytes that are left */
};

struct thrift_message {
    struct str name;
    enum thrift_call call;
    uint32_t sequence;
};

struct thrift_reader thrift_reader_of(struct str bytes, enum thrift_protocol protocol);

/* Bytes that have been read. */
size_t thrift_offset(const struct thrift_reader *r);

/* Bytes that are left. */
size_t thrift_left(const struct thrift_reader *r);

/* Sets .bad, if nothing was bad before: for what is wrong beyond the protocol. why: a constant.
 * Returns false. */
bool thrift_fail(struct thrift_reader *r, const char *why);

/* The head of a message; the struct of its arguments follows. The binary protocol's two forms are
 * both taken, that with a version and the old one. */
bool thrift_read_message(struct thrift_reader *r, struct thrift_message *message);

/* The head of a struct's next field: false at its end, and where the bytes are bad. */
bool thrift_read_field(struct thrift_reader *r, struct thrift_struct *s,
                       struct thrift_field *field);

/* The head of a list or a set: no elements where the bytes are bad. */
struct thrift_list thrift_read_list(struct thrift_reader *r);

bool thrift_read_bool(struct thrift_reader *r);
int8_t thrift_read_byte(struct thrift_reader *r);
int16_t thrift_read_i16(struct thrift_reader *r);
int32_t thrift_read_i32(struct thrift_reader *r);
int64_t thrift_read_i64(struct thrift_reader *r);
double thrift_read_double(struct thrift_reader *r);
struct str thrift_read_string(struct thrift_reader *r); /* a part of the bytes */

/* Over a value, with all that it holds. Deeper than 64 structs, lists and maps in one another is
 * bad. */
void thrift_skip(struct thrift_reader *r, enum thrift_kind kind);
