/*
 * The two protocols differ in how numbers and heads are written, and agree in what there is.
 */
#include "base/thrift_read.h"

#include <limits.h>

enum { MAX_DEPTH = 64 };

enum { /* of compact's messages */
       COMPACT_ID = 0x82,
       COMPACT_VERSION = 1,
       COMPACT_VERSION_MASK = 0x1f
};

enum { COMPACT_TRUE = 1, COMPACT_FALSE = 2, COMPACT_KINDS = 14 };

static const uint8_t compact_kinds[COMPACT_KINDS] = {
    THRIFT_STOP,   THRIFT_BOOL,   THRIFT_BOOL, THRIFT_BYTE, THRIFT_I16, THRIFT_I32,    THRIFT_I64,
    THRIFT_DOUBLE, THRIFT_STRING, THRIFT_LIST, THRIFT_SET,  THRIFT_MAP, THRIFT_STRUCT, THRIFT_UUID,
};

static const char ends[] = "the bytes end inside of a value";
static const char no_type[] = "there is no such type";

struct thrift_reader thrift_reader_of(struct str bytes, enum thrift_protocol protocol)
{
    const uint8_t *at = (const uint8_t *)bytes.at;

    return (struct thrift_reader){
        .start = at,
        .at = at,
        .end = bytes.len > 0 ? at + bytes.len : at,
        .protocol = protocol,
    };
}

size_t thrift_offset(const struct thrift_reader *r)
{
    return (size_t)(r->at - r->start);
}

size_t thrift_left(const struct thrift_reader *r)
{
    return (size_t)(r->end - r->at);
}

bool thrift_fail(struct thrift_reader *r, const char *why)
{
    if (!r->bad) {
        r->bad = why;
        r->bad_at = thrift_offset(r);
    }
    r->at = r->end; /* so that nothing else is read */
    r->held = BOOL_FOLLOWS;
    return false;
}

/* Fixed numbers, most significant byte first; 0 where they are not there. */
static uint64_t number_read(struct thrift_reader *r, unsigned size)
{
    uint64_t value = 0;

    if (thrift_left(r) < size) {
        thrift_fail(r, ends);
        return 0;
    }
    for (unsigned i = 0; i < size; i++)
        value = value << 8 | r->at[i];
    r->at += size;
    return value;
}

static uint64_t varint_read(struct thrift_reader *r, uint64_t max)
{
    const uint8_t *at = r->at;
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint64_t byte;

        if (at == r->end) {
            thrift_fail(r, ends);
            return 0;
        }
        byte = *at++;
        if (shift == 63 && byte > 1)
            break;
        value |= (byte & 0x7f) << shift;
        if (byte < 0x80) {
            if (value > max)
                break;
            r->at = at;
            return value;
        }
    }
    thrift_fail(r, "a number is too large for its type");
    return 0;
}

static int64_t zigzag_read(struct thrift_reader *r, uint64_t max)
{
    uint64_t value = varint_read(r, max);

    return (int64_t)(value >> 1 ^ (0 - (value & 1)));
}

static enum thrift_kind compact_kind(struct thrift_reader *r, unsigned code)
{
    if (code > 0 && code < COMPACT_KINDS)
        return (enum thrift_kind)compact_kinds[code];
    thrift_fail(r, no_type);
    return THRIFT_STOP;
}

static enum thrift_kind binary_kind(struct thrift_reader *r, unsigned code)
{
    switch (code) {
    case THRIFT_BOOL:
    case THRIFT_BYTE:
    case THRIFT_DOUBLE:
    case THRIFT_I16:
    case THRIFT_I32:
    case THRIFT_I64:
    case THRIFT_STRING:
    case THRIFT_STRUCT:
    case THRIFT_MAP:
    case THRIFT_SET:
    case THRIFT_LIST:
    case THRIFT_UUID:
        return (enum thrift_kind)code;
    default:
        thrift_fail(r, no_type);
        return THRIFT_STOP;
    }
}

static bool compact_field(struct thrift_reader *r, struct thrift_struct *s,
                          struct thrift_field *field)
{
    unsigned head = (unsigned)number_read(r, 1), code = head & 0xf;
    int32_t id;

    if (r->bad || head == THRIFT_STOP)
        return false;
    field->kind = compact_kind(r, code);
    if (head >> 4 != 0) {
        id = s->last_id + (int32_t)(head >> 4);
        if (id > INT16_MAX)
            return thrift_fail(r, "a field's id is too large");
        s->last_id = (int16_t)id;
    } else {
        s->last_id = (int16_t)zigzag_read(r, UINT16_MAX);
    }
    field->id = s->last_id;
    if (r->bad)
        return false;
    if (field->kind == THRIFT_BOOL)
        r->held = code == COMPACT_TRUE ? BOOL_WAS_TRUE : BOOL_WAS_FALSE;
    return true;
}

bool thrift_read_field(struct thrift_reader *r, struct thrift_struct *s, struct thrift_field *field)
{
    unsigned code;

    if (r->bad)
        return false;
    if (r->protocol == THRIFT_COMPACT)
        return compact_field(r, s, field);
    code = (unsigned)number_read(r, 1);
    if (r->bad || code == THRIFT_STOP)
        return false;
    field->kind = binary_kind(r, code);
    field->id = (int16_t)number_read(r, 2);
    return !r->bad;
}

/* Each takes a byte at least. */
static uint32_t count_check(struct thrift_reader *r, uint64_t count, unsigned each)
{
    if (count * each <= thrift_left(r))
        return (uint32_t)count;
    thrift_fail(r, "it has more elements than bytes are left");
    return 0;
}

struct thrift_list thrift_read_list(struct thrift_reader *r)
{
    struct thrift_list list;
    unsigned head = (unsigned)number_read(r, 1);
    uint64_t count;

    if (r->bad)
        return (struct thrift_list){.kind = THRIFT_STOP};
    if (r->protocol == THRIFT_COMPACT) {
        count = head >> 4 == 0xf ? varint_read(r, INT32_MAX) : head >> 4;
        head &= 0xf;
    } else {
        count = number_read(r, 4);
    }
    if (head == THRIFT_STOP && count == 0) /* some write so where there are none */
        return (struct thrift_list){.kind = THRIFT_STOP};
    list.kind = r->protocol == THRIFT_COMPACT ? compact_kind(r, head) : binary_kind(r, head);
    list.count = r->bad ? 0 : count_check(r, count, 1);
    return list;
}

bool thrift_read_bool(struct thrift_reader *r)
{
    bool value = r->held == BOOL_WAS_TRUE;

    if (r->held == BOOL_FOLLOWS)
        return number_read(r, 1) == 1; /* in compact's lists false is 2, or 0 */
    r->held = BOOL_FOLLOWS;
    return value;
}

int8_t thrift_read_byte(struct thrift_reader *r)
{
    return (int8_t)number_read(r, 1);
}

int16_t thrift_read_i16(struct thrift_reader *r)
{
    return r->protocol == THRIFT_COMPACT ? (int16_t)zigzag_read(r, UINT16_MAX)
                                         : (int16_t)number_read(r, 2);
}

int32_t thrift_read_i32(struct thrift_reader *r)
{
    return r->protocol == THRIFT_COMPACT ? (int32_t)zigzag_read(r, UINT32_MAX)
                                         : (int32_t)number_read(r, 4);
}

int64_t thrift_read_i64(struct thrift_reader *r)
{
    return r->protocol == THRIFT_COMPACT ? zigzag_read(r, UINT64_MAX) : (int64_t)number_read(r, 8);
}

double thrift_read_double(struct thrift_reader *r)
{
    uint64_t bits = number_read(r, 8);
    double value;

    if (r->protocol == THRIFT_COMPACT) /* the one number that is little endian there */
        bits = __builtin_bswap64(bits);
    memcpy(&value, &bits, sizeof(value));
    return value;
}

struct str thrift_read_string(struct thrift_reader *r)
{
    const uint8_t *start = r->at;
    uint64_t len = r->protocol == THRIFT_COMPACT ? varint_read(r, UINT32_MAX) : number_read(r, 4);
    struct str text;

    if (r->bad)
        return (struct str){NULL, 0};
    if (len > thrift_left(r)) {
        r->at = start;
        thrift_fail(r, "a string is longer than the bytes that are left");
        return (struct str){NULL, 0};
    }
    text = (struct str){(const char *)r->at, (size_t)len};
    r->at += len;
    return text;
}

static bool compact_message(struct thrift_reader *r, struct thrift_message *message)
{
    unsigned id = (unsigned)number_read(r, 1), version = (unsigned)number_read(r, 1);

    if (!r->bad && id != COMPACT_ID) {
        r->at = r->start;
        return thrift_fail(r, "this is no message of the compact protocol");
    }
    if (!r->bad && (version & COMPACT_VERSION_MASK) != COMPACT_VERSION)
        return thrift_fail(r, "the compact protocol's version is not 1");
    message->call = (enum thrift_call)(version >> 5);
    message->sequence = (uint32_t)varint_read(r, UINT32_MAX);
    message->name = thrift_read_string(r);
    return !r->bad;
}

static bool binary_message(struct thrift_reader *r, struct thrift_message *message)
{
    uint32_t head = (uint32_t)number_read(r, 4);

    if (head >> 31 == 0) { /* the old form: the length of the name */
        if (!r->bad)
            r->at -= 4;
        message->name = thrift_read_string(r);
        message->call = (enum thrift_call)number_read(r, 1);
    } else {
        if (head >> 16 != 0x8001) {
            r->at = r->start;
            return thrift_fail(r, "this is no message of the binary protocol");
        }
        message->call = (enum thrift_call)(head & 0xff);
        message->name = thrift_read_string(r);
    }
    message->sequence = (uint32_t)number_read(r, 4);
    return !r->bad;
}

bool thrift_read_message(struct thrift_reader *r, struct thrift_message *message)
{
    if (r->bad)
        return false;
    if (!(r->protocol == THRIFT_COMPACT ? compact_message(r, message) : binary_message(r, message)))
        return false;
    if (message->call < THRIFT_CALL || message->call > THRIFT_ONEWAY)
        return thrift_fail(r, "there is no such type of message");
    return true;
}

static void bytes_skip(struct thrift_reader *r, unsigned size)
{
    if (thrift_left(r) < size)
        thrift_fail(r, ends);
    else
        r->at += size;
}

static void deep_skip(struct thrift_reader *r, enum thrift_kind kind, unsigned depth);

static void elements_skip(struct thrift_reader *r, unsigned depth)
{
    struct thrift_list list = thrift_read_list(r);

    for (uint32_t i = 0; i < list.count && !r->bad; i++)
        deep_skip(r, list.kind, depth);
}

static void map_skip(struct thrift_reader *r, unsigned depth)
{
    enum thrift_kind key, value;
    uint64_t count;

    if (r->protocol == THRIFT_COMPACT) {
        unsigned kinds;

        count = varint_read(r, INT32_MAX);
        if (count == 0)
            return;
        kinds = (unsigned)number_read(r, 1);
        key = compact_kind(r, kinds >> 4);
        value = compact_kind(r, kinds & 0xf);
    } else {
        unsigned key_code = (unsigned)number_read(r, 1), value_code = (unsigned)number_read(r, 1);

        count = number_read(r, 4);
        if (count == 0)
            return;
        key = binary_kind(r, key_code);
        value = binary_kind(r, value_code);
    }
    if (r->bad)
        return;
    for (uint32_t left = count_check(r, count, 2); left > 0 && !r->bad; left--) {
        deep_skip(r, key, depth);
        deep_skip(r, value, depth);
    }
}

static void deep_skip(struct thrift_reader *r, enum thrift_kind kind, unsigned depth)
{
    struct thrift_struct s = {0};
    struct thrift_field field;

    if (depth == MAX_DEPTH) {
        thrift_fail(r, "it is nested too deeply");
        return;
    }
    switch (kind) {
    case THRIFT_BOOL:
        thrift_read_bool(r);
        break;
    case THRIFT_BYTE:
        bytes_skip(r, 1);
        break;
    case THRIFT_I16:
        thrift_read_i16(r);
        break;
    case THRIFT_I32:
        thrift_read_i32(r);
        break;
    case THRIFT_I64:
        thrift_read_i64(r);
        break;
    case THRIFT_DOUBLE:
        bytes_skip(r, 8);
        break;
    case THRIFT_UUID:
        bytes_skip(r, 16);
        break;
    case THRIFT_STRING:
        thrift_read_string(r);
        break;
    case THRIFT_STRUCT:
        while (thrift_read_field(r, &s, &field))
            deep_skip(r, field.kind, depth + 1);
        break;
    case THRIFT_LIST:
    case THRIFT_SET:
        elements_skip(r, depth + 1);
        break;
    case THRIFT_MAP:
        map_skip(r, depth + 1);
        break;
    case THRIFT_STOP:
        break;
    }
}

void thrift_skip(struct thrift_reader *r, enum thrift_kind kind)
{
    deep_skip(r, kind, 0);
}
