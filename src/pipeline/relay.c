/*
 * A relay: splits what comes, gives each part to its worker, and empties its own inbox.
 */
#include "pipeline/relay.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "otlp/span.h"
#include "pipeline/worker.h"

enum { RETRY_MS = 10 };

struct relay {
    struct component base;
    struct component *target;
    struct worker *worker;
    struct meeting *meeting;
    uv_async_t wake;
    uv_timer_t timer;              /* runs while something was refused */
    unsigned open_handles;         /* of these two */
    bool stuck;                    /* the target refused the inbox's first batch */
    component_drained_cb *drained; /* not NULL: draining */
    bool finished;                 /* ... and has told the meeting */
    struct log_limit rejected_log;
    struct batch *owed[]; /* for each worker, a part that it has refused: one reference, or NULL */
};

/* ---- which worker ---- */

static uint64_t mix(uint64_t x)
{
    x ^= x >> 32;
    x *= 0x9e3779b97f4a7c15;
    return x ^ x >> 32;
}

/* By the last bytes of the trace id, which are random where not all of it is. */
static unsigned worker_of_span(const struct relay *self, struct str message)
{
    struct span_view span;
    uint64_t tail;

    span_read(message, &span);
    if (span.trace_id.len < sizeof(tail))
        return 0;
    memcpy(&tail, span.trace_id.at + span.trace_id.len - sizeof(tail), sizeof(tail));
    return (unsigned)((mix(tail) & UINT32_MAX) * self->worker->count >> 32);
}

static void add_part(struct relay *self, unsigned worker, const struct slice *slice, uint32_t first,
                     uint32_t end)
{
    if (!self->owed[worker])
        self->owed[worker] = batch_new(TRACES);
    batch_add(self->owed[worker], slice->payload, first, end - first);
}

/* In runs of spans that belong to the same worker. */
static void split_slice(struct relay *self, const struct slice *slice)
{
    const struct payload *payload = slice->payload;
    uint32_t first = slice->first, end = slice->first + slice->count;
    unsigned current = 0;

    for (uint32_t i = first; i < end; i++) {
        unsigned worker = worker_of_span(self, payload_str(payload, payload->items[i]));

        if (i > first && worker != current) {
            add_part(self, current, slice, first, i);
            first = i;
        }
        current = worker;
    }
    if (first < end)
        add_part(self, current, slice, first, end);
}

/* The parts are in owed[] then, where nothing is yet. Returns how many there are. */
static unsigned split(struct relay *self, const struct batch *batch)
{
    unsigned parts = 0;

    for (size_t i = 0; i < batch->slice_count; i++)
        split_slice(self, &batch->slices[i]);
    for (unsigned i = 0; i < self->worker->count; i++)
        parts += self->owed[i] != NULL;
    return parts;
}

/* ---- giving ---- */

static void log_rejected(struct relay *self, const struct batch *batch, const char *why)
{
    log_limited(&self->rejected_log, LOG_ERROR, self->base.where, "dropped %zu %s: %s",
                batch->items, signal_words[batch->signal].items, why);
}

static void wait_and_retry(struct relay *self);

/* What others have brought, as it was when this began. */
static void empty_inbox(struct relay *self)
{
    unsigned me = self->worker->index;
    struct batch *batch;

    self->stuck = false;
    for (size_t n = 0; n < INBOX_BATCHES && (batch = meeting_first(self->meeting, me)); n++) {
        struct result result = consume(self->target, batch);

        if (result.verdict == RETRY_LATER) {
            self->stuck = true;
            wait_and_retry(self);
            return;
        }
        if (result.verdict == REJECTED)
            log_rejected(self, batch, result.why);
        meeting_remove_first(self->meeting, me);
    }
    if (meeting_first(self->meeting, me))
        uv_async_send(&self->wake); /* others have their turn before */
}

/* To this worker's target: behind what waits already. */
static struct result give_here(struct relay *self, struct batch *batch)
{
    if (self->stuck)
        empty_inbox(self);
    if (self->stuck)
        return result_retry(RETRY_MS, "what comes from other workers waits already");
    return consume(self->target, batch);
}

static struct result give_there(const struct relay *self, unsigned worker, struct batch *fresh)
{
    if (meeting_post(self->meeting, worker, fresh))
        return result_accepted();
    return result_retry(RETRY_MS, "another worker cannot keep up");
}

/* In a batch of its own: nothing of this one is for other threads. */
static struct result give_whole(struct relay *self, unsigned worker, struct batch *batch)
{
    struct batch *fresh;
    struct result result;

    if (worker == self->worker->index)
        return give_here(self, batch);
    fresh = batch_new(batch->signal);
    batch_append(fresh, batch);
    result = give_there(self, worker, fresh);
    if (result.verdict != ACCEPTED)
        batch_unref(fresh);
    return result;
}

/* False where it is refused for now, and still owed. */
static bool give_part(struct relay *self, unsigned worker)
{
    struct batch *part = self->owed[worker];
    struct result result;

    if (worker != self->worker->index) {
        if (give_there(self, worker, part).verdict == ACCEPTED)
            self->owed[worker] = NULL;
        return !self->owed[worker];
    }
    result = give_here(self, part);
    if (result.verdict == RETRY_LATER)
        return false;
    if (result.verdict == REJECTED)
        log_rejected(self, part, result.why);
    batch_unref(part);
    self->owed[worker] = NULL;
    return true;
}

/* Returns how many are taken; *left: are owed. */
static unsigned give_parts(struct relay *self, unsigned *left)
{
    unsigned taken = 0;

    *left = 0;
    for (unsigned i = 0; i < self->worker->count; i++) {
        if (!self->owed[i])
            continue;
        if (give_part(self, i))
            taken++;
        else
            ++*left;
    }
    return taken;
}

static void forget_parts(struct relay *self)
{
    for (unsigned i = 0; i < self->worker->count; i++) {
        batch_unref(self->owed[i]);
        self->owed[i] = NULL;
    }
}

/* ---- draining ---- */

static void check_drained(struct relay *self, unsigned owed)
{
    component_drained_cb *drained = self->drained;

    if (!drained || owed > 0)
        return;
    if (!self->finished)
        meeting_finish(self->meeting, self->worker->index);
    self->finished = true;
    if (!meeting_is_over(self->meeting, self->worker->index))
        return;
    self->drained = NULL;
    drained(&self->base);
}

/* Moves what can be moved. */
static void move(struct relay *self)
{
    unsigned owed;

    uv_timer_stop(&self->timer);
    empty_inbox(self);
    give_parts(self, &owed);
    if (owed > 0)
        wait_and_retry(self);
    check_drained(self, owed);
}

static void on_timer(uv_timer_t *timer)
{
    move(timer->data);
}

static void wait_and_retry(struct relay *self)
{
    if (!uv_is_active((uv_handle_t *)&self->timer))
        uv_timer_start(&self->timer, on_timer, RETRY_MS, 0);
}

static void on_wake(uv_async_t *wake)
{
    move(wake->data);
}

/* ---- the component ---- */

static struct result consume_split(struct relay *self, struct batch *batch)
{
    unsigned parts = split(self, batch), left, only = 0;

    if (parts == 0)
        return give_here(self, batch);
    if (parts == 1) {
        while (!self->owed[only])
            only++;
        forget_parts(self);
        return give_whole(self, only, batch);
    }
    if (give_parts(self, &left) == 0) {
        forget_parts(self);
        return result_retry(RETRY_MS, "the workers cannot keep up");
    }
    if (left > 0)
        wait_and_retry(self);
    return result_accepted();
}

static struct result relay_consume(struct component *base, struct batch *batch)
{
    struct relay *self = (struct relay *)base;
    unsigned owed;

    give_parts(self, &owed);
    if (owed > 0)
        return result_retry(RETRY_MS, "another worker cannot keep up");
    if (self->target->type->placement == ONE_WORKER)
        return give_whole(self, 0, batch);
    if (batch->signal == TRACES)
        return consume_split(self, batch);
    return give_here(self, batch);
}

static void relay_drain(struct component *base, component_drained_cb *drained)
{
    struct relay *self = (struct relay *)base;

    self->drained = drained;
    move(self);
}

static size_t relay_held(const struct component *base)
{
    const struct relay *self = (const struct relay *)base;
    size_t items = meeting_held(self->meeting, self->worker->index);

    for (unsigned i = 0; i < self->worker->count; i++)
        items += self->owed[i] ? batch_unstored(self->owed[i]) : 0;
    return items;
}

static void on_closed(uv_handle_t *handle)
{
    struct relay *self = handle->data;

    if (--self->open_handles == 0)
        free(self);
}

static void relay_destroy(struct component *base)
{
    struct relay *self = (struct relay *)base;

    meeting_leave(self->meeting, self->worker->index);
    forget_parts(self);
    uv_close((uv_handle_t *)&self->wake, on_closed);
    uv_close((uv_handle_t *)&self->timer, on_closed);
}

static const struct component_type relay = {
    .name = "relay",
    .kind = PROCESSOR,
    .drains_last = true,
    .consume = relay_consume,
    .drain = relay_drain,
    .held = relay_held,
    .destroy = relay_destroy,
};

struct component *relay_new(struct worker *worker, struct component *target,
                            struct meeting_place place, const char *where)
{
    struct relay *self = mem_zero(sizeof(*self) + worker->count * sizeof(self->owed[0]));

    self->base = (struct component){.type = &relay, .id = "relay", .where = where};
    self->target = target;
    self->worker = worker;
    uv_async_init(worker->loop, &self->wake, on_wake);
    uv_timer_init(worker->loop, &self->timer);
    self->wake.data = self->timer.data = self;
    self->open_handles = 2;
    self->meeting = meeting_join(worker->meetings, place, worker->index, &self->wake);
    return &self->base;
}
