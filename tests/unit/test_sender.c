/*
 * Queue, slots, retries and draining, with a send function that the test answers for.
 */
#include "pipeline/sender.h"

#include "base/log_recent.h"
#include "base/mem.h"
#include "pipeline/worker.h"
#include "unit/check.h"
#include "unit/metrics_text.h"
#include "unit/stage.h"

enum { DELIVERIES = 2000, DEADLINE_MS = 20000 };

struct fixture {
    uv_loop_t loop;
    struct worker worker;
    struct sender_settings settings;
    struct sender *sender;

    struct delivery *open[DELIVERIES]; /* sent, not yet answered */
    size_t open_count;
    size_t most_open;

    unsigned fail;     /* so many sends fail at once; 0: they stay open */
    uint64_t after_ms; /* what a failing server asks for */
    bool succeed;      /* the others succeed at once */
    size_t sends, done_items;
    uint64_t at_ms[DELIVERIES]; /* uv_now of each send */
    unsigned forgotten, drained;
};

static void on_send(void *arg, struct delivery *delivery)
{
    struct fixture *f = arg;

    ck_assert_uint_lt(f->sends, DELIVERIES);
    f->at_ms[f->sends++] = uv_now(&f->loop);
    if (!delivery->state)
        delivery->state = f;
    if (f->fail > 0) {
        f->fail--;
        delivery_retry(delivery, f->after_ms, "cannot connect");
    } else if (f->succeed) {
        f->done_items += delivery->batch->items;
        delivery_done(delivery);
    } else {
        f->open[f->open_count++] = delivery;
        if (f->most_open < f->open_count)
            f->most_open = f->open_count;
    }
}

static void on_forget(void *arg, struct delivery *delivery)
{
    struct fixture *f = arg;

    ck_assert_ptr_eq(delivery->state, f);
    f->forgotten++;
}

static void on_drained(void *arg)
{
    struct fixture *f = arg;

    f->drained++;
}

static void fixture_init(struct fixture *f)
{
    memset(f, 0, sizeof(*f));
    uv_loop_init(&f->loop);
    f->worker = (struct worker){.index = 0, .count = 1, .loop = &f->loop};
    f->settings.queue = (struct queue_settings){
        .enabled = true, .num_consumers = 2, .queue_size = 3, .sizer = SIZER_REQUESTS};
    f->settings.retry = (struct retry_settings){
        .enabled = true, .initial_interval_ms = 2, .max_interval_ms = 8, .multiplier = 2};
}

static void begin(struct fixture *f)
{
    f->sender = sender_new(&f->worker, &f->settings, "exporters/test", on_send, on_forget, f);
}

static void fixture_done(struct fixture *f)
{
    sender_free(f->sender);
    ck_assert_int_eq(uv_run(&f->loop, UV_RUN_DEFAULT), 0);
    ck_assert_int_eq(uv_loop_close(&f->loop), 0);
}

/* Batches of no payload: only the sums matter here. */
static bool push(struct fixture *f, size_t items)
{
    struct batch *batch = batch_new(TRACES);
    struct result result;

    batch->items = items;
    batch->bytes = items * 100;
    result = sender_push(f->sender, batch);
    batch_unref(batch);
    if (result.verdict == ACCEPTED)
        return true;
    ck_assert_int_eq(result.verdict, RETRY_LATER);
    ck_assert_uint_gt(result.retry_after_ms, 0);
    ck_assert_str_eq(result.why, "sending queue is full");
    return false;
}

static struct delivery *take_open(struct fixture *f)
{
    struct delivery *first = f->open[0];

    ck_assert_uint_gt(f->open_count, 0);
    memmove(f->open, f->open + 1, --f->open_count * sizeof(f->open[0]));
    return first;
}

static void on_tick(uv_timer_t *timer)
{
    ck_assert_msg(++*(unsigned *)timer->data < DEADLINE_MS, "nothing came in time");
}

/* Runs the loop until so many sends were made. */
static void run_until_sends(struct fixture *f, size_t sends)
{
    unsigned ticks = 0;
    uv_timer_t tick;

    uv_timer_init(&f->loop, &tick);
    tick.data = &ticks;
    uv_timer_start(&tick, on_tick, 1, 1);
    while (f->sends < sends)
        uv_run(&f->loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&tick, NULL);
    uv_run(&f->loop, UV_RUN_NOWAIT);
}

START_TEST(a_full_queue_pushes_back)
{
    struct fixture f;

    fixture_init(&f);
    begin(&f);
    for (int i = 0; i < 5; i++) /* two are sent, three wait */
        ck_assert(push(&f, 10));
    ck_assert(!push(&f, 7));
    ck_assert_uint_eq(f.open_count, 2);
    ck_assert_uint_eq(sender_counts(f.sender).refused, 7);
    ck_assert_uint_eq(sender_counts(f.sender).held_batches, 5);
    ck_assert_uint_eq(sender_counts(f.sender).held_items, 50);
    ck_assert_uint_eq(sender_counts(f.sender).in_flight, 2);
    delivery_done(take_open(&f));
    ck_assert(push(&f, 10));
    ck_assert(!push(&f, 10));
    fixture_done(&f);
}
END_TEST

START_TEST(room_is_counted_in_the_sizers_units)
{
    static const unsigned sizer[] = {SIZER_ITEMS, SIZER_BYTES};

    for (int i = 0; i < 2; i++) {
        struct fixture f;

        fixture_init(&f);
        f.settings.queue.sizer = sizer[i];
        f.settings.queue.queue_size = sizer[i] == SIZER_ITEMS ? 100 : 10000;
        f.settings.queue.num_consumers = 1;
        begin(&f);
        ck_assert(push(&f, 500)); /* sent */
        ck_assert(push(&f, 60));
        ck_assert(!push(&f, 41));
        ck_assert(push(&f, 40));
        ck_assert(!push(&f, 1));
        delivery_done(take_open(&f)); /* 60 is sent */
        delivery_done(take_open(&f)); /* 40 is sent */
        ck_assert(push(&f, 500));     /* alone in the queue, it may be larger */
        ck_assert(!push(&f, 1));
        fixture_done(&f);
    }
}
END_TEST

/* What waits for a backend that is gone does not slow those that bring data for another one. */
START_TEST(one_that_fails_congests_only_while_no_other_delivers)
{
    enum { MUCH = WORKER_CONGESTED_BYTES / 100 + 1 }; /* items */
    struct fixture f, other;

    fixture_init(&f);
    f.settings.retry.initial_interval_ms = f.settings.retry.max_interval_ms = 1000000;
    begin(&f);
    memset(&other, 0, sizeof(other));
    other.settings = f.settings;
    other.succeed = true;
    other.sender =
        sender_new(&f.worker, &other.settings, "exporters/other", on_send, on_forget, &other);
    ck_assert(push(&f, MUCH));
    ck_assert(push(&other, 1));
    ck_assert(worker_is_congested(&f.worker)); /* it does not fail */
    delivery_retry(take_open(&f), 0, "cannot connect");
    ck_assert(!worker_is_congested(&f.worker));
    ck_assert_uint_eq(f.worker.stuck_bytes, f.worker.held_bytes);
    f.worker.delivered_ms -= WORKER_DELIVERS_MS; /* so long ago */
    ck_assert(worker_is_congested(&f.worker));
    ck_assert(push(&f, 1));
    ck_assert_uint_eq(f.worker.stuck_bytes, f.worker.held_bytes);
    delivery_done(take_open(&f)); /* it works again: what waits counts */
    ck_assert_uint_eq(f.worker.stuck_bytes, 0);
    ck_assert(worker_is_congested(&f.worker));
    ck_assert(push(&f, 1));
    delivery_retry(take_open(&f), 0, "cannot connect");
    ck_assert(worker_is_congested(&f.worker)); /* the one that delivered is itself */
    sender_free(other.sender);
    sender_free(f.sender);
    ck_assert_uint_eq(f.worker.stuck_bytes, 0);
    ck_assert_uint_eq(f.worker.held_bytes, 0);
    f.sender = NULL;
    fixture_done(&f);
}
END_TEST

START_TEST(bytes_are_bounded_whatever_the_queue_counts)
{
    enum { HALF = (128 << 20) / 100 }; /* items of a batch of 128 MiB */
    struct fixture f;

    fixture_init(&f);
    f.settings.queue.queue_size = 1000;
    begin(&f);
    ck_assert(push(&f, HALF));
    ck_assert(!worker_is_congested(&(struct worker){.loop = &f.loop}));
    ck_assert(worker_is_congested(&f.worker));
    ck_assert(push(&f, HALF));
    ck_assert(!push(&f, 2)); /* 256 MiB are held */
    delivery_done(take_open(&f));
    ck_assert(push(&f, 2));
    ck_assert_uint_eq(f.worker.held_bytes, sender_counts(f.sender).held_bytes);
    delivery_done(take_open(&f));
    ck_assert(!worker_is_congested(&f.worker));
    delivery_done(take_open(&f));
    ck_assert_uint_eq(f.worker.held_bytes, 0);
    ck_assert(push(&f, 3 * HALF)); /* one batch alone may be larger */
    ck_assert(!push(&f, 1));
    fixture_done(&f);
}
END_TEST

START_TEST(without_a_queue_none_waits)
{
    struct fixture f;

    fixture_init(&f);
    f.settings.queue.enabled = false;
    begin(&f);
    ck_assert(push(&f, 1));
    ck_assert(push(&f, 1));
    ck_assert(!push(&f, 1));
    delivery_done(take_open(&f));
    ck_assert(push(&f, 1));
    fixture_done(&f);
}
END_TEST

START_TEST(workers_share_slots_and_room)
{
    static const struct {
        unsigned index, count;
        uint64_t consumers, size;
        size_t sends, waits;
    } cases[] = {
        {0, 2, 5, 3, 3, 2},
        {1, 2, 5, 3, 2, 1},
        {1, 4, 1, 1, 1, 1},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture f;

        fixture_init(&f);
        f.worker.index = cases[i].index;
        f.worker.count = cases[i].count;
        f.settings.queue.num_consumers = cases[i].consumers;
        f.settings.queue.queue_size = cases[i].size;
        begin(&f);
        for (size_t n = 0; n < cases[i].sends + cases[i].waits; n++)
            ck_assert(push(&f, 1));
        ck_assert(!push(&f, 1));
        ck_assert_uint_eq(f.open_count, cases[i].sends);
        fixture_done(&f);
    }
}
END_TEST

START_TEST(nothing_is_lost_over_failures)
{
    struct fixture f;
    size_t pushed = 0;

    fixture_init(&f);
    f.settings.queue.queue_size = 100;
    f.fail = 50;
    f.succeed = true;
    begin(&f);
    for (int i = 0; i < 100; i++)
        pushed += push(&f, 3) ? 3 : 0;
    ck_assert_uint_eq(pushed, 300);
    run_until_sends(&f, 150);
    ck_assert_uint_eq(f.done_items, 300);
    ck_assert_uint_eq(sender_counts(f.sender).sent, 300);
    ck_assert_uint_eq(sender_counts(f.sender).retries, 50);
    ck_assert_uint_eq(sender_counts(f.sender).failed, 0);
    ck_assert_uint_eq(sender_counts(f.sender).held_batches, 0);
    ck_assert_uint_eq(f.forgotten, 100);
    fixture_done(&f);
}
END_TEST

START_TEST(waits_grow_and_are_capped)
{
    static const uint64_t least_ms[] = {2, 4, 8, 8, 8};
    struct fixture f;

    fixture_init(&f);
    f.fail = 5;
    f.succeed = true;
    begin(&f);
    ck_assert(push(&f, 1));
    run_until_sends(&f, 6);
    for (int i = 0; i < 5; i++)
        ck_assert_uint_ge(f.at_ms[i + 1] - f.at_ms[i], least_ms[i]);
    ck_assert_uint_eq(sender_counts(f.sender).sent, 1);
    fixture_done(&f);
}
END_TEST

/* When the loop's next timer comes. */
static int next_timer(struct fixture *f)
{
    uv_run(&f->loop, UV_RUN_NOWAIT);
    return uv_backend_timeout(&f->loop);
}

/* The wait that the sender has set its timer to. */
static uint64_t wait_after(uint64_t after_ms, double jitter)
{
    struct fixture f;
    int timeout_ms;

    fixture_init(&f);
    f.fail = 1;
    f.after_ms = after_ms;
    f.settings.retry.initial_interval_ms = f.settings.retry.max_interval_ms = 100000;
    f.settings.retry.randomization_factor = jitter;
    begin(&f);
    ck_assert(push(&f, 1));
    timeout_ms = next_timer(&f);
    fixture_done(&f);
    ck_assert_int_gt(timeout_ms, 0);
    return (uint64_t)timeout_ms;
}

START_TEST(the_servers_advice_raises_a_wait_and_never_shortens_it)
{
    static const struct {
        uint64_t after_ms, wait_ms;
    } cases[] = {{0, 100000}, {5000, 100000}, {200000, 200000}};

    for (int i = 0; i < 3; i++) {
        uint64_t wait_ms = wait_after(cases[i].after_ms, 0);

        ck_assert_uint_le(wait_ms, cases[i].wait_ms);
        ck_assert_uint_gt(wait_ms, cases[i].wait_ms - 30000); /* some time has passed */
    }
}
END_TEST

START_TEST(waits_are_shifted_by_chance)
{
    uint64_t lowest = UINT64_MAX, highest = 0;

    for (int i = 0; i < 50; i++) {
        uint64_t wait_ms = wait_after(0, 0.5);

        lowest = wait_ms < lowest ? wait_ms : lowest;
        highest = wait_ms > highest ? wait_ms : highest;
    }
    ck_assert_uint_ge(lowest, 20000);
    ck_assert_uint_le(highest, 150000);
    ck_assert_uint_gt(highest, lowest);
}
END_TEST

START_TEST(a_waiting_delivery_keeps_its_slot)
{
    struct fixture f;

    fixture_init(&f);
    f.settings.retry.initial_interval_ms = f.settings.retry.max_interval_ms = 100000;
    begin(&f);
    for (int i = 0; i < 3; i++)
        ck_assert(push(&f, 1));
    ck_assert_uint_eq(f.open_count, 2);
    delivery_retry(take_open(&f), 0, "busy");
    ck_assert_uint_eq(f.open_count, 1);
    delivery_done(take_open(&f));
    ck_assert_uint_eq(f.open_count, 1);
    ck_assert_uint_eq(f.most_open, 2);
    fixture_done(&f);
}
END_TEST

START_TEST(a_dropped_batch_is_counted)
{
    struct fixture f;

    fixture_init(&f);
    begin(&f);
    ck_assert(push(&f, 4));
    delivery_drop(take_open(&f), "the server refused it");
    ck_assert_uint_eq(sender_counts(f.sender).failed, 4);
    ck_assert_uint_eq(sender_counts(f.sender).held_batches, 0);
    ck_assert_uint_eq(f.forgotten, 1);
    fixture_done(&f);
}
END_TEST

START_TEST(parts_of_a_batch_are_counted_as_they_go)
{
    struct fixture f;
    struct delivery *delivery;

    fixture_init(&f);
    begin(&f);
    ck_assert(push(&f, 10));
    delivery = take_open(&f);
    ck_assert_uint_eq(delivery->left, 10);
    delivery_part(delivery, 3, NULL);
    delivery_part(delivery, 2, "the server refused it");
    ck_assert_uint_eq(sender_counts(f.sender).held_items, 5);
    delivery_retry(delivery, 0, "busy");
    run_until_sends(&f, 2);
    delivery = take_open(&f);
    ck_assert_uint_eq(delivery->left, 5);
    delivery_done(delivery);
    ck_assert_uint_eq(sender_counts(f.sender).sent, 8);
    ck_assert_uint_eq(sender_counts(f.sender).failed, 2);
    ck_assert_uint_eq(sender_counts(f.sender).held_items, 0);
    fixture_done(&f);
}
END_TEST

START_TEST(without_retries_a_failure_drops)
{
    struct fixture f;

    fixture_init(&f);
    f.settings.retry.enabled = false;
    begin(&f);
    ck_assert(push(&f, 4));
    delivery_retry(take_open(&f), 0, "busy");
    ck_assert_uint_eq(sender_counts(f.sender).failed, 4);
    ck_assert_uint_eq(sender_counts(f.sender).held_batches, 0);
    fixture_done(&f);
}
END_TEST

/* The last wait may end when the time is over, counted from the first try, and not later. */
START_TEST(max_elapsed_time_ends_the_tries)
{
    enum { MAX_MS = 100000 };
    struct fixture f;

    fixture_init(&f);
    f.settings.retry.max_elapsed_time_ms = MAX_MS;
    begin(&f);
    ck_assert(push(&f, 3));
    ck_assert(push(&f, 4));
    delivery_retry(take_open(&f), MAX_MS, "busy"); /* that of 3: no time has passed */
    ck_assert_uint_eq(sender_counts(f.sender).held_items, 7);
    delivery_retry(take_open(&f), 0, "busy");
    run_until_sends(&f, 3); /* a wait has passed */
    delivery_retry(take_open(&f), MAX_MS, "busy");
    ck_assert_uint_eq(sender_counts(f.sender).failed, 4);
    ck_assert_uint_eq(sender_counts(f.sender).held_items, 3);
    ck_assert_uint_eq(sender_counts(f.sender).retries, 2);
    ck_assert_uint_eq(f.forgotten, 1);
    fixture_done(&f);
}
END_TEST

START_TEST(draining_ends_when_nothing_is_held)
{
    struct fixture f;

    fixture_init(&f);
    begin(&f);
    for (int i = 0; i < 4; i++)
        ck_assert(push(&f, 1));
    sender_drain(f.sender, on_drained, &f);
    for (int i = 0; i < 4; i++) {
        ck_assert_uint_eq(f.drained, 0);
        delivery_done(take_open(&f));
    }
    ck_assert_uint_eq(f.drained, 1);
    sender_drain(f.sender, on_drained, &f); /* nothing is held: at once */
    ck_assert_uint_eq(f.drained, 2);
    fixture_done(&f);
}
END_TEST

START_TEST(draining_does_not_wait_longer_than_a_second)
{
    struct fixture f;

    fixture_init(&f);
    f.settings.retry.initial_interval_ms = f.settings.retry.max_interval_ms = 100000;
    f.fail = 1;
    begin(&f);
    ck_assert(push(&f, 1)); /* waits for 100 s */
    ck_assert(push(&f, 1));
    ck_assert_int_gt(next_timer(&f), 1000);
    sender_drain(f.sender, on_drained, &f);
    ck_assert_int_le(next_timer(&f), 1000);
    delivery_retry(take_open(&f), 50000, "busy");
    ck_assert_int_le(next_timer(&f), 1000);
    f.succeed = true;
    while (f.drained == 0)
        uv_run(&f.loop, UV_RUN_DEFAULT);
    ck_assert_uint_eq(sender_counts(f.sender).sent, 2);
    fixture_done(&f);
}
END_TEST

START_TEST(a_sender_may_go_with_batches_held)
{
    struct fixture f;

    fixture_init(&f);
    f.fail = 1;
    begin(&f);
    for (int i = 0; i < 5; i++)
        ck_assert(push(&f, 1)); /* one waits, one is sent, three are queued */
    sender_free(f.sender);
    f.sender = NULL;
    ck_assert_uint_eq(f.forgotten, 2);
    fixture_done(&f);
}
END_TEST

START_TEST(a_long_queue_does_not_recurse)
{
    struct fixture f;

    fixture_init(&f);
    f.settings.queue.num_consumers = 1;
    f.settings.queue.queue_size = 1500;
    begin(&f);
    for (int i = 0; i < 1501; i++)
        ck_assert(push(&f, 1));
    f.succeed = true;
    delivery_done(take_open(&f));
    ck_assert_uint_eq(sender_counts(f.sender).sent, 1501);
    ck_assert_uint_eq(sender_counts(f.sender).held_batches, 0);
    fixture_done(&f);
}
END_TEST

struct waiter { /* whoever brought a batch */
    struct batch *batch;
    struct result result;
    unsigned settled;
};

static void on_settled(void *arg, struct result result)
{
    struct waiter *waiter = arg;

    waiter->settled++;
    waiter->result = result;
}

/* Pushes a batch whose bringer waits, if it has to. */
static struct result push_waiting(struct fixture *f, struct waiter *waiter, size_t items)
{
    struct result result;

    *waiter = (struct waiter){.batch = batch_new(TRACES)};
    waiter->batch->items = items;
    waiter->batch->bytes = items * 100;
    result = sender_push(f->sender, waiter->batch);
    waiter->batch->wait.settled = on_settled;
    waiter->batch->wait.arg = waiter;
    return result;
}

START_TEST(a_batch_waits_for_room_where_the_user_wants_that)
{
    struct waiter waiters[3];
    struct fixture f;

    fixture_init(&f);
    f.settings.queue.block_on_overflow = true;
    begin(&f);
    for (int i = 0; i < 5; i++) /* two are sent, three wait in the queue */
        ck_assert(push(&f, 1));
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(push_waiting(&f, &waiters[i], 1).verdict, ACCEPTED);
        ck_assert_uint_eq(waiters[i].batch->wait.holds, 1);
    }
    delivery_done(take_open(&f));
    ck_assert_uint_eq(waiters[0].settled, 1); /* in their order, one for each that has gone */
    ck_assert_int_eq(waiters[0].result.verdict, ACCEPTED);
    ck_assert_uint_eq(waiters[1].settled, 0);
    while (f.open_count > 0)
        delivery_done(take_open(&f));
    ck_assert_uint_eq(waiters[1].settled + waiters[2].settled, 2);
    ck_assert_uint_eq(sender_counts(f.sender).sent, 8);
    for (int i = 0; i < 3; i++)
        batch_unref(waiters[i].batch);
    fixture_done(&f);
}
END_TEST

START_TEST(those_that_wait_for_room_are_bounded_by_their_bytes)
{
    struct fixture f;

    fixture_init(&f);
    f.settings.queue.block_on_overflow = true;
    begin(&f);
    for (int i = 0; i < 5; i++)
        ck_assert(push(&f, 1));
    ck_assert(push(&f, (200 << 20) / 100));
    ck_assert(!push(&f, (60 << 20) / 100)); /* 256 MiB in all */
    ck_assert(push(&f, 1));
    fixture_done(&f);
}
END_TEST

START_TEST(who_waits_for_the_result_gets_it)
{
    struct waiter delivered, dropped, refused_in_part, ended;
    struct fixture f;

    fixture_init(&f);
    f.settings.queue.wait_for_result = true;
    f.settings.queue.num_consumers = 3;
    begin(&f);
    ck_assert_int_eq(push_waiting(&f, &delivered, 1).verdict, ACCEPTED);
    ck_assert_int_eq(push_waiting(&f, &dropped, 1).verdict, ACCEPTED);
    ck_assert_int_eq(push_waiting(&f, &refused_in_part, 2).verdict, ACCEPTED);
    ck_assert_int_eq(push_waiting(&f, &ended, 1).verdict, ACCEPTED);
    delivery_done(take_open(&f));
    ck_assert_uint_eq(delivered.settled, 1);
    ck_assert_int_eq(delivered.result.verdict, ACCEPTED);
    delivery_drop(take_open(&f), "no such tenant");
    ck_assert_int_eq(dropped.result.verdict, REJECTED);
    delivery_part(f.open[0], 1, "too large");
    delivery_done(take_open(&f));
    ck_assert_int_eq(refused_in_part.result.verdict, REJECTED);
    ck_assert_uint_eq(ended.settled, 0);
    fixture_done(&f); /* what is held then was not delivered */
    ck_assert_int_eq(ended.result.verdict, RETRY_LATER);
    batch_unref(delivered.batch);
    batch_unref(dropped.batch);
    batch_unref(refused_in_part.batch);
    batch_unref(ended.batch);
}
END_TEST

START_TEST(one_that_stands_apart_tells_nobody_else)
{
    struct log_recent told;
    struct waiter refused;
    struct fixture f;

    fixture_init(&f);
    f.settings.queue.wait_for_result = true;
    f.settings.retry.enabled = false;
    f.settings.apart = true;
    begin(&f);
    push_waiting(&f, &refused, 3);
    delivery_retry(take_open(&f), 0, "connection refused");
    ck_assert_int_eq(refused.result.verdict, REJECTED);
    ck_assert_uint_eq(log_recent_read(&told, 1), 0);
    metrics_say("otelc", "");
    ck_assert_uint_eq(sender_counts(f.sender).failed, 3);
    batch_unref(refused.batch);
    fixture_done(&f);
}
END_TEST

START_TEST(a_result_that_comes_at_once_is_known_behind_the_push)
{
    struct waiter waiter;
    struct fixture f;

    fixture_init(&f);
    f.settings.queue.wait_for_result = true;
    f.succeed = true;
    begin(&f);
    ck_assert_int_eq(push_waiting(&f, &waiter, 1).verdict, ACCEPTED);
    ck_assert_uint_eq(waiter.batch->wait.holds, 0);
    ck_assert_int_eq(waiter.batch->wait.result.verdict, ACCEPTED);
    batch_unref(waiter.batch);
    fixture_done(&f);
}
END_TEST

static void batch_settings(struct fixture *f)
{
    f->settings.queue.batch.enabled = true;
    f->settings.queue.batch.batcher =
        (struct batcher_settings){.timeout_ms = 3600 * 1000, .size = 10, .unit = BATCH_ITEMS};
}

/* A real one: joining looks at what is in them. */
static void push_spans(struct fixture *f, unsigned count)
{
    struct batch *batch = stage_batch(0, count);

    ck_assert_int_eq(sender_push(f->sender, batch).verdict, ACCEPTED);
    batch_unref(batch);
}

START_TEST(small_batches_are_joined_before_they_wait)
{
    struct fixture f;

    fixture_init(&f);
    batch_settings(&f);
    begin(&f);
    for (int i = 0; i < 9; i++)
        push_spans(&f, 1);
    ck_assert_uint_eq(f.sends, 0);
    push_spans(&f, 1);
    ck_assert_uint_eq(f.sends, 1);
    ck_assert_uint_eq(f.open[0]->batch->items, 10);
    delivery_done(take_open(&f));
    fixture_done(&f);
}
END_TEST

/* How many of each size there were. */
static void tell_sizes(void *arg, const struct metric_reading *reading)
{
    if (reading->family->unit && strcmp(reading->family->unit, "{units}") == 0)
        buf_printf(arg, "%s %lu/%lu\n", reading->family->name, (unsigned long)reading->value,
                   (unsigned long)reading->count);
}

START_TEST(sizes_are_counted_before_and_behind_the_batcher)
{
    struct buf text = {0};
    struct fixture f;

    fixture_init(&f);
    batch_settings(&f);
    begin(&f);
    metrics_want(METRICS_DETAILED);
    for (int i = 0; i < 4; i++)
        push_spans(&f, 5);
    metrics_each(METRICS_DETAILED, tell_sizes, &text);
    ck_assert_str_eq(buf_text(&text), "otelcol_exporter_enqueue_size 20/4\n"
                                      "otelcol_exporter_queue_batch_send_size 20/2\n");
    buf_done(&text);
    fixture_done(&f);
}
END_TEST

START_TEST(what_is_given_up_has_the_last_error)
{
    struct fixture f;

    fixture_init(&f);
    f.settings.retry.enabled = false;
    begin(&f);
    metrics_want(METRICS_DETAILED);
    push_spans(&f, 3);
    f.open[0]->error = "Unavailable";
    delivery_retry(take_open(&f), 0, "busy");
    push_spans(&f, 4);
    delivery_drop(take_open(&f), "the server refused it");
    metrics_say("otelcol_exporter_send_failed_spans",
                "{exporter=\"test\"}=0\n"
                "{exporter=\"test\",error_type=\"Unavailable\",error_permanent=\"false\"}=3\n"
                "{exporter=\"test\",error_type=\"_OTHER\",error_permanent=\"true\"}=4\n");
    ck_assert_uint_eq(sender_counts(f.sender).failed, 7);
    fixture_done(&f);
}
END_TEST

START_TEST(draining_sends_what_was_not_full_yet)
{
    struct fixture f;

    fixture_init(&f);
    batch_settings(&f);
    begin(&f);
    push_spans(&f, 3);
    sender_drain(f.sender, on_drained, &f);
    ck_assert_uint_eq(f.drained, 0);
    ck_assert_uint_eq(f.open[0]->batch->items, 3);
    delivery_done(take_open(&f));
    ck_assert_uint_eq(f.drained, 1);
    fixture_done(&f);
}
END_TEST

START_TEST(an_heir_gets_what_is_held_and_what_comes_back)
{
    struct fixture f, heir;

    fixture_init(&f);
    f.settings.queue.block_on_overflow = true;
    begin(&f);
    for (size_t i = 1; i <= 6; i++) /* two are sent, three are queued, one waits for room */
        ck_assert(push(&f, i));
    memset(&heir, 0, sizeof(heir));
    heir.loop = f.loop; /* for its clock only */
    heir.settings = f.settings;
    heir.sender =
        sender_new(&f.worker, &heir.settings, "exporters/heir", on_send, on_forget, &heir);
    sender_bequeath(f.sender, heir.sender);
    sender_drain(f.sender, on_drained, &f);
    ck_assert_uint_eq(sender_counts(f.sender).held_items, 1 + 2);
    ck_assert_uint_eq(sender_counts(heir.sender).held_items, 3 + 4 + 5 + 6);
    ck_assert_uint_eq(f.drained, 0);
    delivery_done(take_open(&f));
    delivery_retry(take_open(&f), 0, "no such host");
    ck_assert_uint_eq(f.drained, 1);
    ck_assert_uint_eq(sender_counts(heir.sender).held_items, 3 + 4 + 5 + 6 + 2);
    ck_assert(push(&f, 7)); /* from whoever still knows the old one */
    ck_assert_uint_eq(sender_counts(heir.sender).held_items, 3 + 4 + 5 + 6 + 2 + 7);
    sender_free(heir.sender);
    fixture_done(&f);
}
END_TEST

/* The fixture's sender has an heir, with a send function of its own. */
static void bequeath(struct fixture *f, struct fixture *heir)
{
    memset(heir, 0, sizeof(*heir));
    heir->loop = f->loop; /* for its clock only */
    heir->settings = f->settings;
    heir->sender =
        sender_new(&f->worker, &heir->settings, "exporters/heir", on_send, on_forget, heir);
    sender_bequeath(f->sender, heir->sender);
}

static void both_done(struct fixture *f, struct fixture *heir)
{
    sender_free(f->sender);
    f->sender = heir->sender;
    fixture_done(f);
}

START_TEST(an_heir_gets_what_waits_and_what_fails)
{
    struct fixture f, heir;

    fixture_init(&f);
    f.fail = 1;
    f.settings.retry.initial_interval_ms = f.settings.retry.max_interval_ms = 1000000;
    begin(&f);
    for (size_t i = 0; i < 5; i++)
        ck_assert(push(&f, i + 1)); /* 1 waits, 2 is sent, 3 to 5 are queued */
    bequeath(&f, &heir);
    ck_assert_uint_eq(sender_counts(f.sender).held_batches, 1);
    ck_assert_uint_eq(sender_counts(f.sender).held_items, 2);
    ck_assert_uint_eq(sender_counts(heir.sender).held_batches, 4);
    ck_assert_uint_eq(sender_counts(heir.sender).held_items, 13);
    ck_assert_uint_eq(heir.open_count, 2);
    ck_assert_uint_eq(heir.open[0]->batch->items, 1); /* the oldest first */
    ck_assert_uint_eq(heir.open[1]->batch->items, 3);
    ck_assert_uint_eq(f.worker.held_bytes, 1500);
    sender_drain(f.sender, on_drained, &f);
    ck_assert_uint_eq(f.drained, 0);
    delivery_retry(take_open(&f), 0, "cannot connect");
    ck_assert_uint_eq(f.drained, 1);
    ck_assert_uint_eq(f.forgotten, 2); /* nothing of how far it had come goes along */
    ck_assert_uint_eq(sender_counts(heir.sender).held_items, 15);
    heir.succeed = true;
    delivery_done(take_open(&heir));
    delivery_done(take_open(&heir));
    ck_assert_uint_eq(sender_counts(heir.sender).sent, 15);
    ck_assert_uint_eq(f.worker.held_bytes, 0);
    both_done(&f, &heir);
}
END_TEST

START_TEST(what_was_on_its_way_and_arrives_is_done)
{
    struct fixture f, heir;

    fixture_init(&f);
    begin(&f);
    ck_assert(push(&f, 4));
    bequeath(&f, &heir);
    sender_drain(f.sender, on_drained, &f);
    delivery_done(take_open(&f));
    ck_assert_uint_eq(f.drained, 1);
    ck_assert_uint_eq(heir.sends, 0);
    both_done(&f, &heir);
}
END_TEST

START_TEST(a_batch_that_was_sent_in_part_goes_to_the_heir_as_a_whole)
{
    struct fixture f, heir;

    fixture_init(&f);
    begin(&f);
    ck_assert(push(&f, 10));
    delivery_part(f.open[0], 6, NULL);
    bequeath(&f, &heir);
    delivery_retry(take_open(&f), 0, "cannot connect");
    ck_assert_uint_eq(heir.open[0]->left, 10);
    ck_assert_ptr_eq(heir.open[0]->state, &heir);
    ck_assert_uint_eq(sender_counts(heir.sender).held_items, 10);
    ck_assert_uint_eq(sender_counts(f.sender).held_items, 0);
    both_done(&f, &heir);
}
END_TEST

/* Or what stands before it, and drains, could not get rid of its data where its queue is full. */
START_TEST(what_comes_later_goes_to_the_heir)
{
    struct fixture f, heir;

    fixture_init(&f);
    begin(&f);
    for (int i = 0; i < 5; i++)
        ck_assert(push(&f, 1));
    ck_assert(!push(&f, 1));
    bequeath(&f, &heir);
    ck_assert_uint_eq(heir.open_count, 2); /* of three that were queued */
    ck_assert(push(&f, 1));
    ck_assert(push(&f, 1));
    ck_assert(!push(&f, 1)); /* it may be full, too */
    ck_assert_uint_eq(sender_counts(heir.sender).refused, 1);
    heir.succeed = true;
    delivery_done(take_open(&heir));
    delivery_done(take_open(&heir));
    ck_assert_uint_eq(sender_counts(heir.sender).sent, 5);
    both_done(&f, &heir);
}
END_TEST

START_TEST(heirs_have_heirs)
{
    enum { HEIRS = 100 };
    static struct fixture heirs[HEIRS];
    struct fixture f;

    fixture_init(&f);
    begin(&f);
    ck_assert(push(&f, 3));
    bequeath(&f, &heirs[0]);
    for (int i = 1; i < HEIRS; i++) {
        memset(&heirs[i], 0, sizeof(heirs[i]));
        heirs[i].loop = f.loop;
        heirs[i].settings = f.settings;
        heirs[i].sender = sender_new(&f.worker, &heirs[i].settings, "exporters/heir", on_send,
                                     on_forget, &heirs[i]);
        sender_bequeath(heirs[i - 1].sender, heirs[i].sender);
    }
    ck_assert(push(&f, 1));
    delivery_retry(take_open(&f), 0, "cannot connect");
    ck_assert_uint_eq(heirs[HEIRS - 1].open_count, 2);
    for (int i = 0; i < HEIRS - 1; i++) {
        ck_assert_uint_eq(heirs[i].sends, 0);
        sender_free(heirs[i].sender);
    }
    both_done(&f, &heirs[HEIRS - 1]);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("sender");

    log_set_level((enum log_level)(LOG_ERROR + 1));
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, a_full_queue_pushes_back);
    tcase_add_test(cases, room_is_counted_in_the_sizers_units);
    tcase_add_test(cases, one_that_fails_congests_only_while_no_other_delivers);
    tcase_add_test(cases, bytes_are_bounded_whatever_the_queue_counts);
    tcase_add_test(cases, without_a_queue_none_waits);
    tcase_add_test(cases, workers_share_slots_and_room);
    tcase_add_test(cases, nothing_is_lost_over_failures);
    tcase_add_test(cases, waits_grow_and_are_capped);
    tcase_add_test(cases, the_servers_advice_raises_a_wait_and_never_shortens_it);
    tcase_add_test(cases, waits_are_shifted_by_chance);
    tcase_add_test(cases, a_waiting_delivery_keeps_its_slot);
    tcase_add_test(cases, a_dropped_batch_is_counted);
    tcase_add_test(cases, parts_of_a_batch_are_counted_as_they_go);
    tcase_add_test(cases, without_retries_a_failure_drops);
    tcase_add_test(cases, max_elapsed_time_ends_the_tries);
    tcase_add_test(cases, draining_ends_when_nothing_is_held);
    tcase_add_test(cases, draining_does_not_wait_longer_than_a_second);
    tcase_add_test(cases, a_sender_may_go_with_batches_held);
    tcase_add_test(cases, a_long_queue_does_not_recurse);
    tcase_add_test(cases, a_batch_waits_for_room_where_the_user_wants_that);
    tcase_add_test(cases, those_that_wait_for_room_are_bounded_by_their_bytes);
    tcase_add_test(cases, who_waits_for_the_result_gets_it);
    tcase_add_test(cases, one_that_stands_apart_tells_nobody_else);
    tcase_add_test(cases, a_result_that_comes_at_once_is_known_behind_the_push);
    tcase_add_test(cases, small_batches_are_joined_before_they_wait);
    tcase_add_test(cases, sizes_are_counted_before_and_behind_the_batcher);
    tcase_add_test(cases, what_is_given_up_has_the_last_error);
    tcase_add_test(cases, draining_sends_what_was_not_full_yet);
    tcase_add_test(cases, an_heir_gets_what_is_held_and_what_comes_back);
    tcase_add_test(cases, an_heir_gets_what_waits_and_what_fails);
    tcase_add_test(cases, what_was_on_its_way_and_arrives_is_done);
    tcase_add_test(cases, a_batch_that_was_sent_in_part_goes_to_the_heir_as_a_whole);
    tcase_add_test(cases, what_comes_later_goes_to_the_heir);
    tcase_add_test(cases, heirs_have_heirs);
    return run_tests("sender", cases);
}
