/*
 * Reads the structs of jaeger.thrift. Fields may come in any order; those that nobody knows are
 * skipped, and so are those of another type than they should have.
 */
#include "jaeger/from_thrift.h"

enum tag_field { TAG_KEY = 1, TAG_TYPE, TAG_TEXT, TAG_DOUBLE, TAG_BOOL, TAG_LONG, TAG_BINARY };

enum span_field {
    SPAN_TRACE_LOW = 1,
    SPAN_TRACE_HIGH,
    SPAN_ID,
    SPAN_PARENT,
    SPAN_NAME,
    SPAN_REFERENCES,
    SPAN_FLAGS,
    SPAN_START,
    SPAN_DURATION,
    SPAN_TAGS,
    SPAN_LOGS
};

struct from {
    struct thrift_reader r;
    struct to_otlp to;
};

/* Of a field, whether it is what it should be; else it is skipped. seen: gets the bit of its id. */
static bool is_field(struct from *from, const struct thrift_field *field, enum thrift_kind kind,
                     unsigned *seen)
{
    if (field->kind != kind) {
        thrift_skip(&from->r, field->kind);
        return false;
    }
    *seen |= 1u << field->id;
    return true;
}

static bool require(struct from *from, unsigned seen, unsigned ids, const char *why)
{
    return from->r.bad || (seen & ids) == ids || thrift_fail(&from->r, why);
}

/* Reads each struct of a list. */
static void each(struct from *from, void (*read)(struct from *from))
{
    struct thrift_list list = thrift_read_list(&from->r);

    if (list.count > 0 && list.kind != THRIFT_STRUCT)
        thrift_fail(&from->r, "a list has other elements than structs");
    for (uint32_t i = 0; i < list.count && !from->r.bad && !from->to.no_room; i++)
        read(from);
}

static uint64_t double_bits(struct thrift_reader *r)
{
    double value = thrift_read_double(r);
    uint64_t bits;

    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

static void tag_read(struct from *from)
{
    static const enum thrift_kind kinds[] = {
        [TAG_KEY] = THRIFT_STRING,    [TAG_TYPE] = THRIFT_I32,  [TAG_TEXT] = THRIFT_STRING,
        [TAG_DOUBLE] = THRIFT_DOUBLE, [TAG_BOOL] = THRIFT_BOOL, [TAG_LONG] = THRIFT_I64,
        [TAG_BINARY] = THRIFT_STRING,
    };
    static const struct {
        unsigned kind;
        enum tag_field field;
    } types[] = {{IS_TEXT, TAG_TEXT},
                 {IS_DOUBLE, TAG_DOUBLE},
                 {IS_BOOL, TAG_BOOL},
                 {IS_INTEGER, TAG_LONG},
                 {IS_BINARY, TAG_BINARY}};
    struct thrift_reader *r = &from->r;
    struct str texts[TAG_BINARY + 1] = {{NULL, 0}};
    uint64_t bits[TAG_BINARY + 1] = {0};
    struct thrift_struct s = {0};
    struct thrift_field field;
    struct tag *tag;
    unsigned seen = 0;
    uint32_t type = 0;

    while (thrift_read_field(r, &s, &field)) {
        if (field.id < TAG_KEY || field.id > TAG_BINARY)
            thrift_skip(r, field.kind);
        else if (!is_field(from, &field, kinds[field.id], &seen))
            continue;
        else if (kinds[field.id] == THRIFT_STRING)
            texts[field.id] = thrift_read_string(r);
        else if (field.id == TAG_TYPE)
            type = (uint32_t)thrift_read_i32(r);
        else if (field.id == TAG_DOUBLE)
            bits[TAG_DOUBLE] = double_bits(r);
        else if (field.id == TAG_BOOL)
            bits[TAG_BOOL] = thrift_read_bool(r);
        else
            bits[TAG_LONG] = (uint64_t)thrift_read_i64(r);
    }
    if (!require(from, seen, 1u << TAG_KEY | 1u << TAG_TYPE, "a tag lacks its key or its vType") ||
        r->bad)
        return;
    if (type >= sizeof(types) / sizeof(types[0])) {
        thrift_fail(r, "a tag's vType is none of 0 to 4");
        return;
    }
    tag = to_otlp_tag(&from->to);
    if (!tag)
        return;
    tag->key = texts[TAG_KEY];
    tag->kind = types[type].kind;
    tag->text = texts[types[type].field]; /* without one it is empty, or zero */
    tag->bits = bits[types[type].field];
}

static struct gathered tags_read(struct from *from)
{
    struct gathered tags = {.first = from->to.tags.count};

    each(from, tag_read);
    tags.count = from->to.tags.count - tags.first;
    return tags;
}

static void reference_read(struct from *from)
{
    static const enum thrift_kind kinds[] = {THRIFT_STOP, THRIFT_I32, THRIFT_I64, THRIFT_I64,
                                             THRIFT_I64};
    struct span_reference *ref;
    struct thrift_struct s = {0};
    struct thrift_field field;
    uint64_t values[5] = {0};
    unsigned seen = 0;

    while (thrift_read_field(&from->r, &s, &field)) {
        if (field.id < 1 || field.id > 4)
            thrift_skip(&from->r, field.kind);
        else if (!is_field(from, &field, kinds[field.id], &seen))
            continue;
        else if (field.id == 1)
            values[1] = (uint32_t)thrift_read_i32(&from->r);
        else
            values[field.id] = (uint64_t)thrift_read_i64(&from->r);
    }
    if (!require(from, seen, 0x1e, "a reference lacks one of its fields 1 to 4") || from->r.bad)
        return;
    if (values[1] > 1) {
        thrift_fail(&from->r, "a reference's type is neither CHILD_OF nor FOLLOWS_FROM");
        return;
    }
    ref = to_otlp_reference(&from->to);
    if (ref)
        *ref = (struct span_reference){.follows_from = values[1] == 1,
                                       .trace_low = values[2],
                                       .trace_high = values[3],
                                       .span = values[4]};
}

static struct gathered references_read(struct from *from)
{
    struct gathered references = {.first = from->to.references.count};

    each(from, reference_read);
    references.count = from->to.references.count - references.first;
    return references;
}

static void log_read(struct from *from)
{
    struct span_log *log, found = {0};
    struct thrift_struct s = {0};
    struct thrift_field field;
    unsigned seen = 0;

    while (thrift_read_field(&from->r, &s, &field)) {
        if (field.id == 1) {
            if (is_field(from, &field, THRIFT_I64, &seen))
                found.time_ns = to_otlp_ns(thrift_read_i64(&from->r), 1000, 0);
        } else if (field.id == 2) {
            if (is_field(from, &field, THRIFT_LIST, &seen))
                found.fields = tags_read(from);
        } else {
            thrift_skip(&from->r, field.kind);
        }
    }
    if (!require(from, seen, 0x6, "a log lacks its timestamp or its fields") || from->r.bad)
        return;
    log = to_otlp_log(&from->to);
    if (log)
        *log = found;
}

static struct gathered logs_read(struct from *from)
{
    struct gathered logs = {.first = from->to.logs.count};

    each(from, log_read);
    logs.count = from->to.logs.count - logs.first;
    return logs;
}

static void span_number_set(struct jaeger_span *span, int16_t id, int64_t value)
{
    switch (id) {
    case SPAN_TRACE_LOW:
        span->trace_low = (uint64_t)value;
        break;
    case SPAN_TRACE_HIGH:
        span->trace_high = (uint64_t)value;
        break;
    case SPAN_ID:
        span->span = (uint64_t)value;
        break;
    case SPAN_PARENT:
        span->parent = (uint64_t)value;
        break;
    case SPAN_START:
        span->start_ns = to_otlp_ns(value, 1000, 0);
        break;
    default:
        span->duration_ns = to_otlp_ns(value, 1000, 0);
    }
}

static void span_field_read(struct from *from, struct jaeger_span *span, int16_t id)
{
    switch (id) {
    case SPAN_NAME:
        span->name = thrift_read_string(&from->r);
        break;
    case SPAN_FLAGS:
        span->flags = (uint32_t)thrift_read_i32(&from->r);
        break;
    case SPAN_REFERENCES:
        span->references = references_read(from);
        break;
    case SPAN_TAGS:
        span->tags = tags_read(from);
        break;
    case SPAN_LOGS:
        span->logs = logs_read(from);
        break;
    default:
        span_number_set(span, id, thrift_read_i64(&from->r));
    }
}

static void span_read_one(struct from *from)
{
    static const enum thrift_kind kinds[] = {
        [SPAN_TRACE_LOW] = THRIFT_I64, [SPAN_TRACE_HIGH] = THRIFT_I64,
        [SPAN_ID] = THRIFT_I64,        [SPAN_PARENT] = THRIFT_I64,
        [SPAN_NAME] = THRIFT_STRING,   [SPAN_REFERENCES] = THRIFT_LIST,
        [SPAN_FLAGS] = THRIFT_I32,     [SPAN_START] = THRIFT_I64,
        [SPAN_DURATION] = THRIFT_I64,  [SPAN_TAGS] = THRIFT_LIST,
        [SPAN_LOGS] = THRIFT_LIST,
    };
    const unsigned required = 1u << SPAN_TRACE_LOW | 1u << SPAN_TRACE_HIGH | 1u << SPAN_ID |
                              1u << SPAN_PARENT | 1u << SPAN_NAME | 1u << SPAN_FLAGS |
                              1u << SPAN_START | 1u << SPAN_DURATION;
    struct jaeger_span span = {0};
    struct thrift_struct s = {0};
    struct thrift_field field;
    unsigned seen = 0;

    while (thrift_read_field(&from->r, &s, &field)) {
        if (field.id < SPAN_TRACE_LOW || field.id > SPAN_LOGS)
            thrift_skip(&from->r, field.kind);
        else if (is_field(from, &field, kinds[field.id], &seen))
            span_field_read(from, &span, field.id);
        if (from->to.no_room)
            return;
    }
    if (require(from, seen, required, "a span lacks one of its fields 1 to 5 and 7 to 9") &&
        !from->r.bad)
        to_otlp_span(&from->to, &span);
}

static void process_read(struct from *from)
{
    struct gathered tags = {0};
    struct str name = {NULL, 0};
    struct thrift_struct s = {0};
    struct thrift_field field;
    unsigned seen = 0;

    while (thrift_read_field(&from->r, &s, &field)) {
        if (field.id == 1) {
            if (is_field(from, &field, THRIFT_STRING, &seen))
                name = thrift_read_string(&from->r);
        } else if (field.id == 2) {
            if (is_field(from, &field, THRIFT_LIST, &seen))
                tags = tags_read(from);
        } else {
            thrift_skip(&from->r, field.kind);
        }
    }
    if (require(from, seen, 0x2, "the process lacks its serviceName") && !from->r.bad &&
        !from->to.no_room)
        to_otlp_process(&from->to, name, tags);
}

static void batch_read(struct from *from)
{
    struct thrift_struct s = {0};
    struct thrift_field field;
    unsigned seen = 0;

    if (!to_otlp_resource(&from->to))
        return;
    while (!from->to.no_room && thrift_read_field(&from->r, &s, &field)) {
        if (field.id == 1) {
            if (seen & 1u << 1)
                thrift_fail(&from->r, "the batch has two processes");
            else if (is_field(from, &field, THRIFT_STRUCT, &seen))
                process_read(from);
        } else if (field.id == 2) {
            if (is_field(from, &field, THRIFT_LIST, &seen))
                each(from, span_read_one);
        } else {
            thrift_skip(&from->r, field.kind);
        }
    }
    if (!from->to.no_room)
        require(from, seen, 0x6, "the batch lacks its process or its spans");
}

/* The arguments of emitBatch: field 1 is the batch. */
static void arguments_read(struct from *from)
{
    struct thrift_struct s = {0};
    struct thrift_field field;
    unsigned seen = 0;

    while (!from->to.no_room && thrift_read_field(&from->r, &s, &field)) {
        if (seen == 0 && field.id == 1) {
            if (is_field(from, &field, THRIFT_STRUCT, &seen))
                batch_read(from);
        } else {
            thrift_skip(&from->r, field.kind);
        }
    }
    if (!from->to.no_room)
        require(from, seen, 0x2, "the message has no batch");
}

static void message_read(struct from *from)
{
    struct thrift_message message;

    if (!thrift_read_message(&from->r, &message))
        return;
    if (str_is(message.name, "emitBatch"))
        arguments_read(from);
    else if (str_is(message.name, "emitZipkinBatch"))
        thrift_fail(&from->r, "emitZipkinBatch is not offered here: send emitBatch");
    else
        thrift_fail(&from->r, "the agent has no such method: emitBatch is what it has");
}

static struct bytes *read_all(struct str bytes, enum thrift_protocol protocol,
                              void (*read)(struct from *from), struct from_report *report)
{
    struct from from = {.r = thrift_reader_of(bytes, protocol)};
    struct bytes *request = NULL;

    *report = (struct from_report){0};
    if (to_otlp_init(&from.to, bytes.len + bytes.len / 4 + 256))
        read(&from);
    if (!from.r.bad)
        request = to_otlp_finish(&from.to);
    if (!request) {
        report->no_room = from.to.no_room;
        report->why = from.to.no_room ? "the memory budget is used up" : from.r.bad;
        report->at = from.r.bad_at;
    }
    to_otlp_done(&from.to);
    return request;
}

struct bytes *from_thrift_batch(struct str body, enum thrift_protocol protocol,
                                struct from_report *report)
{
    return read_all(body, protocol, batch_read, report);
}

struct bytes *from_thrift_message(struct str packet, enum thrift_protocol protocol,
                                  struct from_report *report)
{
    return read_all(packet, protocol, message_read, report);
}
