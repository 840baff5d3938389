/*
 * The spans of a request are ordered by service, of which each gets a ResourceSpans.
 */
#include "zipkin/collect_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "otlp/wire_write.h"

static struct str name_of(const struct collector *c, const struct collected *span)
{
    if (span->name_len == 0)
        return STR("");
    return (struct str){c->names.at + span->name, span->name_len};
}

/* Notes whose it is: mostly the same service's as the span before. */
void collect_note(struct collector *c, size_t at)
{
    struct str name = buf_str(&c->span.local_name);
    struct collected *span, *last;

    c->done = mem_room(c->done, c->count, &c->room, sizeof(*c->done));
    last = c->count > 0 ? &c->done[c->count - 1] : NULL;
    span = &c->done[c->count++];
    *span = (struct collected){.at = at, .len = c->spans.len - at, .name_len = name.len};
    if (last && str_eq(name_of(c, last), name)) {
        span->name = last->name;
        return;
    }
    span->name = c->names.len;
    buf_append_str(&c->names, name);
}

/* By service; those of one in the order that they came. */
static int compare(const void *a, const void *b, void *arg)
{
    const struct collected *left = a, *right = b;
    int order = left->name == right->name && left->name_len == right->name_len
                    ? 0
                    : str_cmp(name_of(arg, left), name_of(arg, right));

    return order != 0 ? order : left->at < right->at ? -1 : 1;
}

static char *put_varint(char *to, size_t value)
{
    for (; value >= 0x80; value >>= 7)
        *to++ = (char)(value | 0x80);
    *to++ = (char)value;
    return to;
}

static char *put_field(char *to, unsigned number, size_t len)
{
    *to++ = (char)(number << 3 | WIRE_BYTES);
    return put_varint(to, len);
}

static char *put_str(char *to, struct str s)
{
    if (s.len > 0)
        memcpy(to, s.at, s.len);
    return to + s.len;
}

struct service { /* the spans of one, and the bytes of its messages */
    size_t first, count;
    struct str name;
    size_t resource, scope;
};

/* From a span on. */
static struct service service_of(const struct collector *c, size_t first)
{
    struct service s = {.first = first, .name = name_of(c, &c->done[first])};

    if (s.name.len > 0) { /* KeyValue: service.name, its value */
        size_t value = wire_bytes_size(s.name.len);

        s.resource =
            wire_bytes_size(wire_bytes_size(strlen("service.name")) + wire_bytes_size(value));
    }
    for (size_t i = first; i < c->count && str_eq(name_of(c, &c->done[i]), s.name); i++) {
        s.count++;
        s.scope += wire_bytes_size(c->done[i].len);
    }
    return s;
}

static size_t service_size(const struct service *s)
{
    return wire_bytes_size(s->resource) + wire_bytes_size(s->scope);
}

static char *put_service(const struct collector *c, const struct service *s, char *to)
{
    enum { RESOURCE_SPANS = 1, RESOURCE = 1, SCOPE_SPANS = 2, RESOURCE_ATTRIBUTES = 1, SPANS = 2 };
    struct str key = STR("service.name");

    to = put_field(to, RESOURCE_SPANS, service_size(s));
    to = put_field(to, RESOURCE, s->resource);
    if (s->name.len > 0) {
        size_t value = wire_bytes_size(s->name.len);

        to = put_field(to, RESOURCE_ATTRIBUTES, wire_bytes_size(key.len) + wire_bytes_size(value));
        to = put_str(put_field(to, KEY, key.len), key);
        to = put_field(to, VALUE, value);
        to = put_str(put_field(to, VALUE_TEXT, s->name.len), s->name);
    }
    to = put_field(to, SCOPE_SPANS, s->scope);
    for (size_t i = s->first; i < s->first + s->count; i++) {
        const struct collected *span = &c->done[i];

        to = put_field(to, SPANS, span->len);
        to = put_str(to, (struct str){c->spans.at + span->at, span->len});
    }
    return to;
}

struct bytes *collect_finish(struct collector *c)
{
    struct bytes *body;
    size_t size = 0;
    char *to;

    if (c->no_room)
        return NULL;
    if (c->count > 0)
        qsort_r(c->done, c->count, sizeof(*c->done), compare, c);
    for (size_t i = 0; i < c->count;) {
        struct service s = service_of(c, i);

        size += wire_bytes_size(service_size(&s));
        i += s.count;
    }
    body = bytes_new(size);
    if (!body)
        return NULL;
    to = body->at;
    for (size_t i = 0; i < c->count;) {
        struct service s = service_of(c, i);

        to = put_service(c, &s, to);
        i += s.count;
    }
    body->len = (size_t)(to - body->at);
    return body;
}
