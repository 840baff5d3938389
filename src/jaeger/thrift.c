/*
 * From the bytes of OTLP straight to the bytes of Thrift.
 *
 *     head   process, and the count of the spans      \
 *     span   one for each item of the group            > pieces
 *     end                                             /
 *
 * A piece is written whole. Each function that writes takes the place where to write and the end of
 * the room, and returns the place behind what it wrote: NULL where the room does not do. A piece
 * for which the caller's buffer has no room is written to the side, into a buffer that grows until
 * it does, and is handed out from there. What is large, or has a large scope or resource, comes in
 * pieces of its own (thrift_parts.c): so the side stays small, however large a span is.
 *
 * This is most of what a span costs us. So room is asked for once for a tag, headers of fields are
 * stored as constants, and short texts are copied as 32 bytes, whatever their length: what is too
 * much will be written over. Thrift is big endian; there is no padding:
 *
 *     field   type (1), id (2), value
 *     struct  fields, 0
 *     string  length (4), bytes
 *     list    type of the elements (1), count (4), elements
 */
#include "jaeger/thrift.h"

#include <stdlib.h>

#include "base/budget.h"
#include "base/mem.h"
#include "jaeger/thrift_priv.h"
#include "otlp/json_text.h"

enum { LARGE = 16 << 10, LONG_TEXTS = 4096, PREFETCH_BYTES = 512, CACHE_LINE = 64 };

struct str thrift_json(struct thrift_writer *w, const struct value_view *value)
{
    struct str text = json_text(value, &w->json);

    if (w->json.cap > w->counted) {
        budget_add(w->json.cap - w->counted);
        w->counted = w->json.cap;
    }
    return text;
}

static inline __attribute__((always_inline)) char *
text_tag_put(char *at, const char *end, struct str key, struct str text, const char *source_end)
{
    if (room(at, end) < SIZE_TAG + key.len + text.len + TEXT_COPY_ROOM)
        return NULL;
    at = string_put(at, 1, key, source_end);
    at = i32_field_put(at, 2, TAG_STRING);
    at = string_put(at, 3, text, source_end);
    *at++ = 0;
    return at;
}

/* Any value but text, which is the usual one. */
static char *value_tag_put(struct thrift_writer *w, char *at, const char *end,
                           const struct attribute_view *tag)
{
    const struct value_view *value = &tag->value;

    if (value->kind == VALUE_ARRAY || value->kind == VALUE_KVLIST)
        return text_tag_put(at, end, tag->key, thrift_json(w, value), NULL);
    if (value->kind == VALUE_EMPTY)
        return text_tag_put(at, end, tag->key, STR(""), NULL);
    if (room(at, end) < SIZE_TAG + tag->key.len + TEXT_COPY_ROOM)
        return NULL;
    at = string_put(at, 1, tag->key, NULL);
    at = scalar_put(at, value);
    if (value->kind == VALUE_BYTES && value->bytes.len > 0) { /* else no field at all, as Jaeger */
        if (room(at, end) < SIZE_STRING + value->bytes.len + TEXT_COPY_ROOM)
            return NULL;
        at = string_put(at, 7, value->bytes, NULL);
    }
    *at++ = 0;
    return at;
}

/* source_end: as in text_copy(). */
static inline char *tag_put(struct thrift_writer *w, char *at, const char *end,
                            const struct attribute_view *tag, const char *source_end)
{
    if (tag->value.kind == VALUE_STRING)
        return text_tag_put(at, end, tag->key, tag->value.bytes, source_end);
    return value_tag_put(w, at, end, tag);
}

char *thrift_tag_put(struct thrift_writer *w, char *at, const char *end,
                     const struct attribute_view *tag)
{
    return tag_put(w, at, end, tag, NULL);
}

static char *attributes_put(struct thrift_writer *w, char *at, const char *end,
                            struct repeated attributes)
{
    struct attribute_view attribute;

    while (at && attribute_next(&attributes, &attribute))
        at = tag_put(w, at, end, &attribute, w->source_end);
    return at;
}

static char *references_put(char *at, const char *end, struct references *references)
{
    uint32_t left = references->count;
    struct reference ref;

    if (room(at, end) < SIZE_LIST + (size_t)left * SIZE_REFERENCE)
        return NULL;
    at = list_put(at, 6, left);
    for (; left > 0 && reference_next(references, &ref); left--)
        at = reference_put(at, &ref);
    return at;
}

static char *log_put(struct thrift_writer *w, char *at, const char *end, struct str message)
{
    struct attribute_view name;
    struct event_view event;
    bool named;

    event_read(message, &event);
    named = event_tag(&event, &name);
    if (room(at, end) < SIZE_I64 + SIZE_LIST)
        return NULL;
    at = i64_field_put(at, 1, (uint64_t)((int64_t)event.time_ns / 1000));
    at = list_put(at, 2, event.attributes.count + named);
    if (named)
        at = tag_put(w, at, end, &name, NULL);
    if (at)
        at = attributes_put(w, at, end, event.attributes);
    if (!at || room(at, end) < 1)
        return NULL;
    *at++ = 0;
    return at;
}

static char *logs_put(struct thrift_writer *w, char *at, const char *end)
{
    struct str message;

    if (room(at, end) < SIZE_LIST + 1)
        return NULL;
    at = list_put(at, 11, w->span.events.count);
    while (at && repeated_next(&w->span.events, &message))
        at = log_put(w, at, end, message);
    return at;
}

/* The tags of a run's scope are written once. */
static void scope_write(struct thrift_writer *w)
{
    struct attribute_view tags[SCOPE_TAGS];
    struct str scope = group_run_scope(w->cursor.run);
    char *start, *at;

    buf_reset(&w->scope);
    at = start = buf_reserve(&w->scope, scope.len + SCOPE_TAGS * 2 * (SIZE_TAG + TEXT_COPY_ROOM));
    w->scope_run = w->cursor.run;
    w->scope_count = scope_tags(scope, tags);
    for (unsigned i = 0; i < w->scope_count; i++)
        at = tag_put(w, at, start + w->scope.cap, &tags[i], NULL);
    w->scope.len = (size_t)(at - start);
}

static char *tags_put(struct thrift_writer *w, char *at, const char *end)
{
    unsigned extra = span_tags(&w->span, w->extra);

    if (w->scope_run != w->cursor.run)
        scope_write(w);
    if (room(at, end) < SIZE_LIST + w->scope.len)
        return NULL;
    at = list_put(at, 10, w->scope_count + w->span.attributes.count + extra);
    if (w->scope.len > 0)
        memcpy(at, w->scope.at, w->scope.len);
    at = attributes_put(w, at + w->scope.len, end, w->span.attributes);
    for (unsigned i = 0; at && i < extra; i++)
        at = tag_put(w, at, end, &w->extra[i], NULL);
    return at;
}

/*
 * The next span mostly lies right behind this one, and nobody has looked at it since it came in: it
 * comes into the cache while this one is written. (A prefetch may go beyond what there is.)
 */
static inline void prefetch_behind(struct str item)
{
    uintptr_t behind = (uintptr_t)item.at + item.len;

    for (size_t i = 0; i < PREFETCH_BYTES; i += CACHE_LINE)
        __builtin_prefetch((const void *)(behind + i));
}

static char *span_put(struct thrift_writer *w, char *at, const char *end)
{
    struct span_view *span = &w->span;
    struct references references;

    prefetch_behind(w->item);
    w->source_end = group_body_end(&w->cursor);
    span_read(w->item, span);
    references_read(span, &references);
    if (room(at, end) < 4 * SIZE_I64 + SIZE_STRING + span->name.len + TEXT_COPY_ROOM)
        return NULL;
    at = i64_field_put(at, 1, references.id.trace_low);
    at = i64_field_put(at, 2, references.id.trace_high);
    at = i64_field_put(at, 3, references.id.span);
    at = i64_field_put(at, 4, references.parent_span_id);
    at = string_put(at, 5, span->name, w->source_end);
    at = references_put(at, end, &references);
    if (!at || room(at, end) < SIZE_I32 + 2 * SIZE_I64)
        return NULL;
    at = i32_field_put(at, 7, span->flags & SPAN_FLAG_SAMPLED);
    at = i64_field_put(at, 8, (uint64_t)((int64_t)span->start_ns / 1000));
    at = i64_field_put(at, 9, (uint64_t)(duration_ns(span->start_ns, span->end_ns) / 1000));
    at = tags_put(w, at, end);
    if (at)
        at = logs_put(w, at, end);
    if (!at || room(at, end) < 1)
        return NULL;
    *at++ = 0;
    return at;
}

static char *head_put(struct thrift_writer *w, char *at, const char *end)
{
    struct attribute_view tag;
    struct process process;

    process_read(w->group->resource, &process);
    if (room(at, end) < 3 + SIZE_STRING + process.service_name.len + SIZE_LIST + TEXT_COPY_ROOM)
        return NULL;
    at = field_put(at, T_STRUCT, 1);
    at = string_put(at, 1, process.service_name, NULL);
    at = list_put(at, 2, process.count);
    while (at && process_next(&process, &tag))
        at = tag_put(w, at, end, &tag, NULL);
    if (!at || room(at, end) < 1 + SIZE_LIST)
        return NULL;
    *at++ = 0;
    return list_put(at, 2, (uint32_t)w->spans);
}

static char *end_put(struct thrift_writer *w, char *at, const char *end)
{
    (void)w;
    if (room(at, end) < 1)
        return NULL;
    *at++ = 0;
    return at;
}

/* Whether a span is written part by part. Its scope's tags are a part of it. */
static bool is_large(const struct thrift_writer *w)
{
    return w->item.len >= w->large || group_run_scope(w->cursor.run).len >= w->large;
}

/* The piece that comes next; NULL behind the last. */
static piece_fn *piece_next(struct thrift_writer *w)
{
    if (w->parts.next != PARTS_DONE || w->parts.tag_next != TAG_DONE) {
        piece_fn *part = thrift_parts_next(w);

        if (part)
            return part;
    }
    if (w->piece == HEAD) {
        w->piece = SPANS;
        if (w->group->resource.len < w->large)
            return head_put;
        thrift_parts_process(w);
        return thrift_parts_next(w);
    }
    if (w->piece == SPANS) {
        if (w->left > 0 && group_next(w->group, &w->cursor, &w->item)) {
            w->left--;
            if (!is_large(w))
                return span_put;
            thrift_parts_span(w);
            return thrift_parts_next(w);
        }
        w->piece = END;
    }
    if (w->piece == END) {
        w->piece = DONE;
        return end_put;
    }
    return NULL;
}

static void write_aside(struct thrift_writer *w, piece_fn *piece)
{
    char *end = NULL;

    buf_reset(&w->side);
    for (size_t size = 4096; !end; size = w->side.cap * 2) {
        buf_reserve(&w->side, size);
        end = piece(w, w->side.at, w->side.at + w->side.cap);
    }
    w->rest = (struct str){w->side.at, (size_t)(end - w->side.at)};
}

/* Hands out what comes before the next piece, as far as there is room. */
static char *rest_put(struct thrift_writer *w, char *at, const char *end)
{
    while (w->rest.len + w->text.len > 0 && at < end) {
        size_t len;

        if (w->rest.len == 0) {
            w->rest = w->text;
            w->text.len = 0;
        }
        len = w->rest.len < room(at, end) ? w->rest.len : room(at, end);
        memcpy(at, w->rest.at, len);
        at += len;
        w->rest.at += len;
        w->rest.len -= len;
    }
    return at;
}

size_t thrift_write(struct thrift_writer *w, char *to, size_t size)
{
    char *at = to, *end = to + size, *next;
    piece_fn *piece;

    for (;;) {
        at = rest_put(w, at, end);
        if (at == end || !(piece = piece_next(w)))
            return (size_t)(at - to);
        next = piece(w, at, end);
        if (next)
            at = next;
        else
            write_aside(w, piece);
    }
}

void thrift_restart(struct thrift_writer *w)
{
    w->piece = HEAD;
    w->cursor = w->start;
    w->left = w->spans;
    w->rest.len = w->text.len = 0;
    w->parts.next = PARTS_DONE;
    w->parts.tag_next = TAG_DONE;
}

size_t thrift_next(struct thrift_writer *w, size_t most)
{
    size_t left;

    for (; w->left > 0; w->left--) /* of a body that was not written to its end */
        group_next(w->group, &w->cursor, &w->item);
    w->before += w->spans;
    left = w->group->items - w->before;
    w->spans = left < most ? left : most;
    w->start = w->cursor;
    thrift_restart(w);
    return w->spans;
}

void thrift_again(struct thrift_writer *w)
{
    w->spans = 0;
    thrift_restart(w);
    buf_done(&w->side);
    buf_done(&w->json);
    budget_release(w->counted);
    w->counted = 0;
}

struct thrift_writer *thrift_writer_new(const struct group *group)
{
    struct thrift_writer *w = mem_zero(sizeof(*w));

    w->group = group;
    w->large = LARGE;
    w->long_texts = LONG_TEXTS;
    w->piece = DONE;
    return w;
}

void thrift_writer_free(struct thrift_writer *w)
{
    if (!w)
        return;
    budget_release(w->counted);
    buf_done(&w->side);
    buf_done(&w->scope);
    buf_done(&w->json);
    free(w);
}
