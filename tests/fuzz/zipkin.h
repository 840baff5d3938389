/*
 * What a reader of Zipkin's takes makes a request that payload_read() takes, all of it. As Zipkin's
 * JSON, read and written once more, that stays the same, byte by byte, and protobuf says the same.
 */
#pragma once

#include "fuzz/fuzz.h"

#include <assert.h>

#include "base/budget.h"
#include "zipkin/read.h"
#include "zipkin/write.h"

typedef struct bytes *zipkin_read_fn(struct str body, bool parse_tags,
                                     struct zipkin_report *report);

/* NULL: refused, for a reason. */
static inline struct batch *zipkin_batch(zipkin_read_fn *read, struct str body, bool parse_tags)
{
    struct payload_report payload_report;
    struct zipkin_report report;
    struct bytes *request = read(body, parse_tags, &report);
    struct payload *payload;
    struct batch *batch;

    assert((request == NULL) == (report.verdict != ZIPKIN_OK));
    if (!request) {
        assert(report.verdict == ZIPKIN_NO_ROOM || report.why[0] != '\0');
        return NULL;
    }
    payload = payload_read(TRACES, request, &payload_report);
    assert(payload && payload_report.rejected == 0);
    batch = batch_of(payload);
    payload_unref(payload);
    return batch;
}

static inline struct buf zipkin_text_of(const struct batch *batch, const struct zipkin_form *form)
{
    struct zipkin_writer *writer = zipkin_writer_new(batch, form, STR("nobody"));
    struct buf out = {0};

    assert(zipkin_writer_next(writer, SIZE_MAX, SIZE_MAX, &out) == batch->items);
    zipkin_writer_free(writer);
    return out;
}

/* The text that comes of reading it, and of writing it again. */
static inline struct buf zipkin_again(zipkin_read_fn *read, struct str body)
{
    struct batch *batch = zipkin_batch(read, body, false);
    struct buf out;

    assert(batch);
    out = zipkin_text_of(batch, &zipkin_json);
    batch_unref(batch);
    return out;
}

static inline void try_read(zipkin_read_fn *read, struct str body)
{
    struct batch *batch = zipkin_batch(read, body, true);

    batch_unref(batch);
    batch = zipkin_batch(read, body, false);
    if (batch && batch->items > 0) {
        struct buf json = zipkin_text_of(batch, &zipkin_json);
        struct buf proto = zipkin_text_of(batch, &zipkin_proto);
        struct buf second = zipkin_again(zipkin_read_json, buf_str(&json));
        struct buf third = zipkin_again(zipkin_read_json, buf_str(&second));
        struct buf fourth = zipkin_again(zipkin_read_proto, buf_str(&proto));

        assert(str_eq(buf_str(&second), buf_str(&third)));
        assert(str_eq(buf_str(&second), buf_str(&fourth)));
        buf_done(&json);
        buf_done(&proto);
        buf_done(&second);
        buf_done(&third);
        buf_done(&fourth);
    }
    batch_unref(batch);
    assert(budget_used() == 0);
}
