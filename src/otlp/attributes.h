/*
 * The attributes of one message, to be looked up and changed; then the message is written anew.
 *
 *     message   field | attribute | attribute | field | attribute | field
 *     written   field | attribute |   gone    | field | changed   | field | new attribute
 *
 * A key that comes twice is looked up where it comes first; when it is set or removed, the others
 * go. Keys and values are borrowed: they lie in the message, or where the caller has them, until
 * the message is written.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "otlp/span.h"

enum { /* the number of the field in each kind of message */
       ATTRIBUTES_OF_RESOURCE = 1,
       ATTRIBUTES_OF_SCOPE = 3,
       ATTRIBUTES_OF_EVENT = 3,
       ATTRIBUTES_OF_LINK = 4,
       ATTRIBUTES_OF_LOG_RECORD = 6,
       ATTRIBUTES_OF_SPAN = 9
}; /* of a data point: point_attributes_number() in otlp/metric_write.h */

struct attribute {
    struct str key;
    struct str value; /* the AnyValue message, as value_read() reads it; may be empty */
    struct str field; /* where it lies in the message, with its tag; of one that came with it */
    enum { ATTRIBUTE_KEPT, ATTRIBUTE_CHANGED, ATTRIBUTE_REMOVED } state;
};

struct attributes { /* zeroed: empty and ready; it is used again for one message after the other */
    struct str message;
    uint32_t number;      /* of the field */
    bool changed;         /* the message is another one by now */
    struct attribute *at; /* owned: those that were removed are among them */
    size_t count, cap;
    size_t read;         /* how many of them came with the message; the others were added */
    size_t counted;      /* bytes of a long list, in the memory budget */
    struct arena *arena; /* owned: what attributes_keep() keeps; NULL: nothing so far */
};

void attributes_done(struct attributes *list);

/* The attributes of another message, which has passed payload_read(). */
void attributes_read(struct attributes *list, struct str message, uint32_t number);

/* NULL: there is none. Good until something is set. */
struct attribute *attributes_find(const struct attributes *list, struct str key);

/* The next one that is there, the first one for NULL; NULL: there are no more. */
struct attribute *attributes_next(const struct attributes *list, const struct attribute *after);

/* In the place of the one that is there, or behind all. value: an AnyValue message. */
void attributes_set(struct attributes *list, struct str key, struct str value);

/* False: there was none. */
bool attributes_remove(struct attributes *list, struct str key);

/* One of the list, whatever has the same key. */
void attributes_remove_at(struct attributes *list, struct attribute *attribute);
void attributes_set_at(struct attributes *list, struct attribute *attribute, struct str value);

/* A copy that lives until another message is read; for values: an AnyValue of a kind. */
struct str attributes_keep(struct attributes *list, struct str bytes);
struct str attributes_keep_value(struct attributes *list, const struct value_view *value);

/* Appends the message as it is by now. */
void attributes_write(const struct attributes *list, struct buf *out);

/* Appends an AnyValue; an ARRAY or a KVLIST has the bytes of its message. */
void value_write(const struct value_view *value, struct buf *out);
