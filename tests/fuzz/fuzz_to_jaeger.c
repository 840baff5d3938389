/*
 * Any bytes as a request, on to Jaeger on both wires: what we write of it is whole, the same
 * whatever the buffers and whichever way it is written, and holds each span once.
 */
#include "fuzz/fuzz.h"

#include <assert.h>
#include <stdlib.h>

#include "base/budget.h"
#include "base/buf.h"
#include "jaeger/api_v2.h"
#include "jaeger/thrift_priv.h"
#include "proto/jaeger_api_v2.pb-c.h"

enum { T_STOP = 0, NESTING = 8 };

struct reader {
    const unsigned char *at, *end;
};

static uint32_t take(struct reader *r, size_t size)
{
    uint32_t number = 0;

    assert((size_t)(r->end - r->at) >= size);
    for (size_t i = 0; i < size; i++)
        number = number << 8 | *r->at++;
    return number;
}

/* Steps over a value of Thrift's; it has to be whole. */
static void skip(struct reader *r, uint32_t type, unsigned depth)
{
    assert(depth < NESTING);
    switch (type) {
    case T_BOOL:
        assert(take(r, 1) <= 1);
        break;
    case T_I32:
        take(r, 4);
        break;
    case T_DOUBLE:
    case T_I64:
        take(r, 8);
        break;
    case T_STRING:
        take(r, take(r, 4));
        break;
    case T_STRUCT:
        for (uint32_t field; (field = take(r, 1)) != T_STOP;) {
            take(r, 2);
            skip(r, field, depth + 1);
        }
        break;
    case T_LIST: {
        uint32_t element = take(r, 1);

        for (uint32_t left = take(r, 4); left > 0; left--)
            skip(r, element, depth + 1);
        break;
    }
    default:
        abort();
    }
}

/* in_parts: as if all of it were large. */
static struct buf written(const struct group *group, size_t step, bool in_parts)
{
    struct thrift_writer *writer = thrift_writer_new(group);
    struct buf body = {0};
    size_t got;

    if (in_parts) {
        writer->large = 0;
        writer->long_texts = 4;
    }
    assert(thrift_next(writer, SIZE_MAX) == group->items);
    do {
        got = thrift_write(writer, buf_reserve(&body, step), step);
        assert(got <= step);
        body.len += got;
    } while (got > 0);
    thrift_writer_free(writer);
    return body;
}

static void try_thrift(const struct group *group)
{
    struct buf whole = written(group, 1 << 20, false), pieces = written(group, 61, false);
    struct buf parts = written(group, 1000, true);
    const unsigned char *at = (const unsigned char *)whole.at;
    struct reader r = {at, at + whole.len};

    assert(str_eq(buf_str(&whole), buf_str(&pieces)));
    assert(str_eq(buf_str(&whole), buf_str(&parts)));
    skip(&r, T_STRUCT, 0);
    assert(r.at == r.end);
    buf_done(&whole);
    buf_done(&pieces);
    buf_done(&parts);
}

static void try_api_v2(const struct group *group)
{
    struct api_v2_writer *writer = api_v2_writer_new(group);
    struct api_v2_message message;
    size_t items = 0;

    while (api_v2_next(writer, SIZE_MAX, &message)) {
        Jaeger__ApiV2__PostSpansRequest *request = jaeger__api_v2__post_spans_request__unpack(
            NULL, message.bytes.len, (const unsigned char *)message.bytes.at);

        assert(request && request->batch->process);
        assert(request->batch->n_spans == message.items);
        items += message.items;
        jaeger__api_v2__post_spans_request__free_unpacked(request, NULL);
    }
    assert(items == group->items);
    api_v2_writer_free(writer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes *body = bytes_new(size);
    struct payload_report report;
    struct payload *payload;
    struct groups *groups;
    struct batch *batch;
    size_t items = 0;

    memcpy(body->at, data, size);
    body->len = size;
    payload = payload_read(TRACES, body, &report);
    if (!payload)
        return 0;
    batch = batch_of(payload);
    batch_add(batch, payload, 0, payload->item_count); /* each resource twice */
    groups = groups_new(batch);
    for (size_t i = 0; i < groups->count; i++) {
        items += groups->at[i].items;
        try_thrift(&groups->at[i]);
        try_api_v2(&groups->at[i]);
    }
    assert(items == batch->items);
    groups_free(groups);
    batch_unref(batch);
    payload_unref(payload);
    assert(budget_used() == 0);
    return 0;
}
