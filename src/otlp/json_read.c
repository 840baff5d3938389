/*
 * OTLP/JSON to protobuf: the messages, member by member, and the path that a refusal tells.
 */
#include "otlp/json_read.h"

#include <stdio.h>

#include "otlp/check.h"
#include "otlp/json_read_priv.h"

enum {
    DEEP = 20,        /* objects and lists around what is not moved any more */
    NO_INDEX = -1,    /* of a step that is not in a list */
    PATH_ROOM = 160,  /* of a path in a message; the rest of it is left out */
    NAME_MAX_LEN = 64 /* of a name of ours */
};

/* ---- values ---- */

static bool read_message(struct reader *r, const struct shape *shape);

static bool put_message(struct reader *r, const struct shape *shape)
{
    bool wide = shape->trait == SHAPE_SINGLE || r->json.depth > DEEP;
    size_t start = json_output_begin(r, wide);
    bool ok;

    if (shape->trait != SHAPE_NESTS)
        return read_message(r, shape) && json_output_end(r, start, wide);
    if (r->nested == CHECK_MAX_NESTING)
        return json_fail(&r->json, "attribute values are nested too deeply");
    r->nested++;
    ok = read_message(r, shape) && json_output_end(r, start, wide);
    r->nested--;
    return ok;
}

/* One value, without its tag. There is room for SCALAR_MAX bytes but for the tag. */
static inline bool put_value(struct reader *r, const struct rule *rule)
{
    return rule->type == PROTO_MESSAGE ? put_message(r, rule->shape) : json_scalar_put(r, rule);
}

/* An element of a list of messages or strings: null is an empty one. */
static bool put_element(struct reader *r, const struct rule *rule)
{
    if (!json_output_room(r, SCALAR_MAX))
        return false;
    json_output_varint(r, rule->tag);
    if (json_peek(&r->json) != 'n')
        return put_value(r, rule);
    json_output_varint(r, 0);
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
        json_output_varint(r, rule->tag);
        start = json_output_begin(r, false);
    }
    for (step->index = 0; json_more(&r->json, ']', (size_t)step->index); step->index++)
        if (packed ? !(json_output_room(r, SCALAR_MAX) && put_value(r, rule))
                   : !put_element(r, rule))
            return false;
    return !r->json.why && (!packed || json_output_end(r, start, false));
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
    if (!json_output_room(r, SCALAR_MAX + LENGTH_MAX))
        return false;
    r->steps[r->step_count++] = (struct step){rule, NO_INDEX};
    if (rule->repeated) {
        ok = read_list(r, rule);
    } else {
        json_output_varint(r, rule->tag);
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
    if (!json_scalar_text(r, &name))
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
    r.json = json_of(text);
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
        return bytes_trim(r.out);
    }
    report->verdict = r.no_room ? JSON_NO_ROOM : JSON_MALFORMED;
    describe(&r, text, report->why);
    bytes_unref(r.out);
    return NULL;
}
