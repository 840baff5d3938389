/*
 * The life of a sender: its entrance, with a batcher before the queue where that is asked for, and
 * its end.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "pipeline/sender_priv.h"

enum {
    FULL_RETRY_MS = 1000, /* what a refused client is told to wait */
    HELD_BYTES_MAX =
        256 << 20 /* of all workers' senders of one exporter, where sizer is not bytes */
};

/* ---- the sender ---- */

/* A worker's part of a total, at least 1. */
static size_t share(uint64_t total, const struct worker *worker)
{
    uint64_t part = total / worker->count + (worker->index < total % worker->count);

    return part > 0 ? part : 1;
}

/* By the bytes that are held in all. */
static bool may_hold(const struct sender *sender, size_t bytes)
{
    return sender->held_batches == 0 || (bytes <= sender->held_bytes_max &&
                                         sender->held_bytes <= sender->held_bytes_max - bytes);
}

typedef void count_fn(struct exporter_metrics *metrics, const struct batch *batch);

/* count: is told of a batch that is accepted. */
static struct result take(struct sender *sender, struct batch *batch, count_fn *count)
{
    const struct queue_settings *settings = &sender->settings->queue;
    size_t units = sender_units(sender, batch);
    bool blocks = !list_empty(&sender->blocked) || !sender_has_room(sender, units);
    struct parcel *parcel;

    if (!may_hold(sender, batch->bytes) || (blocks && !settings->block_on_overflow)) {
        metric_add(exporter_metrics_of(&sender->metrics, batch->signal)->enqueue_failed,
                   batch->items);
        if (!sender->settings->apart)
            log_limited(&sender->limits[3], LOG_WARN, sender->where,
                        "Exporting failed. Rejecting data. %zu items: the sending queue is full, "
                        "with %zu batches: who sent them is asked to try again; a larger "
                        "sending_queue.queue_size holds more",
                        batch->items, sender->held_batches);
        return result_retry(FULL_RETRY_MS, "sending queue is full");
    }
    parcel = parcel_new(sender, batch, units);
    if (blocks || parcel->waited)
        batch_hold(batch);
    if (blocks)
        list_push_back(&sender->blocked, &parcel->node);
    else
        parcel_enqueue(parcel);
    count(&sender->metrics, batch);
    sender_move(&sender->timer);
    return result_accepted();
}

static struct result entrance_consume(struct component *base, struct batch *batch)
{
    return take(sender_successor(((struct entrance *)base)->sender), batch,
                exporter_metrics_batched);
}

static const struct component_type entrance_type = {
    .name = "queue",
    .kind = EXPORTER,
    .consume = entrance_consume,
};

struct sender *sender_new(struct worker *worker, const struct sender_settings *settings,
                          const char *where, sender_send_fn *send, sender_forget_fn *forget,
                          void *arg)
{
    struct sender *sender = mem_zero(sizeof(*sender));

    sender->loop = worker->loop;
    sender->worker = worker;
    sender->settings = settings;
    sender->where = where;
    sender->send = send;
    sender->forget = forget;
    sender->arg = arg;
    sender->slots = share(settings->queue.num_consumers, worker);
    sender->room = share(settings->queue.queue_size, worker);
    sender->held_bytes_max =
        settings->queue.sizer == SIZER_BYTES ? SIZE_MAX : share(HELD_BYTES_MAX, worker);
    exporter_metrics_init(&sender->metrics, settings->apart ? NULL : where, sender->room);
    sender->random = uv_hrtime() | 1;
    sender->entrance.base =
        (struct component){.type = &entrance_type, .id = "queue", .where = where};
    sender->entrance.sender = sender;
    list_init(&sender->blocked);
    list_init(&sender->queue);
    list_init(&sender->sending);
    list_init(&sender->waiting);
    uv_timer_init(sender->loop, &sender->timer);
    sender->timer.data = sender;
    return sender;
}

void sender_aim(struct sender *sender, enum signal signal, const char *url, bool by_path)
{
    exporter_metrics_aim(&sender->metrics, signal, url, by_path);
}

void sender_expect(struct sender *sender, unsigned signals)
{
    exporter_metrics_expect(&sender->metrics, signals);
}

/* ---- sending_queue.batch ---- */

static struct component *batcher_for(struct sender *sender, enum signal signal)
{
    struct component **at = &sender->batchers[signal];

    if (!*at) {
        *at = batcher_create(&sender->settings->queue.batch.batcher, sender->worker, NULL);
        (*at)->type = &batcher;
        (*at)->id = "batch";
        (*at)->where = sender->where;
        (*at)->next[signal] = &sender->entrance.base;
    }
    return *at;
}

static void on_batcher_drained(struct component *component)
{
    for (unsigned s = 0; s < SIGNAL_KINDS; s++)
        if (component->next[s]) {
            struct sender *sender = ((struct entrance *)component->next[s])->sender;

            sender->batchers_draining--;
            sender_move(&sender->timer);
            return;
        }
}

static void drain_batchers(struct sender *sender)
{
    sender->batchers_draining = 1;
    for (unsigned s = 0; s < SIGNAL_KINDS; s++) {
        if (!sender->batchers[s])
            continue;
        sender->batchers_draining++;
        batcher.drain(sender->batchers[s], on_batcher_drained);
    }
    sender->batchers_draining--;
}

struct result sender_push(struct sender *sender, struct batch *batch)
{
    struct result result;

    sender = sender_successor(sender);
    if (!sender->settings->queue.batch.enabled)
        return take(sender, batch, exporter_metrics_enqueued);
    result = consume(batcher_for(sender, batch->signal), batch);
    if (result.verdict == ACCEPTED)
        exporter_metrics_enqueued(&sender->metrics, batch);
    return result;
}

/* ---- the end ---- */

void sender_drain(struct sender *sender, void (*drained)(void *arg), void *arg)
{
    uint64_t latest_ms = uv_now(sender->loop) + DRAIN_WAIT_MS;

    sender->drained = drained;
    sender->drained_arg = arg;
    for (struct list *node = sender->waiting.next; node != &sender->waiting; node = node->next) {
        struct parcel *parcel = LIST_ENTRY(node, struct parcel, node);

        parcel->due_ms = least(parcel->due_ms, latest_ms);
    }
    drain_batchers(sender);
    sender_move(&sender->timer);
}

void sender_bequeath(struct sender *sender, struct sender *heir)
{
    struct parcel *parcel;

    sender->heir = heir;
    while (!list_empty(&sender->waiting)) { /* the older ones first */
        parcel = LIST_ENTRY(sender->waiting.next, struct parcel, node);
        list_remove(&parcel->node);
        sender->busy--;
        parcel_give_to_heir(parcel);
    }
    while (!list_empty(&sender->blocked)) /* the heir's queue has room in any case */
        parcel_admit(LIST_ENTRY(sender->blocked.next, struct parcel, node));
    while (!list_empty(&sender->queue)) {
        parcel = LIST_ENTRY(sender->queue.next, struct parcel, node);
        parcel_dequeue(parcel);
        parcel_give_to_heir(parcel);
    }
    for (unsigned s = 0; s < SIGNAL_KINDS; s++)
        if (sender->metrics.of[s].queue_capacity)
            metric_set(sender->metrics.of[s].queue_capacity, 0);
    sender_move(&sender->timer);
}

struct sender_counts sender_counts(const struct sender *sender)
{
    struct sender_counts counts = {
        .held_items = sender->held_items,
        .held_batches = sender->held_batches,
        .held_bytes = sender->held_bytes,
    };

    for (unsigned s = 0; s < SIGNAL_KINDS; s++) {
        const struct exporter_counts *of = &sender->metrics.of[s];

        if (!of->sent)
            continue;
        counts.sent += metric_value(of->sent);
        counts.failed += exporter_counts_failed(of);
        counts.refused += metric_value(of->enqueue_failed);
        counts.retries += metric_value(of->retries);
        counts.in_flight += metric_value(of->in_flight);
    }
    return counts;
}

size_t sender_held_memory(const struct sender *sender)
{
    return sender->held_memory;
}

static size_t unstored(const struct list *parcels)
{
    size_t items = 0;

    for (struct list *node = parcels->next; node != parcels; node = node->next) {
        const struct delivery *delivery = &LIST_ENTRY(node, struct parcel, node)->delivery;

        items += least(delivery->left, batch_unstored(delivery->batch));
    }
    return items;
}

size_t sender_unstored(const struct sender *sender)
{
    size_t items = unstored(&sender->blocked) + unstored(&sender->queue) +
                   unstored(&sender->sending) + unstored(&sender->waiting);

    for (unsigned s = 0; s < SIGNAL_KINDS; s++)
        items += sender->batchers[s] ? batcher.held(sender->batchers[s]) : 0;
    return items;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void free_all(struct list *parcels)
{
    struct result result = result_retry(FULL_RETRY_MS, "the collector ends");
    struct list *node, *next;

    for (node = parcels->next; node != parcels; node = next) {
        next = node->next;
        parcel_free(LIST_ENTRY(node, struct parcel, node), result);
    }
}

void sender_free(struct sender *sender)
{
    if (!sender)
        return;
    for (unsigned s = 0; s < SIGNAL_KINDS; s++)
        if (sender->batchers[s])
            batcher.destroy(sender->batchers[s]);
    while (!list_empty(&sender->blocked))
        parcel_admit(LIST_ENTRY(sender->blocked.next, struct parcel, node));
    free_all(&sender->queue);
    free_all(&sender->sending);
    free_all(&sender->waiting);
    exporter_metrics_done(&sender->metrics);
    uv_close((uv_handle_t *)&sender->timer, on_closed);
}
