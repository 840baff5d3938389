/*
 * Zipkin's v1 in Thrift, binary protocol: zipkinCore.thrift, a list of Span.
 *
 *     Span              1 trace_id, 3 name, 4 id, 5 parent_id, 6 annotations,
 *                       8 binary_annotations, 9 debug, 10 timestamp, 11 duration, 12 trace_id_high
 *     Annotation        1 timestamp, 2 value, 3 host
 *     BinaryAnnotation  1 key, 2 value, 3 annotation_type, 4 host
 *     Endpoint          1 ipv4, 2 port, 3 service_name, 4 ipv6
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/number_text.h"
#include "base/thrift_read.h"
#include "zipkin/read.h"
#include "zipkin/v1.h"

enum { SPAN_TRACE_LOW = 1, SPAN_NAME = 3, SPAN_ID, SPAN_PARENT, SPAN_ANNOTATIONS };
enum { SPAN_BINARY = 8, SPAN_DEBUG, SPAN_TIMESTAMP, SPAN_DURATION, SPAN_TRACE_HIGH };
enum { NOTE_TIMESTAMP = 1, NOTE_VALUE, NOTE_HOST };
enum { BINARY_KEY = 1, BINARY_VALUE, BINARY_TYPE, BINARY_HOST };
enum { HOST_IPV4 = 1, HOST_PORT, HOST_NAME, HOST_IPV6 };

enum binary_type { TYPE_BOOL, TYPE_BYTES, TYPE_I16, TYPE_I32, TYPE_I64, TYPE_DOUBLE, TYPE_STRING };

struct reader {
    struct thrift_reader thrift;
    struct collector collector;
    struct v1_span v1;
};

static void put_big(uint8_t *to, uint64_t value)
{
    for (unsigned i = 0; i < 8; i++)
        to[i] = (uint8_t)(value >> (56 - 8 * i));
}

static struct v1_endpoint read_host(struct reader *r)
{
    struct thrift_reader *t = &r->thrift;
    struct v1_endpoint e = {.service_name = STR("")};
    struct thrift_struct s = {0};
    struct thrift_field f;
    struct str ipv6;

    while (thrift_read_field(t, &s, &f)) {
        if (f.id == HOST_IPV4 && f.kind == THRIFT_I32) {
            uint32_t ip = (uint32_t)thrift_read_i32(t);

            for (unsigned i = 0; i < 4; i++)
                e.address.ipv4[i] = (uint8_t)(ip >> (24 - 8 * i));
            e.address.has_ipv4 = ip != 0;
        } else if (f.id == HOST_PORT && f.kind == THRIFT_I16) {
            e.address.port = (uint16_t)thrift_read_i16(t);
        } else if (f.id == HOST_NAME && f.kind == THRIFT_STRING) {
            e.service_name = thrift_read_string(t);
        } else if (f.id == HOST_IPV6 && f.kind == THRIFT_STRING) {
            ipv6 = thrift_read_string(t);
            e.address.has_ipv6 = ipv6.len == sizeof(e.address.ipv6);
            if (e.address.has_ipv6)
                memcpy(e.address.ipv6, ipv6.at, sizeof(e.address.ipv6));
        } else {
            thrift_skip(t, f.kind);
        }
    }
    return e;
}

static void read_annotation(struct reader *r)
{
    struct thrift_reader *t = &r->thrift;
    struct v1_endpoint host = {.service_name = STR("")};
    struct str value = STR("");
    struct thrift_struct s = {0};
    struct thrift_field f;
    int64_t time = 0;

    while (thrift_read_field(t, &s, &f)) {
        if (f.id == NOTE_TIMESTAMP && f.kind == THRIFT_I64)
            time = thrift_read_i64(t);
        else if (f.id == NOTE_VALUE && f.kind == THRIFT_STRING)
            value = thrift_read_string(t);
        else if (f.id == NOTE_HOST && f.kind == THRIFT_STRUCT)
            host = read_host(r);
        else
            thrift_skip(t, f.kind);
    }
    v1_annotation(&r->v1, &r->collector, time > 0 ? (uint64_t)time : 0, value, &host);
}

/* A number of the value's own length, big endian. */
static int64_t number_of(struct str value)
{
    uint64_t number = value.len > 0 && (value.at[0] & 0x80) ? UINT64_MAX : 0;

    for (size_t i = 0; i < value.len; i++)
        number = number << 8 | (uint8_t)value.at[i];
    return (int64_t)number;
}

/* The value as text, in the buffer where it is not already. */
static struct str text_of(enum binary_type type, struct str value, char text[NUMBER_TEXT_SIZE])
{
    double number;
    int64_t bits;

    switch (type) {
    case TYPE_BOOL:
        return value.len == 1 && value.at[0] != 0 ? STR("true") : STR("false");
    case TYPE_I16:
    case TYPE_I32:
    case TYPE_I64:
        if (value.len > 8)
            return STR("");
        snprintf(text, NUMBER_TEXT_SIZE, "%" PRId64, number_of(value));
        return str_of(text);
    case TYPE_DOUBLE:
        if (value.len != 8)
            return STR("");
        bits = number_of(value);
        memcpy(&number, &bits, sizeof(number));
        return str_of(number_text(number, text));
    case TYPE_BYTES:
    case TYPE_STRING:
        break;
    }
    return value;
}

static void read_binary_annotation(struct reader *r)
{
    struct thrift_reader *t = &r->thrift;
    struct v1_endpoint host = {.service_name = STR("")};
    struct str key = STR(""), value = STR("");
    enum binary_type type = TYPE_STRING;
    struct thrift_struct s = {0};
    struct thrift_field f;
    char text[NUMBER_TEXT_SIZE];

    while (thrift_read_field(t, &s, &f)) {
        if (f.id == BINARY_KEY && f.kind == THRIFT_STRING) {
            key = thrift_read_string(t);
        } else if (f.id == BINARY_VALUE && f.kind == THRIFT_STRING) {
            value = thrift_read_string(t);
        } else if (f.id == BINARY_TYPE && f.kind == THRIFT_I32) {
            int32_t number = thrift_read_i32(t);

            if (number >= TYPE_BOOL && number < TYPE_STRING)
                type = (enum binary_type)number;
        } else if (f.id == BINARY_HOST && f.kind == THRIFT_STRUCT) {
            host = read_host(r);
        } else {
            thrift_skip(t, f.kind);
        }
    }
    if (type == TYPE_BOOL && key.len == 2 && key.at[1] == 'a')
        v1_address(&r->collector, key, &host);
    else
        v1_tag(&r->v1, &r->collector, key, text_of(type, value, text), &host);
}

static void read_structs(struct reader *r, void (*read)(struct reader *r))
{
    struct thrift_list list = thrift_read_list(&r->thrift);

    if (list.count > 0 && list.kind != THRIFT_STRUCT)
        thrift_fail(&r->thrift, "a list has to be of structs");
    for (; list.count > 0 && !r->thrift.bad && !r->collector.no_room; list.count--)
        read(r);
}

/* One of the numbers of a span. False: it is none of them. */
static bool read_span_number(struct reader *r, int16_t id)
{
    struct zipkin_span_in *s = &r->collector.span;
    int64_t number;

    if (id != SPAN_TRACE_LOW && id != SPAN_ID && id != SPAN_PARENT &&
        (id < SPAN_TIMESTAMP || id > SPAN_TRACE_HIGH))
        return false;
    number = thrift_read_i64(&r->thrift);
    if (id == SPAN_TRACE_LOW) {
        put_big(s->trace_id + 8, (uint64_t)number);
        s->has_trace_id = true;
    } else if (id == SPAN_TRACE_HIGH) {
        put_big(s->trace_id, (uint64_t)number);
    } else if (id == SPAN_ID) {
        put_big(s->id, (uint64_t)number);
        s->has_id = true;
    } else if (id == SPAN_PARENT) {
        put_big(s->parent_id, (uint64_t)number);
        s->has_parent = true;
    } else if (number < 0) {
        thrift_fail(&r->thrift, "timestamps and durations must not be negative");
    } else if (id == SPAN_TIMESTAMP) {
        s->timestamp_us = (uint64_t)number;
    } else {
        s->duration_us = (uint64_t)number;
    }
    return true;
}

static void read_span(struct reader *r)
{
    struct zipkin_span_in *span = &r->collector.span;
    struct thrift_reader *t = &r->thrift;
    struct thrift_struct s = {0};
    struct thrift_field f;

    collect_begin(&r->collector);
    r->v1 = (struct v1_span){.begin_us = 0};
    while (thrift_read_field(t, &s, &f)) {
        if (f.kind == THRIFT_I64 && read_span_number(r, f.id))
            continue;
        if (f.id == SPAN_NAME && f.kind == THRIFT_STRING) {
            buf_reset(&span->name);
            buf_append_str(&span->name, thrift_read_string(t));
        } else if (f.id == SPAN_ANNOTATIONS && f.kind == THRIFT_LIST) {
            read_structs(r, read_annotation);
        } else if (f.id == SPAN_BINARY && f.kind == THRIFT_LIST) {
            read_structs(r, read_binary_annotation);
        } else if (f.id == SPAN_DEBUG && f.kind == THRIFT_BOOL) {
            span->debug = thrift_read_bool(t);
        } else {
            thrift_skip(t, f.kind);
        }
        if (r->collector.no_room)
            return;
    }
}

struct bytes *zipkin_read_thrift(struct str body, bool parse_tags, struct zipkin_report *report)
{
    struct reader r = {.thrift = thrift_reader_of(body, THRIFT_BINARY),
                       .collector = {.parse_tags = parse_tags}};
    struct thrift_list list = thrift_read_list(&r.thrift);
    struct bytes *request = NULL;
    const char *why = NULL;
    size_t count = 0;

    *report = (struct zipkin_report){.verdict = ZIPKIN_OK};
    if (list.count > 0 && list.kind != THRIFT_STRUCT)
        thrift_fail(&r.thrift, "not a list of spans");
    for (; count < list.count && !r.thrift.bad && !why && !r.collector.no_room; count++) {
        read_span(&r);
        if (!r.thrift.bad)
            why = v1_end(&r.v1, &r.collector);
    }
    if (!r.thrift.bad && !why && !r.collector.no_room && thrift_left(&r.thrift) > 0) {
        thrift_fail(&r.thrift, "something stands behind the list of spans");
        count = 0;
    }
    if (r.thrift.bad)
        why = r.thrift.bad;
    if (why) {
        report->verdict = ZIPKIN_MALFORMED;
        size_t at = r.thrift.bad ? r.thrift.bad_at : thrift_offset(&r.thrift);

        if (count > 0)
            snprintf(report->why, sizeof(report->why), "span %zu: %s (at byte %zu)", count, why,
                     at);
        else
            snprintf(report->why, sizeof(report->why), "%s (at byte %zu)", why, at);
    } else {
        request = collect_finish(&r.collector);
        report->verdict = request ? ZIPKIN_OK : ZIPKIN_NO_ROOM;
    }
    collect_done(&r.collector);
    return request;
}
