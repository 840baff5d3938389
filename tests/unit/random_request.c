/*
 * Random requests: built as protobuf-c's structs in an arena, and packed.
 */
#include "unit/random_request.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/arena.h"
#include "otlp/wire_write.h"
#include "unit/pb.h"

struct dice dice_new(const char *test)
{
    const char *given = getenv("SEED");
    struct dice dice = {given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL)};

    printf("%s: SEED=%llu\n", test, (unsigned long long)dice.state);
    return dice;
}

static uint64_t dice_bits(struct dice *dice)
{
    uint64_t z = dice->state += 0x9e3779b97f4a7c15; /* splitmix64 */

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

uint32_t dice_roll(struct dice *dice, uint32_t sides)
{
    return (uint32_t)((dice_bits(dice) >> 32) * sides >> 32);
}

/* ---- valid requests ---- */

struct maker {
    struct dice *dice;
    struct arena *arena;
};

static void *message(struct maker *m, const ProtobufCMessageDescriptor *type)
{
    ProtobufCMessage *made = arena_alloc(m->arena, type->sizeof_message);

    protobuf_c_message_init(type, made);
    return made;
}

/* An array of up to most - 1 messages; sets *count. */
static void *messages(struct maker *m, uint32_t most, size_t *count)
{
    *count = dice_roll(m->dice, most);
    return arena_alloc(m->arena, *count * sizeof(void *));
}

static char *some_text(struct maker *m)
{
    static const char *const pieces[] = {
        "http.request.method",
        "GET",
        "a",
        "\xc3\xa9",
        "\xe2\x82\xac",
        "\xf0\x9f\x90\x98",
        "/",
        " ",
        "0123456789abcdef",
        "\n",
        "\"",
    };
    uint32_t count = dice_roll(m->dice, 5);
    char *text = arena_alloc(m->arena, 100);

    for (; count > 0; count--)
        strcat(text, pieces[dice_roll(m->dice, sizeof(pieces) / sizeof(pieces[0]))]);
    return text;
}

static ProtobufCBinaryData some_bytes(struct maker *m, size_t len)
{
    ProtobufCBinaryData bytes = {.len = len, .data = arena_alloc(m->arena, len)};

    for (size_t i = 0; i < len; i++)
        bytes.data[i] = (uint8_t)dice_bits(m->dice);
    if (len > 0)
        bytes.data[0] |= 1; /* ids are not all zero */
    return bytes;
}

/* Small ones, large ones, negative ones, none. */
static uint64_t some_number(struct maker *m)
{
    return dice_bits(m->dice) >> dice_roll(m->dice, 64) << dice_roll(m->dice, 8);
}

static pb_attribute **some_attributes(struct maker *m, unsigned depth, size_t *count);

static pb_value *some_value(struct maker *m, unsigned depth)
{
    pb_value *value = message(m, PB_VALUE);
    pb_array *array;
    pb_kvlist *kvlist;

    value->value_case = dice_roll(m->dice, depth > 0 ? 9 : 5);
    switch ((int)value->value_case) {
    case 1:
        value->string_value = some_text(m);
        break;
    case 2:
        value->bool_value = dice_roll(m->dice, 2) > 0;
        break;
    case 3:
        value->int_value = (int64_t)some_number(m);
        break;
    case 4:
        value->double_value = (double)some_number(m) / 3;
        break;
    case 5:
        array = value->array_value = message(m, PB_ARRAY);
        array->values = messages(m, 4, &array->n_values);
        for (size_t i = 0; i < array->n_values; i++)
            array->values[i] = some_value(m, depth - 1);
        break;
    case 6:
        kvlist = value->kvlist_value = message(m, PB_KVLIST);
        kvlist->values = some_attributes(m, depth - 1, &kvlist->n_values);
        break;
    case 7:
        value->bytes_value = some_bytes(m, dice_roll(m->dice, 20));
        break;
    case 8:
        value->string_value_strindex = (int32_t)some_number(m);
        break;
    default:
        break;
    }
    return value;
}

static pb_attribute **some_attributes(struct maker *m, unsigned depth, size_t *count)
{
    pb_attribute **attributes = messages(m, 4, count);

    for (size_t i = 0; i < *count; i++) {
        attributes[i] = message(m, PB_ATTRIBUTE);
        attributes[i]->key = some_text(m);
        if (dice_roll(m->dice, 8) > 0)
            attributes[i]->value = some_value(m, depth);
    }
    return attributes;
}

static pb_event *some_event(struct maker *m)
{
    pb_event *event = message(m, PB_EVENT);

    event->time_unix_nano = some_number(m);
    event->name = some_text(m);
    event->attributes = some_attributes(m, 1, &event->n_attributes);
    event->dropped_attributes_count = (uint32_t)some_number(m);
    return event;
}

static pb_link *some_link(struct maker *m)
{
    pb_link *link = message(m, PB_LINK);

    link->trace_id = some_bytes(m, 16);
    link->span_id = some_bytes(m, dice_roll(m->dice, 2) * 8);
    link->trace_state = some_text(m);
    link->attributes = some_attributes(m, 1, &link->n_attributes);
    link->dropped_attributes_count = (uint32_t)some_number(m);
    link->flags = (uint32_t)some_number(m);
    return link;
}

static pb_span *some_span(struct maker *m)
{
    pb_span *span = message(m, PB_SPAN);

    span->trace_id = some_bytes(m, 16);
    span->span_id = some_bytes(m, 8);
    span->trace_state = some_text(m);
    span->parent_span_id = some_bytes(m, dice_roll(m->dice, 2) * 8);
    span->name = some_text(m);
    span->kind = dice_roll(m->dice, 7); /* one more than there are */
    span->start_time_unix_nano = some_number(m);
    span->end_time_unix_nano = some_number(m);
    span->attributes = some_attributes(m, 3, &span->n_attributes);
    span->dropped_attributes_count = (uint32_t)some_number(m);
    span->events = messages(m, 3, &span->n_events);
    for (size_t i = 0; i < span->n_events; i++)
        span->events[i] = some_event(m);
    span->dropped_events_count = (uint32_t)some_number(m);
    span->links = messages(m, 3, &span->n_links);
    for (size_t i = 0; i < span->n_links; i++)
        span->links[i] = some_link(m);
    span->dropped_links_count = (uint32_t)some_number(m);
    if (dice_roll(m->dice, 3) > 0) {
        span->status = message(m, PB_STATUS);
        span->status->message = some_text(m);
        span->status->code = dice_roll(m->dice, 3);
    }
    span->flags = (uint32_t)some_number(m);
    if (dice_roll(m->dice, 10) == 0) /* it will be left out */
        span->trace_id.len = dice_roll(m->dice, 16);
    return span;
}

static pb_resource *some_resource(struct maker *m)
{
    pb_resource *resource = message(m, PB_RESOURCE);

    resource->attributes = some_attributes(m, 2, &resource->n_attributes);
    resource->dropped_attributes_count = (uint32_t)some_number(m);
    resource->entity_refs = messages(m, 2, &resource->n_entity_refs);
    for (size_t i = 0; i < resource->n_entity_refs; i++) {
        pb_entity_ref *ref = resource->entity_refs[i] = message(m, PB_ENTITY_REF);

        ref->schema_url = some_text(m);
        ref->id_keys = messages(m, 3, &ref->n_id_keys);
        for (size_t key = 0; key < ref->n_id_keys; key++)
            ref->id_keys[key] = some_text(m);
    }
    return resource;
}

static pb_scope *some_scope(struct maker *m)
{
    pb_scope *scope = message(m, PB_SCOPE);

    scope->name = some_text(m);
    scope->version = some_text(m);
    scope->attributes = some_attributes(m, 2, &scope->n_attributes);
    scope->dropped_attributes_count = (uint32_t)some_number(m);
    return scope;
}

static pb_scope_spans *some_scope_spans(struct maker *m)
{
    pb_scope_spans *group = message(m, PB_SCOPE_SPANS);

    if (dice_roll(m->dice, 4) > 0)
        group->scope = some_scope(m);
    group->spans = messages(m, 4, &group->n_spans);
    for (size_t i = 0; i < group->n_spans; i++)
        group->spans[i] = some_span(m);
    group->schema_url = some_text(m);
    return group;
}

static pb_resource_spans *some_resource_spans(struct maker *m)
{
    pb_resource_spans *group = message(m, PB_RESOURCE_SPANS);

    if (dice_roll(m->dice, 4) > 0)
        group->resource = some_resource(m);
    group->scope_spans = messages(m, 3, &group->n_scope_spans);
    for (size_t i = 0; i < group->n_scope_spans; i++)
        group->scope_spans[i] = some_scope_spans(m);
    group->schema_url = some_text(m);
    return group;
}

void random_request(struct dice *dice, struct buf *out)
{
    struct maker maker = {.dice = dice, .arena = arena_new(16 << 10)};
    pb_request *request = message(&maker, PB_REQUEST);
    char *to;

    request->resource_spans = messages(&maker, 3, &request->n_resource_spans);
    for (size_t i = 0; i < request->n_resource_spans; i++)
        request->resource_spans[i] = some_resource_spans(&maker);
    to = buf_reserve(out, protobuf_c_message_get_packed_size(&request->base));
    out->len += protobuf_c_message_pack(&request->base, (uint8_t *)to);
    arena_free(maker.arena);
}

/* ---- other shapes ---- */

enum { FIELDS = 64 }; /* of one message that are shuffled; those behind stay in place */

static void put_long_varint(struct dice *dice, struct buf *out, uint64_t value)
{
    unsigned len = 1 + dice_roll(dice, 10);

    for (; len > 1 || value >= 0x80; value >>= 7, len -= len > 1)
        buf_append_char(out, (char)(value | 0x80));
    buf_append_char(out, (char)value);
}

static void put_unknown(struct dice *dice, struct buf *out)
{
    static const enum wire_type types[] = {WIRE_VARINT, WIRE_FIXED64, WIRE_BYTES, WIRE_FIXED32};
    struct wire_field f = {
        .number = 17 + (uint32_t)(dice_bits(dice) >> dice_roll(dice, 32) >> 35),
        .type = types[dice_roll(dice, 4)],
        .value = dice_bits(dice),
        .bytes = STR("\x00\xff unknown"),
    };

    wire_put_field(out, &f);
}

static void put_damaged_field(struct dice *dice, struct buf *out, struct wire_field f)
{
    switch (dice_roll(dice, 4)) {
    case 0: /* another type */
        f.type = (enum wire_type)dice_roll(dice, 6);
        if (f.type > WIRE_BYTES)
            f.type = WIRE_FIXED32;
        if (!f.bytes.at)
            f.bytes = STR("bytes");
        break;
    case 1: /* another number */
        f.number = 1 + dice_roll(dice, 17);
        break;
    case 2:
        f.value = dice_bits(dice);
        if (f.bytes.len > 0)
            f.bytes.len = dice_roll(dice, (uint32_t)f.bytes.len);
        break;
    default: /* a varint that is longer than it need be, or a length */
        if (f.type == WIRE_VARINT || f.type == WIRE_BYTES) {
            wire_put_tag(out, f.number, f.type);
            put_long_varint(dice, out, f.type == WIRE_VARINT ? f.value : f.bytes.len);
            if (f.type == WIRE_BYTES)
                buf_append_str(out, f.bytes);
            return;
        }
        break;
    }
    wire_put_field(out, &f);
}

static void reshape(struct dice *dice, const ProtobufCMessageDescriptor *type, struct str from,
                    struct buf *out);

static void reshape_field(struct dice *dice, const ProtobufCMessageDescriptor *type,
                          struct wire_field f, struct buf *out)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field(type, f.number);

    if (dice_roll(dice, 60) == 0)
        put_unknown(dice, out);
    if (dice_roll(dice, 400) == 0) {
        put_damaged_field(dice, out, f);
    } else if (field && field->type == PROTOBUF_C_TYPE_MESSAGE) {
        struct buf inner = {0};

        reshape(dice, field->descriptor, f.bytes, &inner);
        wire_put_bytes(out, f.number, buf_str(&inner));
        buf_done(&inner);
    } else {
        wire_put_field(out, &f);
    }
}

static void reshape(struct dice *dice, const ProtobufCMessageDescriptor *type, struct str from,
                    struct buf *out)
{
    struct wire_field fields[FIELDS] = {0};
    struct wire w = wire_of(from);
    uint32_t count = 0;

    while (count < FIELDS && wire_next(&w, &fields[count]))
        count++;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t other = dice_roll(dice, 20) == 0 ? dice_roll(dice, count) : i;
        struct wire_field f = fields[other];

        fields[other] = fields[i];
        fields[i] = f;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t times = 1 + (dice_roll(dice, 50) == 0) - (dice_roll(dice, 50) == 0);

        for (; times > 0; times--)
            reshape_field(dice, type, fields[i], out);
    }
    buf_append(out, w.at, (size_t)(w.end - w.at));
}

void random_reshape(struct dice *dice, enum signal signal, struct str request, struct buf *out)
{
    reshape(dice, pb_request_types[signal], request, out);
}

/* ---- damage ---- */

static void insert(struct buf *buf, size_t at, struct str bytes)
{
    buf_reserve(buf, bytes.len);
    memmove(buf->at + at + bytes.len, buf->at + at, buf->len - at);
    memcpy(buf->at + at, bytes.at, bytes.len);
    buf->len += bytes.len;
}

static void damage_once(struct dice *dice, struct buf *request)
{
    size_t at = dice_roll(dice, (uint32_t)request->len);
    size_t len = dice_roll(dice, (uint32_t)(request->len - at) + 1);
    char copy[64];

    switch (dice_roll(dice, 6)) {
    case 0:
    case 1:
        request->at[at] = (char)(request->at[at] ^ 1 << dice_roll(dice, 8));
        break;
    case 2:
        request->at[at] = (char)dice_bits(dice);
        break;
    case 3:
        request->len = at;
        break;
    case 4:
        memmove(request->at + at, request->at + at + len, request->len - at - len);
        request->len -= len;
        break;
    default:
        len = len < sizeof(copy) ? len : sizeof(copy);
        memcpy(copy, request->at + at, len);
        insert(request, dice_roll(dice, (uint32_t)request->len), (struct str){copy, len});
        break;
    }
}

void random_damage(struct dice *dice, struct buf *request)
{
    for (uint32_t times = 1 + dice_roll(dice, 3); times > 0 && request->len > 0; times--)
        damage_once(dice, request);
}
