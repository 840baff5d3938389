/*
 * Batches on their way through a sender's lists, and how each try ends.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "pipeline/sender_priv.h"

enum {
    WAIT_MAX_MS = 3600 * 1000, /* between tries, at any time */
    REMIND_MS = 60 * 1000      /* the same failure is logged again after this time */
};

/* ---- helpers ---- */

size_t sender_units(const struct sender *sender, const struct batch *batch)
{
    switch ((enum sizer)sender->settings->queue.sizer) {
    case SIZER_ITEMS:
        return batch->items;
    case SIZER_BYTES:
        return batch->bytes;
    case SIZER_REQUESTS:
        break;
    }
    return 1;
}

/* xorshift64: from 0 to below 1. */
static double chance(struct sender *sender)
{
    sender->random ^= sender->random << 13;
    sender->random ^= sender->random >> 7;
    sender->random ^= sender->random << 17;
    return (double)(sender->random >> 11) / (double)(1ull << 53);
}

/* ---- moving parcels on ---- */

static void start(struct parcel *parcel)
{
    struct sender *sender = parcel->sender;

    list_remove(&parcel->node);
    list_push_back(&sender->sending, &parcel->node);
    metric_add(parcel_counts(parcel)->in_flight, 1);
    parcel->try_ns = uv_hrtime();
    sender->send(sender->arg, &parcel->delivery);
}

static struct parcel *next_waiting(const struct sender *sender)
{
    struct parcel *next = NULL;

    for (struct list *node = sender->waiting.next; node != &sender->waiting; node = node->next) {
        struct parcel *parcel = LIST_ENTRY(node, struct parcel, node);

        if (!next || parcel->due_ms < next->due_ms)
            next = parcel;
    }
    return next;
}

bool sender_has_room(const struct sender *sender, size_t units)
{
    if (list_empty(&sender->queue) && sender->busy < sender->slots)
        return true;
    if (!sender->settings->queue.enabled)
        return false;
    return list_empty(&sender->queue) ||
           (sender->used <= sender->room && units <= sender->room - sender->used);
}

void parcel_enqueue(struct parcel *parcel)
{
    parcel->sender->used += parcel->units;
    metric_add(parcel_counts(parcel)->queue_size, parcel->units);
    list_push_back(&parcel->sender->queue, &parcel->node);
}

void parcel_dequeue(struct parcel *parcel)
{
    parcel->sender->used -= parcel->units;
    metric_subtract(parcel_counts(parcel)->queue_size, parcel->units);
    list_remove(&parcel->node);
}

void parcel_admit(struct parcel *parcel)
{
    list_remove(&parcel->node);
    parcel_enqueue(parcel);
    if (!parcel->waited)
        batch_settle(parcel->delivery.batch, result_accepted());
}

/* Those that wait for room in the queue, as far as there is some. */
static void unblock(struct sender *sender)
{
    while (!list_empty(&sender->blocked)) {
        struct parcel *parcel = LIST_ENTRY(sender->blocked.next, struct parcel, node);

        if (!sender_has_room(sender, parcel->units))
            return;
        parcel_admit(parcel);
    }
}

/* A send that ends at once comes back to here: it only changes the lists, the outer call goes on.
 */
void sender_move(uv_timer_t *timer)
{
    struct sender *sender = timer->data;
    uint64_t now_ms = uv_now(sender->loop);
    struct parcel *parcel;

    if (sender->moving)
        return;
    sender->moving = true;
    while ((parcel = next_waiting(sender)) && parcel->due_ms <= now_ms)
        start(parcel);
    while (unblock(sender), !list_empty(&sender->queue) && sender->busy < sender->slots) {
        parcel = LIST_ENTRY(sender->queue.next, struct parcel, node);
        parcel_dequeue(parcel);
        sender->busy++;
        parcel->first_ms = now_ms;
        start(parcel);
    }
    sender->moving = false;
    parcel = next_waiting(sender);
    if (parcel)
        uv_timer_start(timer, sender_move, parcel->due_ms > now_ms ? parcel->due_ms - now_ms : 0,
                       0);
    else
        uv_timer_stop(timer);
    if (sender->drained && sender->batchers_draining == 0 && sender->held_batches == 0) {
        void (*drained)(void *arg) = sender->drained;

        sender->drained = NULL;
        drained(sender->drained_arg);
    }
}

/* What is on disk does not hold receivers up: its journal decides how much of it is in memory. */
static size_t in_memory_only(const struct batch *batch)
{
    bool is_stored = batch->slice_count > 0 && batch_unstored(batch) == 0;

    return is_stored ? 0 : batch->bytes;
}

static void count_in(struct sender *sender, const struct delivery *delivery)
{
    size_t congesting = in_memory_only(delivery->batch);

    sender->held_batches++;
    sender->held_items += delivery->left;
    sender->held_bytes += delivery->batch->bytes;
    sender->held_memory += batch_memory(delivery->batch);
    sender->congesting += congesting;
    sender->worker->held_bytes += congesting;
    sender->worker->stuck_bytes += sender->failures > 0 ? congesting : 0;
}

static void count_out(struct sender *sender, const struct delivery *delivery)
{
    size_t congesting = in_memory_only(delivery->batch);

    sender->held_batches--;
    sender->held_items -= delivery->left;
    sender->held_bytes -= delivery->batch->bytes;
    sender->held_memory -= batch_memory(delivery->batch);
    sender->congesting -= congesting;
    sender->worker->held_bytes -= congesting;
    sender->worker->stuck_bytes -= sender->failures > 0 ? congesting : 0;
}

static void note_failed(struct sender *sender)
{
    if (sender->failures++ > 0)
        return;
    sender->worker->stuck_bytes += sender->congesting;
    if (sender->worker->deliverer == sender)
        sender->worker->delivered_ms = 0;
}

static void note_delivered(struct sender *sender)
{
    if (sender->failures > 0)
        sender->worker->stuck_bytes -= sender->congesting;
    sender->failures = 0;
    sender->worker->delivered_ms = uv_now(sender->loop);
    sender->worker->deliverer = sender;
}

static void forget_state(struct parcel *parcel)
{
    if (parcel->delivery.state)
        parcel->sender->forget(parcel->sender->arg, &parcel->delivery);
    parcel->delivery.state = NULL;
}

struct parcel *parcel_new(struct sender *sender, struct batch *batch, size_t units)
{
    struct parcel *parcel = mem_zero(sizeof(*parcel));

    parcel->delivery.batch = batch_ref(batch);
    parcel->delivery.left = batch->items;
    parcel->sender = sender;
    parcel->units = units;
    parcel->interval_ms = sender->settings->retry.initial_interval_ms;
    parcel->waited = sender->settings->queue.wait_for_result;
    count_in(sender, &parcel->delivery);
    return parcel;
}

void parcel_free(struct parcel *parcel, struct result result)
{
    list_remove(&parcel->node);
    forget_state(parcel);
    count_out(parcel->sender, &parcel->delivery);
    if (parcel->waited)
        batch_settle(parcel->delivery.batch, result);
    batch_unref(parcel->delivery.batch);
    free(parcel->refused);
    free(parcel);
}

void parcel_give_to_heir(struct parcel *parcel)
{
    struct sender *heir = sender_successor(parcel->sender);

    forget_state(parcel);
    count_out(parcel->sender, &parcel->delivery);
    parcel->sender = heir;
    parcel->delivery.left = parcel->delivery.batch->items;
    parcel->units = sender_units(heir, parcel->delivery.batch);
    parcel->interval_ms = heir->settings->retry.initial_interval_ms;
    count_in(heir, &parcel->delivery);
    parcel_enqueue(parcel);
    sender_move(&heir->timer);
}

/* A delivery that was being sent comes back; its parcel is in no list then. */
static struct parcel *take_back(struct delivery *delivery)
{
    struct parcel *parcel = (struct parcel *)(void *)delivery; /* its first member */

    assert(metric_value(parcel_counts(parcel)->in_flight) > 0);
    metric_subtract(parcel_counts(parcel)->in_flight, 1);
    metric_observe(parcel_counts(parcel)->duration, uv_hrtime() - parcel->try_ns);
    list_remove(&parcel->node);
    return parcel;
}

static void finish(struct parcel *parcel, struct result result)
{
    struct sender *sender = parcel->sender;

    sender->busy--;
    parcel_free(parcel, result);
    sender_move(&sender->timer);
}

/* ---- how a try ends ---- */

static void give_up(struct parcel *parcel, size_t items, enum drop_reason reason, const char *why)
{
    static const char *const because[] = {
        [DROP_REJECTED] = "",
        [DROP_RETRY_OFF] = "retry_on_failure is off: ",
        [DROP_TOO_LATE] = "retry_on_failure.max_elapsed_time is over (0s has no end): ",
    };
    struct sender *sender = parcel->sender;

    exporter_metrics_drop(&sender->metrics, parcel->delivery.batch->signal, reason,
                          parcel->delivery.error, items);
    if (!sender->settings->apart)
        log_limited(&sender->limits[2], LOG_ERROR, sender->where,
                    "Exporting failed. Dropping data. %zu items: %s%s", items, because[reason],
                    why);
}

void delivery_part(struct delivery *delivery, size_t items, const char *why)
{
    struct parcel *parcel = (struct parcel *)(void *)delivery;
    struct sender *sender = parcel->sender;

    assert(items <= delivery->left);
    delivery->left -= items;
    sender->held_items -= items;
    if (!why) {
        metric_add(parcel_counts(parcel)->sent, items);
        return;
    }
    give_up(parcel, items, DROP_REJECTED, why);
    if (parcel->waited && !parcel->refused)
        parcel->refused = mem_text(why);
}

void delivery_done(struct delivery *delivery)
{
    struct parcel *parcel = take_back(delivery);
    struct sender *sender = parcel->sender;

    metric_add(parcel_counts(parcel)->sent, delivery->left);
    exporter_metrics_deliver(&sender->metrics, delivery->batch, uv_now(sender->loop));
    if (sender->failures > 0)
        log_limited(&sender->limits[1], LOG_INFO, sender->where,
                    "sending works again, after %u failed tries; %zu batches are held",
                    sender->failures, sender->held_batches - 1);
    note_delivered(sender);
    finish(parcel, parcel->refused ? result_rejected(parcel->refused) : result_accepted());
}

static void drop(struct parcel *parcel, enum drop_reason reason, const char *why)
{
    give_up(parcel, parcel->delivery.left, reason, why);
    finish(parcel, result_rejected(why));
}

void delivery_drop(struct delivery *delivery, const char *why)
{
    drop(take_back(delivery), DROP_REJECTED, why);
}

/* Once when it begins to fail, when the reason changes, and now and then. */
static void log_failure(struct sender *sender, const char *why, uint64_t wait_ms)
{
    uint64_t now_ms = uv_now(sender->loop);

    if (sender->failures > 1 && now_ms - sender->logged_ms < REMIND_MS &&
        strncmp(why, sender->why, sizeof(sender->why) - 1) == 0)
        return;
    snprintf(sender->why, sizeof(sender->why), "%s", why);
    sender->logged_ms = now_ms;
    log_limited(&sender->limits[0], LOG_WARN, sender->where,
                "Exporting failed. Will retry the request after interval. In %.1f s: %s (held: "
                "%zu items in %zu batch%s)",
                (double)wait_ms / 1000, why, sender->held_items, sender->held_batches,
                sender->held_batches == 1 ? "" : "es");
}

/* The wait before the next try; the one after it is longer. */
static uint64_t next_wait(struct parcel *parcel, uint64_t after_ms)
{
    struct sender *sender = parcel->sender;
    const struct retry_settings *retry = &sender->settings->retry;
    uint64_t most = least(retry->max_interval_ms, WAIT_MAX_MS);
    double interval = (double)least(parcel->interval_ms, most);
    double jitter = retry->randomization_factor * (2 * chance(sender) - 1);
    uint64_t wait_ms = (uint64_t)(interval * (1 + jitter));

    parcel->interval_ms = least((uint64_t)(interval * retry->multiplier), most);
    if (wait_ms < after_ms)
        wait_ms = least(after_ms, WAIT_MAX_MS);
    if (sender->drained && wait_ms > DRAIN_WAIT_MS)
        wait_ms = DRAIN_WAIT_MS;
    return wait_ms > 0 ? wait_ms : 1;
}

void delivery_retry(struct delivery *delivery, uint64_t after_ms, const char *why)
{
    struct parcel *parcel = take_back(delivery);
    struct sender *sender = parcel->sender;
    const struct retry_settings *retry = &sender->settings->retry;
    uint64_t now_ms = uv_now(sender->loop), wait_ms;

    delivery->attempts++;
    if (sender->heir) {
        sender->busy--;
        parcel_give_to_heir(parcel);
        sender_move(&sender->timer);
        return;
    }
    if (!retry->enabled) {
        drop(parcel, DROP_RETRY_OFF, why);
        return;
    }
    wait_ms = next_wait(parcel, after_ms);
    if (retry->max_elapsed_time_ms > 0 &&
        now_ms - parcel->first_ms + wait_ms > retry->max_elapsed_time_ms) {
        drop(parcel, DROP_TOO_LATE, why);
        return;
    }
    metric_add(parcel_counts(parcel)->retries, 1);
    parcel->due_ms = now_ms + wait_ms;
    list_push_back(&sender->waiting, &parcel->node);
    note_failed(sender);
    log_failure(sender, why, wait_ms);
    sender_move(&sender->timer);
}
