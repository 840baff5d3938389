/*
 * What travels through a pipeline: slices of requests, their bytes shared.
 *
 *     request A  [ body | index: item 0 .. 99 ]   <-- slice { A, 0, 100 }
 *     request B  [ body | index: item 0 .. 49 ]   <-- slice { B, 0, 20 } of one batch, { B, 20, 30
 * } of the next
 *
 * Merging and splitting touch only the list of slices; a span is never cut (nor is a metric,
 * however many data points it has), and keeps the resource and scope that its request's index
 * tells. Once handed on, a batch does not change.
 */
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "otlp/payload.h"

struct slice {
    struct payload *payload; /* one reference */
    uint32_t first, count;   /* items of the index: Span, Metric, LogRecord messages */
};

/*
 * Who brings a batch may have to wait: consume() says accepted, but a component on its way holds it
 * until that is true (it is on disk, it is delivered).
 */
typedef void batch_settled_cb(void *arg, struct result result);

struct batch_wait {
    unsigned holds;            /* components that have not said yet what became of it */
    struct result result;      /* the worst of those that have */
    char *why;                 /* its reason, owned: what has said it may be gone by then */
    batch_settled_cb *settled; /* called when holds becomes 0; set behind consume(), may be NULL */
    void *arg;
};

struct batch {
    atomic_uint refs;
    enum signal signal;
    size_t items; /* spans, data points or log records: what payload_count() says of the slices */
    size_t bytes; /* of their messages on the wire, without their resources and scopes */
    size_t slice_count, slice_cap;
    struct slice *slices;
    struct batch_wait wait; /* of this batch, not of one that it is appended to */
};

/* Empty, with one reference. */
struct batch *batch_new(enum signal signal);

/* A batch of one whole payload; takes a reference of its own to it. */
struct batch *batch_of(struct payload *payload);

struct batch *batch_ref(struct batch *batch);
void batch_unref(struct batch *batch); /* takes NULL */

/* For the one who builds the batch: adds all of another of its signal (which stays as it is; an
 * empty batch becomes of that signal), or a part of a payload. */
void batch_append(struct batch *batch, const struct batch *more);
void batch_add(struct batch *batch, struct payload *payload, uint32_t first, uint32_t count);

enum batch_unit { BATCH_ITEMS, BATCH_BYTES };

static inline size_t batch_size(const struct batch *batch, enum batch_unit unit)
{
    return unit == BATCH_ITEMS ? batch->items : batch->bytes;
}

/*
 * Takes the first items of a batch that only the caller refers to: a new batch with (up to) so
 * many of them or of their bytes, or with one message that alone has more. The rest stays; it has
 * items, or nothing at all.
 */
struct batch *batch_take(struct batch *batch, size_t most, enum batch_unit unit);

/* For a component inside its consume(): it will call batch_settle, once; in there, too, as long as
 * it accepts the batch. */
void batch_hold(struct batch *batch);
void batch_settle(struct batch *batch, struct result result);

/* Bytes of the memory budget that it keeps from being given back: its part of its payloads. */
size_t batch_memory(const struct batch *batch);

/* Items that are in memory only: those of payloads without an origin. */
size_t batch_unstored(const struct batch *batch);
