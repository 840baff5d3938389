/*
 * OTLP/JSON to protobuf.
 *
 * A message's length is known at its end only, but stands in front. It gets one byte of room, and
 * is moved where it turns out longer than 127 bytes. The groups around all spans, and what lies
 * deep in nested values, get room for any length at once, so that no byte is moved often.
 */
#include "otlp/json_read.h"

#include <math.h>
#include <stdio.h>

#include "base/base64.h"
#include "base/hex.h"
#include "otlp/check.h"
#include "otlp/json.h"
#include "otlp/json_number.h"

enum {
    SCALAR_MAX = 16,  /* bytes of a tag and a number */
    LENGTH_MAX = 5,   /* bytes of a length */
    DEEP = 20,        /* objects and lists around what is not moved any more */
    NO_INDEX = -1,    /* of a step that is not in a list */
    PATH_ROOM = 160,  /* of a path in a message; the rest of it is left out */
    NAME_MAX_LEN = 64 /* of a name of ours */
};

struct step { /* of the path to the position */
    const struct rule *rule;
    long index;
};

struct reader {
    struct json json;
    struct bytes *out; /* owned */
    char *to, *limit;  /* in out: where to write, and its end */
    bool no_room;
    unsigned nested; /* AnyValues around the position */
    unsigned step_count;
    struct step steps[JSON_MAX_NESTING];
};

/* ---- output ---- */

/* False: the budget has no room. */
static bool room_slow(struct reader *r, size_t len)
{
    size_t used = (size_t)(r->to - r->out->at);
    struct bytes *grown;

    grown = bytes_grow(r->out, used + used / 2 + len + 256);
    if (!grown) {
        r->no_room = true;
        return json_fail(&r->json, "the memory budget is used up");
    }
    r->out = grown;
    r->to = grown->at + used;
    r->limit = grown->at + grown->cap;
    return true;
}

static inline bool room(struct reader *r, size_t len)
{
    return (size_t)(r->limit - r->to) >= len || room_slow(r, len);
}

/* Into room that is there. */
static inline void put_varint(struct reader *r, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        *r->to++ = (char)(value | 0x80);
    *r->to++ = (char)value;
}

static void put_padded_length(char *to, size_t len)
{
    for (unsigned i = 0; i < LENGTH_MAX; i++)
        to[i] = (char)((len >> (7 * i) & 0x7f) | (i < LENGTH_MAX - 1 ? 0x80 : 0));
}

/* Something with a length, whose tag is written: its offset. Room is there. */
static inline size_t begin(struct reader *r, bool wide)
{
    r->to += wide ? LENGTH_MAX : 1;
    return (size_t)(r->to - r->out->at);
}

static inline bool end(struct reader *r, size_t start, bool wide)
{
    char *at = r->out->at + start;
    size_t len = (size_t)(r->to - at), shift = 0;

    if (wide) {
        put_padded_length(at - LENGTH_MAX, len);
        return true;
    }
    if (len < 0x80) {
        at[-1] = (char)len;
        return true;
    }
    for (size_t rest = len >> 7; rest > 0; rest >>= 7)
        shift++;
    if (!room(r, shift))
        return false;
    at = r->out->at + start;
    memmove(at + shift, at, len);
    r->to = at - 1;
    put_varint(r, len);
    r->to += len;
    return true;
}

/* ---- text ---- */

/* A string's text; where it has escapes, in the free room behind what is written. A NUL or a quote
 * stands behind it. */
static bool read_text(struct reader *r, struct str *text)
{
    struct json_string string = {0};
    size_t len;

    if (!json_string(&r->json, &string))
        return false;
    *text = string.raw;
    if (!string.escaped)
        return true;
    if (!room(r, string.raw.len + SCALAR_MAX + 1))
        return false;
    len = json_unescape(string.raw, r->to + SCALAR_MAX);
    r->to[SCALAR_MAX + len] = '\0';
    *text = (struct str){r->to + SCALAR_MAX, len};
    return true;
}

static bool put_string(struct reader *r)
{
    struct str text;

    if (!read_text(r, &text) || !room(r, text.len + SCALAR_MAX))
        return false;
    put_varint(r, text.len);
    memmove(r->to, text.at, text.len); /* may lie in the room behind */
    r->to += text.len;
    return true;
}

/* Of a wrong length too; of half a byte, a single byte, which is as wrong. */
static bool put_id(struct reader *r)
{
    struct str text;
    int wrong = 0;

    if (!read_text(r, &text) || !room(r, text.len + SCALAR_MAX))
        return false;
    put_varint(r, text.len % 2 == 0 ? text.len / 2 : 1);
    if (text.len % 2 == 1) {
        for (size_t i = 0; i < text.len; i++)
            wrong |= hex_digit(text.at[i]);
        *r->to++ = 0;
        text.len = 0;
    }
    for (size_t i = 0; i < text.len; i += 2) {
        int high = hex_digit(text.at[i]), low = hex_digit(text.at[i + 1]);

        wrong |= high | low;
        *r->to++ = (char)((unsigned)high << 4 | (unsigned)low);
    }
    return wrong >= 0 || json_fail(&r->json, "not hex digits");
}

static bool put_base64(struct reader *r)
{
    struct str text;
    size_t len, start;

    if (!read_text(r, &text) || !room(r, text.len + SCALAR_MAX))
        return false;
    start = begin(r, false);
    if (!base64_decode(text, r->to, &len))
        return json_fail(&r->json, "not base64");
    r->to += len;
    return end(r, start, false);
}

/* ---- numbers ---- */

/* The text of a number, which may stand in quotes. */
static bool read_number(struct reader *r, struct str *number)
{
    if (json_peek(&r->json) != '"')
        return json_number(&r->json, number);
    if (!read_text(r, number))
        return false;
    return (number->len > 0 && json_number_len(*number) == number->len) ||
           json_fail(&r->json, "a number is wanted here");
}

/* An integer from -min to max, in two's complement. */
static bool read_integer(struct reader *r, uint64_t min, uint64_t max, uint64_t *value)
{
    struct str number;
    const char *why;
    bool negative;

    if (!read_number(r, &number))
        return false;
    why = json_integer(number, &negative, value);
    if (why)
        return json_fail(&r->json, why);
    if (*value > (negative ? min : max))
        return json_fail(&r->json, "a number is out of range");
    if (negative)
        *value = -*value;
    return true;
}

static bool read_double(struct reader *r, uint64_t *bits)
{
    const char *start = r->json.at;
    struct str number;
    double value;

    if (json_peek(&r->json) == '"') {
        if (!read_text(r, &number))
            return false;
        if (str_is(number, "NaN"))
            value = (double)NAN;
        else if (str_is(number, "Infinity"))
            value = (double)INFINITY;
        else if (str_is(number, "-Infinity"))
            value = -(double)INFINITY;
        else if (number.len == 0 || json_number_len(number) != number.len) {
            r->json.at = start;
            return json_fail(&r->json, "a number is wanted here");
        } else if (!json_double(number, &value))
            return json_fail(&r->json, "a number is out of range");
    } else if (!json_number(&r->json, &number)) {
        return false;
    } else if (number.at + number.len == r->json.end) { /* json_double looks behind it */
        return json_fail(&r->json, "the text ends too early");
    } else if (!json_double(number, &value)) {
        return json_fail(&r->json, "a number is out of range");
    }
    memcpy(bits, &value, sizeof(value));
    return true;
}

static bool read_enum(struct reader *r, const struct enum_names *names, uint64_t *value)
{
    struct str name;

    if (json_peek(&r->json) != '"')
        return read_integer(r, (uint64_t)INT32_MAX + 1, INT32_MAX, value);
    if (!read_text(r, &name))
        return false;
    for (uint32_t i = 0; i < names->count; i++) {
        if (str_is(name, names->names[i])) {
            *value = i;
            return true;
        }
    }
    return json_fail(&r->json, "not one of the names that it may have");
}

static bool read_bool(struct reader *r, uint64_t *value)
{
    *value = json_peek(&r->json) == 't';
    if (*value)
        return json_word(&r->json, "true");
    return json_peek(&r->json) == 'f' ? json_word(&r->json, "false")
                                      : json_fail(&r->json, "true or false is wanted here");
}

static bool put_fixed(struct reader *r, uint64_t value, size_t size)
{
    memcpy(r->to, &value, size); /* little endian */
    r->to += size;
    return true;
}

/* ---- values ---- */

static bool read_message(struct reader *r, const struct shape *shape);

static bool put_message(struct reader *r, const struct shape *shape)
{
    bool wide = shape->trait == SHAPE_SINGLE || r->json.depth > DEEP;
    size_t start = begin(r, wide);
    bool ok;

    if (shape->trait != SHAPE_NESTS)
        return read_message(r, shape) && end(r, start, wide);
    if (r->nested == CHECK_MAX_NESTING)
        return json_fail(&r->json, "attribute values are nested too deeply");
    r->nested++;
    ok = read_message(r, shape) && end(r, start, wide);
    r->nested--;
    return ok;
}

/* One value, without its tag. There is room for SCALAR_MAX bytes but for the tag. */
static bool put_value(struct reader *r, const struct rule *rule)
{
    uint64_t value = 0;
    bool ok = false;

    switch ((enum proto_type)rule->type) {
    case PROTO_STRING:
        return put_string(r);
    case PROTO_MESSAGE:
        return put_message(r, rule->shape);
    case PROTO_ID:
        return put_id(r);
    case PROTO_BYTES:
        return put_base64(r);
    case PROTO_DOUBLE:
        return read_double(r, &value) && put_fixed(r, value, 8);
    case PROTO_FIXED64:
        return read_integer(r, 0, UINT64_MAX, &value) && put_fixed(r, value, 8);
    case PROTO_SFIXED64:
        return read_integer(r, (uint64_t)INT64_MAX + 1, INT64_MAX, &value) &&
               put_fixed(r, value, 8);
    case PROTO_FIXED32:
        return read_integer(r, 0, UINT32_MAX, &value) && put_fixed(r, value, 4);
    case PROTO_BOOL:
        ok = read_bool(r, &value);
        break;
    case PROTO_ENUM:
        ok = read_enum(r, rule->names, &value);
        break;
    case PROTO_INT32:
        ok = read_integer(r, (uint64_t)INT32_MAX + 1, INT32_MAX, &value);
        break;
    case PROTO_SINT32:
        ok = read_integer(r, (uint64_t)INT32_MAX + 1, INT32_MAX, &value);
        value = value << 1 ^ -(value >> 63);
        break;
    case PROTO_UINT32:
        ok = read_integer(r, 0, UINT32_MAX, &value);
        break;
    case PROTO_INT64:
        ok = read_integer(r, (uint64_t)INT64_MAX + 1, INT64_MAX, &value);
        break;
    case PROTO_UINT64:
        ok = read_integer(r, 0, UINT64_MAX, &value);
        break;
    }
    if (ok)
        put_varint(r, value);
    return ok;
}

/* An element of a list of messages or strings: null is an empty one. */
static bool put_element(struct reader *r, const struct rule *rule)
{
    if (!room(r, SCALAR_MAX))
        return false;
    put_varint(r, rule->tag);
    if (json_peek(&r->json) != 'n')
        return put_value(r, rule);
    put_varint(r, 0);
    return json_word(&r->json, "null");
}

static bool read_list(struct reader *r, const struct rule *rule)
{
    bool packed = rule_is_packed(rule);
    struct step *step = &r->steps[r->step_count - 1];
    size_t start = 0;

    if (!json_open(&r->json, '['))
        return false;
    if (packed) {
        put_varint(r, rule->tag);
        start = begin(r, false);
    }
    for (step->index = 0; json_more(&r->json, ']', (size_t)step->index); step->index++)
        if (packed ? !(room(r, SCALAR_MAX) && put_value(r, rule)) : !put_element(r, rule))
            return false;
    return !r->json.why && (!packed || end(r, start, false));
}

/* ---- members ---- */

/* Members mostly come in the order of the .proto: last is the field to go on behind. */
static const struct rule *rule_of_name(const struct shape *shape, struct str name, uint32_t last)
{
    for (uint32_t i = 0, number = last; i < shape->count; i++) {
        const struct rule *rule;

        number = number + 1 < shape->count ? number + 1 : 0;
        rule = &shape->rules[number];
        if (rule->name_len == name.len && rule->name && memcmp(rule->name, name.at, name.len) == 0)
            return rule;
    }
    return NULL;
}

/* By a name of JSON (traceId) or of the .proto (trace_id). NULL: unknown. */
static const struct rule *find_rule(const struct shape *shape, struct str name, uint32_t last)
{
    const struct rule *rule = rule_of_name(shape, name, last);
    char camel[NAME_MAX_LEN];
    size_t len = 0;

    if (rule || name.len > NAME_MAX_LEN || !memchr(name.at, '_', name.len))
        return rule;
    for (size_t i = 0; i < name.len; i++) {
        bool lifts = name.at[i] == '_';
        char c = lifts ? (++i < name.len ? name.at[i] : '_') : name.at[i];

        if ((c >= 'A' && c <= 'Z') || (lifts && (c < 'a' || c > 'z')))
            return NULL;
        camel[len++] = (char)(lifts ? c - 'a' + 'A' : c);
    }
    return rule_of_name(shape, (struct str){camel, len}, last);
}

static bool read_member(struct reader *r, const struct rule *rule)
{
    bool ok;

    if (json_peek(&r->json) == 'n')
        return json_word(&r->json, "null");
    if (!room(r, SCALAR_MAX + LENGTH_MAX))
        return false;
    r->steps[r->step_count++] = (struct step){rule, NO_INDEX};
    if (rule->repeated) {
        ok = read_list(r, rule);
    } else {
        put_varint(r, rule->tag);
        ok = put_value(r, rule);
    }
    r->step_count -= ok; /* else it stays, for the message */
    return ok;
}

/* The member that mostly comes behind last, where it does: one comparison. Else NULL. */
static const struct rule *read_usual_name(struct reader *r, const struct shape *shape,
                                          uint32_t last)
{
    const char *at = r->json.at;
    const struct rule *rule;

    do
        if (++last >= shape->count)
            return NULL;
    while (shape->rules[last].tag == 0);
    rule = &shape->rules[last];
    if (r->json.end - at < rule->name_len + 3 || at[0] != '"' || at[rule->name_len + 1] != '"' ||
        at[rule->name_len + 2] != ':' || memcmp(at + 1, rule->name, rule->name_len) != 0)
        return NULL;
    r->json.at += rule->name_len + 3;
    return rule;
}

/* A member's name and its colon. False: they are not. rule: NULL where the name is unknown. */
static bool read_name(struct reader *r, const struct shape *shape, uint32_t last,
                      const struct rule **rule)
{
    struct str name;

    *rule = read_usual_name(r, shape, last);
    if (*rule)
        return true;
    if (json_peek(&r->json) != '"')
        return json_fail(&r->json, "a member's name is wanted here");
    if (!read_text(r, &name))
        return false;
    *rule = find_rule(shape, name, last);
    return json_colon(&r->json);
}

static bool read_message(struct reader *r, const struct shape *shape)
{
    const struct rule *rule;
    uint32_t last = 0;

    if (!json_open(&r->json, '{'))
        return false;
    for (size_t count = 0; json_more(&r->json, '}', count); count++) {
        if (!read_name(r, shape, last, &rule))
            return false;
        if (rule ? !read_member(r, rule) : !json_skip(&r->json))
            return false;
        if (rule)
            last = (uint32_t)(rule - shape->rules);
    }
    return !r->json.why;
}

/* ---- requests ---- */

static void describe(const struct reader *r, struct str text, char *why)
{
    size_t len = 0;

    for (unsigned i = 0; i < r->step_count; i++) {
        const struct step *step = &r->steps[i];

        if (len > PATH_ROOM - NAME_MAX_LEN) {
            len += (size_t)snprintf(why + len, JSON_WHY_MAX - len, "...");
            break;
        }
        len += (size_t)snprintf(why + len, JSON_WHY_MAX - len, "%s%s", i > 0 ? "." : "",
                                step->rule->name);
        if (step->index != NO_INDEX)
            len += (size_t)snprintf(why + len, JSON_WHY_MAX - len, "[%ld]", step->index);
    }
    snprintf(why + len, JSON_WHY_MAX - len, "%s%s (at byte %zu)", len > 0 ? ": " : "", r->json.why,
             (size_t)(r->json.at - text.at));
}

static bool read_request(struct reader *r, const struct shape *shape)
{
    if (json_peek(&r->json) == '\0')
        return json_fail(&r->json, "the request is empty");
    if (json_peek(&r->json) == 'n' ? !json_word(&r->json, "null") : !read_message(r, shape))
        return false;
    json_space(&r->json);
    return r->json.at == r->json.end || json_fail(&r->json, "something follows the request");
}

struct bytes *json_read(const struct shape *shape, struct str text, struct json_report *report)
{
    struct reader r;

    *report = (struct json_report){.verdict = JSON_OK};
    r.json = (struct json){.at = text.at, .end = text.at + text.len};
    r.no_room = false;
    r.nested = 0;
    r.step_count = 0;
    r.out = bytes_new(text.len / 2 + 256); /* protobuf is shorter than half, mostly */
    if (!r.out) {
        report->verdict = JSON_NO_ROOM;
        return NULL;
    }
    r.to = r.out->at;
    r.limit = r.out->at + r.out->cap;
    if (read_request(&r, shape)) {
        r.out->len = (size_t)(r.to - r.out->at);
        return r.out;
    }
    report->verdict = r.no_room ? JSON_NO_ROOM : JSON_MALFORMED;
    describe(&r, text, report->why);
    bytes_unref(r.out);
    return NULL;
}
