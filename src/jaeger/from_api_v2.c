/*
 * Walks the wire of proto/jaeger_api_v2.proto. Fields that nobody knows are passed over, and so are
 * those of another type than they should have.
 */
#include "jaeger/from_api_v2.h"

#include "jaeger/translate.h"

/* A field and its type, for a switch. */
#define FIELD(number, type) ((number) << 3 | (type))

enum { SECOND_NS = 1000000000 };

struct from {
    struct to_otlp to;
    const char *start; /* of the message */
    const char *bad;   /* a constant; NULL: nothing so far */
    size_t bad_at;
    bool own_processes; /* some spans of the batch have one */
    struct str process; /* ... that is written now */
};

static bool fail(struct from *from, const void *at, const char *why)
{
    if (!from->bad) {
        from->bad = why;
        from->bad_at = (size_t)((const char *)at - from->start);
    }
    return false;
}

static bool is_over(const struct from *from)
{
    return from->bad || from->to.no_room;
}

/* The next field, and what it is as FIELD() has it; 0 at the end, or where all is over. */
static uint32_t field_next(struct from *from, struct wire *w, struct wire_field *f)
{
    if (is_over(from))
        return 0;
    if (wire_next(w, f))
        return FIELD(f->number, f->type);
    if (w->bad)
        fail(from, w->at, "a field is cut short or not valid");
    return 0;
}

/* Of a Timestamp or a Duration. */
static int64_t time_read(struct from *from, struct str message)
{
    struct wire w = wire_of(message);
    struct wire_field f = {0};
    int64_t seconds = 0;
    int32_t nanos = 0;
    uint32_t field;

    while ((field = field_next(from, &w, &f))) {
        if (field == FIELD(1, WIRE_VARINT))
            seconds = (int64_t)f.value;
        else if (field == FIELD(2, WIRE_VARINT))
            nanos = (int32_t)f.value;
    }
    return to_otlp_ns(seconds, SECOND_NS, nanos);
}

static bool trace_id_read(struct from *from, struct str id, uint64_t *high, uint64_t *low)
{
    if (id.len != 16 && id.len != 8)
        return fail(from, id.at, "a trace id has neither 16 nor 8 bytes");
    *high = id.len == 16 ? id_number(id.at) : 0;
    *low = id_number(id.at + id.len - 8);
    return true;
}

static bool span_id_read(struct from *from, struct str id, uint64_t *number)
{
    if (id.len != 8)
        return fail(from, id.at, "a span id has not 8 bytes");
    *number = id_number(id.at);
    return true;
}

static void tag_read(struct from *from, struct str message)
{
    static const unsigned char kinds[] = {IS_TEXT, IS_BOOL, IS_INTEGER, IS_DOUBLE, IS_BINARY};
    struct str texts[IS_BINARY + 1] = {{NULL, 0}};
    uint64_t bits[IS_BINARY + 1] = {0}, type = 0;
    struct wire w = wire_of(message);
    struct str key = {NULL, 0};
    struct wire_field f = {0};
    struct tag *tag;
    uint32_t field;

    while ((field = field_next(from, &w, &f))) {
        switch (field) {
        case FIELD(1, WIRE_BYTES):
            key = f.bytes;
            break;
        case FIELD(2, WIRE_VARINT):
            type = f.value;
            break;
        case FIELD(3, WIRE_BYTES):
            texts[IS_TEXT] = f.bytes;
            break;
        case FIELD(4, WIRE_VARINT):
            bits[IS_BOOL] = f.value != 0;
            break;
        case FIELD(5, WIRE_VARINT):
            bits[IS_INTEGER] = f.value;
            break;
        case FIELD(6, WIRE_FIXED64):
            bits[IS_DOUBLE] = f.value;
            break;
        case FIELD(7, WIRE_BYTES):
            texts[IS_BINARY] = f.bytes;
            break;
        default:
            break;
        }
    }
    if (type >= sizeof(kinds)) {
        fail(from, message.at, "a tag's v_type is none of 0 to 4");
        return;
    }
    if (is_over(from) || !(tag = to_otlp_tag(&from->to)))
        return;
    tag->key = key;
    tag->kind = kinds[type];
    tag->text = texts[kinds[type]];
    tag->bits = bits[kinds[type]];
}

static void reference_read(struct from *from, struct str message)
{
    struct wire w = wire_of(message);
    struct span_reference *ref, found = {0};
    uint64_t type = 0;
    struct wire_field f = {0};
    uint32_t field;

    while ((field = field_next(from, &w, &f))) {
        if (field == FIELD(1, WIRE_BYTES))
            trace_id_read(from, f.bytes, &found.trace_high, &found.trace_low);
        else if (field == FIELD(2, WIRE_BYTES))
            span_id_read(from, f.bytes, &found.span);
        else if (field == FIELD(3, WIRE_VARINT))
            type = f.value;
    }
    if (type > 1)
        fail(from, message.at, "a reference's type is neither CHILD_OF nor FOLLOWS_FROM");
    found.follows_from = type == 1;
    if (!is_over(from) && (ref = to_otlp_reference(&from->to)))
        *ref = found;
}

static void log_read(struct from *from, struct str message)
{
    struct span_log *log, found = {.fields.first = from->to.tags.count};
    struct wire w = wire_of(message);
    struct wire_field f = {0};
    uint32_t field;

    while ((field = field_next(from, &w, &f))) {
        if (field == FIELD(1, WIRE_BYTES))
            found.time_ns = time_read(from, f.bytes);
        else if (field == FIELD(2, WIRE_BYTES))
            tag_read(from, f.bytes);
    }
    found.fields.count = from->to.tags.count - found.fields.first;
    if (!is_over(from) && (log = to_otlp_log(&from->to)))
        *log = found;
}

/* Calls read for each field of that number. */
static void each(struct from *from, struct str message, uint32_t wanted,
                 void (*read)(struct from *from, struct str field))
{
    struct wire w = wire_of(message);
    struct wire_field f = {0};
    uint32_t field;

    while ((field = field_next(from, &w, &f)))
        if (field == wanted)
            read(from, f.bytes);
}

static void process_put(struct from *from, struct str message)
{
    struct gathered tags = {.first = from->to.tags.count};
    struct wire w = wire_of(message);
    struct str name = {NULL, 0};
    struct wire_field f = {0};
    uint32_t field;

    while ((field = field_next(from, &w, &f)))
        if (field == FIELD(1, WIRE_BYTES))
            name = f.bytes;
    each(from, message, FIELD(2, WIRE_BYTES), tag_read);
    tags.count = from->to.tags.count - tags.first;
    if (!is_over(from))
        to_otlp_process(&from->to, name, tags);
}

static void span_fields_read(struct from *from, struct str message, struct jaeger_span *span)
{
    struct wire w = wire_of(message);
    struct wire_field f = {0};
    uint32_t field;

    while ((field = field_next(from, &w, &f))) {
        switch (field) {
        case FIELD(1, WIRE_BYTES):
            trace_id_read(from, f.bytes, &span->trace_high, &span->trace_low);
            break;
        case FIELD(2, WIRE_BYTES):
            span_id_read(from, f.bytes, &span->span);
            break;
        case FIELD(3, WIRE_BYTES):
            span->name = f.bytes;
            break;
        case FIELD(5, WIRE_VARINT):
            span->flags = (uint32_t)f.value;
            break;
        case FIELD(6, WIRE_BYTES):
            span->start_ns = time_read(from, f.bytes);
            break;
        case FIELD(7, WIRE_BYTES):
            span->duration_ns = time_read(from, f.bytes);
            break;
        default:
            break;
        }
    }
}

static void span_put(struct from *from, struct str message)
{
    struct jaeger_span span = {0};

    span_fields_read(from, message, &span);
    each(from, message, FIELD(4, WIRE_BYTES), reference_read);
    span.references.count = from->to.references.count;
    each(from, message, FIELD(8, WIRE_BYTES), tag_read);
    span.tags.count = from->to.tags.count;
    each(from, message, FIELD(9, WIRE_BYTES), log_read);
    span.logs.count = from->to.logs.count;
    if (!is_over(from))
        to_otlp_span(&from->to, &span);
}

/* The last field of that number, of bytes; false: there is none. */
static bool find(struct from *from, struct str message, uint32_t wanted, struct str *found)
{
    struct wire w = wire_of(message);
    struct wire_field f = {0};
    uint32_t field;
    bool has = false;

    while ((field = field_next(from, &w, &f)))
        if (field == wanted) {
            *found = f.bytes;
            has = true;
        }
    return has;
}

/* A span whose process is the batch's; others are left for later. */
static void span_of_batch_read(struct from *from, struct str message)
{
    struct str own = {NULL, 0};

    if (find(from, message, FIELD(10, WIRE_BYTES), &own))
        from->own_processes = true;
    else if (!is_over(from))
        span_put(from, message);
}

/* A span that has a process of its own; mostly it is that of the one before. */
static void span_of_its_own_read(struct from *from, struct str message)
{
    struct str own = {NULL, 0};

    if (!find(from, message, FIELD(10, WIRE_BYTES), &own) || is_over(from))
        return;
    if (!from->process.at || !str_eq(own, from->process)) {
        from->process = own;
        if (to_otlp_resource(&from->to))
            process_put(from, own);
    }
    if (!is_over(from))
        span_put(from, message);
}

static void batch_read(struct from *from, struct str message)
{
    struct str process = {NULL, 0};
    bool has = find(from, message, FIELD(2, WIRE_BYTES), &process);

    if (!is_over(from) && to_otlp_resource(&from->to) && has)
        process_put(from, process);
    from->own_processes = false;
    each(from, message, FIELD(1, WIRE_BYTES), span_of_batch_read);
    from->process = (struct str){NULL, 0};
    if (from->own_processes)
        each(from, message, FIELD(1, WIRE_BYTES), span_of_its_own_read);
}

struct bytes *from_api_v2(struct str message, struct from_report *report)
{
    struct from from = {.start = message.at};
    struct bytes *request = NULL;

    *report = (struct from_report){0};
    if (to_otlp_init(&from.to, message.len + message.len / 4 + 256))
        each(&from, message, FIELD(1, WIRE_BYTES), batch_read);
    if (!from.bad)
        request = to_otlp_finish(&from.to);
    if (!request) {
        report->no_room = from.to.no_room;
        report->why = from.to.no_room ? "the memory budget is used up" : from.bad;
        report->at = from.bad_at;
    }
    to_otlp_done(&from.to);
    return request;
}
