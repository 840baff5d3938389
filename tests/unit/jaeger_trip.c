#include "unit/jaeger_trip.h"

#include "jaeger/api_v2.h"
#include "jaeger/thrift.h"
#include "unit/spans_text.h"

static void part_begin(struct trip *trip)
{
    ck_assert_uint_lt(trip->count, TRIP_PARTS_MAX);
    trip->starts[trip->count++] = trip->bytes.len;
}

void trip_thrift(struct trip *trip, struct str request)
{
    struct batch *batch = batch_of_bytes(request.at, request.len);
    struct groups *groups = groups_new(batch);
    char chunk[4096];
    size_t got;

    *trip = (struct trip){.count = 0};
    for (size_t i = 0; i < groups->count; i++) {
        struct thrift_writer *writer = thrift_writer_new(&groups->at[i]);

        part_begin(trip);
        thrift_next(writer, SIZE_MAX);
        while ((got = thrift_write(writer, chunk, sizeof(chunk))) > 0)
            buf_append(&trip->bytes, chunk, got);
        thrift_writer_free(writer);
    }
    trip->starts[trip->count] = trip->bytes.len;
    groups_free(groups);
    batch_unref(batch);
}

void trip_api_v2(struct trip *trip, struct str request)
{
    struct batch *batch = batch_of_bytes(request.at, request.len);
    struct groups *groups = groups_new(batch);
    struct api_v2_message message;

    *trip = (struct trip){.count = 0};
    for (size_t i = 0; i < groups->count; i++) {
        struct api_v2_writer *writer = api_v2_writer_new(&groups->at[i]);

        while (api_v2_next(writer, SIZE_MAX, &message)) {
            part_begin(trip);
            buf_append_str(&trip->bytes, message.bytes);
        }
        api_v2_writer_free(writer);
    }
    trip->starts[trip->count] = trip->bytes.len;
    groups_free(groups);
    batch_unref(batch);
}

struct str trip_part(const struct trip *trip, size_t i)
{
    return (struct str){trip->bytes.at + trip->starts[i], trip->starts[i + 1] - trip->starts[i]};
}

void trip_done(struct trip *trip)
{
    buf_done(&trip->bytes);
}

static void varint_put(struct buf *out, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        buf_append_char(out, (char)(value | 0x80));
    buf_append_char(out, (char)value);
}

static void zigzag_put(struct buf *out, int64_t value)
{
    varint_put(out, (uint64_t)value << 1 ^ (uint64_t)(value >> 63));
}

static void text_put(struct buf *out, struct str text)
{
    varint_put(out, text.len);
    buf_append_str(out, text);
}

static unsigned compact_code(enum thrift_kind kind)
{
    switch (kind) {
    case THRIFT_BYTE:
        return 3;
    case THRIFT_I16:
        return 4;
    case THRIFT_I32:
        return 5;
    case THRIFT_I64:
        return 6;
    case THRIFT_DOUBLE:
        return 7;
    case THRIFT_STRING:
        return 8;
    case THRIFT_LIST:
        return 9;
    case THRIFT_STRUCT:
        return 12;
    default:
        ck_abort_msg("not used by Jaeger");
    }
}

static void value_put(struct buf *out, struct thrift_reader *r, enum thrift_kind kind);

static void struct_put(struct buf *out, struct thrift_reader *r)
{
    struct thrift_struct s = {0};
    struct thrift_field field;
    int last = 0;

    while (thrift_read_field(r, &s, &field)) {
        int delta = field.id - last;
        unsigned code;

        last = field.id;
        if (field.kind == THRIFT_BOOL)
            code = thrift_read_bool(r) ? 1 : 2;
        else
            code = compact_code(field.kind);
        if (delta > 0 && delta < 16) {
            buf_append_char(out, (char)((unsigned)delta << 4 | code));
        } else {
            buf_append_char(out, (char)code);
            zigzag_put(out, field.id);
        }
        if (field.kind != THRIFT_BOOL)
            value_put(out, r, field.kind);
    }
    buf_append_char(out, 0);
}

static void list_put(struct buf *out, struct thrift_reader *r)
{
    struct thrift_list list = thrift_read_list(r);
    unsigned code = compact_code(list.kind);

    if (list.count < 15) {
        buf_append_char(out, (char)(list.count << 4 | code));
    } else {
        buf_append_char(out, (char)(0xf0 | code));
        varint_put(out, list.count);
    }
    for (uint32_t i = 0; i < list.count; i++)
        value_put(out, r, list.kind);
}

static void value_put(struct buf *out, struct thrift_reader *r, enum thrift_kind kind)
{
    double number;

    switch (kind) {
    case THRIFT_BYTE:
        buf_append_char(out, (char)thrift_read_byte(r));
        break;
    case THRIFT_I16:
        zigzag_put(out, thrift_read_i16(r));
        break;
    case THRIFT_I32:
        zigzag_put(out, thrift_read_i32(r));
        break;
    case THRIFT_I64:
        zigzag_put(out, thrift_read_i64(r));
        break;
    case THRIFT_DOUBLE:
        number = thrift_read_double(r);
        buf_append(out, &number, sizeof(number));
        break;
    case THRIFT_STRING:
        text_put(out, thrift_read_string(r));
        break;
    case THRIFT_LIST:
        list_put(out, r);
        break;
    default:
        struct_put(out, r);
    }
}

void trip_compact(struct buf *out, struct str binary)
{
    struct thrift_reader r = thrift_reader_of(binary, THRIFT_BINARY);

    struct_put(out, &r);
    ck_assert_ptr_null(r.bad);
}

void trip_message(struct buf *out, struct str batch, enum thrift_protocol protocol)
{
    static const char binary[] = "\x80\x01\x00\x01\0\0\0\x09"
                                 "emitBatch\0\0\0\x01\x0c\0\x01";
    static const char compact[] = "\x82\x21\x01\x09"
                                  "emitBatch\x1c";

    if (protocol == THRIFT_BINARY)
        buf_append(out, binary, sizeof(binary) - 1);
    else
        buf_append(out, compact, sizeof(compact) - 1);
    buf_append_str(out, batch);
    buf_append_char(out, 0);
}
