/*
 * Mending: a copy, field by field, along the shapes.
 */
#include "otlp/mend.h"

#include "base/budget.h"
#include "base/utf8.h"
#include "otlp/wire_write.h"

enum { FIELD_HEAD = 1 }; /* of ResourceSpans, ScopeSpans: the resource, the scope */

static void mend_message(struct buf *out, const struct shape *shape, struct str message);

/* Messages of one type that are written one behind the other are their merger. */
static void mend_heads(struct buf *out, const struct shape *shape, struct str parent)
{
    const struct rule *rule = shape_rule(shape, TAG(FIELD_HEAD, WIRE_BYTES));
    struct wire w = wire_of(parent);
    struct wire_field f = {0};
    size_t begin = 0; /* none yet: a message begins behind its tag */

    while (wire_next(&w, &f)) {
        if (f.number != FIELD_HEAD)
            continue;
        if (begin == 0)
            begin = wire_begin(out, FIELD_HEAD);
        mend_message(out, rule->shape, f.bytes);
    }
    if (begin > 0)
        wire_end(out, begin);
}

/* rule: NULL for unknown fields, which stay as they are. */
static void mend_field(struct buf *out, const struct rule *rule, const struct wire_field *f)
{
    size_t begin;

    if (rule && rule->check == CHECK_MESSAGE) {
        begin = wire_begin(out, f->number);
        mend_message(out, rule->shape, f->bytes);
        wire_end(out, begin);
    } else if (rule && rule->check == CHECK_TEXT) {
        begin = wire_begin(out, f->number);
        utf8_mend(out, f->bytes);
        wire_end(out, begin);
    } else {
        wire_put_field(out, f);
    }
}

/* The nesting is bounded: check_message has passed these bytes. */
static void mend_message(struct buf *out, const struct shape *shape, struct str message)
{
    struct wire w = wire_of(message);
    struct wire_field f = {0};

    if (shape->trait == SHAPE_SINGLE)
        mend_heads(out, shape, message);
    while (wire_next(&w, &f)) {
        if (shape->trait == SHAPE_SINGLE && f.number == FIELD_HEAD)
            continue;
        mend_field(out, shape_rule(shape, TAG((uint64_t)f.number, f.type)), &f);
    }
}

struct bytes *mend_request(const struct shape *shape, struct str request)
{
    size_t most = request.len * 3; /* a wrong byte becomes three; two of an empty message, six */
    struct buf out = {0};
    struct bytes *body;

    if (!budget_reserve(most)) /* the draft is counted too */
        return NULL;
    buf_reserve(&out, most); /* at once: growing by doubling might take more */
    mend_message(&out, shape, request);
    body = bytes_new(out.len);
    if (body && out.len > 0) {
        memcpy(body->at, out.at, out.len);
        body->len = out.len;
    }
    buf_done(&out);
    budget_release(most);
    return body;
}
