/*
 * Counts and sorted lists of names, as attributes.
 */
#include "processors/tally.h"

#include <stdlib.h>

#include "base/mem.h"

#define SEPARATOR ','

static const struct told { /* the attributes' names */
    struct str redacted, redacted_names, masked, masked_names, allowed, allowed_names, ignored;
} told[] = {
    [TALLY_OF_ATTRIBUTES] =
        {
            STR_INIT("redaction.redacted.count"),
            STR_INIT("redaction.redacted.keys"),
            STR_INIT("redaction.masked.count"),
            STR_INIT("redaction.masked.keys"),
            STR_INIT("redaction.allowed.count"),
            STR_INIT("redaction.allowed.keys"),
            STR_INIT("redaction.ignored.count"),
        },
    [TALLY_OF_BODY] =
        {
            STR_INIT("redaction.body.redacted.count"),
            STR_INIT("redaction.body.redacted.keys"),
            STR_INIT("redaction.body.masked.count"),
            STR_INIT("redaction.body.masked.keys"),
            STR_INIT("redaction.body.allowed.count"),
            STR_INIT("redaction.body.allowed.keys"),
            STR_INIT("redaction.body.ignored.count"),
        },
};

void tally_done(struct tally *tally)
{
    free(tally->redacted.names);
    free(tally->masked.names);
    free(tally->allowed.names);
}

static void add_name(struct tally_list *list, struct str name)
{
    if (name.len == 0)
        return;
    list->names = mem_room(list->names, list->named, &list->cap, sizeof(*list->names));
    list->names[list->named++] = name;
}

void tally_add(struct tally_list *list, struct str name)
{
    list->count++;
    add_name(list, name);
}

static struct value_view value_of(const struct attributes *attributes, struct str key)
{
    const struct attribute *found = attributes_find(attributes, key);
    struct value_view value = {.kind = VALUE_EMPTY};

    if (found)
        value_read(found->value, &value);
    return value;
}

static void put(struct attributes *attributes, struct str key, const struct value_view *value)
{
    attributes_set(attributes, key, attributes_keep_value(attributes, value));
}

static void put_count(struct attributes *attributes, struct str key, size_t count)
{
    struct value_view before = value_of(attributes, key), value = {.kind = VALUE_INT};
    uint64_t earlier = before.kind == VALUE_INT ? (uint64_t)before.integer : 0;

    if (count == 0)
        return;
    value.integer = (int64_t)(earlier + count);
    put(attributes, key, &value);
}

static void add_earlier(struct tally_list *list, const struct attributes *attributes,
                        struct str key)
{
    struct value_view before = value_of(attributes, key);
    struct str rest = before.kind == VALUE_STRING ? before.bytes : STR("");

    while (rest.len > 0) {
        const char *end = memchr(rest.at, SEPARATOR, rest.len);
        struct str name = {rest.at, end ? (size_t)(end - rest.at) : rest.len};
        size_t passed = name.len + (end != NULL);

        add_name(list, name);
        rest = (struct str){rest.at + passed, rest.len - passed};
    }
}

static int compare_names(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static void put_names(struct attributes *attributes, struct str key, struct tally_list *list)
{
    struct value_view value = {.kind = VALUE_STRING};
    struct buf text = {0};

    if (list->named == 0)
        return;
    add_earlier(list, attributes, key);
    qsort(list->names, list->named, sizeof(*list->names), compare_names);
    for (size_t i = 0; i < list->named; i++) {
        if (i > 0)
            buf_append_char(&text, SEPARATOR);
        buf_append_str(&text, list->names[i]);
    }
    value.bytes = buf_str(&text);
    put(attributes, key, &value);
    buf_done(&text);
}

void tally_tell(struct tally *tally, enum tally_kind kind, enum summary summary,
                struct attributes *list)
{
    const struct told *keys = &told[kind];

    if (summary == SUMMARY_DEBUG) {
        put_names(list, keys->redacted_names, &tally->redacted);
        put_names(list, keys->masked_names, &tally->masked);
        put_names(list, keys->allowed_names, &tally->allowed);
    }
    if (summary != SUMMARY_SILENT) {
        put_count(list, keys->redacted, tally->redacted.count);
        put_count(list, keys->masked, tally->masked.count);
        put_count(list, keys->allowed, tally->allowed.count);
        put_count(list, keys->ignored, tally->ignored);
    }
    tally->redacted.count = tally->redacted.named = 0;
    tally->masked.count = tally->masked.named = 0;
    tally->allowed.count = tally->allowed.named = 0;
    tally->ignored = 0;
}

bool tally_is_key(struct str key)
{
    if (!str_starts(key, STR("redaction.")))
        return false;
    for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
        const struct told *t = &told[i];

        if (str_eq(key, t->redacted) || str_eq(key, t->redacted_names) || str_eq(key, t->masked) ||
            str_eq(key, t->masked_names) || str_eq(key, t->allowed) ||
            str_eq(key, t->allowed_names) || str_eq(key, t->ignored))
            return true;
    }
    return false;
}
