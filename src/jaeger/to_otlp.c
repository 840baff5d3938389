/*
 * Each span is bounded before it is written, so that the room is made once and the writing does not
 * have to ask.
 */
#include "jaeger/to_otlp.h"

#include "jaeger/span_meaning.h"

enum { /* bytes that are written, at most, besides texts */
       SPAN_ROOM = 512,
       TAG_ROOM = 48,
       LOG_ROOM = 48,
       REFERENCE_ROOM = 128
};

enum { FLAG_SAMPLED = 1, FLAG_DEBUG = 2 };

/* ---- gathering ---- */

static void *row_add(struct to_otlp *to, struct row *row, size_t size)
{
    size_t used = row->count * size;
    struct bytes *bytes;

    if (!row->bytes || row->bytes->cap - used < size) {
        bytes = row->bytes ? bytes_grow(row->bytes, used * 2 + size) : bytes_new(32 * size);
        if (!bytes) {
            to->no_room = true;
            return NULL;
        }
        row->bytes = bytes;
    }
    row->count++;
    return memset(row->bytes->at + used, 0, size);
}

/* They lie behind a head of words, so they are aligned. */
_Static_assert(offsetof(struct bytes, at) % _Alignof(struct tag) == 0, "tags are aligned");
_Static_assert(offsetof(struct bytes, at) % _Alignof(struct span_reference) == 0, "aligned");
_Static_assert(offsetof(struct bytes, at) % _Alignof(struct span_log) == 0, "logs are aligned");

struct tag *to_otlp_tag(struct to_otlp *to)
{
    return row_add(to, &to->tags, sizeof(struct tag));
}

struct span_reference *to_otlp_reference(struct to_otlp *to)
{
    return row_add(to, &to->references, sizeof(struct span_reference));
}

struct span_log *to_otlp_log(struct to_otlp *to)
{
    return row_add(to, &to->logs, sizeof(struct span_log));
}

static struct tag *tags_at(const struct to_otlp *to, size_t index)
{
    return (struct tag *)(void *)to->tags.bytes->at + index;
}

static const struct span_reference *references_at(const struct to_otlp *to, size_t index)
{
    return (const struct span_reference *)(const void *)to->references.bytes->at + index;
}

static const struct span_log *logs_at(const struct to_otlp *to, size_t index)
{
    return (const struct span_log *)(const void *)to->logs.bytes->at + index;
}

static void forget(struct to_otlp *to)
{
    to->tags.count = to->references.count = to->logs.count = 0;
}

/* ---- the request ---- */

static bool make_room(struct to_otlp *to, size_t len)
{
    size_t used = to->out.len;
    struct bytes *grown;

    if (to->no_room)
        return false;
    if (to->out.cap - used >= len)
        return true;
    grown = bytes_grow(to->request, used + used / 2 + len);
    if (!grown) {
        to->no_room = true;
        return false;
    }
    to->request = grown;
    to->out.at = grown->at;
    to->out.cap = grown->cap;
    return true;
}

bool to_otlp_init(struct to_otlp *to, size_t guess)
{
    *to = (struct to_otlp){.request = bytes_new(guess)};
    if (to->request)
        to->out = (struct buf){.at = to->request->at, .cap = to->request->cap};
    to->no_room = !to->request;
    return !to->no_room;
}

static void scope_end(struct to_otlp *to)
{
    if (to->scope_at > 0)
        wire_end(&to->out, to->scope_at);
    to->scope_at = 0;
}

static void resource_end(struct to_otlp *to)
{
    scope_end(to);
    if (to->resource_at > 0)
        wire_end(&to->out, to->resource_at);
    to->resource_at = 0;
}

struct bytes *to_otlp_finish(struct to_otlp *to)
{
    struct bytes *request = to->request;

    if (to->no_room)
        return NULL;
    resource_end(to);
    request->len = to->out.len;
    to->request = NULL;
    to->out = (struct buf){0};
    return bytes_trim(request);
}

void to_otlp_done(struct to_otlp *to)
{
    bytes_unref(to->request);
    bytes_unref(to->tags.bytes);
    bytes_unref(to->references.bytes);
    bytes_unref(to->logs.bytes);
    *to = (struct to_otlp){0};
}

/* ---- attributes ---- */

static size_t value_size(const struct tag *tag)
{
    switch (tag->kind) {
    case IS_BOOL:
        return 2;
    case IS_INTEGER:
        return 1 + wire_varint_size(tag->bits);
    case IS_DOUBLE:
        return 1 + 8;
    default:
        return wire_bytes_size(tag->text.len);
    }
}

/* A KeyValue, as the field of that number: its lengths are known beforehand. */
static void attribute_put(struct buf *out, uint32_t number, const struct tag *tag)
{
    size_t value = value_size(tag);

    wire_put_tag(out, number, WIRE_BYTES);
    wire_put_varint(out, wire_bytes_size(tag->key.len) + wire_bytes_size(value));
    wire_put_bytes(out, 1, tag->key);
    wire_put_tag(out, 2, WIRE_BYTES);
    wire_put_varint(out, value);
    switch (tag->kind) {
    case IS_TEXT:
        wire_put_bytes(out, 1, tag->text);
        break;
    case IS_BOOL:
        wire_put_tag(out, 2, WIRE_VARINT);
        wire_put_varint(out, tag->bits != 0);
        break;
    case IS_INTEGER:
        wire_put_tag(out, 3, WIRE_VARINT);
        wire_put_varint(out, tag->bits);
        break;
    case IS_DOUBLE:
        wire_put_fixed64(out, 4, tag->bits);
        break;
    case IS_BINARY:
        wire_put_bytes(out, 7, tag->text);
        break;
    }
}

static void attributes_put(struct to_otlp *to, uint32_t number, struct gathered tags)
{
    for (size_t i = 0; i < tags.count; i++) {
        const struct tag *tag = tags_at(to, tags.first + i);

        if (!tag->taken)
            attribute_put(&to->out, number, tag);
    }
}

/* ---- the process ---- */

bool to_otlp_resource(struct to_otlp *to)
{
    if (!make_room(to, SPAN_ROOM))
        return false;
    resource_end(to);
    to->resource_at = wire_begin(&to->out, 1);
    return true;
}

static size_t tags_room(const struct to_otlp *to, struct gathered tags)
{
    size_t room = 0;

    for (size_t i = 0; i < tags.count; i++) {
        const struct tag *tag = tags_at(to, tags.first + i);

        room += TAG_ROOM + tag->key.len + tag->text.len;
    }
    return room;
}

bool to_otlp_process(struct to_otlp *to, struct str service_name, struct gathered tags)
{
    struct tag name = {.key = STR("service.name"), .kind = IS_TEXT, .text = service_name};
    size_t begin;

    if (!make_room(to, SPAN_ROOM + service_name.len + tags_room(to, tags)))
        return false;
    scope_end(to);
    begin = wire_begin(&to->out, 1);
    /* The exporter has this name for a resource without anything. */
    if (tags.count == 0 ? !str_is(service_name, "OTLPResourceNoServiceName") : service_name.len > 0)
        attribute_put(&to->out, 1, &name);
    attributes_put(to, 1, tags);
    wire_end(&to->out, begin);
    forget(to);
    return true;
}

/* ---- the span ---- */

static void id_put(struct buf *out, uint64_t id)
{
    uint64_t bytes = __builtin_bswap64(id);

    buf_append(out, &bytes, sizeof(bytes));
}

static void trace_id_put(struct buf *out, uint32_t number, uint64_t high, uint64_t low)
{
    wire_put_tag(out, number, WIRE_BYTES);
    wire_put_varint(out, 16);
    id_put(out, high);
    id_put(out, low);
}

static void span_id_put(struct buf *out, uint32_t number, uint64_t id)
{
    wire_put_tag(out, number, WIRE_BYTES);
    wire_put_varint(out, 8);
    id_put(out, id);
}

static void text_put(struct buf *out, uint32_t number, struct str text)
{
    if (text.len > 0)
        wire_put_bytes(out, number, text);
}

static void number_put(struct buf *out, uint32_t number, uint64_t value)
{
    if (value == 0)
        return;
    wire_put_tag(out, number, WIRE_VARINT);
    wire_put_varint(out, value);
}

static void scope_begin(struct to_otlp *to, struct str name, struct str version)
{
    size_t begin;

    if (to->scope_at > 0 && str_eq(name, to->scope_name) && str_eq(version, to->scope_version))
        return;
    scope_end(to);
    to->scope_at = wire_begin(&to->out, 2);
    to->scope_name = name;
    to->scope_version = version;
    if (name.len + version.len == 0)
        return;
    begin = wire_begin(&to->out, 1);
    text_put(&to->out, 1, name);
    text_put(&to->out, 2, version);
    wire_end(&to->out, begin);
}

/* In the span's own trace, and not the span itself. */
static bool is_near(const struct jaeger_span *span, const struct span_reference *ref)
{
    return ref->trace_low == span->trace_low && ref->trace_high == span->trace_high &&
           ref->span != span->span;
}

/* As Jaeger finds it: the first CHILD_OF into the own trace, else the first FOLLOWS_FROM. */
static uint64_t find_parent(const struct to_otlp *to, const struct jaeger_span *span)
{
    uint64_t follows = 0;

    if (span->parent != 0)
        return span->parent;
    for (size_t i = 0; i < span->references.count; i++) {
        const struct span_reference *ref = references_at(to, span->references.first + i);

        if (!is_near(span, ref))
            continue;
        if (!ref->follows_from)
            return ref->span;
        if (follows == 0)
            follows = ref->span;
    }
    return follows;
}

static void link_put(struct buf *out, const struct span_reference *ref)
{
    struct tag type = {.key = STR("opentracing.ref_type"),
                       .kind = IS_TEXT,
                       .text = ref->follows_from ? STR("follows_from") : STR("child_of")};
    size_t begin = wire_begin(out, 13);

    trace_id_put(out, 1, ref->trace_high, ref->trace_low);
    span_id_put(out, 2, ref->span);
    attribute_put(out, 4, &type);
    wire_end(out, begin);
}

/*
 * That the span is a child of its parent goes without saying. Of several links to the parent the
 * last one tells what it is.
 */
static void links_put(struct to_otlp *to, const struct jaeger_span *span, uint64_t parent)
{
    const struct span_reference *child_of = NULL;
    bool follows = false;

    for (size_t i = 0; i < span->references.count; i++) {
        const struct span_reference *ref = references_at(to, span->references.first + i);
        bool to_parent = parent != 0 && ref->span == parent && ref->trace_low == span->trace_low &&
                         ref->trace_high == span->trace_high;

        if (to_parent && !ref->follows_from) {
            child_of = ref;
            continue;
        }
        follows |= to_parent;
        link_put(&to->out, ref);
    }
    if (child_of && follows)
        link_put(&to->out, child_of);
}

/* The name of an event is the text of its field "event". Where that is not the first field, or not
 * the only one of its key, it stays as an attribute too: else it would come back elsewhere. */
static struct str event_name(const struct to_otlp *to, struct gathered fields)
{
    struct tag *name = NULL;
    size_t count = 0;

    for (size_t i = 0; i < fields.count; i++) {
        struct tag *tag = tags_at(to, fields.first + i);

        if (!str_is(tag->key, "event"))
            continue;
        count++;
        if (!name && tag_is_words(tag))
            name = tag;
    }
    if (!name)
        return (struct str){NULL, 0};
    name->taken = count == 1 && name == tags_at(to, fields.first);
    return name->text;
}

static void events_put(struct to_otlp *to, struct gathered logs)
{
    for (size_t i = 0; i < logs.count; i++) {
        const struct span_log *log = logs_at(to, logs.first + i);
        size_t begin = wire_begin(&to->out, 11);

        wire_put_fixed64(&to->out, 1, (uint64_t)log->time_ns);
        text_put(&to->out, 2, event_name(to, log->fields));
        attributes_put(to, 3, log->fields);
        wire_end(&to->out, begin);
    }
}

static void status_put(struct buf *out, const struct span_meaning *meaning)
{
    struct str message = span_meaning_text(meaning, STATUS_MESSAGE, STATUS_MESSAGE);
    uint64_t number = span_meaning_status(meaning);
    size_t begin;

    if (number == 0 && message.len == 0)
        return;
    begin = wire_begin(out, 15);
    text_put(out, 2, message);
    number_put(out, 3, number);
    wire_end(out, begin);
}

static uint64_t end_ns(const struct jaeger_span *span)
{
    int64_t end;

    if (__builtin_add_overflow(span->start_ns, span->duration_ns, &end))
        end = span->duration_ns < 0 ? INT64_MIN : INT64_MAX;
    return (uint64_t)end;
}

static size_t span_room(const struct to_otlp *to, const struct jaeger_span *span)
{
    size_t room = SPAN_ROOM + span->name.len + tags_room(to, span->tags);

    /* A tag may be written twice: as the scope, and as an attribute. */
    room += tags_room(to, span->tags) + (span->references.count + 1) * REFERENCE_ROOM;
    for (size_t i = 0; i < span->logs.count; i++)
        room += LOG_ROOM + 2 * tags_room(to, logs_at(to, span->logs.first + i)->fields);
    return room;
}

bool to_otlp_span(struct to_otlp *to, const struct jaeger_span *span)
{
    uint64_t parent = find_parent(to, span);
    struct span_meaning meaning;
    struct buf *out = &to->out;
    size_t begin;

    if (!make_room(to, span_room(to, span)))
        return false;
    span_meaning_read(&meaning, span->tags.count > 0 ? tags_at(to, span->tags.first) : NULL,
                      span->tags.count);
    scope_begin(to, span_meaning_text(&meaning, SCOPE_NAME, LIBRARY_NAME),
                span_meaning_text(&meaning, SCOPE_VERSION, LIBRARY_VERSION));
    begin = wire_begin(out, 2);
    trace_id_put(out, 1, span->trace_high, span->trace_low);
    span_id_put(out, 2, span->span);
    text_put(out, 3, span_meaning_text(&meaning, TRACE_STATE, TRACE_STATE));
    if (parent != 0)
        span_id_put(out, 4, parent);
    text_put(out, 5, span->name);
    number_put(out, 6, span_meaning_kind(&meaning));
    wire_put_fixed64(out, 7, (uint64_t)span->start_ns);
    wire_put_fixed64(out, 8, end_ns(span));
    attributes_put(to, 9, span->tags);
    number_put(out, 10, span_meaning_dropped(&meaning, DROPPED_ATTRIBUTES));
    events_put(to, span->logs);
    number_put(out, 12, span_meaning_dropped(&meaning, DROPPED_EVENTS));
    links_put(to, span, parent);
    number_put(out, 14, span_meaning_dropped(&meaning, DROPPED_LINKS));
    status_put(out, &meaning);
    if (span->flags & (FLAG_SAMPLED | FLAG_DEBUG)) { /* what is debugged is sampled */
        uint32_t flags = FLAG_SAMPLED;

        wire_put_tag(out, 16, WIRE_FIXED32);
        buf_append(out, &flags, sizeof(flags));
    }
    wire_end(out, begin);
    forget(to);
    return true;
}

int64_t to_otlp_ns(int64_t count, int64_t unit_ns, int64_t more_ns)
{
    int64_t ns;

    if (__builtin_mul_overflow(count, unit_ns, &ns))
        return count < 0 ? INT64_MIN : INT64_MAX;
    if (__builtin_add_overflow(ns, more_ns, &ns))
        return more_ns < 0 ? INT64_MIN : INT64_MAX;
    return ns;
}
