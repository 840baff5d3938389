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

struct piece {                /* of a request: a body, or what has been written from an offset on */
    const struct bytes *body; /* NULL: in out */
    size_t begin, end;
};

struct request_writer {
    const struct batch *batch;
    struct cursor cursor, message_start;
    struct buf out;
    struct open open;
    struct piece *pieces;
    struct str *found; /* the same, when the request is complete */
    size_t piece_count, piece_cap;
    size_t bodies;  /* bytes of them in this request */
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
    free(w->pieces);
    free(w->found);
    free(w);
}

void request_writer_again(struct request_writer *w)
{
    w->cursor = w->message_start;
    request_writer_release(w);
}

static size_t length(const struct request_writer *w)
{
    return w->bodies + w->out.len;
}

static struct piece *add_piece(struct request_writer *w)
{
    w->pieces = mem_room(w->pieces, w->piece_count, &w->piece_cap, sizeof(*w->pieces));
    return &w->pieces[w->piece_count++];
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

    if (w->piece_count == 0 || w->pieces[w->piece_count - 1].body)
        *add_piece(w) = (struct piece){.begin = w->out.len};
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
    size_t len = w->out.len, pieces = w->piece_count, all = length(w);

    if (message->messages > 0 && (all > most_bytes || bytes.len > most_bytes - all))
        return false;
    if (!is_open(w, payload, item)) {
        close_scope(w);
        open_scope(w, payload, payload_scope_of(payload, item));
    }
    wire_put_bytes(&w->out, FIELD_MEMBER, bytes);
    if (length(w) <= most_bytes || message->messages == 0)
        return true;
    w->out.len = len;
    w->piece_count = pieces;
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

static void put_body(struct request_writer *w, const struct bytes *body)
{
    close_scope(w);
    if (w->piece_count > 0 && !w->pieces[w->piece_count - 1].body)
        w->pieces[w->piece_count - 1].end = w->out.len;
    *add_piece(w) = (struct piece){.body = body};
    w->bodies += body->len;
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
            (length(w) > most_bytes || body->len > most_bytes - length(w) ||
             slice->count > most_messages - message->messages))
            return false;
        put_body(w, body);
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

/* Where the pieces lie by now. */
static struct pieces find_pieces(struct request_writer *w)
{
    w->found = mem_grow(w->found, (w->piece_count + 1) * sizeof(*w->found));
    for (size_t i = 0; i < w->piece_count; i++) {
        const struct piece *piece = &w->pieces[i];
        size_t end = i + 1 == w->piece_count ? w->out.len : piece->end;

        w->found[i] = piece->body ? bytes_str(piece->body)
                                  : (struct str){w->out.at + piece->begin, end - piece->begin};
    }
    return (struct pieces){w->found, w->piece_count, length(w)};
}

bool request_writer_next(struct request_writer *w, size_t most_bytes, size_t most_messages,
                         struct request_message *message)
{
    *message = (struct request_message){0};
    w->message_start = w->cursor;
    buf_reset(&w->out);
    w->piece_count = 0;
    w->bodies = 0;
    while (w->cursor.slice < w->batch->slice_count &&
           put_slice(w, &w->batch->slices[w->cursor.slice], most_bytes, most_messages, message))
        w->cursor = (struct cursor){.slice = w->cursor.slice + 1};
    close_scope(w);
    budget_add(w->out.cap); /* what is needed to send what is held is not reserved, but counted */
    budget_release(w->counted);
    w->counted = w->out.cap;
    message->pieces = find_pieces(w);
    return message->messages > 0;
}
