/*
 * Relays: each batch comes to its worker once, whoever refuses meanwhile, and draining loses
 * nothing. Most tests run the loops of two workers in turn; the last one in threads.
 */
#include "pipeline/relay.h"

#include <unistd.h>

#include "otlp/wire_write.h"
#include "service/crew.h"
#include "unit/check.h"
#include "unit/stage.h"

enum { WORKERS = 2 };

static struct stage stages[WORKERS]; /* their recorders are the targets */
static struct component *relays[WORKERS];
static struct meetings *meetings;
static struct component_type placed;
static const struct meeting_place here = {&placed, NULL};

static void join(unsigned worker)
{
    struct stage *stage = &stages[worker];

    relays[worker] = relay_new(&stage->worker, &stage->out.base, here, "processors/placed");
}

static void begin(enum placement placement)
{
    meetings = meetings_new(WORKERS);
    for (unsigned i = 0; i < WORKERS; i++) {
        stage_init(&stages[i]);
        stages[i].worker.index = i;
        stages[i].worker.count = WORKERS;
        stages[i].worker.meetings = meetings;
        placed = *stages[i].out.base.type;
        stages[i].out.base.type = &placed;
    }
    placed.placement = placement;
    join(0);
    join(1);
}

static void leave(unsigned worker)
{
    relays[worker]->type->destroy(relays[worker]);
    stage_done(&stages[worker]);
}

static void end(void)
{
    leave(0);
    leave(1);
    meetings_free(meetings);
}

#define RUN_UNTIL(condition)                                                                       \
    do {                                                                                           \
        uint64_t deadline = uv_hrtime() + 10000000000u;                                            \
        while (!(condition)) {                                                                     \
            ck_assert_msg(uv_hrtime() < deadline, "waited for %s", #condition);                    \
            stage_turn(&stages[0]);                                                                \
            stage_turn(&stages[1]);                                                                \
        }                                                                                          \
    } while (0)

/* A span for each letter, whose name and trace id it is. */
static struct batch *traces(const char *letters)
{
    struct buf request = {0};
    struct payload_report report;
    size_t group = wire_begin(&request, 1), scope = wire_begin(&request, 2);
    struct payload *payload;
    struct bytes *body;
    struct batch *batch;

    for (; *letters; letters++) {
        size_t span = wire_begin(&request, 2);
        char id[16];

        memset(id, *letters, sizeof(id));
        wire_put_bytes(&request, 1, (struct str){id, sizeof(id)});
        wire_put_bytes(&request, 2, STR("01234567"));
        wire_put_bytes(&request, 5, (struct str){letters, 1});
        wire_end(&request, span);
    }
    wire_end(&request, scope);
    wire_end(&request, group);
    body = bytes_new(request.len);
    memcpy(body->at, request.at, request.len);
    body->len = request.len;
    buf_done(&request);
    payload = payload_read(TRACES, body, &report);
    ck_assert_ptr_nonnull(payload);
    batch = batch_of(payload);
    payload_unref(payload);
    return batch;
}

static struct result hand_in(unsigned worker, struct batch *batch)
{
    return stage_hand_in(relays[worker], batch);
}

static size_t count(unsigned worker, char letter)
{
    size_t n = 0;

    for (const char *c = stages[worker].out.names; *c; c++)
        n += *c == letter;
    return n;
}

static size_t arrived(void)
{
    return stages[0].out.items + stages[1].out.items;
}

static void drain(unsigned worker)
{
    relays[worker]->type->drain(relays[worker], stage_on_drained);
}

/* stage_on_drained() counts in the stage that was made last. */
#define DRAINED stages[1].drained

START_TEST(all_comes_to_worker_0)
{
    begin(ONE_WORKER);
    ck_assert_int_eq(hand_in(0, traces("ab")).verdict, ACCEPTED);
    ck_assert_str_eq(stages[0].out.names, "a b ");
    ck_assert_int_eq(hand_in(1, traces("cd")).verdict, ACCEPTED);
    ck_assert_uint_eq(relays[0]->type->held(relays[0]), 2);
    ck_assert_uint_eq(relays[1]->type->held(relays[1]), 0);
    RUN_UNTIL(arrived() == 4);
    ck_assert_str_eq(stages[0].out.names, "a b c d ");
    ck_assert_uint_eq(relays[0]->type->held(relays[0]), 0);
    end();
}
END_TEST

#define ALPHABET "abcdefghijklmnopqrstuvwxyz"

START_TEST(each_trace_comes_to_one_worker)
{
    begin(BY_TRACE);
    ck_assert_int_eq(hand_in(0, traces(ALPHABET)).verdict, ACCEPTED);
    ck_assert_int_eq(hand_in(1, traces("zz" ALPHABET)).verdict, ACCEPTED);
    RUN_UNTIL(arrived() == 54);
    for (const char *c = ALPHABET; *c; c++) {
        ck_assert(count(0, *c) == 0 || count(1, *c) == 0);
        ck_assert_uint_eq(count(0, *c) + count(1, *c), *c == 'z' ? 4 : 2);
    }
    ck_assert_uint_gt(stages[0].out.items, 10); /* the letters are spread */
    ck_assert_uint_gt(stages[1].out.items, 10);
    end();
}
END_TEST

/* Finds a trace of worker 0 and one of worker 1. */
static void find_traces(char of[WORKERS])
{
    for (const char *c = ALPHABET; *c; c++) {
        size_t before = arrived(), at_0 = stages[0].out.items;
        char text[2] = {*c, '\0'};

        ck_assert_int_eq(hand_in(0, traces(text)).verdict, ACCEPTED);
        RUN_UNTIL(arrived() > before);
        of[stages[0].out.items == at_0] = *c;
    }
    for (unsigned i = 0; i < WORKERS; i++) {
        stages[i].out.items = 0;
        stages[i].out.names[0] = '\0';
    }
}

START_TEST(a_part_that_is_refused_is_kept_and_nothing_comes_twice)
{
    char of[WORKERS], both[4] = {0};

    begin(BY_TRACE);
    find_traces(of);
    snprintf(both, sizeof(both), "%c%c%c", of[0], of[1], of[0]);
    stages[0].out.answer = result_retry(10, "full");
    ck_assert_int_eq(hand_in(0, traces(both)).verdict, ACCEPTED); /* worker 1 has taken its part */
    ck_assert_uint_eq(relays[0]->type->held(relays[0]), 2);
    ck_assert_int_eq(hand_in(0, traces(both)).verdict, RETRY_LATER);
    RUN_UNTIL(arrived() == 1);
    stages[0].out.answer = result_accepted();
    RUN_UNTIL(arrived() == 3);
    ck_assert_uint_eq(count(0, of[0]), 2);
    ck_assert_uint_eq(count(1, of[1]), 1);
    end();
}
END_TEST

START_TEST(what_nobody_takes_is_refused_whole)
{
    char of[WORKERS], both[3] = {0};

    begin(BY_TRACE);
    find_traces(of);
    snprintf(both, sizeof(both), "%c%c", of[0], of[1]);
    leave(1);
    stages[0].out.answer = result_retry(10, "full");
    ck_assert_int_eq(hand_in(0, traces(both)).verdict, RETRY_LATER);
    ck_assert_uint_eq(relays[0]->type->held(relays[0]), 0);
    leave(0);
    meetings_free(meetings);
}
END_TEST

START_TEST(what_the_target_refuses_stays_in_the_inbox)
{
    begin(ONE_WORKER);
    stages[0].out.answer = result_retry(10, "full");
    ck_assert_int_eq(hand_in(1, traces("a")).verdict, ACCEPTED);
    for (int i = 0; i < 5; i++)
        stage_turn(&stages[0]);
    ck_assert_uint_eq(relays[0]->type->held(relays[0]), 1);
    ck_assert_int_eq(hand_in(0, traces("b")).verdict, RETRY_LATER); /* not before the other one */
    stages[0].out.answer = result_accepted();
    ck_assert_int_eq(hand_in(0, traces("c")).verdict, ACCEPTED);
    ck_assert_str_eq(stages[0].out.names, "a c ");
    end();
}
END_TEST

START_TEST(it_tries_again_by_itself)
{
    begin(ONE_WORKER);
    stages[0].out.answer = result_retry(10, "full");
    ck_assert_int_eq(hand_in(1, traces("a")).verdict, ACCEPTED);
    for (int i = 0; i < 5; i++)
        stage_turn(&stages[0]);
    stages[0].out.answer = result_accepted();
    RUN_UNTIL(arrived() == 1);
    end();
}
END_TEST

START_TEST(what_the_target_rejects_is_dropped)
{
    begin(ONE_WORKER);
    stages[0].out.answer = result_rejected("never");
    ck_assert_int_eq(hand_in(0, traces("a")).verdict, REJECTED);
    ck_assert_int_eq(hand_in(1, traces("a")).verdict, ACCEPTED);
    RUN_UNTIL(relays[0]->type->held(relays[0]) == 0);
    ck_assert_uint_eq(arrived(), 0);
    end();
}
END_TEST

START_TEST(a_full_inbox_refuses)
{
    size_t taken = 0;

    begin(ONE_WORKER);
    while (hand_in(1, traces("a")).verdict == ACCEPTED)
        taken++;
    ck_assert_uint_eq(taken, INBOX_BATCHES);
    RUN_UNTIL(arrived() == taken);
    ck_assert_int_eq(hand_in(1, traces("a")).verdict, ACCEPTED);
    RUN_UNTIL(arrived() == taken + 1);
    end();
}
END_TEST

START_TEST(other_signals_stay_in_their_worker)
{
    begin(BY_TRACE);
    ck_assert_int_eq(hand_in(1, batch_new(LOGS)).verdict, ACCEPTED);
    ck_assert_uint_eq(stages[1].out.batches, 1);
    ck_assert_int_eq(hand_in(1, batch_new(TRACES)).verdict, ACCEPTED); /* of no spans */
    ck_assert_uint_eq(stages[1].out.batches, 2);
    end();
}
END_TEST

/* Who brings a batch may wait for what becomes of it; another thread never touches that. */
START_TEST(a_batch_goes_to_another_worker_as_a_new_one)
{
    struct batch *batch = traces("a");

    begin(ONE_WORKER);
    ck_assert_int_eq(consume(relays[1], batch).verdict, ACCEPTED);
    ck_assert_uint_eq(atomic_load(&batch->refs), 1);
    ck_assert_uint_eq(atomic_load(&batch->slices[0].payload->refs), 2);
    batch_unref(batch);
    RUN_UNTIL(arrived() == 1);
    end();
}
END_TEST

START_TEST(draining_waits_for_all_workers_and_for_the_inbox)
{
    begin(ONE_WORKER);
    drain(0);
    for (int i = 0; i < 3; i++)
        stage_turn(&stages[0]);
    ck_assert_uint_eq(DRAINED, 0);
    stages[0].out.answer = result_retry(10, "full");
    ck_assert_int_eq(hand_in(1, traces("a")).verdict, ACCEPTED);
    drain(1);
    ck_assert_uint_eq(DRAINED, 1); /* worker 1: nothing can come to it */
    for (int i = 0; i < 5; i++)
        stage_turn(&stages[0]);
    ck_assert_uint_eq(DRAINED, 1);
    stages[0].out.answer = result_accepted();
    RUN_UNTIL(DRAINED == 2);
    ck_assert_uint_eq(arrived(), 1);
    end();
}
END_TEST

START_TEST(draining_waits_for_what_is_owed)
{
    char of[WORKERS], both[3] = {0};

    begin(BY_TRACE);
    find_traces(of);
    snprintf(both, sizeof(both), "%c%c", of[0], of[1]);
    stages[0].out.answer = result_retry(10, "full");
    ck_assert_int_eq(hand_in(0, traces(both)).verdict, ACCEPTED);
    drain(0);
    drain(1);
    RUN_UNTIL(stages[1].out.items == 1);
    ck_assert_uint_eq(DRAINED, 0);
    stages[0].out.answer = result_accepted();
    RUN_UNTIL(DRAINED == 2);
    ck_assert_uint_eq(arrived(), 2);
    end();
}
END_TEST

START_TEST(a_worker_that_is_destroyed_is_not_waited_for)
{
    begin(ONE_WORKER);
    drain(0);
    ck_assert_uint_eq(DRAINED, 0);
    leave(1);
    STAGE_RUN_UNTIL(&stages[0], DRAINED == 1);
    leave(0);
    meetings_free(meetings);
}
END_TEST

/* ---- in threads ---- */

enum { THREADS = 3, BATCHES = 2000 };

struct station {             /* a worker's: touched by its thread alone, but for the atomic ones */
    struct component target; /* first, so that it is the station's address */
    struct component *relay;
    struct worker *worker;
    uv_timer_t feed;
    unsigned fed, tries;
    size_t seen[256];
    atomic_size_t items;
    atomic_bool drained;
};

static struct station stations[THREADS];

static struct result station_consume(struct component *base, struct batch *batch)
{
    struct station *station = (struct station *)base;

    if (station->tries++ % 7 == 3)
        return result_retry(1, "now and then");
    for (size_t i = 0; i < batch->slice_count; i++) {
        const struct slice *slice = &batch->slices[i];

        for (uint32_t n = slice->first; n < slice->first + slice->count; n++)
            station->seen[(uint8_t)payload_str(slice->payload, slice->payload->items[n]).at[2]]++;
    }
    atomic_fetch_add(&station->items, batch->items);
    return result_accepted();
}

static void on_station_drained(struct component *relay)
{
    for (unsigned i = 0; i < THREADS; i++)
        if (stations[i].relay == relay)
            atomic_store(&stations[i].drained, true);
}

static void on_feed(uv_timer_t *timer)
{
    struct station *station = timer->data;

    while (station->fed < BATCHES) {
        if (stage_hand_in(station->relay, traces("abcabdeefghij")).verdict == RETRY_LATER)
            return;
        station->fed++;
    }
    uv_close((uv_handle_t *)timer, NULL);
    station->relay->type->drain(station->relay, on_station_drained);
}

static void station_join(struct worker *worker, void *arg)
{
    static const struct component_type types[] = {
        {.name = "station", .consume = station_consume, .placement = BY_TRACE},
        {.name = "station", .consume = station_consume, .placement = ONE_WORKER},
    };
    struct station *station = &stations[worker->index];

    station->worker = worker;
    station->target = (struct component){.type = &types[*(const int *)arg]};
    station->relay = relay_new(worker, &station->target, here, "processors/station");
    uv_timer_init(worker->loop, &station->feed);
    station->feed.data = station;
    uv_timer_start(&station->feed, on_feed, 1, 1);
}

static void station_leave(struct worker *worker, void *arg)
{
    (void)arg;
    stations[worker->index].relay->type->destroy(stations[worker->index].relay);
}

static bool all_drained(void)
{
    for (unsigned i = 0; i < THREADS; i++)
        if (!atomic_load(&stations[i].drained))
            return false;
    return true;
}

/* The first worker's relay is alone for a while. */
START_TEST(threads_lose_nothing)
{
    struct crew *crew = crew_new(THREADS, NULL);
    size_t items = 0;

    memset(stations, 0, sizeof(stations));
    for (unsigned i = 0; i < THREADS; i++)
        crew_call(crew_at(crew, i), station_join, &_i);
    while (!all_drained())
        usleep(1000);
    for (unsigned i = 0; i < THREADS; i++) {
        ck_assert(_i == 1 || atomic_load(&stations[i].items) > 0);
        items += atomic_load(&stations[i].items);
    }
    ck_assert_uint_eq(items, (size_t)THREADS * BATCHES * 13);
    for (unsigned i = 0; i < THREADS; i++)
        crew_call(crew_at(crew, i), station_leave, NULL);
    for (int c = 'a'; c <= 'j'; c++) {
        unsigned workers = 0;

        for (unsigned i = 0; i < THREADS; i++)
            workers += stations[i].seen[c] > 0;
        ck_assert_uint_eq(workers, 1);
    }
    crew_free(crew);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("relay");

    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, all_comes_to_worker_0);
    tcase_add_test(cases, each_trace_comes_to_one_worker);
    tcase_add_test(cases, a_part_that_is_refused_is_kept_and_nothing_comes_twice);
    tcase_add_test(cases, what_nobody_takes_is_refused_whole);
    tcase_add_test(cases, what_the_target_refuses_stays_in_the_inbox);
    tcase_add_test(cases, it_tries_again_by_itself);
    tcase_add_test(cases, what_the_target_rejects_is_dropped);
    tcase_add_test(cases, a_full_inbox_refuses);
    tcase_add_test(cases, other_signals_stay_in_their_worker);
    tcase_add_test(cases, a_batch_goes_to_another_worker_as_a_new_one);
    tcase_add_test(cases, draining_waits_for_all_workers_and_for_the_inbox);
    tcase_add_test(cases, draining_waits_for_what_is_owed);
    tcase_add_test(cases, a_worker_that_is_destroyed_is_not_waited_for);
    tcase_add_loop_test(cases, threads_lose_nothing, 0, 2);
    return run_tests("relay", cases);
}
