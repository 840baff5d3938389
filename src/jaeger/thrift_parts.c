/*
 * What is large, part by part: a part is a few fields, or one tag, or a piece of a tag with long
 * texts, which are handed out from where they lie. So nothing takes memory by its size: a span of
 * 64 MiB of empty attributes has eleven times as many bytes in Thrift.
 *
 *     ids, name -> references -> times -> tags of scope, span, more -> logs -> end
 */
#include "jaeger/thrift_priv.h"

/* ---- tags ---- */

static char *tag_key_put(struct thrift_writer *w, char *at, const char *end)
{
    struct str key = w->parts.tag.key;

    if (room(at, end) < SIZE_STRING)
        return NULL;
    at = u32_put(field_put(at, T_STRING, 1), (uint32_t)key.len);
    w->text = key;
    return at;
}

static char *tag_value_put(struct thrift_writer *w, char *at, const char *end)
{
    const struct value_view *value = &w->parts.tag.value;
    bool text = value->kind == VALUE_STRING;

    if (room(at, end) < SIZE_TAG)
        return NULL;
    at = text ? i32_field_put(at, 2, TAG_STRING) : scalar_put(at, value);
    if (text || (value->kind == VALUE_BYTES && value->bytes.len > 0)) {
        at = u32_put(field_put(at, T_STRING, text ? 3 : 7), (uint32_t)value->bytes.len);
        w->text = value->bytes;
    }
    return at;
}

/* Ends a tag, a log, or the span. */
static char *stop_put(struct thrift_writer *w, char *at, const char *end)
{
    (void)w;
    if (room(at, end) < 1)
        return NULL;
    *at++ = 0;
    return at;
}

static char *tag_put(struct thrift_writer *w, char *at, const char *end)
{
    return thrift_tag_put(w, at, end, &w->parts.tag);
}

/* The first piece of the tag. Arrays and maps become texts here. */
static piece_fn *tag_begin(struct thrift_writer *w)
{
    struct attribute_view *tag = &w->parts.tag;
    struct value_view *value = &tag->value;
    size_t texts = tag->key.len;

    if (value->kind == VALUE_ARRAY || value->kind == VALUE_KVLIST) {
        value->bytes = thrift_json(w, value);
        value->kind = VALUE_STRING;
    }
    if (value->kind == VALUE_STRING || value->kind == VALUE_BYTES)
        texts += value->bytes.len;
    if (texts < w->long_texts)
        return tag_put;
    if (value->kind == VALUE_EMPTY)
        *value = (struct value_view){.kind = VALUE_STRING};
    w->parts.tag_next = TAG_VALUE;
    return tag_key_put;
}

static piece_fn *tag_go_on(struct thrift_parts *p)
{
    if (p->tag_next == TAG_VALUE) {
        p->tag_next = TAG_END;
        return tag_value_put;
    }
    p->tag_next = TAG_DONE;
    return stop_put;
}

/* ---- the process ---- */

static char *process_name_put(struct thrift_writer *w, char *at, const char *end)
{
    struct str name = w->parts.process.service_name;

    if (room(at, end) < 3 + SIZE_STRING)
        return NULL;
    at = field_put(at, T_STRUCT, 1);
    at = u32_put(field_put(at, T_STRING, 1), (uint32_t)name.len);
    w->text = name;
    return at;
}

static char *process_list_put(struct thrift_writer *w, char *at, const char *end)
{
    return room(at, end) < SIZE_LIST ? NULL : list_put(at, 2, w->parts.process.count);
}

static char *process_end_put(struct thrift_writer *w, char *at, const char *end)
{
    if (room(at, end) < 1 + SIZE_LIST)
        return NULL;
    *at++ = 0;
    return list_put(at, 2, (uint32_t)w->spans);
}

static piece_fn *process_go_on(struct thrift_writer *w)
{
    struct thrift_parts *p = &w->parts;

    switch (p->next) {
    case PROCESS_NAME:
        p->next = PROCESS_LIST;
        return process_name_put;
    case PROCESS_LIST:
        p->next = PROCESS_TAGS;
        return process_list_put;
    case PROCESS_TAGS:
        if (process_next(&p->process, &p->tag))
            return tag_begin(w);
        break;
    default:
        break;
    }
    p->next = PARTS_DONE;
    return process_end_put;
}

void thrift_parts_process(struct thrift_writer *w)
{
    process_read(w->group->resource, &w->parts.process);
    w->parts.next = PROCESS_NAME;
}

/* ---- spans ---- */

static char *ids_put(struct thrift_writer *w, char *at, const char *end)
{
    const struct references *references = &w->parts.references;

    if (room(at, end) < 4 * SIZE_I64 + SIZE_STRING)
        return NULL;
    at = i64_field_put(at, 1, references->id.trace_low);
    at = i64_field_put(at, 2, references->id.trace_high);
    at = i64_field_put(at, 3, references->id.span);
    at = i64_field_put(at, 4, references->parent_span_id);
    at = u32_put(field_put(at, T_STRING, 5), (uint32_t)w->span.name.len);
    w->text = w->span.name;
    return at;
}

static char *reference_list_put(struct thrift_writer *w, char *at, const char *end)
{
    return room(at, end) < SIZE_LIST ? NULL : list_put(at, 6, w->parts.references_left);
}

static char *one_reference_put(struct thrift_writer *w, char *at, const char *end)
{
    return room(at, end) < SIZE_REFERENCE ? NULL : reference_put(at, &w->parts.reference);
}

/* And the head of the list of tags. */
static char *times_put(struct thrift_writer *w, char *at, const char *end)
{
    const struct thrift_parts *p = &w->parts;
    const struct span_view *span = &w->span;

    if (room(at, end) < SIZE_I32 + 2 * SIZE_I64 + SIZE_LIST)
        return NULL;
    at = i32_field_put(at, 7, span->flags & SPAN_FLAG_SAMPLED);
    at = i64_field_put(at, 8, (uint64_t)((int64_t)span->start_ns / 1000));
    at = i64_field_put(at, 9, (uint64_t)(duration_ns(span->start_ns, span->end_ns) / 1000));
    return list_put(at, 10, p->scope_count + span->attributes.count + p->more_count);
}

static char *log_list_put(struct thrift_writer *w, char *at, const char *end)
{
    return room(at, end) < SIZE_LIST ? NULL : list_put(at, 11, w->span.events.count);
}

static char *log_head_put(struct thrift_writer *w, char *at, const char *end)
{
    const struct event_view *event = &w->parts.event;
    struct attribute_view name;

    if (room(at, end) < SIZE_I64 + SIZE_LIST)
        return NULL;
    at = i64_field_put(at, 1, (uint64_t)((int64_t)event->time_ns / 1000));
    return list_put(at, 2, event->attributes.count + event_tag(event, &name));
}

/* The next of a span's tags; NULL behind the last. */
static piece_fn *span_tag_next(struct thrift_writer *w)
{
    struct thrift_parts *p = &w->parts;

    if (p->next == SPAN_SCOPE_TAGS) {
        if (p->index < p->scope_count) {
            p->tag = p->scope[p->index++];
            return tag_begin(w);
        }
        p->next = SPAN_TAGS;
    }
    if (p->next == SPAN_TAGS) {
        if (attribute_next(&w->span.attributes, &p->tag))
            return tag_begin(w);
        p->index = 0;
        p->next = SPAN_MORE_TAGS;
    }
    if (p->index == p->more_count)
        return NULL;
    p->tag = w->extra[p->index++];
    return tag_begin(w);
}

/* The next piece of the logs; NULL behind the last. */
static piece_fn *log_next(struct thrift_writer *w)
{
    struct thrift_parts *p = &w->parts;
    struct str message;

    if (p->next == SPAN_LOGS) {
        if (!repeated_next(&w->span.events, &message))
            return NULL;
        event_read(message, &p->event);
        p->next = LOG_NAME;
        return log_head_put;
    }
    if (p->next == LOG_NAME) {
        p->next = LOG_TAGS;
        if (event_tag(&p->event, &p->tag))
            return tag_begin(w);
    }
    if (attribute_next(&p->event.attributes, &p->tag))
        return tag_begin(w);
    p->next = SPAN_LOGS;
    return stop_put;
}

static piece_fn *span_go_on(struct thrift_writer *w)
{
    struct thrift_parts *p = &w->parts;
    piece_fn *piece = NULL;

    switch (p->next) {
    case SPAN_IDS:
        p->next = SPAN_REFERENCE_LIST;
        return ids_put;
    case SPAN_REFERENCE_LIST:
        p->next = SPAN_REFERENCES;
        return reference_list_put;
    case SPAN_REFERENCES:
        if (p->references_left > 0 && reference_next(&p->references, &p->reference)) {
            p->references_left--;
            return one_reference_put;
        }
        p->next = SPAN_SCOPE_TAGS;
        return times_put;
    case SPAN_SCOPE_TAGS:
    case SPAN_TAGS:
    case SPAN_MORE_TAGS:
        piece = span_tag_next(w);
        if (piece)
            return piece;
        p->next = SPAN_LOGS;
        return log_list_put;
    default:
        piece = log_next(w);
        if (piece)
            return piece;
        p->next = PARTS_DONE;
        return stop_put;
    }
}

void thrift_parts_span(struct thrift_writer *w)
{
    struct thrift_parts *p = &w->parts;

    span_read(w->item, &w->span);
    references_read(&w->span, &p->references);
    p->references_left = p->references.count;
    p->scope_count = scope_tags(group_run_scope(w->cursor.run), p->scope);
    p->more_count = span_tags(&w->span, w->extra);
    p->index = 0;
    p->next = SPAN_IDS;
}

piece_fn *thrift_parts_next(struct thrift_writer *w)
{
    struct thrift_parts *p = &w->parts;

    if (p->tag_next != TAG_DONE)
        return tag_go_on(p);
    if (p->next == PARTS_DONE)
        return NULL;
    return p->next < SPAN_IDS ? process_go_on(w) : span_go_on(w);
}
