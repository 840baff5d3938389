/*
 * What the files of the Thrift writer share: thrift.c writes spans whole, thrift_parts.c those that
 * are large part by part.
 */
#pragma once

#include "base/buf.h"
#include "jaeger/text_copy.h"
#include "jaeger/thrift.h"
#include "jaeger/translate.h"

enum thrift_type {
    T_BOOL = 2,
    T_DOUBLE = 4,
    T_I32 = 8,
    T_I64 = 10,
    T_STRING = 11,
    T_STRUCT = 12,
    T_LIST = 15
};

enum tag_type { TAG_STRING, TAG_DOUBLE, TAG_BOOL, TAG_LONG, TAG_BINARY };

enum { /* bytes on the wire */
       SIZE_I32 = 3 + 4,
       SIZE_I64 = 3 + 8,
       SIZE_STRING = 3 + 4,   /* and the text */
       SIZE_LIST = 3 + 1 + 4, /* and the elements */
       SIZE_REFERENCE = SIZE_I32 + 3 * SIZE_I64 + 1,
       SIZE_TAG = SIZE_STRING + SIZE_I32 + SIZE_I64 + 1 /* and the texts; at most */
};

/* A large span, or the process with a large resource: where its writing has come to. */
struct thrift_parts {
    enum {
        PARTS_DONE,
        PROCESS_NAME,
        PROCESS_LIST,
        PROCESS_TAGS,
        SPAN_IDS,
        SPAN_REFERENCE_LIST,
        SPAN_REFERENCES,
        SPAN_SCOPE_TAGS,
        SPAN_TAGS,
        SPAN_MORE_TAGS,
        SPAN_LOGS,
        LOG_NAME,
        LOG_TAGS
    } next;
    enum { TAG_DONE, TAG_VALUE, TAG_END } tag_next; /* of a tag with long texts */
    struct attribute_view tag;                      /* that is being written */
    struct attribute_view scope[SCOPE_TAGS];
    unsigned scope_count, more_count, index; /* index: into scope, or into extra */
    struct process process;
    struct references references;
    uint32_t references_left;
    struct reference reference;
    struct event_view event;
};

struct thrift_writer {
    const struct group *group;
    size_t before;                         /* spans in the bodies before this one */
    size_t spans;                          /* in this one */
    struct group_cursor start;             /* of this one */
    size_t left;                           /* spans of this body that are behind the cursor */
    enum { HEAD, SPANS, END, DONE } piece; /* that comes next */
    struct group_cursor cursor;
    size_t large;      /* bytes of a span, scope or resource, from where it comes in parts */
    size_t long_texts; /* ... and of a tag's texts */
    struct buf side;   /* a piece that did not fit */
    struct str rest;  /* what is handed out before the next piece: of side, or a text's own bytes */
    struct str text;  /* what comes behind that; empty mostly */
    struct buf scope; /* the tags of a run's scope, written out */
    const struct group_run *scope_run;
    unsigned scope_count;
    struct buf json;
    size_t counted;         /* of json, in the budget */
    struct str item;        /* the span that is being written */
    const char *source_end; /* of the body which it is a part of */
    struct span_view span;
    struct attribute_view extra[SPAN_EXTRA_TAGS];
    struct thrift_parts parts;
};

/*
 * Writes a piece: returns the place behind it; NULL where the room does not do, and then nothing
 * has happened. It may leave bytes in text, which come behind it.
 */
typedef char *piece_fn(struct thrift_writer *w, char *at, const char *end);

static inline size_t room(const char *at, const char *end)
{
    return (size_t)(end - at);
}

static inline char *field_put(char *at, enum thrift_type type, unsigned id)
{
    at[0] = (char)type;
    at[1] = 0;
    at[2] = (char)id;
    return at + 3;
}

static inline char *u32_put(char *at, uint32_t value)
{
    value = __builtin_bswap32(value);
    memcpy(at, &value, sizeof(value));
    return at + sizeof(value);
}

static inline char *u64_put(char *at, uint64_t value)
{
    value = __builtin_bswap64(value);
    memcpy(at, &value, sizeof(value));
    return at + sizeof(value);
}

static inline char *i32_field_put(char *at, unsigned id, uint32_t value)
{
    return u32_put(field_put(at, T_I32, id), value);
}

static inline char *i64_field_put(char *at, unsigned id, uint64_t value)
{
    return u64_put(field_put(at, T_I64, id), value);
}

static inline char *list_put(char *at, unsigned id, uint32_t count)
{
    at = field_put(at, T_LIST, id);
    *at++ = T_STRUCT;
    return u32_put(at, count);
}

/* source_end: as in text_copy(). */
static inline char *string_put(char *at, unsigned id, struct str s, const char *source_end)
{
    at = u32_put(field_put(at, T_STRING, id), (uint32_t)s.len);
    return text_copy(at, s, source_end);
}

/* Any value but a text, behind its key; room is there. */
static inline char *scalar_put(char *at, const struct value_view *value)
{
    uint64_t bits;

    switch (value->kind) {
    case VALUE_BOOL:
        at = i32_field_put(at, 2, TAG_BOOL);
        at = field_put(at, T_BOOL, 5);
        *at++ = value->boolean;
        return at;
    case VALUE_INT:
        at = i32_field_put(at, 2, TAG_LONG);
        return i64_field_put(at, 6, (uint64_t)value->integer);
    case VALUE_DOUBLE:
        memcpy(&bits, &value->number, sizeof(bits));
        at = i32_field_put(at, 2, TAG_DOUBLE);
        return u64_put(field_put(at, T_DOUBLE, 4), bits);
    default:
        return i32_field_put(at, 2, TAG_BINARY); /* its bytes are for the caller */
    }
}

static inline char *reference_put(char *at, const struct reference *ref)
{
    at = i32_field_put(at, 1, ref->type);
    at = i64_field_put(at, 2, ref->id.trace_low);
    at = i64_field_put(at, 3, ref->id.trace_high);
    at = i64_field_put(at, 4, ref->id.span);
    *at++ = 0;
    return at;
}

/* From thrift.c: json_text() of an array or a map, whose memory is counted. */
struct str thrift_json(struct thrift_writer *w, const struct value_view *value);

/* From thrift.c: a tag as a whole; as thrift_parts.c wants it. */
char *thrift_tag_put(struct thrift_writer *w, char *at, const char *end,
                     const struct attribute_view *tag);

/* From thrift_parts.c: begins with the process, or with the span w->item. */
void thrift_parts_process(struct thrift_writer *w);
void thrift_parts_span(struct thrift_writer *w);

/* The next piece of what was begun; NULL: there is none. */
piece_fn *thrift_parts_next(struct thrift_writer *w);
