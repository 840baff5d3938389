/*
 * Zipkin's JSON, v2 and v1: a list of spans. Members come in any order; null is as if it were
 * absent; numbers may stand in quotes.
 */
#include <inttypes.h>
#include <stdio.h>

#include "otlp/json.h"
#include "otlp/json_number.h"
#include "zipkin/read.h"
#include "zipkin/v1.h"

struct reader {
    struct json json;
    struct collector collector;
    struct v1_span v1;
    struct buf key, text, endpoint_name;
    const char *field; /* of the span that is being read, for messages; "": none */
};

typedef bool member_fn(struct reader *r, void *arg);

struct member {
    const char *name;
    member_fn *read;
};

/* ---- values ---- */

/* Unescaped, in the buffer. */
static bool read_string(struct reader *r, struct buf *to)
{
    struct json_string string = {.escaped = false};

    if (!json_string(&r->json, &string))
        return false;
    buf_reset(to);
    if (!string.escaped)
        buf_append_str(to, string.raw);
    else
        to->len = json_unescape(string.raw, buf_reserve(to, string.raw.len));
    return true;
}

/* A string, or what a number or a truth looks like. */
static bool read_text(struct reader *r, struct buf *to)
{
    const char *start;
    struct str number;

    switch (json_peek(&r->json)) {
    case '"':
        return read_string(r, to);
    case 't':
    case 'f':
        start = r->json.at;
        if (!json_word(&r->json, *start == 't' ? "true" : "false"))
            return false;
        number = (struct str){start, (size_t)(r->json.at - start)};
        break;
    case '{':
    case '[':
        return json_fail(&r->json, "a text is wanted here");
    default:
        if (!json_number(&r->json, &number))
            return false;
        break;
    }
    buf_reset(to);
    buf_append_str(to, number);
    return true;
}

static bool read_number(struct reader *r, uint64_t max, uint64_t *value)
{
    uint64_t magnitude;
    const char *why;
    bool negative;

    if (!read_text(r, &r->text))
        return false;
    if (r->text.len == 0 || json_number_len(buf_str(&r->text)) != r->text.len)
        return json_fail(&r->json, "a number is wanted here");
    why = json_integer(buf_str(&r->text), &negative, &magnitude);
    if (why)
        return json_fail(&r->json, why);
    if (negative && magnitude > 0)
        return json_fail(&r->json, "a number must not be negative");
    if (magnitude > max)
        return json_fail(&r->json, "a number is too large");
    *value = magnitude;
    return true;
}

static bool read_bool(struct reader *r, bool *value)
{
    if (!read_text(r, &r->text))
        return false;
    if (!str_is(buf_str(&r->text), "true") && !str_is(buf_str(&r->text), "false"))
        return json_fail(&r->json, "true or false is wanted here");
    *value = str_is(buf_str(&r->text), "true");
    return true;
}

static bool read_id(struct reader *r, uint8_t *id, size_t size, bool *has)
{
    const char *why;

    if (!read_string(r, &r->text))
        return false;
    why = collect_id_text(buf_str(&r->text), id, size);
    *has = true;
    return !why || json_fail(&r->json, why);
}

/* Takes null, if it stands here. */
static bool is_null(struct reader *r)
{
    return json_peek(&r->json) == 'n' && json_word(&r->json, "null");
}

/* An object: each known member is read, the others are passed over. names: told in messages. */
static bool read_object(struct reader *r, const struct member *members, void *arg, bool names)
{
    const char *outer = r->field;

    if (!json_open(&r->json, '{'))
        return false;
    for (size_t count = 0; json_more(&r->json, '}', count); count++) {
        const struct member *m = members;

        if (!read_string(r, &r->key) || !json_colon(&r->json))
            return false;
        while (m->name && !str_is(buf_str(&r->key), m->name))
            m++;
        if (names && m->name)
            r->field = m->name;
        if (m->name ? !is_null(r) && !m->read(r, arg) : !json_skip(&r->json))
            return false;
        r->field = outer;
    }
    return !r->json.why;
}

typedef bool element_fn(struct reader *r);

static bool read_list(struct reader *r, element_fn *read)
{
    if (!json_open(&r->json, '['))
        return false;
    for (size_t count = 0; json_more(&r->json, ']', count); count++)
        if (!is_null(r) && !read(r))
            return false;
    return !r->json.why;
}

/* ---- endpoints ---- */

static bool read_service_name(struct reader *r, void *arg)
{
    (void)arg;
    return read_text(r, &r->endpoint_name);
}

static bool read_address(struct reader *r, void *arg)
{
    if (!read_text(r, &r->text))
        return false;
    collect_address(arg, buf_str(&r->text));
    return true;
}

static bool read_port(struct reader *r, void *arg)
{
    struct zipkin_endpoint *endpoint = arg;
    uint64_t port;

    if (!read_number(r, UINT16_MAX, &port))
        return false;
    endpoint->port = (uint16_t)port;
    return true;
}

static const struct member endpoint_members[] = {{"serviceName", read_service_name},
                                                 {"ipv4", read_address},
                                                 {"ipv6", read_address},
                                                 {"port", read_port},
                                                 {NULL, NULL}};

/* Its name stays in r->endpoint_name. */
static bool read_endpoint(struct reader *r, struct zipkin_endpoint *endpoint)
{
    buf_reset(&r->endpoint_name);
    *endpoint = (struct zipkin_endpoint){.port = 0};
    return read_object(r, endpoint_members, endpoint, false);
}

static void keep_name(struct reader *r, struct buf *to)
{
    buf_reset(to);
    buf_append_str(to, buf_str(&r->endpoint_name));
}

static bool read_local(struct reader *r, void *arg)
{
    (void)arg;
    if (!read_endpoint(r, &r->collector.span.local))
        return false;
    keep_name(r, &r->collector.span.local_name);
    return true;
}

static bool read_remote(struct reader *r, void *arg)
{
    (void)arg;
    if (!read_endpoint(r, &r->collector.span.remote))
        return false;
    keep_name(r, &r->collector.span.remote_name);
    return true;
}

/* ---- annotations and tags ---- */

struct annotation { /* of either version; a binary one has a key */
    uint64_t timestamp_us;
    struct buf key, value;
    bool is_address;
    struct zipkin_endpoint endpoint;
};

static bool read_annotation_timestamp(struct reader *r, void *arg)
{
    return read_number(r, UINT64_MAX, &((struct annotation *)arg)->timestamp_us);
}

static bool read_annotation_key(struct reader *r, void *arg)
{
    return read_text(r, &((struct annotation *)arg)->key);
}

static bool read_annotation_value(struct reader *r, void *arg)
{
    struct annotation *annotation = arg;

    annotation->is_address = json_peek(&r->json) == 't';
    return read_text(r, &annotation->value);
}

static bool read_annotation_endpoint(struct reader *r, void *arg)
{
    return read_endpoint(r, &((struct annotation *)arg)->endpoint);
}

static const struct member annotation_members[] = {{"timestamp", read_annotation_timestamp},
                                                   {"key", read_annotation_key},
                                                   {"value", read_annotation_value},
                                                   {"endpoint", read_annotation_endpoint},
                                                   {NULL, NULL}};

typedef void annotation_fn(struct reader *r, const struct annotation *annotation);

static bool read_any_annotation(struct reader *r, annotation_fn *use)
{
    struct annotation annotation = {.timestamp_us = 0};
    bool ok;

    buf_reset(&r->endpoint_name);
    ok = read_object(r, annotation_members, &annotation, false);
    if (ok)
        use(r, &annotation);
    buf_done(&annotation.key);
    buf_done(&annotation.value);
    return ok;
}

static void use_annotation(struct reader *r, const struct annotation *annotation)
{
    collect_annotation(&r->collector, annotation->timestamp_us, buf_str(&annotation->value));
}

static struct v1_endpoint v1_endpoint_of(const struct reader *r, const struct annotation *a)
{
    return (struct v1_endpoint){buf_str(&r->endpoint_name), a->endpoint};
}

static void use_v1_annotation(struct reader *r, const struct annotation *annotation)
{
    struct v1_endpoint endpoint = v1_endpoint_of(r, annotation);

    v1_annotation(&r->v1, &r->collector, annotation->timestamp_us, buf_str(&annotation->value),
                  &endpoint);
}

static void use_binary_annotation(struct reader *r, const struct annotation *a)
{
    struct v1_endpoint endpoint = v1_endpoint_of(r, a);

    if (a->is_address && a->key.len == 2 && a->key.at[1] == 'a')
        v1_address(&r->collector, buf_str(&a->key), &endpoint);
    else
        v1_tag(&r->v1, &r->collector, buf_str(&a->key), buf_str(&a->value), &endpoint);
}

static bool read_annotation(struct reader *r)
{
    return read_any_annotation(r, use_annotation);
}

static bool read_v1_annotation(struct reader *r)
{
    return read_any_annotation(r, use_v1_annotation);
}

static bool read_binary_annotation(struct reader *r)
{
    return read_any_annotation(r, use_binary_annotation);
}

static bool read_annotations(struct reader *r, void *arg)
{
    (void)arg;
    return read_list(r, read_annotation);
}

static bool read_v1_annotations(struct reader *r, void *arg)
{
    (void)arg;
    return read_list(r, read_v1_annotation);
}

static bool read_binary_annotations(struct reader *r, void *arg)
{
    (void)arg;
    return read_list(r, read_binary_annotation);
}

static bool read_tags(struct reader *r, void *arg)
{
    (void)arg;
    if (!json_open(&r->json, '{'))
        return false;
    for (size_t count = 0; json_more(&r->json, '}', count); count++) {
        if (!read_string(r, &r->key) || !json_colon(&r->json))
            return false;
        if (is_null(r))
            continue;
        if (!read_text(r, &r->text))
            return false;
        collect_tag(&r->collector, buf_str(&r->key), buf_str(&r->text));
    }
    return !r->json.why;
}

/* ---- spans ---- */

static bool read_trace_id(struct reader *r, void *arg)
{
    struct zipkin_span_in *s = arg;

    return read_id(r, s->trace_id, sizeof(s->trace_id), &s->has_trace_id);
}

static bool read_parent_id(struct reader *r, void *arg)
{
    struct zipkin_span_in *s = arg;

    return read_id(r, s->parent_id, sizeof(s->parent_id), &s->has_parent);
}

static bool read_span_id(struct reader *r, void *arg)
{
    struct zipkin_span_in *s = arg;

    return read_id(r, s->id, sizeof(s->id), &s->has_id);
}

static bool read_kind(struct reader *r, void *arg)
{
    static const char *const kinds[] = {[ZIPKIN_CLIENT] = "CLIENT",
                                        [ZIPKIN_SERVER] = "SERVER",
                                        [ZIPKIN_PRODUCER] = "PRODUCER",
                                        [ZIPKIN_CONSUMER] = "CONSUMER"};
    struct zipkin_span_in *s = arg;

    if (!read_string(r, &r->text))
        return false;
    for (unsigned kind = ZIPKIN_CLIENT; kind <= ZIPKIN_CONSUMER; kind++)
        if (str_eq_nocase(buf_str(&r->text), str_of(kinds[kind]))) {
            s->kind = (enum zipkin_kind)kind;
            return true;
        }
    return json_fail(&r->json, "has to be CLIENT, SERVER, PRODUCER or CONSUMER");
}

static bool read_name(struct reader *r, void *arg)
{
    return read_text(r, &((struct zipkin_span_in *)arg)->name);
}

static bool read_timestamp(struct reader *r, void *arg)
{
    return read_number(r, UINT64_MAX, &((struct zipkin_span_in *)arg)->timestamp_us);
}

static bool read_duration(struct reader *r, void *arg)
{
    return read_number(r, UINT64_MAX, &((struct zipkin_span_in *)arg)->duration_us);
}

static bool read_debug(struct reader *r, void *arg)
{
    return read_bool(r, &((struct zipkin_span_in *)arg)->debug);
}

static bool read_shared(struct reader *r, void *arg)
{
    return read_bool(r, &((struct zipkin_span_in *)arg)->shared);
}

#define MEMBERS_OF_BOTH                                                                            \
    {"traceId", read_trace_id}, {"parentId", read_parent_id}, {"id", read_span_id},                \
        {"name", read_name}, {"timestamp", read_timestamp}, {"duration", read_duration},           \
    {                                                                                              \
        "debug", read_debug                                                                        \
    }

static const struct member v2_members[] = {MEMBERS_OF_BOTH,
                                           {"kind", read_kind},
                                           {"localEndpoint", read_local},
                                           {"remoteEndpoint", read_remote},
                                           {"annotations", read_annotations},
                                           {"tags", read_tags},
                                           {"shared", read_shared},
                                           {NULL, NULL}};

static const struct member v1_members[] = {MEMBERS_OF_BOTH,
                                           {"annotations", read_v1_annotations},
                                           {"binaryAnnotations", read_binary_annotations},
                                           {NULL, NULL}};

static bool read_span(struct reader *r, const struct member *members)
{
    const char *why;

    collect_begin(&r->collector);
    r->v1 = (struct v1_span){.begin_us = 0};
    if (!read_object(r, members, &r->collector.span, true))
        return false;
    why = v1_end(&r->v1, &r->collector); /* of v2 it adds nothing */
    return !why || json_fail(&r->json, why);
}

static struct bytes *read_spans(struct str body, bool parse_tags, const struct member *members,
                                struct zipkin_report *report)
{
    struct reader r = {.json = json_of(body), .collector = {.parse_tags = parse_tags}, .field = ""};
    struct bytes *request = NULL;
    size_t count = 0;
    bool in_span = false;

    *report = (struct zipkin_report){.verdict = ZIPKIN_OK};
    if (json_open(&r.json, '['))
        for (; json_more(&r.json, ']', count) && !r.collector.no_room; count++) {
            in_span = true;
            if (!read_span(&r, members))
                break;
            in_span = false;
        }
    if (!r.json.why && !r.collector.no_room && json_peek(&r.json) != '\0')
        json_fail(&r.json, "something stands behind the list of spans");
    if (!r.json.why)
        request = collect_finish(&r.collector);
    if (r.json.why) {
        report->verdict = ZIPKIN_MALFORMED;
        if (in_span)
            snprintf(report->why, sizeof(report->why), "span %zu%s%s: %s (at byte %zu)", count + 1,
                     *r.field ? ", " : "", r.field, r.json.why, (size_t)(r.json.at - body.at));
        else
            snprintf(report->why, sizeof(report->why), "%s (at byte %zu)", r.json.why,
                     (size_t)(r.json.at - body.at));
    } else if (!request) {
        report->verdict = ZIPKIN_NO_ROOM;
    }
    collect_done(&r.collector);
    buf_done(&r.key);
    buf_done(&r.text);
    buf_done(&r.endpoint_name);
    return request;
}

struct bytes *zipkin_read_json(struct str body, bool parse_tags, struct zipkin_report *report)
{
    return read_spans(body, parse_tags, v2_members, report);
}

struct bytes *zipkin_read_v1_json(struct str body, bool parse_tags, struct zipkin_report *report)
{
    return read_spans(body, parse_tags, v1_members, report);
}
