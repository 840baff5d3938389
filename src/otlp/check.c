/*
 * The walk that sees every byte of every request. It is written with plain pointers, one look into
 * a table for each field: wire_next() would cost twice as much here.
 */
#include "otlp/check.h"

#include "base/utf8.h"
#include "otlp/span.h"

static bool malformed(struct check_result *result, const void *at, const char *why)
{
    result->why = why;
    result->at = at;
    return false;
}

static void check_own_id(const struct rule *rule, uint64_t tag, struct str id,
                         struct check_result *result)
{
    static const char zero[16];

    result->invalid_id |= id.len != rule->len || memcmp(id.at, zero, id.len) == 0;
    result->own_ids |= 1u << (tag >> 3);
}

/* True: a KeyValue as nearly all are, and valid. False says nothing: check() has the last word. */
static inline bool check_plain_attribute(const uint8_t *at, size_t len, struct check_result *result)
{
    struct attribute_view attribute = {0};

    if (!attribute_read_plain(at, len, &attribute))
        return false;
    if (utf8_is_ascii((struct str){(const char *)at, len}))
        return true; /* key and text in one go: tags and lengths are ASCII too */
    result->wrong_text += !utf8_valid(attribute.key);
    if (attribute.value.kind == VALUE_STRING)
        result->wrong_text += !utf8_valid(attribute.value.bytes);
    return true;
}

/* A field that the shape does not know, or an element of a packed one with a tag of its own: passed
 * over, if it is one. Returns what follows, or NULL. */
static const uint8_t *skip_other(const struct shape *shape, uint64_t tag, const uint8_t *at,
                                 const uint8_t *end, struct check_result *result)
{
    struct wire w = {.at = at, .end = end};
    struct wire_field f = {0};

    if (shape_knows(shape, tag >> 3) && !shape_rule(shape, tag)) {
        malformed(result, at, "a field has the wrong wire type");
        return NULL;
    }
    if (!wire_next(&w, &f)) {
        malformed(result, at, "a field is cut short or not valid");
        return NULL;
    }
    return w.at;
}

static bool check_packed(const struct rule *rule, struct str run)
{
    struct wire w = wire_of(run);
    uint64_t value;

    if (rule->check == CHECK_PACKED_FIXED64)
        return run.len % 8 == 0;
    while (w.at < w.end && wire_varint(&w, &value))
        ;
    return !w.bad;
}

/* depth: AnyValues around this message; it bounds the recursion. */
static bool check(const struct shape *shape, const uint8_t *at, const uint8_t *end, unsigned depth,
                  struct check_result *result)
{
    if (shape->trait == SHAPE_NESTS && depth++ >= CHECK_MAX_NESTING)
        return malformed(result, at, "attribute values are nested too deeply");
    while (at < end) {
        const uint8_t *field = at;
        const struct rule *rule;
        const uint8_t *length;
        uint64_t tag = *at++, len;
        struct str bytes;

        if (tag >= 0x80) {
            at = wire_long_varint(field, end, &tag);
            if (!at || at - field > 5)
                return malformed(result, field, "a field is cut short or not valid");
        }
        rule = shape_plain_rule(shape, tag);
        if (!rule) {
            at = skip_other(shape, tag, field, end, result);
            if (!at)
                return false;
            continue;
        }
        switch ((enum check)rule->check) {
        case CHECK_NOTHING:
            return malformed(result, field, "a field has the number 0");
        case CHECK_VARINT:
            if (at < end && *at < 0x80)
                at++;
            else if (!(at = wire_long_varint(at, end, &len)))
                return malformed(result, field, "a number is cut short");
            continue;
        case CHECK_FIXED64:
            if (end - at < 8)
                return malformed(result, field, "a number is cut short");
            at += 8;
            continue;
        case CHECK_FIXED32:
            if (end - at < 4)
                return malformed(result, field, "a number is cut short");
            at += 4;
            continue;
        default: /* the others have a length */
            break;
        }
        length = at;
        if (at < end && *at < 0x80)
            len = *at++;
        else if (!(at = wire_long_varint(at, end, &len)) || at - length > 5)
            return malformed(result, field, "a length is cut short or too long");
        if (len > (uint64_t)(end - at))
            return malformed(result, field, "a length goes beyond the end");
        bytes = (struct str){(const char *)at, (size_t)len};
        at += len;
        if (rule->check == CHECK_TEXT)
            result->wrong_text += !utf8_valid(bytes);
        else if (rule->check == CHECK_MESSAGE) {
            if ((rule->shape->trait != SHAPE_ATTRIBUTE || depth == CHECK_MAX_NESTING ||
                 !check_plain_attribute(at - len, len, result)) &&
                !check(rule->shape, at - len, at, depth, result))
                return false;
        } else if (rule->check == CHECK_OWN_ID)
            check_own_id(rule, tag, bytes, result);
        else if (rule->check == CHECK_ID)
            result->invalid_id |= len != 0 && len != rule->len;
        else if (rule_is_packed(rule) && !check_packed(rule, bytes))
            return malformed(result, field, "a number is cut short");
    }
    return true;
}

bool check_message(const struct shape *shape, struct str message, struct check_result *result)
{
    const uint8_t *at = (const uint8_t *)message.at;

    return check(shape, at, at + message.len, 0, result);
}

bool check_field(const struct shape *shape, const struct wire_field *f, const struct wire *w,
                 const struct rule **rule, struct check_result *result)
{
    *rule = shape_rule(shape, TAG((uint64_t)f->number, f->type));
    return *rule || !shape_knows(shape, f->number) ||
           malformed(result, w->at, "a field has the wrong wire type");
}
