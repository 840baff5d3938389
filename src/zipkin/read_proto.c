/*
 * Zipkin's protobuf: zipkin-api, zipkin.proto, message ListOfSpans.
 */
#include <stdio.h>

#include "otlp/wire.h"
#include "zipkin/proto.h"
#include "zipkin/read.h"

/* What reads a span tells what is wrong by its result, a constant; NULL: nothing. */
static const char not_a_message[] = "is no message in protobuf";

static void keep(struct buf *to, struct str text)
{
    buf_reset(to);
    buf_append_str(to, text);
}

static const char *read_endpoint(struct str message, struct zipkin_endpoint *endpoint,
                                 struct buf *name)
{
    struct wire w = wire_of(message);
    struct wire_field f = {0};

    while (wire_next(&w, &f)) {
        if (f.number == ENDPOINT_SERVICE_NAME && f.type == WIRE_BYTES) {
            keep(name, f.bytes);
        } else if (f.number == ENDPOINT_IPV4 && f.type == WIRE_BYTES && f.bytes.len == 4) {
            memcpy(endpoint->ipv4, f.bytes.at, 4);
            endpoint->has_ipv4 = true;
        } else if (f.number == ENDPOINT_IPV6 && f.type == WIRE_BYTES && f.bytes.len == 16) {
            memcpy(endpoint->ipv6, f.bytes.at, 16);
            endpoint->has_ipv6 = true;
        } else if (f.number == ENDPOINT_PORT && f.type == WIRE_VARINT) {
            if (f.value > UINT16_MAX)
                return "has a port that is none";
            endpoint->port = (uint16_t)f.value;
        }
    }
    return w.bad ? not_a_message : NULL;
}

static const char *read_annotation(struct str message, struct collector *c)
{
    struct wire w = wire_of(message);
    struct str value = STR("");
    struct wire_field f = {0};
    uint64_t time = 0;

    while (wire_next(&w, &f)) {
        if (f.number == ANNOTATION_TIMESTAMP && f.type == WIRE_FIXED64)
            time = f.value;
        else if (f.number == ANNOTATION_VALUE && f.type == WIRE_BYTES)
            value = f.bytes;
    }
    collect_annotation(c, time, value);
    return w.bad ? not_a_message : NULL;
}

static const char *read_tag(struct str message, struct collector *c)
{
    struct str key = STR(""), value = STR("");
    struct wire w = wire_of(message);
    struct wire_field f = {0};

    while (wire_next(&w, &f)) {
        if (f.number == TAG_KEY && f.type == WIRE_BYTES)
            key = f.bytes;
        else if (f.number == TAG_VALUE && f.type == WIRE_BYTES)
            value = f.bytes;
    }
    collect_tag(c, key, value);
    return w.bad ? not_a_message : NULL;
}

static const char *read_bytes(struct collector *c, const struct wire_field *f)
{
    struct zipkin_span_in *s = &c->span;

    switch (f->number) {
    case SPAN_TRACE_ID:
        s->has_trace_id = true;
        return collect_id_bytes(f->bytes, s->trace_id, sizeof(s->trace_id));
    case SPAN_PARENT_ID:
        s->has_parent = f->bytes.len > 0;
        return s->has_parent ? collect_id_bytes(f->bytes, s->parent_id, sizeof(s->parent_id))
                             : NULL;
    case SPAN_ID:
        s->has_id = true;
        return collect_id_bytes(f->bytes, s->id, sizeof(s->id));
    case SPAN_NAME:
        keep(&s->name, f->bytes);
        return NULL;
    case SPAN_LOCAL_ENDPOINT:
        return read_endpoint(f->bytes, &s->local, &s->local_name);
    case SPAN_REMOTE_ENDPOINT:
        return read_endpoint(f->bytes, &s->remote, &s->remote_name);
    case SPAN_ANNOTATIONS:
        return read_annotation(f->bytes, c);
    case SPAN_TAGS:
        return read_tag(f->bytes, c);
    default:
        return NULL;
    }
}

static void read_number(struct zipkin_span_in *s, const struct wire_field *f)
{
    switch (f->number) {
    case SPAN_KIND:
        s->kind = f->value <= ZIPKIN_CONSUMER ? (enum zipkin_kind)f->value : ZIPKIN_NO_KIND;
        break;
    case SPAN_TIMESTAMP:
        s->timestamp_us = f->value;
        break;
    case SPAN_DURATION:
        s->duration_us = f->value;
        break;
    case SPAN_DEBUG:
        s->debug = f->value != 0;
        break;
    case SPAN_SHARED:
        s->shared = f->value != 0;
        break;
    default:
        break;
    }
}

static const char *field_name(uint32_t number)
{
    static const char *const names[] = {
        [SPAN_TRACE_ID] = "traceId",
        [SPAN_PARENT_ID] = "parentId",
        [SPAN_ID] = "id",
        [SPAN_LOCAL_ENDPOINT] = "localEndpoint",
        [SPAN_REMOTE_ENDPOINT] = "remoteEndpoint",
        [SPAN_ANNOTATIONS] = "annotations",
        [SPAN_TAGS] = "tags",
    };

    return number < sizeof(names) / sizeof(names[0]) ? names[number] : NULL;
}

/* *field: where it is wrong; NULL: everywhere. */
static const char *read_span(struct str message, struct collector *c, const char **field)
{
    struct wire w = wire_of(message);
    struct wire_field f = {0};

    collect_begin(c);
    while (wire_next(&w, &f)) {
        const char *why = NULL;

        if (f.type == WIRE_BYTES)
            why = read_bytes(c, &f);
        else
            read_number(&c->span, &f);
        if (why) {
            *field = field_name(f.number);
            return why;
        }
    }
    return w.bad ? not_a_message : collect_end(c);
}

struct bytes *zipkin_read_proto(struct str body, bool parse_tags, struct zipkin_report *report)
{
    struct collector c = {.parse_tags = parse_tags};
    const char *why = NULL, *field = NULL;
    struct wire w = wire_of(body);
    struct bytes *request = NULL;
    struct wire_field f = {0};
    size_t count = 0;

    *report = (struct zipkin_report){.verdict = ZIPKIN_OK};
    while (!why && !c.no_room && wire_next(&w, &f)) {
        if (f.number != LIST_SPANS || f.type != WIRE_BYTES)
            continue;
        count++;
        why = read_span(f.bytes, &c, &field);
    }
    if (why) {
        snprintf(report->why, sizeof(report->why), "span %zu%s%s: %s", count, field ? ", " : "",
                 field ? field : "", why);
    } else if (w.bad) {
        snprintf(report->why, sizeof(report->why),
                 "not a ListOfSpans in protobuf: it breaks behind span %zu", count);
    } else {
        request = collect_finish(&c);
    }
    if (!request)
        report->verdict = report->why[0] ? ZIPKIN_MALFORMED : ZIPKIN_NO_ROOM;
    collect_done(&c);
    return request;
}
