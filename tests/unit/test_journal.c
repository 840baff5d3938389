/*
 * Journals on a real directory: what is on disk when a client is told OK, and what becomes of it.
 */
#include "pipeline/journal.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/budget.h"
#include "base/log_recent.h"
#include "base/metadata.h"
#include "otlp/payload.h"
#include "storage/disk.h"
#include "unit/check.h"
#include "unit/journal_fixture.h"

static struct journal_fixture f;

static void set_up(void)
{
    journal_fixture_init(&f);
}

static void tear_down(void)
{
    disk_set_fault(NULL);
    journal_fixture_done(&f);
}

#define RUN_UNTIL(condition) STAGE_RUN_UNTIL(&f.stage, condition)

static struct component *out(void)
{
    return &f.stage.out.base;
}

static void offer(unsigned first, unsigned count)
{
    journal_fixture_send_spans(&f, first, count);
}

static void close_all(void)
{
    journal_fixture_close(&f);
}

/* What a new process would find: all is handed to the stage's exporter. */
static void open_again(void)
{
    stage_refuse(&f.stage, false);
    *f.stage.out.names = '\0';
    f.stage.out.items = 0;
    journal_fixture_open(&f, out());
}

/* ---- writing ---- */

START_TEST(a_client_is_told_ok_behind_the_write)
{
    journal_fixture_open(&f, out());
    store_fixture_fail(-1, 0);
    atomic_store(&store_faults.slow_us, 20000);
    offer(0, 1);
    ck_assert_uint_eq(journal_fixture_told(&f), 0);
    ck_assert_uint_eq(f.stage.out.items, 0);
    RUN_UNTIL(f.accepted == 1);
    ck_assert_int_gt(atomic_load(&store_faults.calls[DISK_SYNC]), 0);
    ck_assert_str_eq(f.stage.out.names, "s0 ");
    atomic_store(&store_faults.slow_us, 0);
}
END_TEST

START_TEST(without_fsync_nothing_is_synced)
{
    f.disk.settings.sync = false;
    journal_fixture_open(&f, out());
    store_fixture_fail(-1, 0);
    offer(0, 1);
    RUN_UNTIL(f.accepted == 1);
    ck_assert_int_eq(atomic_load(&store_faults.calls[DISK_SYNC]), 0);
}
END_TEST

START_TEST(many_requests_share_a_sync)
{
    int before;

    f.sync_interval_ms = 50;
    journal_fixture_open(&f, out());
    store_fixture_fail(-1, 0);
    offer(0, 1);
    RUN_UNTIL(f.accepted == 1);
    before = atomic_load(&store_faults.calls[DISK_SYNC]);
    offer(1, 500);
    RUN_UNTIL(f.accepted == 501);
    ck_assert_int_eq(atomic_load(&store_faults.calls[DISK_SYNC]), before + 1);
    ck_assert_uint_eq(f.stage.out.items, 501);
}
END_TEST

START_TEST(much_does_not_wait_for_the_interval)
{
    f.sync_interval_ms = 3600 * 1000;
    journal_fixture_open(&f, out());
    offer(0, 1);
    RUN_UNTIL(f.accepted == 1);
    for (unsigned i = 0; i < 300; i++)
        journal_fixture_send(&f, stage_batch(1000 * i, 1000));
    RUN_UNTIL(f.accepted > 1);
    ck_assert_uint_eq(f.refused, 0);
}
END_TEST

START_TEST(what_is_delivered_is_not_there_at_the_next_start)
{
    journal_fixture_open(&f, out());
    offer(0, 100);
    RUN_UNTIL(f.accepted == 100);
    close_all();
    ck_assert_uint_eq(store_fixture_count(&f.disk, ".seg"), 0);
    open_again();
    offer(100, 1);
    RUN_UNTIL(f.accepted == 101);
    ck_assert_str_eq(f.stage.out.names, "s100 ");
}
END_TEST

START_TEST(what_is_not_delivered_is)
{
    journal_fixture_open(&f, &f.shelf.base);
    offer(0, 100);
    RUN_UNTIL(f.accepted == 100);
    ck_assert_uint_eq(f.shelf.count, 100);
    close_all();
    open_again();
    RUN_UNTIL(f.stage.out.items == 100);
    ck_assert_str_eq(f.stage.out.names, stage_names(0, 100));
    close_all();
    ck_assert_uint_eq(store_fixture_count(&f.disk, ".seg"), 0);
}
END_TEST

START_TEST(what_downstream_rejects_is_rejected_and_forgotten)
{
    journal_fixture_open(&f, out());
    f.stage.out.answer = result_rejected("never");
    offer(0, 3);
    RUN_UNTIL(f.rejected == 3);
    close_all();
    ck_assert_uint_eq(store_fixture_count(&f.disk, ".seg"), 0);
}
END_TEST

/* ---- falling behind ---- */

START_TEST(what_is_refused_stays_and_comes_in_order)
{
    journal_fixture_open(&f, out());
    stage_refuse(&f.stage, true);
    for (unsigned i = 0; i < 50; i++) { /* one or few in each group */
        offer(10 * i, 10);
        RUN_UNTIL(f.accepted == 10 * (i + 1));
    }
    ck_assert_uint_eq(f.stage.out.items, 0);
    stage_refuse(&f.stage, false);
    offer(500, 1);
    RUN_UNTIL(f.stage.out.items == 501);
    ck_assert_str_eq(f.stage.out.names, stage_names(0, 501));
    close_all();
    ck_assert_uint_eq(store_fixture_count(&f.disk, ".seg"), 0);
}
END_TEST

START_TEST(refused_now_and_then_nothing_is_lost_or_doubled)
{
    unsigned sent = 0;

    journal_fixture_open(&f, out());
    for (unsigned turn = 0; turn < 200; turn++) {
        stage_refuse(&f.stage, turn % 7 < 3);
        offer(sent, turn % 5);
        sent += turn % 5;
        stage_turn(&f.stage);
    }
    stage_refuse(&f.stage, false);
    RUN_UNTIL(f.stage.out.items >= sent);
    ck_assert_uint_eq(f.accepted, sent);
    ck_assert_str_eq(f.stage.out.names, stage_names(0, sent));
}
END_TEST

START_TEST(when_it_has_caught_up_it_goes_by_memory_again)
{
    int reads;

    journal_fixture_open(&f, out());
    stage_refuse(&f.stage, true);
    offer(0, 10);
    RUN_UNTIL(f.accepted == 10);
    stage_refuse(&f.stage, false);
    RUN_UNTIL(f.stage.out.items == 10);
    offer(10, 1); /* whatever it was that the reader still had to find out */
    RUN_UNTIL(f.stage.out.items == 11);
    store_fixture_fail(-1, 0);
    reads = atomic_load(&store_faults.calls[DISK_READ]);
    offer(11, 10);
    RUN_UNTIL(f.stage.out.items == 21);
    ck_assert_int_eq(atomic_load(&store_faults.calls[DISK_READ]), reads);
}
END_TEST

/* The timer may find room while a group is being written that the reader has not seen. */
START_TEST(what_is_written_while_it_catches_up_is_not_forgotten)
{
    journal_fixture_open(&f, out());
    stage_refuse(&f.stage, true);
    offer(0, 5);
    RUN_UNTIL(f.accepted == 5);
    for (int i = 0; i < 4; i++) /* they are read, and refused */
        stage_turn(&f.stage);
    store_fixture_fail(-1, 0);
    atomic_store(&store_faults.slow_us, 300000);
    offer(5, 5);
    stage_refuse(&f.stage, false);
    RUN_UNTIL(f.accepted == 10);
    atomic_store(&store_faults.slow_us, 0);
    RUN_UNTIL(f.stage.out.items == 10);
    ck_assert_str_eq(f.stage.out.names, stage_names(0, 10));
}
END_TEST

START_TEST(memory_holds_a_bounded_part_of_it)
{
    enum { BATCHES = 2000, SPANS = 1000 }; /* of 38 bytes, and 8 of the index */
    size_t most = 0;

    journal_fixture_open(&f, &f.shelf.base);
    for (unsigned i = 0; i < BATCHES; i++) {
        journal_fixture_send(&f, stage_batch(0, SPANS));
        if (i % 20 == 0)
            RUN_UNTIL(f.accepted == i + 1);
        most = f.shelf.count > most ? f.shelf.count : most;
    }
    RUN_UNTIL(f.accepted == BATCHES);
    ck_assert_uint_gt(most, 100);
    ck_assert_uint_lt(most, 800);
    ck_assert_uint_eq(f.stage.worker.held_bytes, 0);
    for (size_t got = 0; got < BATCHES;) {
        RUN_UNTIL(f.shelf.count > 0);
        got += f.shelf.count;
        shelf_empty(&f.shelf);
    }
}
END_TEST

START_TEST(it_catches_up_while_clients_send_all_they_can)
{
    enum { LEFT = 1600, GROUP = 120, ROUNDS = 60 }; /* batches of 38,000 bytes: a group is 4 MiB */
    size_t sent = LEFT, got = 0;

    journal_fixture_open(&f, &f.shelf.base);
    for (unsigned i = 0; i < LEFT; i++)
        journal_fixture_send(&f, stage_batch(0, 1000));
    RUN_UNTIL(f.accepted == LEFT);
    for (unsigned i = 0; got < sent; i++, sent += GROUP) {
        ck_assert_uint_lt(i, ROUNDS);
        for (unsigned k = 0; k < GROUP; k++)
            journal_fixture_send(&f, stage_batch(0, 1000));
        RUN_UNTIL(f.accepted == sent + GROUP);
        got += f.shelf.count;
        shelf_empty(&f.shelf);
    }
}
END_TEST

static bool told(const char *text)
{
    struct log_recent last;

    return log_recent_read(&last, 1) > 0 && strstr(last.text, text);
}

START_TEST(a_record_larger_than_the_memory_waits_and_is_told)
{
    static const size_t limits[] = {20000, 42000}; /* too little for its bytes; for their index */

    journal_fixture_open(&f, &f.shelf.base);
    journal_fixture_send(&f, stage_batch(0, 1000));
    RUN_UNTIL(f.accepted == 1);
    close_all();
    budget_set_limit(limits[_i]);
    open_again();
    RUN_UNTIL(told("does not fit into the memory"));
    ck_assert_uint_eq(f.stage.out.items, 0);
    budget_set_limit(0);
    RUN_UNTIL(f.stage.out.items == 1000);
}
END_TEST

/* ---- a disk that fails, and one that is full ---- */

START_TEST(a_disk_that_fails_refuses_and_recovers)
{
    static const struct {
        int call, error;
    } faults[] = {{DISK_WRITE, ENOSPC}, {DISK_WRITE, EIO}, {DISK_SYNC, EIO}, {DISK_OPEN, EMFILE}};

    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        f.accepted = f.refused = 0;
        f.stage.out.items = 0;
        journal_fixture_open(&f, out());
        store_fixture_fail(faults[i].call, faults[i].error);
        offer(0, 3);
        RUN_UNTIL(f.refused == 3);
        offer(3, 1); /* at once: the disk is not asked again so soon */
        ck_assert_uint_eq(f.refused, 4);
        ck_assert_uint_eq(f.stage.out.items, 0);
        disk_set_fault(NULL);
        do {
            size_t told = journal_fixture_told(&f);

            stage_turn(&f.stage);
            offer(4, 1);
            RUN_UNTIL(journal_fixture_told(&f) > told);
        } while (f.accepted == 0);
        RUN_UNTIL(f.stage.out.items == 1);
        close_all();
    }
}
END_TEST

START_TEST(max_size_refuses_until_there_is_room)
{
    unsigned sent = 0, stored;

    f.disk.settings.max_bytes = 20000;
    journal_fixture_open(&f, out());
    stage_refuse(&f.stage, true);
    while (f.refused == 0) {
        offer(sent++, 1);
        RUN_UNTIL(journal_fixture_told(&f) == sent);
        ck_assert_uint_lt(sent, 1000);
    }
    stored = sent - 1;
    ck_assert_uint_gt(stored, 20);
    ck_assert_uint_le(store_fixture_bytes(&f.disk), 20000);
    stage_refuse(&f.stage, false);
    RUN_UNTIL(f.stage.out.items == stored);
    close_all(); /* its last segment goes only now */
    open_again();
    offer(2000, 1);
    RUN_UNTIL(f.stage.out.items == 1);
    ck_assert_uint_eq(f.refused, 1);
}
END_TEST

START_TEST(a_burst_over_the_limit_is_refused_in_part)
{
    f.disk.settings.max_bytes = 20000;
    f.sync_interval_ms = 50;
    journal_fixture_open(&f, out());
    stage_refuse(&f.stage, true);
    offer(0, 1);
    RUN_UNTIL(f.accepted == 1);
    offer(1, 1000);
    RUN_UNTIL(journal_fixture_told(&f) == 1001);
    ck_assert_uint_gt(f.refused, 0);
    ck_assert_uint_gt(f.accepted, 20);
}
END_TEST

/* ---- at the start ---- */

static void leave(unsigned first, unsigned count)
{
    size_t before = f.accepted;

    journal_fixture_open(&f, &f.shelf.base);
    offer(first, count);
    RUN_UNTIL(f.accepted == before + count);
    close_all();
}

START_TEST(records_of_a_receiver_that_is_gone_go_to_another)
{
    leave(0, 10);
    journal_fixture_open(&f, NULL);
    f.inlet = journal_fixture_inlet(&f, "otlp/new", out());
    RUN_UNTIL(f.stage.out.items == 10);
}
END_TEST

START_TEST(records_that_nobody_takes_stay)
{
    leave(0, 10);
    journal_fixture_open(&f, NULL);
    f.inlet = journal_inlet_new(f.journal, "otlp", LOGS, out(), "receivers/otlp");
    ck_assert(f.inlet->type->start(f.inlet, &f.disk.err));
    for (int i = 0; i < 30; i++)
        stage_turn(&f.stage);
    ck_assert_uint_eq(f.stage.out.items, 0);
    close_all();
    open_again();
    RUN_UNTIL(f.stage.out.items == 10);
}
END_TEST

START_TEST(without_an_inlet_nothing_is_read)
{
    leave(0, 10);
    journal_fixture_open(&f, NULL);
    for (int i = 0; i < 5; i++)
        stage_turn(&f.stage);
    close_all();
    open_again();
    RUN_UNTIL(f.stage.out.items == 10);
}
END_TEST

START_TEST(what_is_left_comes_before_what_is_new)
{
    leave(0, 300);
    open_again();
    offer(300, 100);
    RUN_UNTIL(f.stage.out.items == 400);
    ck_assert_str_eq(f.stage.out.names, stage_names(0, 400));
}
END_TEST

START_TEST(another_number_of_workers_reads_all)
{
    struct worker workers[3];
    struct journal *journals[3];
    struct component *inlets[3];

    for (unsigned i = 0; i < 7; i++) /* each has segments of its own */
        leave(10 * i, 10);
    for (unsigned i = 0; i < 3; i++) {
        workers[i] = (struct worker){.index = i, .count = 3, .loop = &f.stage.loop};
        store_fixture_open(&f.disk);
        journals[i] =
            journal_new(&workers[i], f.disk.store, 0, "extensions/file_storage", &f.disk.err);
        f.disk.store = NULL;
        inlets[i] = journal_inlet_new(journals[i], "otlp", TRACES, out(), "receivers/otlp");
        ck_assert(inlets[i]->type->start(inlets[i], &f.disk.err));
    }
    RUN_UNTIL(f.stage.out.items == 70);
    for (unsigned i = 0; i < 3; i++) {
        inlets[i]->type->destroy(inlets[i]);
        journal_free(journals[i]);
    }
    uv_run(&f.stage.loop, UV_RUN_DEFAULT);
    ck_assert_uint_eq(store_fixture_count(&f.disk, ".seg"), 0);
}
END_TEST

static void put_record(const char *head, size_t head_len, const char *body)
{
    struct spool_record record = {{head, head_len}, str_of(body), {0}};
    struct spool *spool;

    store_fixture_open(&f.disk);
    spool = store_fixture_spool(&f.disk, 0, 1);
    ck_assert(spool_write(spool, &record, 1, &f.disk.err));
    spool_close(spool);
    store_fixture_close(&f.disk);
}

START_TEST(what_is_of_another_version_stays)
{
    leave(0, 5);
    put_record("\7\0\4\0otlp", 8, "of a later version");
    leave(5, 5);
    open_again();
    RUN_UNTIL(f.stage.out.items == 10);
    ck_assert(told("another version of this program"));
    close_all();
    ck_assert_uint_eq(store_fixture_count(&f.disk, ".seg"), 1);
}
END_TEST

START_TEST(what_is_malformed_is_dropped_and_no_more)
{
    leave(0, 5);
    put_record("\1\0\4\0otlp", 8, "no protobuf");
    leave(5, 5);
    open_again();
    RUN_UNTIL(f.stage.out.items == 10);
    close_all();
    ck_assert_uint_eq(store_fixture_count(&f.disk, ".seg"), 0);
}
END_TEST

START_TEST(metadata_survives)
{
    struct batch *batch = stage_batch(0, 1);
    struct payload *payload = batch->slices[0].payload;
    size_t at = 0;
    struct str value;

    ck_assert(metadata_add(&payload->metadata, STR("x-tenant"), STR("blue")));
    journal_fixture_open(&f, &f.shelf.base);
    journal_fixture_send(&f, batch);
    RUN_UNTIL(f.accepted == 1);
    close_all();
    journal_fixture_open(&f, &f.shelf.base);
    RUN_UNTIL(f.shelf.count == 1);
    payload = f.shelf.kept[0]->slices[0].payload;
    ck_assert(metadata_next_value(payload->metadata, &at, STR("x-tenant"), &value));
    ck_assert(str_is(value, "blue"));
    ck_assert_uint_eq(batch_unstored(f.shelf.kept[0]), 0);
}
END_TEST

START_TEST(metadata_that_is_too_long_goes_by_memory_only)
{
    static char value[40000];
    struct batch *batch = stage_batch(0, 1);

    memset(value, 'x', sizeof(value));
    ck_assert(metadata_add(&batch->slices[0].payload->metadata, STR("x-long"),
                           (struct str){value, sizeof(value)}));
    journal_fixture_open(&f, &f.shelf.base);
    journal_fixture_send(&f, batch);
    RUN_UNTIL(f.accepted == 1);
    ck_assert_ptr_nonnull(f.shelf.kept[0]->slices[0].payload->metadata);
    close_all();
    journal_fixture_open(&f, &f.shelf.base);
    RUN_UNTIL(f.shelf.count == 1);
    ck_assert_ptr_null(f.shelf.kept[0]->slices[0].payload->metadata);
}
END_TEST

/* ---- the end ---- */

START_TEST(it_drains_when_all_is_written)
{
    f.sync_interval_ms = 3600 * 1000;
    journal_fixture_open(&f, out());
    offer(0, 1);
    RUN_UNTIL(f.accepted == 1);
    offer(1, 20);
    f.inlet->type->drain(f.inlet, stage_on_drained);
    ck_assert_uint_eq(f.stage.drained, 0);
    RUN_UNTIL(f.stage.drained == 1);
    ck_assert_uint_eq(f.accepted, 21);
    ck_assert_uint_eq(f.stage.out.items, 21);
}
END_TEST

START_TEST(draining_leaves_on_disk_what_is_refused)
{
    journal_fixture_open(&f, out());
    stage_refuse(&f.stage, true);
    offer(0, 20);
    f.inlet->type->drain(f.inlet, stage_on_drained);
    RUN_UNTIL(f.stage.drained == 1);
    ck_assert_uint_eq(f.accepted, 20);
    close_all();
    open_again();
    RUN_UNTIL(f.stage.out.items == 20);
    ck_assert_str_eq(f.stage.out.names, stage_names(0, 20));
}
END_TEST

/* As a reload does: the new one stands there already. */
START_TEST(an_inlet_drains_while_another_goes_on)
{
    struct component *old;

    f.sync_interval_ms = 20;
    journal_fixture_open(&f, &f.shelf.base);
    offer(0, 1);
    RUN_UNTIL(f.accepted == 1);
    old = f.inlet;
    offer(1, 1);
    f.inlet = journal_fixture_inlet(&f, "otlp", out());
    old->type->drain(old, stage_on_drained);
    ck_assert_uint_eq(f.stage.drained, 0);
    RUN_UNTIL(f.stage.drained == 1);
    ck_assert_uint_eq(f.shelf.count, 2); /* what came by it has gone its way */
    offer(2, 1);
    RUN_UNTIL(f.accepted == 3);
    ck_assert_str_eq(f.stage.out.names, "s2 ");
    old->type->destroy(old);
}
END_TEST

START_TEST(what_is_read_goes_by_an_inlet_that_does_not_drain)
{
    struct component *old;

    leave(0, 10);
    journal_fixture_open(&f, &f.shelf.base);
    old = f.inlet;
    f.inlet = journal_fixture_inlet(&f, "other", out());
    old->type->drain(old, stage_on_drained);
    RUN_UNTIL(f.stage.out.items == 10);
    ck_assert_uint_eq(f.shelf.count, 0);
    old->type->destroy(old);
}
END_TEST

START_TEST(what_is_delivered_after_the_drain_is_marked)
{
    journal_fixture_open(&f, &f.shelf.base);
    offer(0, 20);
    RUN_UNTIL(f.accepted == 20);
    f.inlet->type->drain(f.inlet, stage_on_drained);
    RUN_UNTIL(f.stage.drained == 1);
    shelf_empty(&f.shelf);
    close_all();
    ck_assert_uint_eq(store_fixture_count(&f.disk, ".seg"), 0);
}
END_TEST

/* Freed at any moment of a job: accepted means stored, and refused means not handed on. */
START_TEST(it_may_end_at_any_moment)
{
    unsigned sent = 0;

    for (int turns = 0; turns < 12; turns++) {
        journal_fixture_open(&f, &f.shelf.base);
        store_fixture_fail(-1, 0);
        atomic_store(&store_faults.slow_us, 3000);
        for (int i = 0; i < turns; i++) {
            offer(sent++, 1);
            uv_run(&f.stage.loop, UV_RUN_NOWAIT);
            usleep(1000);
        }
        close_all();
        ck_assert_uint_eq(journal_fixture_told(&f), sent);
        disk_set_fault(NULL);
    }
    atomic_store(&store_faults.slow_us, 0);
    open_again();
    RUN_UNTIL(f.stage.out.items == f.accepted);
}
END_TEST

START_TEST(payloads_may_outlive_it)
{
    journal_fixture_open(&f, &f.shelf.base);
    offer(0, 3);
    RUN_UNTIL(f.accepted == 3);
    f.inlet->type->destroy(f.inlet);
    journal_free(f.journal);
    f.inlet = NULL;
    f.journal = NULL;
    uv_run(&f.stage.loop, UV_RUN_DEFAULT);
    shelf_empty(&f.shelf);
    open_again();
    RUN_UNTIL(f.stage.out.items == 3);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("journal");

    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, a_client_is_told_ok_behind_the_write);
    tcase_add_test(cases, without_fsync_nothing_is_synced);
    tcase_add_test(cases, many_requests_share_a_sync);
    tcase_add_test(cases, much_does_not_wait_for_the_interval);
    tcase_add_test(cases, what_is_delivered_is_not_there_at_the_next_start);
    tcase_add_test(cases, what_is_not_delivered_is);
    tcase_add_test(cases, what_downstream_rejects_is_rejected_and_forgotten);
    tcase_add_test(cases, what_is_refused_stays_and_comes_in_order);
    tcase_add_test(cases, refused_now_and_then_nothing_is_lost_or_doubled);
    tcase_add_test(cases, when_it_has_caught_up_it_goes_by_memory_again);
    tcase_add_test(cases, what_is_written_while_it_catches_up_is_not_forgotten);
    tcase_add_test(cases, memory_holds_a_bounded_part_of_it);
    tcase_add_test(cases, it_catches_up_while_clients_send_all_they_can);
    tcase_add_loop_test(cases, a_record_larger_than_the_memory_waits_and_is_told, 0, 2);
    tcase_add_test(cases, a_disk_that_fails_refuses_and_recovers);
    tcase_add_test(cases, max_size_refuses_until_there_is_room);
    tcase_add_test(cases, a_burst_over_the_limit_is_refused_in_part);
    tcase_add_test(cases, records_of_a_receiver_that_is_gone_go_to_another);
    tcase_add_test(cases, records_that_nobody_takes_stay);
    tcase_add_test(cases, without_an_inlet_nothing_is_read);
    tcase_add_test(cases, what_is_left_comes_before_what_is_new);
    tcase_add_test(cases, another_number_of_workers_reads_all);
    tcase_add_test(cases, what_is_of_another_version_stays);
    tcase_add_test(cases, what_is_malformed_is_dropped_and_no_more);
    tcase_add_test(cases, metadata_survives);
    tcase_add_test(cases, metadata_that_is_too_long_goes_by_memory_only);
    tcase_add_test(cases, it_drains_when_all_is_written);
    tcase_add_test(cases, draining_leaves_on_disk_what_is_refused);
    tcase_add_test(cases, an_inlet_drains_while_another_goes_on);
    tcase_add_test(cases, what_is_read_goes_by_an_inlet_that_does_not_drain);
    tcase_add_test(cases, what_is_delivered_after_the_drain_is_marked);
    tcase_add_test(cases, it_may_end_at_any_moment);
    tcase_add_test(cases, payloads_may_outlive_it);
    return run_tests("journal", cases);
}
