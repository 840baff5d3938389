/*
 * A span of v1 may have both a client's and a server's annotations. The first one says whose span
 * it becomes; those of the other side stay annotations, so that nothing is lost.
 */
#include "zipkin/v1.h"

static const struct {
    const char *code;
    enum zipkin_kind kind;
    bool begins;
} cores[] = {
    {"cs", ZIPKIN_CLIENT, true},  {"cr", ZIPKIN_CLIENT, false},  {"sr", ZIPKIN_SERVER, true},
    {"ss", ZIPKIN_SERVER, false}, {"ms", ZIPKIN_PRODUCER, true}, {"mr", ZIPKIN_CONSUMER, true},
};

static void set_name(struct buf *to, struct str name)
{
    buf_reset(to);
    buf_append_str(to, name);
}

/* Whose span it is: he who has annotated it, best with what makes its kind. */
static void note_host(struct v1_span *v1, struct collector *c, const struct v1_endpoint *endpoint,
                      bool sure)
{
    if (endpoint->service_name.len == 0 && !zipkin_endpoint_is_known(&endpoint->address))
        return;
    if (v1->host_is_sure || (v1->has_host && !sure))
        return;
    v1->has_host = true;
    v1->host_is_sure = sure;
    set_name(&c->span.local_name, endpoint->service_name);
    c->span.local = endpoint->address;
}

void v1_annotation(struct v1_span *v1, struct collector *c, uint64_t timestamp_us, struct str value,
                   const struct v1_endpoint *endpoint)
{
    for (size_t i = 0; i < sizeof(cores) / sizeof(cores[0]); i++) {
        if (!str_is(value, cores[i].code))
            continue;
        if (c->span.kind != ZIPKIN_NO_KIND && c->span.kind != cores[i].kind)
            break;
        c->span.kind = cores[i].kind;
        *(cores[i].begins ? &v1->begin_us : &v1->end_us) = timestamp_us;
        note_host(v1, c, endpoint, true);
        return;
    }
    note_host(v1, c, endpoint, false);
    collect_annotation(c, timestamp_us, value);
}

void v1_tag(struct v1_span *v1, struct collector *c, struct str key, struct str value,
            const struct v1_endpoint *endpoint)
{
    note_host(v1, c, endpoint, false);
    if (!str_is(key, "lc") || value.len > 0) /* a local component without a name says nothing */
        collect_tag(c, key, value);
}

void v1_address(struct collector *c, struct str key, const struct v1_endpoint *endpoint)
{
    if (!str_is(key, "sa") && !str_is(key, "ca") && !str_is(key, "ma"))
        return;
    set_name(&c->span.remote_name, endpoint->service_name);
    c->span.remote = endpoint->address;
}

const char *v1_end(const struct v1_span *v1, struct collector *c)
{
    struct zipkin_span_in *s = &c->span;

    /* v1 had no flag for it: a server that did not begin the span leaves out when that was. */
    if (s->kind == ZIPKIN_SERVER && v1->begin_us > 0 &&
        (s->timestamp_us == 0 || (v1->end_us > 0 && s->duration_us == 0)))
        s->shared = true;
    if (s->timestamp_us == 0)
        s->timestamp_us = v1->begin_us;
    if (s->duration_us == 0 && v1->begin_us > 0 && v1->end_us > v1->begin_us)
        s->duration_us = v1->end_us - v1->begin_us;
    return collect_end(c);
}
