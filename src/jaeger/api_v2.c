/*
 * From the bytes of OTLP to protobuf of Jaeger's, as proto3 writes it: what is zero is left out.
 *
 *     PostSpansRequest  1 Batch
 *     Batch             1 Span ...      2 Process, the last thing in each message
 *
 * Protobuf says how long a message is before what is in it. A tag's length is reckoned beforehand;
 * of a span and a log the length is written behind, into room that was left for as many bytes as it
 * usually takes, and only where it takes others the content is moved. The two outermost lengths are
 * written last, in front of the spans, so that they end where the spans begin.
 */
#include "jaeger/api_v2.h"

#include <stdlib.h>

#include "base/budget.h"
#include "base/buf.h"
#include "base/mem.h"
#include "jaeger/text_copy.h"
#include "jaeger/translate.h"
#include "otlp/json_text.h"
#include "otlp/wire_write.h"

enum value_type { TYPE_STRING, TYPE_BOOL, TYPE_INT64, TYPE_FLOAT64, TYPE_BINARY };

enum {
    FIELD_MAX = 1 + 10,    /* bytes of a field's number and a varint; our numbers are below 16 */
    HEAD_SIZE = FIELD_MAX, /* of PostSpansRequest */
    ID_SIZES = 2 + 16 + 2 + 8,
    /* No reference is written behind so many bytes: no server takes such a message, and an empty
       link of two bytes would have thirty. */
    REFERENCES_END = 64 << 20,
    NANOSECONDS = 1000000000 /* in a second */
};

struct api_v2_writer {
    const struct group *group;
    struct group_cursor cursor, message_start;
    struct buf out;     /* one message, with room for its head in front */
    struct buf process; /* written out, as a field of Batch */
    struct buf scope;   /* the tags of a run's scope, written out */
    const struct group_run *scope_run;
    struct buf json;
    size_t counted; /* of these buffers, in the memory budget */
    struct span_view span;
    struct attribute_view extra[SPAN_EXTRA_TAGS];
};

static inline char *varint_put(char *at, uint64_t value)
{
    for (; value > 0x7f; value >>= 7)
        *at++ = (char)(value | 0x80);
    *at++ = (char)value;
    return at;
}

/* Writes nothing where the value is zero, as in the next two. */
static inline char *varint_field_put(char *at, unsigned number, uint64_t value)
{
    if (value == 0)
        return at;
    *at++ = (char)(number << 3 | WIRE_VARINT);
    return varint_put(at, value);
}

static inline char *bytes_field_put(char *at, unsigned number, struct str s)
{
    if (s.len == 0)
        return at;
    *at++ = (char)(number << 3 | WIRE_BYTES);
    at = varint_put(at, s.len);
    memcpy(at, s.at, s.len);
    return at + s.len;
}

static inline size_t bytes_field_size(struct str s)
{
    return s.len == 0 ? 0 : wire_bytes_size(s.len);
}

/* ---- messages whose length is written behind ---- */

/* Leaves room for a length of so many bytes; returns where. */
static size_t message_begin(struct buf *buf, unsigned number, size_t len_size)
{
    buf_append_char(buf, (char)(number << 3 | WIRE_BYTES));
    buf_reserve(buf, len_size);
    buf->len += len_size;
    return buf->len - len_size;
}

static void message_end(struct buf *buf, size_t start, size_t len_size)
{
    size_t len = buf->len - start - len_size, size = wire_varint_size(len);

    if (size != len_size) {
        buf_reserve(buf, size); /* more than is missing */
        memmove(buf->at + start + size, buf->at + start + len_size, len);
        buf->len = start + size + len;
    }
    varint_put(buf->at + start, len);
}

/* ---- tags ---- */

/* What stands in one of the value's fields, and what stands for its type. */
struct tag_value {
    enum value_type type;
    struct str text; /* STRING, BINARY */
    uint64_t number; /* BOOL, INT64; FLOAT64: its bits */
};

static struct tag_value tag_value(const struct value_view *value, struct buf *json)
{
    struct tag_value out = {0};

    switch (value->kind) {
    case VALUE_STRING:
        return (struct tag_value){.type = TYPE_STRING, .text = value->bytes};
    case VALUE_BOOL:
        return (struct tag_value){.type = TYPE_BOOL, .number = value->boolean};
    case VALUE_INT:
        return (struct tag_value){.type = TYPE_INT64, .number = (uint64_t)value->integer};
    case VALUE_DOUBLE:
        out.type = TYPE_FLOAT64;
        memcpy(&out.number, &value->number, sizeof(out.number));
        return out;
    case VALUE_BYTES:
        return (struct tag_value){.type = TYPE_BINARY, .text = value->bytes};
    case VALUE_ARRAY:
    case VALUE_KVLIST:
        return (struct tag_value){.type = TYPE_STRING, .text = json_text(value, json)};
    case VALUE_EMPTY:
        break;
    }
    return out;
}

static size_t tag_value_size(const struct tag_value *value)
{
    size_t size = value->type == TYPE_STRING ? 0 : 2;

    if (value->type == TYPE_FLOAT64)
        return size + (value->number == 0 ? 0 : 1 + sizeof(value->number));
    return size + bytes_field_size(value->text) +
           (value->number == 0 ? 0 : 1 + wire_varint_size(value->number));
}

static char *tag_value_put(char *at, const struct tag_value *value)
{
    at = varint_field_put(at, 2, value->type);
    switch (value->type) {
    case TYPE_STRING:
        return bytes_field_put(at, 3, value->text);
    case TYPE_BOOL:
        return varint_field_put(at, 4, value->number);
    case TYPE_INT64:
        return varint_field_put(at, 5, value->number);
    case TYPE_FLOAT64:
        if (value->number == 0)
            break;
        *at++ = 6 << 3 | WIRE_FIXED64;
        memcpy(at, &value->number, sizeof(value->number));
        return at + sizeof(value->number);
    case TYPE_BINARY:
        return bytes_field_put(at, 7, value->text);
    }
    return at;
}

/*
 * A tag that is short text, as most are: all lengths are one byte. The key is not empty.
 *
 *     LEN  0a len key  1a len text
 */
static char *short_text_put(char *at, struct str key, struct str text, const char *source_end)
{
    *at++ = (char)(2 + key.len + (text.len > 0 ? 2 + text.len : 0));
    *at++ = 1 << 3 | WIRE_BYTES;
    *at++ = (char)key.len;
    at = text_copy(at, key, source_end);
    if (text.len == 0)
        return at;
    *at++ = 3 << 3 | WIRE_BYTES;
    *at++ = (char)text.len;
    return text_copy(at, text, source_end);
}

/* number: of the field in the message that the tag belongs to. */
static void tag_append(struct buf *buf, unsigned number, const struct attribute_view *tag,
                       struct buf *json)
{
    struct tag_value value = tag_value(&tag->value, json);
    size_t size = bytes_field_size(tag->key) + tag_value_size(&value);
    char *at = buf_reserve(buf, FIELD_MAX + size);

    *at++ = (char)(number << 3 | WIRE_BYTES);
    at = varint_put(at, size);
    at = bytes_field_put(at, 1, tag->key);
    at = tag_value_put(at, &value);
    buf->len = (size_t)(at - buf->at);
}

static void attributes_append(struct api_v2_writer *w, unsigned number, struct repeated attributes)
{
    enum { SHORT = 0x7f - 4 }; /* key and text together */
    const char *source_end = group_body_end(&w->cursor);
    struct attribute_view attribute;

    while (attribute_next(&attributes, &attribute)) {
        struct str key = attribute.key, text = attribute.value.bytes;

        if (attribute.value.kind == VALUE_STRING && key.len > 0 && key.len + text.len <= SHORT) {
            char *at = buf_reserve(&w->out, 2 + 0x7f + TEXT_COPY_ROOM);

            *at = (char)(number << 3 | WIRE_BYTES);
            at = short_text_put(at + 1, key, text, source_end);
            w->out.len = (size_t)(at - w->out.at);
        } else {
            tag_append(&w->out, number, &attribute, &w->json);
        }
    }
}

/* ---- spans ---- */

/* Ids are written always, and whole: Jaeger refuses others. */
static char *ids_put(char *at, const struct jaeger_id *id)
{
    uint64_t numbers[3] = {__builtin_bswap64(id->trace_high), __builtin_bswap64(id->trace_low),
                           __builtin_bswap64(id->span)};

    *at++ = 1 << 3 | WIRE_BYTES;
    *at++ = 16;
    memcpy(at, numbers, 16);
    at += 16;
    *at++ = 2 << 3 | WIRE_BYTES;
    *at++ = 8;
    memcpy(at, &numbers[2], 8);
    return at + 8;
}

/* A Timestamp or a Duration, also where it is zero. */
static char *time_put(char *at, unsigned number, int64_t seconds, int64_t nanos)
{
    char *start;

    *at++ = (char)(number << 3 | WIRE_BYTES);
    start = ++at; /* the length is one byte: there are at most 2 * FIELD_MAX */
    at = varint_field_put(at, 1, (uint64_t)seconds);
    at = varint_field_put(at, 2, (uint64_t)nanos);
    start[-1] = (char)(at - start);
    return at;
}

/* A Timestamp's nanoseconds count forward also before 1970. */
static char *timestamp_put(char *at, unsigned number, uint64_t time_ns)
{
    int64_t seconds = (int64_t)time_ns / NANOSECONDS, nanos = (int64_t)time_ns % NANOSECONDS;

    if (nanos < 0) {
        seconds--;
        nanos += NANOSECONDS;
    }
    return time_put(at, number, seconds, nanos);
}

static void references_append(struct buf *buf, struct references *references)
{
    struct reference ref;

    while (buf->len < REFERENCES_END && reference_next(references, &ref)) {
        char *at = buf_reserve(buf, 2 + ID_SIZES + 2);
        char *start = at + 2;

        *at++ = 4 << 3 | WIRE_BYTES;
        at = ids_put(start, &ref.id);
        at = varint_field_put(at, 3, ref.type);
        start[-1] = (char)(at - start);
        buf->len = (size_t)(at - buf->at);
    }
}

static void log_append(struct api_v2_writer *w, struct str message)
{
    enum { LEN_SIZE = 1 };
    size_t start = message_begin(&w->out, 9, LEN_SIZE);
    struct attribute_view name;
    struct event_view event;
    char *at;

    event_read(message, &event);
    at = timestamp_put(buf_reserve(&w->out, 3 * FIELD_MAX), 1, event.time_ns);
    w->out.len = (size_t)(at - w->out.at);
    if (event_tag(&event, &name))
        tag_append(&w->out, 2, &name, &w->json);
    attributes_append(w, 2, event.attributes);
    message_end(&w->out, start, LEN_SIZE);
}

/* The tags of a run's scope are written once. */
static void scope_write(struct api_v2_writer *w)
{
    struct attribute_view tags[SCOPE_TAGS];
    unsigned count = scope_tags(group_run_scope(w->cursor.run), tags);

    w->scope_run = w->cursor.run;
    buf_reset(&w->scope);
    for (unsigned i = 0; i < count; i++)
        tag_append(&w->scope, 8, &tags[i], &w->json);
}

static void tags_append(struct api_v2_writer *w)
{
    unsigned extra = span_tags(&w->span, w->extra);

    if (w->scope_run != w->cursor.run)
        scope_write(w);
    buf_append_str(&w->out, buf_str(&w->scope));
    attributes_append(w, 8, w->span.attributes);
    for (unsigned i = 0; i < extra; i++)
        tag_append(&w->out, 8, &w->extra[i], &w->json);
}

static void span_append(struct api_v2_writer *w, struct str item)
{
    enum { LEN_SIZE = 2 };
    size_t start = message_begin(&w->out, 1, LEN_SIZE);
    struct span_view *span = &w->span;
    struct references references;
    struct str message;
    int64_t duration;
    char *at;

    span_read(item, span);
    references_read(span, &references);
    at = buf_reserve(&w->out, ID_SIZES + FIELD_MAX + span->name.len);
    at = ids_put(at, &references.id);
    at = bytes_field_put(at, 3, span->name);
    w->out.len = (size_t)(at - w->out.at);
    references_append(&w->out, &references);
    duration = duration_ns(span->start_ns, span->end_ns);
    at = buf_reserve(&w->out, FIELD_MAX + 2 * 3 * FIELD_MAX);
    at = varint_field_put(at, 5, span->flags & SPAN_FLAG_SAMPLED);
    at = timestamp_put(at, 6, span->start_ns);
    at = time_put(at, 7, duration / NANOSECONDS, duration % NANOSECONDS);
    w->out.len = (size_t)(at - w->out.at);
    tags_append(w);
    while (repeated_next(&span->events, &message))
        log_append(w, message);
    message_end(&w->out, start, LEN_SIZE);
}

/* ---- messages ---- */

static void process_write(struct api_v2_writer *w)
{
    enum { LEN_SIZE = 2 };
    size_t start = message_begin(&w->process, 2, LEN_SIZE);
    struct attribute_view tag;
    struct process process;
    char *at;

    process_read(w->group->resource, &process);
    at = buf_reserve(&w->process, FIELD_MAX + process.service_name.len);
    at = bytes_field_put(at, 1, process.service_name);
    w->process.len = (size_t)(at - w->process.at);
    while (process_next(&process, &tag))
        tag_append(&w->process, 2, &tag, &w->json);
    message_end(&w->process, start, LEN_SIZE);
}

/* What is needed to send what is held is not reserved, but counted. */
static void count_buffers(struct api_v2_writer *w)
{
    size_t size = w->out.cap + w->process.cap + w->scope.cap + w->json.cap;

    budget_add(size);
    budget_release(w->counted);
    w->counted = size;
}

bool api_v2_next(struct api_v2_writer *w, size_t most, struct api_v2_message *message)
{
    struct group_cursor before = w->cursor;
    struct str item;
    size_t len;
    char *head;

    w->message_start = w->cursor;
    buf_reset(&w->out);
    buf_reserve(&w->out, HEAD_SIZE);
    w->out.len = HEAD_SIZE;
    message->items = 0;
    for (; message->items < most && w->out.len < API_V2_MESSAGE_SIZE &&
           group_next(w->group, &w->cursor, &item);
         before = w->cursor) {
        if (message->items > 0 && w->out.len + item.len > API_V2_MESSAGE_SIZE) {
            w->cursor = before;
            break;
        }
        span_append(w, item);
        message->items++;
    }
    if (message->items == 0)
        return false;
    buf_append_str(&w->out, buf_str(&w->process));
    count_buffers(w);
    len = w->out.len - HEAD_SIZE;
    head = w->out.at + HEAD_SIZE - 1 - wire_varint_size(len);
    *head = 1 << 3 | WIRE_BYTES;
    varint_put(head + 1, len);
    message->bytes = (struct str){head, (size_t)(w->out.at + w->out.len - head)};
    return true;
}

void api_v2_again(struct api_v2_writer *w)
{
    w->cursor = w->message_start;
    buf_done(&w->out);
    count_buffers(w);
}

struct api_v2_writer *api_v2_writer_new(const struct group *group)
{
    struct api_v2_writer *w = mem_zero(sizeof(*w));

    w->group = group;
    process_write(w);
    count_buffers(w);
    return w;
}

void api_v2_writer_free(struct api_v2_writer *w)
{
    if (!w)
        return;
    budget_release(w->counted);
    buf_done(&w->out);
    buf_done(&w->process);
    buf_done(&w->scope);
    buf_done(&w->json);
    free(w);
}
