/*
 * A held batch is in one of three lists:
 *
 *     queue  ------->  sending  ------->  waiting      (a consumer's slot is kept from sending
 *              slot      ^  |    retry       |          until the delivery is gone)
 *                        |  '--> gone        |
 *                        '-------------------'  due
 */
#include "pipeline/sender.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "pipeline/worker.h"

enum {
    FULL_RETRY_MS = 1000,      /* what a refused client is told to wait */
    DRAIN_WAIT_MS = 1000,      /* between tries, when draining */
    WAIT_MAX_MS = 3600 * 1000, /* between tries, at any time */
    REMIND_MS = 60 * 1000,     /* the same failure is logged again after this time */
    HELD_BYTES_MAX =
        256 << 20 /* of all workers' senders of one exporter, where sizer is not bytes */
};

struct parcel { /* a held batch */
    struct delivery delivery;
    struct sender *sender;
    struct list node;
    size_t units;         /* of the queue's sizer */
    uint64_t first_ms;    /* when it was tried first */
    uint64_t due_ms;      /* waiting: when it is tried again */
    uint64_t interval_ms; /* the next wait, before jitter */
};

struct sender {
    uv_timer_t timer; /* the next waiting parcel */
    uv_loop_t *loop;
    struct worker *worker;
    const struct sender_settings *settings;
    const char *where;
    sender_send_fn *send;
    sender_forget_fn *forget;
    void *arg;

    struct list queue, sending, waiting;
    size_t slots, busy; /* parcels that may be, and are, sending or waiting */
    size_t room, used;  /* units that may be, and are, in the queue */
    size_t held_bytes_max;
    struct sender_counts counts;
    bool moving; /* inside move() */

    void (*drained)(void *arg); /* NULL: not draining */
    void *drained_arg;
    struct sender *heir; /* gets what cannot be sent; NULL: none */

    uint64_t random;            /* of the jitter */
    unsigned failures;          /* tries since the last success */
    char why[200];              /* of the last failure that was logged */
    uint64_t logged_ms;         /* when */
    struct log_limit limits[3]; /* failing, works again, dropped */
};

static const char *const sizers[] = {"requests", "items", "bytes", NULL};

const struct field queue_fields[] = {
    FIELD_BOOL(struct queue_settings, enabled, "enabled", "true",
               "false: a batch is sent at once, or refused for now where all consumers are busy"),
    FIELD_UINT(struct queue_settings, num_consumers, "num_consumers", "10", 1, 10000,
               "batches that are sent at a time, shared out over the workers"),
    FIELD_UINT(struct queue_settings, queue_size, "queue_size", "1000", 1, 1e12,
               "what may wait, in units of sizer, shared out over the workers; a full queue pushes "
               "back to the clients"),
    FIELD_CHOICE(struct queue_settings, sizer, "sizer", "requests", sizers,
                 "what queue_size counts: batches, their spans, or bytes"),
    FIELD_BOOL(struct queue_settings, block_on_overflow, "block_on_overflow", "false",
               "accepted; a full queue pushes back in any case, and loses nothing"),
    FIELD_IGNORED("blocking", "has no effect: a full queue pushes back in any case"),
    FIELD_IGNORED("wait_for_result", "has no effect yet: the answer means that a batch is held"),
    FIELD_EXTENSION(
        struct queue_settings, storage, "storage",
        "a file_storage: what comes to the pipelines of this exporter is on disk before "
        "it is acknowledged, and stays there until it is delivered"),
    FIELD_IGNORED("batch", "has no effect yet: use the batch processor"),
    FIELD_END,
};

const struct field retry_fields[] = {
    FIELD_BOOL(struct retry_settings, enabled, "enabled", "true",
               "false: a batch that cannot be delivered at once is dropped"),
    FIELD_DURATION(struct retry_settings, initial_interval_ms, "initial_interval", "5s",
                   "the first wait"),
    FIELD_NUMBER(struct retry_settings, randomization_factor, "randomization_factor", "0.5", 0, 1,
                 "each wait is made up to this part of it shorter or longer, by chance"),
    FIELD_NUMBER(struct retry_settings, multiplier, "multiplier", "1.5", 0, 1000,
                 "each wait is so many times as long as the one before"),
    FIELD_DURATION(struct retry_settings, max_interval_ms, "max_interval", "30s",
                   "no wait is longer, but where the server asks for it"),
    FIELD_DURATION(struct retry_settings, max_elapsed_time_ms, "max_elapsed_time", "0s",
                   "drops a batch after trying for so long; 0: never (otelcol gives up after 5m)"),
    FIELD_END,
};

void sender_settings_check(struct sender_settings *settings, const struct node *node,
                           struct problems *problems)
{
    struct retry_settings *retry = &settings->retry;
    const struct node *at = node_get(node, "retry_on_failure");

    if (!retry->enabled || retry->max_elapsed_time_ms == 0)
        return;
    if (retry->max_elapsed_time_ms < retry->initial_interval_ms)
        error_at(problems, node_near(at ? at : node, "max_elapsed_time"),
                 "must not be shorter than initial_interval (0: never gives up)");
    if (retry->max_interval_ms > retry->max_elapsed_time_ms)
        retry->max_interval_ms = retry->max_elapsed_time_ms;
}

/* ---- helpers ---- */

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* A worker's part of a total, at least 1. */
static size_t share(uint64_t total, const struct worker *worker)
{
    uint64_t part = total / worker->count + (worker->index < total % worker->count);

    return part > 0 ? part : 1;
}

static size_t units_of(const struct sender *sender, const struct batch *batch)
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

static size_t held(const struct sender *sender)
{
    return sender->counts.held_batches;
}

/* ---- moving parcels on ---- */

static void start(struct parcel *parcel)
{
    struct sender *sender = parcel->sender;

    list_remove(&parcel->node);
    list_push_back(&sender->sending, &parcel->node);
    sender->counts.in_flight++;
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

/*
 * Starts whatever can be started, and sets the timer. A send that ends at once comes back to here:
 * it only changes the lists, the outer call goes on. The last thing that it does is to say that all
 * is drained: the sender may be gone then. It is the timer's callback too.
 */
static void move(uv_timer_t *timer)
{
    struct sender *sender = timer->data;
    uint64_t now_ms = uv_now(sender->loop);
    struct parcel *parcel;

    if (sender->moving)
        return;
    sender->moving = true;
    while ((parcel = next_waiting(sender)) && parcel->due_ms <= now_ms)
        start(parcel);
    while (!list_empty(&sender->queue) && sender->busy < sender->slots) {
        parcel = LIST_ENTRY(sender->queue.next, struct parcel, node);
        sender->used -= parcel->units;
        sender->busy++;
        parcel->first_ms = now_ms;
        start(parcel);
    }
    sender->moving = false;
    parcel = next_waiting(sender);
    if (parcel)
        uv_timer_start(timer, move, parcel->due_ms > now_ms ? parcel->due_ms - now_ms : 0, 0);
    else
        uv_timer_stop(timer);
    if (sender->drained && held(sender) == 0) {
        void (*drained)(void *arg) = sender->drained;

        sender->drained = NULL;
        drained(sender->drained_arg);
    }
}

static void count_in(struct sender *sender, const struct delivery *delivery)
{
    sender->counts.held_batches++;
    sender->counts.held_items += delivery->left;
    sender->counts.held_bytes += delivery->batch->bytes;
    sender->worker->held_bytes += delivery->batch->bytes;
}

static void count_out(struct sender *sender, const struct delivery *delivery)
{
    sender->counts.held_batches--;
    sender->counts.held_items -= delivery->left;
    sender->counts.held_bytes -= delivery->batch->bytes;
    sender->worker->held_bytes -= delivery->batch->bytes;
}

static void forget_state(struct parcel *parcel)
{
    if (parcel->delivery.state)
        parcel->sender->forget(parcel->sender->arg, &parcel->delivery);
    parcel->delivery.state = NULL;
}

static void parcel_free(struct parcel *parcel)
{
    list_remove(&parcel->node);
    forget_state(parcel);
    count_out(parcel->sender, &parcel->delivery);
    batch_unref(parcel->delivery.batch);
    free(parcel);
}

/* The parcel, in no list, goes to the heir's queue as if it were new; it finds room in any case. */
static void give_to_heir(struct parcel *parcel)
{
    struct sender *heir = parcel->sender->heir;

    forget_state(parcel);
    count_out(parcel->sender, &parcel->delivery);
    parcel->sender = heir;
    parcel->delivery.left = parcel->delivery.batch->items;
    parcel->units = units_of(heir, parcel->delivery.batch);
    parcel->interval_ms = heir->settings->retry.initial_interval_ms;
    count_in(heir, &parcel->delivery);
    heir->used += parcel->units;
    list_push_back(&heir->queue, &parcel->node);
    move(&heir->timer);
}

/* A delivery that was being sent comes back; its parcel is in no list then. */
static struct parcel *take_back(struct delivery *delivery)
{
    struct parcel *parcel = (struct parcel *)(void *)delivery; /* its first member */

    assert(parcel->sender->counts.in_flight > 0);
    parcel->sender->counts.in_flight--;
    list_remove(&parcel->node);
    return parcel;
}

static void finish(struct parcel *parcel)
{
    struct sender *sender = parcel->sender;

    sender->busy--;
    parcel_free(parcel);
    move(&sender->timer);
}

/* ---- how a try ends ---- */

static void give_up(struct sender *sender, size_t items, const char *because, const char *why)
{
    sender->counts.failed += items;
    log_limited(&sender->limits[2], LOG_ERROR, sender->where, "dropped %zu items: %s%s", items,
                because, why);
}

void delivery_part(struct delivery *delivery, size_t items, const char *why)
{
    struct sender *sender = ((struct parcel *)(void *)delivery)->sender;

    assert(items <= delivery->left);
    delivery->left -= items;
    sender->counts.held_items -= items;
    if (why)
        give_up(sender, items, "", why);
    else
        sender->counts.sent += items;
}

void delivery_done(struct delivery *delivery)
{
    struct parcel *parcel = take_back(delivery);
    struct sender *sender = parcel->sender;

    sender->counts.sent += delivery->left;
    if (sender->failures > 0)
        log_limited(&sender->limits[1], LOG_INFO, sender->where,
                    "sending works again, after %u failed tries; %zu batches are held",
                    sender->failures, held(sender) - 1);
    sender->failures = 0;
    finish(parcel);
}

static void drop(struct parcel *parcel, const char *because, const char *why)
{
    struct sender *sender = parcel->sender;

    give_up(sender, parcel->delivery.left, because, why);
    finish(parcel);
}

void delivery_drop(struct delivery *delivery, const char *why)
{
    drop(take_back(delivery), "", why);
}

/* Once when it begins to fail, when the reason changes, and now and then. */
static void log_failure(struct sender *sender, const char *why, uint64_t wait_ms)
{
    uint64_t now_ms = uv_now(sender->loop);

    if (sender->failures++ > 0 && now_ms - sender->logged_ms < REMIND_MS &&
        strncmp(why, sender->why, sizeof(sender->why) - 1) == 0)
        return;
    snprintf(sender->why, sizeof(sender->why), "%s", why);
    sender->logged_ms = now_ms;
    log_limited(&sender->limits[0], LOG_WARN, sender->where,
                "%s; trying again in %.1f s, %zu batches with %zu items are held", why,
                (double)wait_ms / 1000, held(sender), sender->counts.held_items);
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
        give_to_heir(parcel);
        move(&sender->timer);
        return;
    }
    if (!retry->enabled) {
        drop(parcel, "retry_on_failure is off: ", why);
        return;
    }
    wait_ms = next_wait(parcel, after_ms);
    if (retry->max_elapsed_time_ms > 0 &&
        now_ms - parcel->first_ms + wait_ms > retry->max_elapsed_time_ms) {
        drop(parcel, "retry_on_failure.max_elapsed_time is over: ", why);
        return;
    }
    sender->counts.retries++;
    parcel->due_ms = now_ms + wait_ms;
    list_push_back(&sender->waiting, &parcel->node);
    log_failure(sender, why, wait_ms);
    move(&sender->timer);
}

/* ---- the sender ---- */

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
    sender->random = uv_hrtime() | 1;
    list_init(&sender->queue);
    list_init(&sender->sending);
    list_init(&sender->waiting);
    uv_timer_init(sender->loop, &sender->timer);
    sender->timer.data = sender;
    return sender;
}

/* A batch that is larger than the whole queue is taken where the queue is empty. */
static bool has_room(const struct sender *sender, size_t units, size_t bytes)
{
    if (held(sender) > 0 && (bytes > sender->held_bytes_max ||
                             sender->counts.held_bytes > sender->held_bytes_max - bytes))
        return false;
    if (list_empty(&sender->queue) && sender->busy < sender->slots)
        return true;
    if (!sender->settings->queue.enabled)
        return false;
    return list_empty(&sender->queue) ||
           (sender->used <= sender->room && units <= sender->room - sender->used);
}

struct result sender_push(struct sender *sender, struct batch *batch)
{
    size_t units = units_of(sender, batch);
    struct parcel *parcel;

    if (!has_room(sender, units, batch->bytes)) {
        sender->counts.refused += batch->items;
        return result_retry(FULL_RETRY_MS, "sending queue is full");
    }
    parcel = mem_zero(sizeof(*parcel));
    parcel->delivery.batch = batch_ref(batch);
    parcel->delivery.left = batch->items;
    parcel->sender = sender;
    parcel->units = units;
    parcel->interval_ms = sender->settings->retry.initial_interval_ms;
    list_push_back(&sender->queue, &parcel->node);
    sender->used += units;
    count_in(sender, &parcel->delivery);
    move(&sender->timer);
    return result_accepted();
}

void sender_drain(struct sender *sender, void (*drained)(void *arg), void *arg)
{
    uint64_t latest_ms = uv_now(sender->loop) + DRAIN_WAIT_MS;

    sender->drained = drained;
    sender->drained_arg = arg;
    for (struct list *node = sender->waiting.next; node != &sender->waiting; node = node->next) {
        struct parcel *parcel = LIST_ENTRY(node, struct parcel, node);

        parcel->due_ms = least(parcel->due_ms, latest_ms);
    }
    move(&sender->timer);
}

void sender_bequeath(struct sender *sender, struct sender *heir, void (*drained)(void *arg),
                     void *arg)
{
    struct list *lists[] = {&sender->queue, &sender->waiting};

    sender->heir = heir;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        while (!list_empty(lists[i])) {
            struct parcel *parcel = LIST_ENTRY(lists[i]->next, struct parcel, node);

            list_remove(&parcel->node);
            if (lists[i] == &sender->queue)
                sender->used -= parcel->units;
            else
                sender->busy--;
            give_to_heir(parcel);
        }
    sender_drain(sender, drained, arg);
}

struct sender_counts sender_counts(const struct sender *sender)
{
    return sender->counts;
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
    return unstored(&sender->queue) + unstored(&sender->sending) + unstored(&sender->waiting);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void free_all(struct list *parcels)
{
    struct list *node, *next;

    for (node = parcels->next; node != parcels; node = next) {
        next = node->next;
        parcel_free(LIST_ENTRY(node, struct parcel, node));
    }
}

void sender_free(struct sender *sender)
{
    if (!sender)
        return;
    free_all(&sender->queue);
    free_all(&sender->sending);
    free_all(&sender->waiting);
    uv_close((uv_handle_t *)&sender->timer, on_closed);
}
