/*
 * Attributes as an array of where they lie. What has not changed is written as it was, with all
 * that stands between.
 */
#include "otlp/attributes.h"

#include <stdlib.h>

#include "base/budget.h"
#include "base/mem.h"
#include "otlp/wire_write.h"

enum { FIELD_KEY = 1, FIELD_VALUE = 2 /* of KeyValue */ };
enum { MANY = 1024 /* attributes: more are counted, and not kept */, ARENA_SIZE = 1024 };

static void release_many(struct attributes *list)
{
    if (list->counted == 0)
        return;
    budget_release(list->counted);
    free(list->at);
    list->at = NULL;
    list->cap = list->counted = 0;
}

void attributes_done(struct attributes *list)
{
    release_many(list);
    free(list->at);
    arena_free(list->arena);
    *list = (struct attributes){0};
}

static void grow(struct attributes *list)
{
    size_t size;

    list->at = mem_room(list->at, list->count, &list->cap, sizeof(*list->at));
    size = list->cap * sizeof(*list->at);
    if (list->cap <= MANY)
        return;
    budget_add(size - list->counted); /* not reserved: the message is held already */
    list->counted = size;
}

WIRE_INLINE struct attribute *add(struct attributes *list)
{
    if (list->count == list->cap)
        grow(list);
    return &list->at[list->count++];
}

/* ---- reading ---- */

/* A short key, then a value, and nothing else: as nearly all are. */
WIRE_INLINE bool read_plain(struct str message, struct attribute *attribute)
{
    const uint8_t *at = (const uint8_t *)message.at;
    struct wire w;
    uint64_t len;

    if (message.len < 4 || at[0] != (FIELD_KEY << 3 | WIRE_BYTES) || at[1] > 0x7f ||
        at[1] + 4u > message.len)
        return false;
    attribute->key = (struct str){message.at + 2, at[1]};
    w = (struct wire){.at = at + 2 + at[1], .end = at + message.len};
    if (*w.at++ != (FIELD_VALUE << 3 | WIRE_BYTES) || !wire_varint(&w, &len) ||
        len != (uint64_t)(w.end - w.at))
        return false;
    attribute->value = (struct str){(const char *)w.at, (size_t)len};
    return true;
}

/* Both values as one: in protobuf that is what messages behind each other are. */
static struct str join(struct attributes *list, struct str a, struct str b)
{
    struct buf both = {0};
    struct str kept;

    if (a.len == 0 || b.len == 0)
        return a.len == 0 ? b : a;
    buf_append_str(&both, a);
    buf_append_str(&both, b);
    kept = attributes_keep(list, buf_str(&both));
    buf_done(&both);
    return kept;
}

static void read_any(struct attributes *list, struct str message, struct attribute *attribute)
{
    struct wire w = wire_of(message);
    struct wire_field f = {0};

    attribute->key = attribute->value = (struct str){0};
    while (wire_next(&w, &f)) {
        if (f.type != WIRE_BYTES)
            continue;
        if (f.number == FIELD_KEY)
            attribute->key = f.bytes;
        else if (f.number == FIELD_VALUE)
            attribute->value = join(list, attribute->value, f.bytes);
    }
}

WIRE_INLINE void read_one(struct attributes *list, const uint8_t *at, const uint8_t *end,
                          struct str message)
{
    struct attribute *attribute = add(list);

    attribute->field = (struct str){(const char *)at, (size_t)(end - at)};
    attribute->state = ATTRIBUTE_KEPT;
    if (!read_plain(message, attribute))
        read_any(list, message, attribute);
}

void attributes_read(struct attributes *list, struct str message, uint32_t number)
{
    struct wire w = wire_of(message);
    const uint8_t *at = w.at;
    struct wire_field f = {0};

    release_many(list);
    if (list->arena)
        arena_reset(list->arena);
    list->message = message;
    list->number = number;
    list->changed = false;
    list->count = 0;
    for (;; at = w.at) {
        if (wire_next_short(&w, number, &f.bytes))
            read_one(list, at, w.at, f.bytes);
        else if (!wire_next(&w, &f))
            break;
        else if (f.number == number && f.type == WIRE_BYTES)
            read_one(list, at, w.at, f.bytes);
    }
    list->read = list->count;
}

/* ---- looking up, changing ---- */

static struct attribute *find_from(const struct attributes *list, size_t from, struct str key)
{
    for (; from < list->count; from++) {
        struct attribute *a = &list->at[from];

        if (a->key.len == key.len && a->state != ATTRIBUTE_REMOVED && str_eq(a->key, key))
            return a;
    }
    return NULL;
}

struct attribute *attributes_find(const struct attributes *list, struct str key)
{
    return find_from(list, 0, key);
}

struct attribute *attributes_next(const struct attributes *list, const struct attribute *after)
{
    size_t i = after ? (size_t)(after - list->at) + 1 : 0;

    for (; i < list->count; i++)
        if (list->at[i].state != ATTRIBUTE_REMOVED)
            return &list->at[i];
    return NULL;
}

void attributes_remove_at(struct attributes *list, struct attribute *attribute)
{
    attribute->state = ATTRIBUTE_REMOVED;
    list->changed = true;
}

void attributes_set_at(struct attributes *list, struct attribute *attribute, struct str value)
{
    attribute->value = value;
    attribute->state = ATTRIBUTE_CHANGED;
    list->changed = true;
}

static bool remove_from(struct attributes *list, size_t from, struct str key)
{
    struct attribute *attribute;
    bool found = false;

    while ((attribute = find_from(list, from, key))) {
        found = true;
        attributes_remove_at(list, attribute);
        from = (size_t)(attribute - list->at) + 1;
    }
    return found;
}

bool attributes_remove(struct attributes *list, struct str key)
{
    return remove_from(list, 0, key);
}

void attributes_set(struct attributes *list, struct str key, struct str value)
{
    struct attribute *attribute = attributes_find(list, key);

    if (attribute) {
        remove_from(list, (size_t)(attribute - list->at) + 1, key);
        if (str_eq(attribute->value, value))
            return;
    } else {
        attribute = add(list);
        *attribute = (struct attribute){.key = key};
    }
    attributes_set_at(list, attribute, value);
}

/* ---- writing ---- */

static struct arena *arena_of(struct attributes *list)
{
    if (!list->arena)
        list->arena = arena_new(ARENA_SIZE);
    return list->arena;
}

struct str attributes_keep(struct attributes *list, struct str bytes)
{
    return arena_copy(arena_of(list), bytes);
}

struct str attributes_keep_value(struct attributes *list, const struct value_view *value)
{
    struct buf out = {0};
    struct str kept;

    value_write(value, &out);
    kept = attributes_keep(list, buf_str(&out));
    buf_done(&out);
    return kept;
}

void value_write(const struct value_view *value, struct buf *out)
{
    switch (value->kind) {
    case VALUE_EMPTY:
        break;
    case VALUE_BOOL:
        wire_put_tag(out, VALUE_BOOL, WIRE_VARINT);
        wire_put_varint(out, value->boolean);
        break;
    case VALUE_INT:
        wire_put_tag(out, VALUE_INT, WIRE_VARINT);
        wire_put_varint(out, (uint64_t)value->integer);
        break;
    case VALUE_DOUBLE:
        wire_put_tag(out, VALUE_DOUBLE, WIRE_FIXED64);
        buf_append(out, &value->number, sizeof(value->number));
        break;
    case VALUE_STRING:
    case VALUE_ARRAY:
    case VALUE_KVLIST:
    case VALUE_BYTES:
        wire_put_bytes(out, value->kind, value->bytes);
        break;
    }
}

static void put(const struct attributes *list, const struct attribute *attribute, struct buf *out)
{
    size_t size = wire_bytes_size(attribute->key.len) + wire_bytes_size(attribute->value.len);

    wire_put_tag(out, list->number, WIRE_BYTES);
    wire_put_varint(out, size);
    wire_put_bytes(out, FIELD_KEY, attribute->key);
    wire_put_bytes(out, FIELD_VALUE, attribute->value);
}

void attributes_write(const struct attributes *list, struct buf *out)
{
    const char *from = list->message.at ? list->message.at : "";
    const char *end = from + list->message.len;

    for (size_t i = 0; i < list->read; i++) {
        const struct attribute *attribute = &list->at[i];

        if (attribute->state == ATTRIBUTE_KEPT)
            continue;
        buf_append(out, from, (size_t)(attribute->field.at - from));
        from = attribute->field.at + attribute->field.len;
        if (attribute->state == ATTRIBUTE_CHANGED)
            put(list, attribute, out);
    }
    buf_append(out, from, (size_t)(end - from));
    for (size_t i = list->read; i < list->count; i++)
        if (list->at[i].state == ATTRIBUTE_CHANGED)
            put(list, &list->at[i], out);
}
