/*
 * Rewriting batches, slice by slice.
 *
 *     nothing has changed     only counted: the slice goes on as it is
 *     items were left out     the runs of items between them become slices
 *     something has changed   from there to the slice's end a new payload, `made`, has what stays
 *
 * What is written anew is written where it stays: the buffer of the new messages becomes the new
 * payload's side body. Resources and scopes come into it with the first of their items that stays;
 * until then they lie in a buffer of their own, as items are written while they are looked at.
 */
#include "otlp/rewrite.h"

#include "base/budget.h"
#include "otlp/metric.h"

enum { FIRST_ROOM = 256 };

struct head { /* the resource or the scope that the walk is in */
    enum rewrite verdict;
    struct str message; /* as it is by now */
    struct buf changed; /* what the message lies in, where it has changed */
    bool put;           /* it is in made */
};

struct rewriting {
    const struct rewriter *rewriter;
    void *arg;
    const struct batch *batch;
    struct batch *to;     /* what has been rewritten; NULL: all is as it came, so far */
    size_t index;         /* of the slice, in the batch */
    uint32_t kept;        /* items from here on stay, up to where the walk is: while made is NULL */
    struct payload *made; /* from the slice's first change on; its index has room for the rest */
    struct buf out;       /* the messages of made, behind BYTES_HEAD */
    size_t reserved;      /* bytes of out, in the memory budget */
    struct buf item;      /* what is written anew while made is NULL */
    struct head resource, scope;
    bool no_room;
};

static const struct slice *slice_of(const struct rewriting *r)
{
    return &r->batch->slices[r->index];
}

/* ---- what stays as it is ---- */

static struct batch *result_of(struct rewriting *r)
{
    if (!r->to) {
        r->to = batch_new(r->batch->signal);
        for (size_t i = 0; i < r->index; i++)
            batch_add(r->to, r->batch->slices[i].payload, r->batch->slices[i].first,
                      r->batch->slices[i].count);
    }
    return r->to;
}

/* The run of items that stay ends here; the next one may begin at another. */
static void end_run(struct rewriting *r, uint32_t item, uint32_t next)
{
    batch_add(result_of(r), slice_of(r)->payload, r->kept, item - r->kept);
    r->kept = next;
}

/* ---- the payload that is made ---- */

/* What the slice's items will take from this one on, if they grow as it does. */
static size_t likely_bytes(const struct slice *slice, uint32_t item, size_t changed)
{
    const struct range *items = slice->payload->items;
    uint32_t end = slice->first + slice->count;
    size_t growth = changed > items[item].len ? changed - items[item].len : 0;
    size_t bytes = growth * (end - item);

    for (uint32_t i = item; i < end; i++)
        bytes += items[i].len;
    return bytes + bytes / 16 + FIRST_ROOM;
}

/* What out takes is in the budget, and its places fit a range. */
static bool account(struct rewriting *r)
{
    size_t more = r->out.cap - r->reserved;

    r->no_room = r->out.len - BYTES_HEAD > INT32_MAX || (more > 0 && !budget_reserve(more));
    if (!r->no_room)
        r->reserved += more;
    return !r->no_room;
}

/* likely: how many bytes it will have. */
static bool make(struct rewriting *r, uint32_t item, uint32_t scope, size_t likely)
{
    const struct slice *slice = slice_of(r);
    const struct payload *from = slice->payload;
    uint32_t last = payload_scope_of(from, slice->first + slice->count - 1);
    struct payload_room room = {
        .resources = from->scopes[last].resource - from->scopes[scope].resource + 1,
        .scopes = last - scope + 1,
        .items = slice->first + slice->count - item,
    };

    end_run(r, item, item);
    r->made = payload_new(from->signal, bytes_ref(from->bodies[0]), room);
    if (!r->made) {
        bytes_unref(from->bodies[0]);
        r->no_room = true;
        return false;
    }
    r->made->came_ms = from->came_ms;
    r->made->metadata = from->metadata ? bytes_ref(from->metadata) : NULL;
    r->made->origin = origin_ref(from->origin);
    r->resource.put = r->scope.put = false;
    buf_reserve(&r->out, BYTES_HEAD + likely);
    r->out.len = BYTES_HEAD;
    return account(r);
}

static struct range append(struct rewriting *r, struct str message)
{
    size_t at = r->out.len - BYTES_HEAD;

    buf_append_str(&r->out, message);
    return (struct range){(uint32_t)at | RANGE_SIDE, (uint32_t)message.len};
}

/* A part of the old payload: as it is, or a copy where it lies in the old side body. */
static struct range take(struct rewriting *r, struct range range)
{
    if (!(range.at & RANGE_SIDE))
        return range;
    return append(r, payload_str(slice_of(r)->payload, range));
}

static struct range take_head(struct rewriting *r, struct head *head, struct range range)
{
    head->put = true;
    return head->verdict == REWRITE_CHANGE ? append(r, head->message) : take(r, range);
}

/* The index has the scope of the items that are put next. */
static void put_heads(struct rewriting *r, const struct payload_scope *scope)
{
    const struct payload_resource *resource = &slice_of(r)->payload->resources[scope->resource];
    struct payload *made = r->made;

    if (!r->resource.put)
        made->resources[made->resource_count++] = (struct payload_resource){
            .resource = take_head(r, &r->resource, resource->resource),
            .schema_url = take(r, resource->schema_url),
        };
    made->scopes[made->scope_count++] = (struct payload_scope){
        .resource = made->resource_count - 1,
        .first = made->item_count,
        .scope = take_head(r, &r->scope, scope->scope),
        .schema_url = take(r, scope->schema_url),
    };
}

static void put_item(struct rewriting *r, const struct payload_scope *scope, struct range range,
                     uint32_t points)
{
    struct payload *made = r->made;

    if (!r->scope.put)
        put_heads(r, scope);
    if (made->points)
        made->points[made->item_count] = points;
    made->counted += points;
    made->items[made->item_count++] = range;
    made->scopes[made->scope_count - 1].count++;
}

/* An item that stays, while something else has changed. */
static bool keep_item(struct rewriting *r, const struct payload_scope *scope, uint32_t item)
{
    const struct payload *from = slice_of(r)->payload;

    put_item(r, scope, take(r, from->items[item]), from->points ? from->points[item] : 1);
    return account(r);
}

/* ---- the walk ---- */

struct run { /* of items of one scope */
    uint32_t scope, first, end;
};

static bool heads_changed(const struct rewriting *r)
{
    return r->resource.verdict == REWRITE_CHANGE || r->scope.verdict == REWRITE_CHANGE;
}

/* All of its items stay. */
static bool keep_run(struct rewriting *r, const struct run *run)
{
    const struct payload_scope *scope = &slice_of(r)->payload->scopes[run->scope];

    if (!r->made) {
        if (!heads_changed(r))
            return true;
        if (!make(r, run->first, run->scope, FIRST_ROOM))
            return false;
    }
    for (uint32_t item = run->first; item < run->end; item++)
        if (!keep_item(r, scope, item))
            return false;
    return true;
}

static void drop_items(struct rewriting *r, uint32_t first, uint32_t end)
{
    if (!r->made)
        end_run(r, first, end);
}

/* The new message lies behind at: in out, or in r->item while there is no payload for it. */
static bool change_item(struct rewriting *r, const struct run *run, uint32_t item, size_t at)
{
    const struct slice *slice = slice_of(r);
    const struct payload_scope *scope = &slice->payload->scopes[run->scope];
    struct range range;
    struct str message;

    if (!r->made) { /* the rest will often change as this one does */
        if (!make(r, item, run->scope, likely_bytes(slice, item, r->item.len)))
            return false;
        put_heads(r, scope);
        range = append(r, buf_str(&r->item));
    } else {
        if (!r->scope.put) { /* it comes before: the message is written again behind it */
            buf_reset(&r->item);
            buf_append(&r->item, r->out.at + at, r->out.len - at);
            r->out.len = at;
            put_heads(r, scope);
            at = r->out.len;
            buf_append_str(&r->out, buf_str(&r->item));
        }
        range =
            (struct range){(uint32_t)(at - BYTES_HEAD) | RANGE_SIDE, (uint32_t)(r->out.len - at)};
    }
    if (!account(r))
        return false;
    message = (struct str){r->out.at + BYTES_HEAD + (range.at & ~RANGE_SIDE), range.len};
    put_item(r, scope, range, r->made->points ? metric_count_points(message) : 1);
    return true;
}

static bool walk_items(struct rewriting *r, const struct run *run)
{
    const struct payload *payload = slice_of(r)->payload;
    const struct payload_scope *scope = &payload->scopes[run->scope];
    struct rewrite_place place = {payload->signal, r->resource.message, r->scope.message};
    bool ok = true;

    for (uint32_t item = run->first; item < run->end && ok; item++) {
        struct buf *out = r->made ? &r->out : &r->item;
        size_t at = out->len = r->made ? out->len : 0;
        enum rewrite verdict =
            r->rewriter->item(r->arg, &place, payload_str(payload, payload->items[item]), out);

        if (verdict == REWRITE_CHANGE) {
            ok = change_item(r, run, item, at);
            continue;
        }
        out->len = at;
        if (verdict == REWRITE_DROP) {
            drop_items(r, item, item + 1);
            ok = !r->made || account(r); /* what it wrote may have made out larger */
        } else if (r->made || heads_changed(r))
            ok = (r->made || make(r, item, run->scope, FIRST_ROOM)) && keep_item(r, scope, item);
    }
    return ok;
}

static struct buf *head_begin(struct head *head, struct str message)
{
    buf_reset(&head->changed);
    head->verdict = REWRITE_KEEP;
    head->message = message;
    head->put = false;
    return &head->changed;
}

static void head_end(struct head *head, enum rewrite verdict)
{
    head->verdict = verdict;
    if (verdict == REWRITE_CHANGE)
        head->message = buf_str(&head->changed);
}

static void enter_resource(struct rewriting *r, struct str message)
{
    struct buf *out = head_begin(&r->resource, message);

    if (r->rewriter->resource)
        head_end(&r->resource, r->rewriter->resource(r->arg, r->batch->signal, message, out));
}

static void enter_scope(struct rewriting *r, struct str message)
{
    struct buf *out = head_begin(&r->scope, message);

    if (r->rewriter->scope)
        head_end(&r->scope,
                 r->rewriter->scope(r->arg, r->batch->signal, r->resource.message, message, out));
}

static bool walk_run(struct rewriting *r, const struct run *run, bool new_resource)
{
    const struct payload *payload = slice_of(r)->payload;
    const struct payload_scope *scope = &payload->scopes[run->scope];

    if (new_resource)
        enter_resource(r, payload_str(payload, payload->resources[scope->resource].resource));
    if (r->resource.verdict != REWRITE_DROP)
        enter_scope(r, payload_str(payload, scope->scope));
    if (r->resource.verdict == REWRITE_DROP || r->scope.verdict == REWRITE_DROP) {
        drop_items(r, run->first, run->end);
        return true;
    }
    return r->rewriter->item ? walk_items(r, run) : keep_run(r, run);
}

/* What is left of the slice goes to the result. */
static void end_slice(struct rewriting *r)
{
    const struct slice *slice = slice_of(r);
    uint32_t end = slice->first + slice->count;

    if (!r->made) {
        if (r->to || r->kept > slice->first)
            end_run(r, end, end);
        return;
    }
    r->made->bodies[1] = bytes_trim(bytes_from(&r->out));
    r->reserved = 0;
    batch_add(r->to, r->made, 0, r->made->item_count);
    payload_unref(r->made);
    r->made = NULL;
}

static bool walk_slice(struct rewriting *r)
{
    const struct slice *slice = slice_of(r);
    const struct payload *payload = slice->payload;
    uint32_t item = slice->first, end = item + slice->count, resource = UINT32_MAX;

    r->kept = item;
    if (r->rewriter->slice)
        r->rewriter->slice(r->arg, payload);
    for (uint32_t i = payload_scope_of(payload, item); item < end; i++) {
        const struct payload_scope *scope = &payload->scopes[i];
        uint32_t scope_end = scope->first + scope->count;
        struct run run = {i, item, scope_end < end ? scope_end : end};

        if (scope->count == 0)
            continue;
        if (!walk_run(r, &run, scope->resource != resource))
            return false;
        resource = scope->resource;
        item = run.end;
    }
    end_slice(r);
    return true;
}

bool batch_rewrite(struct batch *batch, const struct rewriter *rewriter, void *arg,
                   struct batch **rewritten)
{
    struct rewriting r = {.rewriter = rewriter, .arg = arg, .batch = batch};

    for (; r.index < batch->slice_count && !r.no_room; r.index++)
        walk_slice(&r);
    payload_unref(r.made);
    budget_release(r.reserved);
    buf_done(&r.out);
    buf_done(&r.item);
    buf_done(&r.resource.changed);
    buf_done(&r.scope.changed);
    if (r.no_room) {
        batch_unref(r.to);
        *rewritten = NULL;
        return false;
    }
    *rewritten = r.to ? r.to : batch_ref(batch);
    return true;
}
