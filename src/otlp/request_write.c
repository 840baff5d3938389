/*
 * Requests out of slices: bodies as they are, or items from the index.
 *
 * A ResourceSpans and its ScopeSpans stay open while items of one scope follow each other; their
 * lengths are padded to five bytes and written behind. An item that turns out to be too many is
 * taken away again with all that was opened for it.
 */
#include "otlp/request_write.h"

#include <stdlib.h>

#include "base/budget.h"
#include "base/mem.h"
#include "otlp/wire_write.h"

enum { FIELD_GROUP = 1, FIELD_HEAD = 1, FIELD_MEMBER = 2, FIELD_SCHEMA_URL = 3 };

struct cursor {
    size_t slice;
    uint32_t done; /* items of this slice */
};

struct open {                      /* what the next item can be put into */
    const struct payload *payload; /* NULL: nothing is open */
    uint32_t scope;                /* index into its scopes */
    size_t resource_begin, scope_begin;
};

struct request_writer {
    const struct batch *batch;
    struct cursor cursor, message_start;
    struct buf out;
    struct open open;
    size_t counted; /* bytes of out, in the memory budget */
};

struct request_writer *request_writer_new(const struct batch *batch)
{
    struct request_writer *w = mem_zero(sizeof(*w));

    w->batch = batch;
    return w;
}

void request_writer_release(struct request_writer *w)
{
    buf_done(&w->out);
    budget_release(w->counted);
    w->counted = 0;
}

void request_writer_free(struct request_writer *w)
{
    if (!w)
        return;
    request_writer_release(w);
    free(w);
}

void request_writer_again(struct request_writer *w)
{
    w->cursor = w->message_start;
    request_writer_release(w);
}

/* ---- items from the index ---- */

static void close_scope(struct request_writer *w)
{
    if (!w->open.payload)
        return;
    wire_end(&w->out, w->open.scope_begin);
    wire_end(&w->out, w->open.resource_begin);
    w->open.payload = NULL;
}

/* Where a range is absent its offset is 0; one that is there and empty is written so. */
static void put_range(struct buf *out, uint32_t number, const struct payload *payload,
                      struct range range)
{
    if (range.at > 0)
        wire_put_bytes(out, number, payload_str(payload, range));
}

static void open_scope(struct request_writer *w, const struct payload *payload, uint32_t index)
{
    const struct payload_scope *scope = &payload->scopes[index];
    const struct payload_resource *resource = &payload->resources[scope->resource];

    w->open = (struct open){.payload = payload, .scope = index};
    w->open.resource_begin = wire_begin(&w->out, FIELD_GROUP);
    put_range(&w->out, FIELD_HEAD, payload, resource->resource);
    put_range(&w->out, FIELD_SCHEMA_URL, payload, resource->schema_url);
    w->open.scope_begin = wire_begin(&w->out, FIELD_MEMBER);
    put_range(&w->out, FIELD_HEAD, payload, scope->scope);
    put_range(&w->out, FIELD_SCHEMA_URL, payload, scope->schema_url);
}

static bool is_open(const struct request_writer *w, const struct payload *payload, uint32_t item)
{
    const struct payload_scope *scope;

    if (w->open.payload != payload)
        return false;
    scope = &payload->scopes[w->open.scope];
    return item >= scope->first && item < scope->first + scope->count;
}

/* Whether there was room for it, or it is the first one. */
static bool put_item(struct request_writer *w, const struct payload *payload, uint32_t item,
                     size_t most_bytes, const struct request_message *message)
{
    struct str bytes = payload_str(payload, payload->items[item]);
    struct open open = w->open;
    size_t len = w->out.len;

    if (message->messages > 0 && (len > most_bytes || bytes.len > most_bytes - len))
        return false;
    if (!is_open(w, payload, item)) {
        close_scope(w);
        open_scope(w, payload, payload_scope_of(payload, item));
    }
    wire_put_bytes(&w->out, FIELD_MEMBER, bytes);
    if (w->out.len <= most_bytes || message->messages == 0)
        return true;
    w->out.len = len;
    w->open = open;
    return false;
}

/* ---- slices ---- */

static bool is_whole(const struct slice *slice)
{
    return slice->payload->whole && slice->first == 0 && slice->count == slice->payload->item_count;
}

static void count_in(struct request_message *message, const struct payload *payload, uint32_t first,
                     uint32_t count)
{
    message->items += payload_count(payload, first, count);
    message->messages += count;
}

/* All or more of the slice's rest: whether the request goes on behind it. */
static bool put_slice(struct request_writer *w, const struct slice *slice, size_t most_bytes,
                      size_t most_messages, struct request_message *message)
{
    const struct payload *payload = slice->payload;
    const struct bytes *body = payload->bodies[0];

    /* Alone it would fit: in this request, or as the first of the next one. */
    if (w->cursor.done == 0 && is_whole(slice) && body->len <= most_bytes &&
        slice->count <= most_messages) {
        if (message->messages > 0 &&
            (w->out.len > most_bytes || body->len > most_bytes - w->out.len ||
             slice->count > most_messages - message->messages))
            return false;
        close_scope(w);
        buf_append_str(&w->out, bytes_str(body));
        count_in(message, payload, 0, slice->count);
        w->cursor.done = slice->count;
        return true;
    }
    while (w->cursor.done < slice->count) {
        uint32_t item = slice->first + w->cursor.done;

        if (message->messages == most_messages || !put_item(w, payload, item, most_bytes, message))
            return false;
        count_in(message, payload, item, 1);
        w->cursor.done++;
    }
    return true;
}

/* The rest of the batch is one whole request: that goes out from where it lies. */
static bool take_body(struct request_writer *w, size_t most_bytes, size_t most_messages,
                      struct request_message *message)
{
    const struct slice *slice = &w->batch->slices[w->cursor.slice];

    if (w->cursor.slice + 1 != w->batch->slice_count || w->cursor.done > 0 || slice->count == 0 ||
        !is_whole(slice) || slice->payload->bodies[0]->len > most_bytes || slice->count > most_messages)
        return false;
    message->bytes = bytes_str(slice->payload->bodies[0]);
    count_in(message, slice->payload, 0, slice->count);
    w->cursor.slice++;
    return true;
}

/* So that the buffer seldom grows, which copies what is in it. */
static size_t likely_size(const struct batch *batch, size_t most_bytes)
{
    size_t size = batch->bytes + batch->bytes / 16 + 256 * batch->slice_count;

    return size < most_bytes ? size : most_bytes;
}

bool request_writer_next(struct request_writer *w, size_t most_bytes, size_t most_messages,
                         struct request_message *message)
{
    *message = (struct request_message){0};
    w->message_start = w->cursor;
    buf_reset(&w->out);
    if (w->cursor.slice < w->batch->slice_count && take_body(w, most_bytes, most_messages, message))
        return true;
    buf_reserve(&w->out, likely_size(w->batch, most_bytes));
    while (w->cursor.slice < w->batch->slice_count &&
           put_slice(w, &w->batch->slices[w->cursor.slice], most_bytes, most_messages, message))
        w->cursor = (struct cursor){.slice = w->cursor.slice + 1};
    close_scope(w);
    budget_add(w->out.cap); /* what is needed to send what is held is not reserved, but counted */
    budget_release(w->counted);
    w->counted = w->out.cap;
    message->bytes = buf_str(&w->out);
    return message->messages > 0;
}
