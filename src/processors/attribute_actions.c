/*
 * Actions on attributes: what they do.
 */
#include "processors/attribute_actions.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/metadata.h"
#include "base/regex.h"
#include "net/digest.h"
#include "processors/value.h"

struct action {
    const struct action_settings *settings;
    struct str key; /* empty where it has none */
    struct regex *pattern;
    struct str *groups; /* room for what extract finds */
};

struct actions {
    size_t count;
    struct buf text;           /* of a value that is none */
    struct digester *digester; /* for those that hash */
    struct action at[];
};

/* ---- made for a worker ---- */

void actions_free(struct actions *actions)
{
    if (!actions)
        return;
    for (size_t i = 0; i < actions->count; i++) {
        regex_free(actions->at[i].pattern);
        free(actions->at[i].groups);
    }
    digester_free(actions->digester);
    buf_done(&actions->text);
    free(actions);
}

static bool action_init(struct action *action, const struct action_settings *settings,
                        struct error *err)
{
    action->settings = settings;
    action->key = settings->key ? str_of(settings->key) : STR("");
    if (!action_has(settings->pattern))
        return true;
    action->pattern = regex_new(str_of(settings->pattern), err);
    if (!action->pattern)
        return false;
    action->groups = mem_zero(regex_group_count(action->pattern) * sizeof(struct str) + 1);
    return true;
}

struct actions *actions_new(const struct block_list *list, struct error *err)
{
    const struct action_settings *settings = list->at;
    struct actions *actions = mem_zero(sizeof(*actions) + list->count * sizeof(actions->at[0]));

    actions->digester = digester_new(DIGEST_SHA256, STR(""));
    for (; actions->count < list->count; actions->count++) {
        if (!action_init(&actions->at[actions->count], &settings[actions->count], err)) {
            actions_free(actions);
            return NULL;
        }
    }
    return actions;
}

/* ---- insert, update, upsert ---- */

/* Several values of one name, with a semicolon between them. */
static bool metadata_value(struct attributes *list, struct buf *text, const struct bytes *metadata,
                           struct str name, struct str *value)
{
    struct value_view view = {.kind = VALUE_STRING};
    struct str one;
    bool found = false;

    buf_reset(text);
    for (size_t at = 0; metadata_next_value(metadata, &at, name, &one); found = true) {
        if (found)
            buf_append_char(text, ';');
        buf_append_str(text, one);
    }
    view.bytes = buf_str(text);
    if (found)
        *value = attributes_keep_value(list, &view);
    return found;
}

/* False: there is no such value. */
static bool source_value(struct actions *actions, const struct action_settings *s,
                         struct attributes *list, const struct bytes *metadata, struct str *value)
{
    const struct attribute *from;

    if (s->value) {
        *value = s->value_bytes;
        return true;
    }
    if (action_has(s->from_attribute) &&
        (from = attributes_find(list, str_of(s->from_attribute))) != NULL) {
        *value = from->value;
        return true;
    }
    if (s->header.len > 0 && metadata_value(list, &actions->text, metadata, s->header, value))
        return true;
    *value = s->default_bytes;
    return s->default_value != NULL;
}

static void set_value(struct actions *actions, const struct action *action, struct attributes *list,
                      const struct bytes *metadata)
{
    const struct action_settings *s = action->settings;
    struct str value;

    if (s->action != ACTION_UPSERT &&
        (attributes_find(list, action->key) != NULL) == (s->action == ACTION_INSERT))
        return;
    if (source_value(actions, s, list, metadata, &value))
        attributes_set(list, action->key, value);
}

/* ---- delete, hash, extract, convert ---- */

static void delete_all(const struct action *action, struct attributes *list)
{
    struct attribute *next = NULL;

    if (action->key.len > 0)
        attributes_remove(list, action->key);
    if (!action->pattern)
        return;
    while ((next = attributes_next(list, next)))
        if (regex_matches(action->pattern, next->key))
            attributes_remove_at(list, next);
}

/* What is digested: a string's bytes, one byte of a boolean, eight of a number. */
static struct str digested_bytes(const struct value_view *value, char room[8])
{
    switch (value->kind) {
    case VALUE_STRING:
        return value->bytes;
    case VALUE_BOOL:
        room[0] = (char)value->boolean;
        return (struct str){room, 1};
    case VALUE_INT:
        memcpy(room, &value->integer, 8); /* little endian, as the machines that we run on */
        return (struct str){room, 8};
    case VALUE_DOUBLE:
        memcpy(room, &value->number, 8);
        return (struct str){room, 8};
    default:
        return (struct str){0};
    }
}

static void hash_one(struct digester *digester, struct attributes *list,
                     struct attribute *attribute)
{
    char room[8], hex[DIGEST_HEX_MAX];
    struct value_view value;
    struct str bytes;

    value_read(attribute->value, &value);
    bytes = digested_bytes(&value, room);
    value = (struct value_view){.kind = VALUE_STRING, .bytes = STR("")};
    if (bytes.at || bytes.len > 0)
        value.bytes = digester_hex(digester, bytes, hex);
    attributes_set_at(list, attribute, attributes_keep_value(list, &value));
}

static void hash_all(struct digester *digester, const struct action *action,
                     struct attributes *list)
{
    struct attribute *next = NULL;

    while ((next = attributes_next(list, next)))
        if ((action->key.len > 0 && str_eq(next->key, action->key)) ||
            (action->pattern && regex_matches(action->pattern, next->key)))
            hash_one(digester, list, next);
}

static void extract(const struct action *action, struct attributes *list)
{
    const struct attribute *from = attributes_find(list, action->key);
    struct value_view value;

    if (!from)
        return;
    value_read(from->value, &value);
    if (value.kind != VALUE_STRING || !regex_capture(action->pattern, value.bytes, action->groups))
        return;
    for (size_t i = 0; i < regex_group_count(action->pattern); i++) {
        struct value_view found = {.kind = VALUE_STRING, .bytes = action->groups[i]};

        attributes_set(list, regex_group_name(action->pattern, i),
                       attributes_keep_value(list, &found));
    }
}

/* A copy with a NUL behind it, of a number: false where it is too long for one. */
static bool number_text(struct str text, char copy[64])
{
    if (text.len == 0 || text.len >= 64 || memchr(text.at, '\0', text.len))
        return false;
    memcpy(copy, text.at, text.len);
    copy[text.len] = '\0';
    return true;
}

/* Decimal digits with or without a sign; false: it is none, or beyond 64 bits. */
static bool text_to_int(struct str text, int64_t *out)
{
    char copy[64], *end;

    if (!number_text(text, copy) || !strchr("+-0123456789", copy[0]))
        return false;
    errno = 0;
    *out = strtoll(copy, &end, 10);
    return *end == '\0' && end > copy && errno == 0 &&
           strspn(copy + (copy[0] == '+' || copy[0] == '-'), "0123456789") > 0;
}

static bool text_to_double(struct str text, double *out)
{
    char copy[64], *end;

    if (!number_text(text, copy) ||
        strspn(copy, "+-0123456789.eEinfatyINFATYxXabcdABCDpP") != text.len)
        return false;
    *out = strtod(copy, &end);
    return *end == '\0';
}

/* Beyond what an integer can be: its least or largest. */
static int64_t whole(double number)
{
    if (isnan(number))
        return 0;
    if (number >= 0x1p63)
        return INT64_MAX;
    return number < -0x1p63 ? INT64_MIN : (int64_t)number;
}

static bool to_int(const struct value_view *from, struct value_view *to)
{
    to->kind = VALUE_INT;
    switch (from->kind) {
    case VALUE_DOUBLE:
        to->integer = whole(from->number);
        return true;
    case VALUE_BOOL:
        to->integer = from->boolean;
        return true;
    case VALUE_STRING:
        return text_to_int(from->bytes, &to->integer);
    default:
        return false;
    }
}

static bool to_double(const struct value_view *from, struct value_view *to)
{
    to->kind = VALUE_DOUBLE;
    switch (from->kind) {
    case VALUE_INT:
        to->number = (double)from->integer;
        return true;
    case VALUE_BOOL:
        to->number = from->boolean;
        return true;
    case VALUE_STRING:
        return text_to_double(from->bytes, &to->number);
    default:
        return false;
    }
}

/* What cannot be converted stays. */
static void convert(struct actions *actions, const struct action *action, struct attributes *list)
{
    struct attribute *attribute = attributes_find(list, action->key);
    struct value_view from, to = {.kind = VALUE_STRING};
    bool ok;

    if (!attribute)
        return;
    value_read(attribute->value, &from);
    switch (action->settings->converted_type) {
    case ACTION_TO_INT:
        ok = to_int(&from, &to);
        break;
    case ACTION_TO_DOUBLE:
        ok = to_double(&from, &to);
        break;
    default:
        to.bytes = value_text(&from, &actions->text);
        ok = from.kind != VALUE_STRING;
        break;
    }
    if (ok)
        attributes_set_at(list, attribute, attributes_keep_value(list, &to));
}

static void apply(struct actions *actions, struct attributes *attributes,
                  const struct bytes *metadata)
{
    for (size_t i = 0; i < actions->count; i++) {
        const struct action *action = &actions->at[i];

        switch (action->settings->action) {
        case ACTION_DELETE:
            delete_all(action, attributes);
            break;
        case ACTION_HASH:
            hash_all(actions->digester, action, attributes);
            break;
        case ACTION_EXTRACT:
            extract(action, attributes);
            break;
        case ACTION_CONVERT:
            convert(actions, action, attributes);
            break;
        default:
            set_value(actions, action, attributes, metadata);
            break;
        }
    }
}

enum rewrite actions_rewrite(struct actions *actions, struct attributes *attributes,
                             const struct bytes *metadata, struct str message, uint32_t number,
                             struct buf *out)
{
    attributes_read(attributes, message, number);
    apply(actions, attributes, metadata);
    if (!attributes->changed)
        return REWRITE_KEEP;
    attributes_write(attributes, out);
    return REWRITE_CHANGE;
}
