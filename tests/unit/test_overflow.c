/*
 * Overflows on a real directory: what an exporter cannot take waits on disk for it alone, in order,
 * and what it came from is done.
 */
#include "pipeline/overflow.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/metadata.h"
#include "pipeline/journal_priv.h"
#include "storage/disk.h"
#include "storage/store_priv.h"
#include "unit/check.h"
#include "unit/journal_fixture.h"

/* An exporter before the stage's recorder, which tells how much it holds. */
struct exporter {
    struct component base;
    struct recorder *to;
    size_t held_bytes;
};

static struct journal_fixture f;
static struct exporter exporter;
static struct component *overflow;

static struct result export(struct component *base, struct batch *batch)
{
    return consume(&((struct exporter *)base)->to->base, batch);
}

static size_t exporter_held_bytes(const struct component *base)
{
    return ((const struct exporter *)base)->held_bytes;
}

static const struct component_type exporter_type = {
    .name = "exporter",
    .kind = EXPORTER,
    .consume = export,
    .held_bytes = exporter_held_bytes,
};

static void set_up(void)
{
    journal_fixture_init(&f);
    exporter = (struct exporter){
        .base = {.type = &exporter_type, .id = "x", .where = "exporters/x"}, .to = &f.stage.out};
}

static void close_all(void)
{
    journal_close(f.journal);
    if (overflow)
        overflow->type->destroy(overflow);
    overflow = NULL;
    journal_fixture_close(&f);
}

static void tear_down(void)
{
    disk_set_fault(NULL);
    if (f.journal)
        close_all();
    journal_fixture_done(&f);
}

#define RUN_UNTIL(condition) STAGE_RUN_UNTIL(&f.stage, condition)

static struct component *overflow_make(void)
{
    struct component *made = overflow_new(f.journal, &exporter.base, &f.disk.err);

    ck_assert_ptr_nonnull(made);
    ck_assert(overflow_leads_to(made, &exporter.base));
    ck_assert(made->type->start(made, &f.disk.err));
    return made;
}

static void open_all(void)
{
    *f.stage.out.names = '\0';
    f.stage.out.items = 0;
    journal_fixture_open(&f, NULL);
    overflow = overflow_make();
}

/* Batches of a span each, straight to the overflow; all have to be taken. */
static void give(unsigned first, unsigned count)
{
    for (unsigned i = first; i < first + count; i++)
        ck_assert_int_eq(stage_hand_in(overflow, stage_batch(i, 1)).verdict, ACCEPTED);
}

static bool is_written(void)
{
    return overflow->type->held(overflow) == 0;
}

/* ---- the way by the disk ---- */

START_TEST(what_is_taken_never_comes_to_the_disk)
{
    open_all();
    give(0, 10);
    ck_assert_str_eq(f.stage.out.names, stage_names(0, 10));
    for (int i = 0; i < 3; i++)
        stage_turn(&f.stage);
    ck_assert_uint_eq(store_fixture_count(&f.disk, ".seg"), 0);
}
END_TEST

START_TEST(what_is_refused_waits_on_disk_and_comes_in_order)
{
    open_all();
    give(0, 5);
    stage_refuse(&f.stage, true);
    for (unsigned i = 0; i < 50; i++) {
        give(5 + 10 * i, 10);
        stage_turn(&f.stage);
    }
    RUN_UNTIL(is_written());
    ck_assert_uint_eq(f.stage.out.items, 5);
    ck_assert_uint_gt(store_fixture_count(&f.disk, ".seg"), 0);
    stage_refuse(&f.stage, false);
    give(505, 1); /* behind what is on disk */
    RUN_UNTIL(f.stage.out.items == 506);
    ck_assert_str_eq(f.stage.out.names, stage_names(0, 506));
    for (unsigned i = 0; i < 100 && store_fixture_count(&f.disk, ".done") == 0; i++)
        stage_turn(&f.stage);
    close_all();
    ck_assert_uint_eq(store_fixture_count(&f.disk, ".seg"), 0);
}
END_TEST

START_TEST(refused_now_and_then_nothing_is_lost_or_doubled)
{
    unsigned sent = 0;

    open_all();
    for (unsigned turn = 0; turn < 200; turn++) {
        stage_refuse(&f.stage, turn % 7 < 3);
        exporter.held_bytes = turn % 11 < 3 ? SIZE_MAX : 0;
        give(sent, turn % 5);
        sent += turn % 5;
        if (turn % 3 == 0)
            stage_turn(&f.stage);
    }
    stage_refuse(&f.stage, false);
    exporter.held_bytes = 0;
    RUN_UNTIL(f.stage.out.items >= sent);
    ck_assert_str_eq(f.stage.out.names, stage_names(0, sent));
}
END_TEST

START_TEST(one_that_holds_much_gets_no_more_for_now)
{
    open_all();
    exporter.held_bytes = 24 << 20;
    give(0, 10);
    RUN_UNTIL(is_written());
    for (int i = 0; i < 5; i++)
        stage_turn(&f.stage);
    ck_assert_uint_eq(f.stage.out.items, 0);
    exporter.held_bytes = 0;
    RUN_UNTIL(f.stage.out.items == 10);
    ck_assert_str_eq(f.stage.out.names, stage_names(0, 10));
    give(10, 1); /* whatever the reader still had to find out */
    RUN_UNTIL(f.stage.out.items == 11);
    store_fixture_fail(DISK_READ, EIO);
    give(11, 5); /* now from memory */
    RUN_UNTIL(f.stage.out.items == 16);
}
END_TEST

/* It lags where another one holds much less, else all are as slow. */
START_TEST(one_that_holds_more_than_others_gets_no_more_for_now)
{
    struct exporter other = {.base = {.type = &exporter_type, .id = "y", .where = "exporters/y"},
                             .to = &f.stage.out};
    struct component *second;

    open_all();
    second = overflow_new(f.journal, &other.base, &f.disk.err);
    ck_assert(second->type->start(second, &f.disk.err));
    exporter.held_bytes = 7 << 20; /* its share is 8 MiB */
    give(0, 1);
    ck_assert_uint_eq(f.stage.out.items, 1);
    exporter.held_bytes = other.held_bytes = 20 << 20;
    give(1, 1);
    ck_assert_uint_eq(f.stage.out.items, 2);
    other.held_bytes = 9 << 20;
    give(2, 1);
    RUN_UNTIL(is_written());
    for (int i = 0; i < 5; i++)
        stage_turn(&f.stage);
    ck_assert_uint_eq(f.stage.out.items, 2);
    ck_assert_int_eq(stage_hand_in(second, stage_batch(100, 1)).verdict, ACCEPTED);
    ck_assert_uint_eq(f.stage.out.items, 3);
    second->type->destroy(second); /* now there is no other one */
    RUN_UNTIL(f.stage.out.items == 4);
    ck_assert_str_eq(f.stage.out.names, "s0 s1 s100 s2 ");
}
END_TEST

/* Before the trunk's inlet, with the exporter beside the shelf: the record is done when both are.
 */
START_TEST(the_record_that_it_came_by_is_done)
{
    enum { SPANS = 20 };

    open_all();
    f.inlet = journal_fixture_inlet(&f, "otlp", overflow);
    stage_refuse(&f.stage, true);
    journal_fixture_send_spans(&f, 0, SPANS);
    RUN_UNTIL(f.accepted == SPANS && is_written());
    ck_assert_uint_eq(f.stage.out.items, 0);
    for (int i = 0; i < 60; i++) /* so that marks are written */
        stage_turn(&f.stage);
    close_all();
    stage_refuse(&f.stage, false);
    journal_fixture_open(&f, &f.shelf.base); /* the receiver's records: none */
    for (int i = 0; i < 10; i++)
        stage_turn(&f.stage);
    ck_assert_uint_eq(f.shelf.count, 0);
    *f.stage.out.names = '\0';
    overflow = overflow_make(); /* the exporter's: all */
    RUN_UNTIL(f.stage.out.items == SPANS);
    ck_assert_str_eq(f.stage.out.names, stage_names(0, SPANS));
    ck_assert_uint_eq(f.shelf.count, 0);
}
END_TEST

START_TEST(before_it_is_written_the_record_is_not_done)
{
    open_all();
    f.inlet = journal_fixture_inlet(&f, "otlp", overflow);
    stage_refuse(&f.stage, true);
    journal_fixture_send_spans(&f, 0, 1);
    RUN_UNTIL(f.accepted == 1);
    close_all(); /* while it is written to the lane, or before */
    stage_refuse(&f.stage, false);
    open_all();
    f.inlet = journal_fixture_inlet(&f, "otlp", overflow);
    RUN_UNTIL(f.stage.out.items >= 1);
}
END_TEST

START_TEST(the_next_start_gives_it_to_the_exporter)
{
    open_all();
    stage_refuse(&f.stage, true);
    give(0, 300);
    RUN_UNTIL(is_written());
    close_all();
    ck_assert_uint_gt(store_fixture_count(&f.disk, ".seg"), 0);
    stage_refuse(&f.stage, false);
    open_all();
    give(300, 10);
    RUN_UNTIL(f.stage.out.items == 310);
    ck_assert_str_eq(f.stage.out.names, stage_names(0, 310));
}
END_TEST

START_TEST(parts_of_requests_come_as_they_were)
{
    struct batch *whole = stage_batch(0, 10), *other = stage_batch(10, 3),
                 *batch = batch_new(TRACES);

    batch_add(batch, whole->slices[0].payload, 2, 3);
    batch_add(batch, other->slices[0].payload, 0, 3);
    batch_add(batch, whole->slices[0].payload, 7, 1);
    batch_unref(whole);
    batch_unref(other);
    open_all();
    stage_refuse(&f.stage, true);
    ck_assert_int_eq(stage_hand_in(overflow, batch).verdict, ACCEPTED);
    ck_assert_uint_eq(overflow->type->held(overflow), 7);
    RUN_UNTIL(is_written());
    stage_refuse(&f.stage, false);
    RUN_UNTIL(f.stage.out.items == 7);
    ck_assert_str_eq(f.stage.out.names, "s2 s3 s4 s10 s11 s12 s7 ");
}
END_TEST

START_TEST(a_large_batch_is_several_records)
{
    enum { SPANS = 150000 }; /* of 38 bytes */

    open_all();
    stage_refuse(&f.stage, true);
    ck_assert_int_eq(stage_hand_in(overflow, stage_batch(0, SPANS)).verdict, ACCEPTED);
    ck_assert_uint_eq(overflow->type->held(overflow), SPANS);
    RUN_UNTIL(is_written());
    stage_refuse(&f.stage, false);
    RUN_UNTIL(f.stage.out.items == SPANS);
    ck_assert_uint_gt(f.stage.out.batches, 1);
}
END_TEST

START_TEST(metadata_comes_along)
{
    struct batch *batch = batch_new(TRACES);
    static const char *const tenants[] = {"blue", "blue", "red", NULL, NULL, "red"};
    static const char *const seen[] = {"blue", "red", NULL, "red"}; /* those that are the same */

    for (unsigned i = 0; i < sizeof(tenants) / sizeof(tenants[0]); i++) {
        struct batch *one = stage_batch(i, 1);

        if (tenants[i])
            ck_assert(metadata_add(&one->slices[0].payload->metadata, STR("x-tenant"),
                                   str_of(tenants[i])));
        batch_append(batch, one);
        batch_unref(one);
    }
    open_all();
    stage_refuse(&f.stage, true);
    ck_assert_int_eq(stage_hand_in(overflow, batch).verdict, ACCEPTED);
    RUN_UNTIL(is_written());
    close_all();
    journal_fixture_open(&f, NULL);
    f.shelf.base.where = "exporters/x";
    overflow = overflow_new(f.journal, &f.shelf.base, &f.disk.err);
    ck_assert(overflow->type->start(overflow, &f.disk.err));
    RUN_UNTIL(f.shelf.count == 4);
    for (unsigned i = 0; i < 4; i++) {
        struct bytes *metadata = f.shelf.kept[i]->slices[0].payload->metadata;
        struct str value = {NULL, 0};
        size_t at = 0;

        ck_assert(!metadata == !seen[i]);
        if (metadata)
            ck_assert(metadata_next_value(metadata, &at, STR("x-tenant"), &value));
        ck_assert(str_eq(value, seen[i] ? str_of(seen[i]) : (struct str){NULL, 0}));
    }
}
END_TEST

/* ---- a disk that fails, and one that is full ---- */

START_TEST(a_disk_that_fails_loses_nothing)
{
    static const struct {
        int call, error;
    } faults[] = {{DISK_WRITE, ENOSPC}, {DISK_SYNC, EIO}, {DISK_OPEN, EMFILE}};

    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        open_all();
        stage_refuse(&f.stage, true);
        store_fixture_fail(faults[i].call, faults[i].error);
        give(0, 10); /* kept, and written later */
        RUN_UNTIL(stage_hand_in(overflow, stage_batch(1000, 1)).verdict == RETRY_LATER);
        ck_assert_uint_ge(overflow->type->held(overflow), 10);
        disk_set_fault(NULL);
        RUN_UNTIL(is_written());
        stage_refuse(&f.stage, false);
        RUN_UNTIL(f.stage.out.items >= 10);
        ck_assert_int_eq(strncmp(f.stage.out.names, stage_names(0, 10), strlen(stage_names(0, 10))),
                         0);
        close_all();
    }
}
END_TEST

START_TEST(a_full_disk_refuses_until_there_is_room)
{
    unsigned sent = 0;

    f.disk.settings.max_bytes = 100000;
    open_all();
    stage_refuse(&f.stage, true);
    while (stage_hand_in(overflow, stage_batch(sent, 1)).verdict == ACCEPTED) {
        sent++;
        RUN_UNTIL(is_written());
        ck_assert_uint_lt(sent, 2000);
    }
    ck_assert_uint_gt(sent, 100);
    ck_assert_uint_le(store_fixture_bytes(&f.disk), 100000);
    stage_refuse(&f.stage, false);
    RUN_UNTIL(f.stage.out.items == sent);
    RUN_UNTIL(stage_hand_in(overflow, stage_batch(sent, 1)).verdict == ACCEPTED);
    RUN_UNTIL(f.stage.out.items == sent + 1);
}
END_TEST

/* So that what was acknowledged can go on to a lane, and the others get it. */
START_TEST(receivers_leave_room_for_lanes)
{
    uint64_t alone;

    f.disk.settings.max_bytes = 200000;
    open_all();
    f.inlet = journal_fixture_inlet(&f, "otlp", overflow);
    stage_refuse(&f.stage, true);
    for (unsigned i = 0; f.refused == 0; i++) {
        journal_fixture_send_spans(&f, i, 1);
        RUN_UNTIL(journal_fixture_told(&f) == i + 1);
        ck_assert_uint_lt(i, 4000);
    }
    RUN_UNTIL(is_written());
    alone = store_fixture_bytes(&f.disk);
    ck_assert_uint_le(alone, 200000 - 200000 / 8 + 1000);
    give(5000, 10);
    RUN_UNTIL(is_written());
}
END_TEST

/* However much a batch processor gathers of it, or a segment has that is done in part. */
START_TEST(what_moves_to_a_lane_fits_into_the_room_for_it)
{
    static const uint64_t limits[] = {4 << 20, 40 << 20, 1 << 30, UINT64_C(1) << 40};

    f.disk.settings.max_bytes = limits[_i];
    journal_fixture_open(&f, NULL);
    ck_assert_uint_eq(journal_memory(f.journal), JOURNAL_MEMORY_BYTES);
    for (unsigned workers = 1; workers <= 64; workers *= 4) {
        struct store *store = f.journal->store;
        uint64_t spare = store_spare(store, workers), segment = store_segment_max(store, workers);

        ck_assert_uint_le(spare, limits[_i] / 8);
        ck_assert_uint_le(segment, SPOOL_SEGMENT_MAX);
        ck_assert(segment == SPOOL_SEGMENT_MIN || workers * segment <= spare / 8);
    }
    overflow = overflow_make();
    ck_assert_uint_le(journal_memory(f.journal), store_spare(f.journal->store, 1) / 4);
}
END_TEST

/* ---- one after the other, and beside each other ---- */

START_TEST(it_drains_when_all_is_written)
{
    f.sync_interval_ms = 3600 * 1000;
    open_all();
    stage_refuse(&f.stage, true);
    give(0, 1);
    RUN_UNTIL(is_written());
    give(1, 10);
    overflow->type->drain(overflow, stage_on_drained);
    ck_assert_uint_eq(f.stage.drained, 0);
    RUN_UNTIL(f.stage.drained == 1);
    ck_assert(is_written());
    close_all();
    stage_refuse(&f.stage, false);
    open_all();
    RUN_UNTIL(f.stage.out.items == 11);
    ck_assert_str_eq(f.stage.out.names, stage_names(0, 11));
}
END_TEST

/* As a reload does: the lane goes on with the new one. */
START_TEST(the_next_one_of_its_exporter_goes_on_with_the_lane)
{
    struct component *old;

    open_all();
    stage_refuse(&f.stage, true);
    give(0, 20);
    old = overflow;
    overflow = overflow_make();
    old->type->drain(old, stage_on_drained);
    RUN_UNTIL(f.stage.drained == 1);
    give(20, 5);
    ck_assert_int_eq(stage_hand_in(old, stage_batch(25, 1)).verdict, ACCEPTED); /* late */
    stage_refuse(&f.stage, false);
    RUN_UNTIL(f.stage.out.items == 26);
    ck_assert_str_eq(f.stage.out.names, stage_names(0, 26));
    old->type->destroy(old);
}
END_TEST

START_TEST(without_it_the_lane_rests)
{
    open_all();
    stage_refuse(&f.stage, true);
    give(0, 20);
    RUN_UNTIL(is_written());
    overflow->type->destroy(overflow);
    overflow = NULL;
    stage_refuse(&f.stage, false);
    for (int i = 0; i < 20; i++)
        stage_turn(&f.stage);
    ck_assert_uint_eq(f.stage.out.items, 0);
    ck_assert(journal_has_lane(f.journal, "exporters/x"));
    ck_assert(!journal_has_lane(f.journal, "exporters/y"));
    overflow = overflow_make();
    RUN_UNTIL(f.stage.out.items == 20);
}
END_TEST

START_TEST(each_exporter_has_its_own)
{
    struct exporter other = {.base = {.type = &exporter_type, .id = "y", .where = "exporters/y"},
                             .to = &f.stage.out};
    struct component *second;

    open_all();
    second = overflow_new(f.journal, &other.base, &f.disk.err);
    ck_assert(second->type->start(second, &f.disk.err));
    stage_refuse(&f.stage, true);
    give(0, 5);
    ck_assert_int_eq(stage_hand_in(second, stage_batch(100, 2)).verdict, ACCEPTED);
    RUN_UNTIL(is_written() && second->type->held(second) == 0);
    second->type->destroy(second);
    stage_refuse(&f.stage, false);
    RUN_UNTIL(f.stage.out.items == 5);
    ck_assert_str_eq(f.stage.out.names, stage_names(0, 5));
    close_all();
    journal_fixture_open(&f, NULL);
    *f.stage.out.names = '\0';
    overflow = overflow_new(f.journal, &other.base, &f.disk.err);
    ck_assert(overflow->type->start(overflow, &f.disk.err));
    RUN_UNTIL(f.stage.out.items == 7);
    ck_assert_str_eq(f.stage.out.names, "s100 s101 ");
    close_all();
}
END_TEST

/* Another number of workers may open it: no record is lost or read by two. */
START_TEST(a_lane_is_shared_out_over_the_workers)
{
    struct worker workers[3];
    struct journal *journals[3];
    struct component *overflows[3];

    for (unsigned i = 0; i < 5; i++) { /* each has segments of its own */
        open_all();
        stage_refuse(&f.stage, true);
        give(10 * i, 10);
        RUN_UNTIL(is_written());
        close_all();
    }
    stage_refuse(&f.stage, false);
    f.stage.out.items = 0;
    for (unsigned i = 0; i < 3; i++) {
        workers[i] = (struct worker){.index = i, .count = 3, .loop = &f.stage.loop};
        store_fixture_open(&f.disk);
        journals[i] =
            journal_new(&workers[i], f.disk.store, 0, "extensions/file_storage", &f.disk.err);
        f.disk.store = NULL;
        overflows[i] = overflow_new(journals[i], &exporter.base, &f.disk.err);
        ck_assert(overflows[i]->type->start(overflows[i], &f.disk.err));
    }
    RUN_UNTIL(f.stage.out.items == 50);
    for (unsigned i = 0; i < 3; i++) {
        overflows[i]->type->destroy(overflows[i]);
        journal_free(journals[i]);
    }
    uv_run(&f.stage.loop, UV_RUN_DEFAULT);
    ck_assert_uint_eq(store_fixture_count(&f.disk, ".seg"), 0);
}
END_TEST

/* Freed at any moment of a job: what was written is there once. */
START_TEST(it_may_end_at_any_moment)
{
    unsigned sent = 0;

    for (int turns = 0; turns < 12; turns++) {
        open_all();
        stage_refuse(&f.stage, true);
        for (int i = 0; i < turns; i++) {
            give(sent++, 1);
            uv_run(&f.stage.loop, UV_RUN_NOWAIT);
        }
        close_all();
    }
    stage_refuse(&f.stage, false);
    open_all();
    for (int i = 0; i < 40; i++)
        stage_turn(&f.stage);
    ck_assert_uint_le(f.stage.out.items, sent);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("overflow");

    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, what_is_taken_never_comes_to_the_disk);
    tcase_add_test(cases, what_is_refused_waits_on_disk_and_comes_in_order);
    tcase_add_test(cases, refused_now_and_then_nothing_is_lost_or_doubled);
    tcase_add_test(cases, one_that_holds_much_gets_no_more_for_now);
    tcase_add_test(cases, one_that_holds_more_than_others_gets_no_more_for_now);
    tcase_add_test(cases, the_record_that_it_came_by_is_done);
    tcase_add_test(cases, before_it_is_written_the_record_is_not_done);
    tcase_add_test(cases, the_next_start_gives_it_to_the_exporter);
    tcase_add_test(cases, parts_of_requests_come_as_they_were);
    tcase_add_test(cases, a_large_batch_is_several_records);
    tcase_add_test(cases, metadata_comes_along);
    tcase_add_test(cases, a_disk_that_fails_loses_nothing);
    tcase_add_test(cases, a_full_disk_refuses_until_there_is_room);
    tcase_add_test(cases, receivers_leave_room_for_lanes);
    tcase_add_loop_test(cases, what_moves_to_a_lane_fits_into_the_room_for_it, 0, 4);
    tcase_add_test(cases, it_drains_when_all_is_written);
    tcase_add_test(cases, the_next_one_of_its_exporter_goes_on_with_the_lane);
    tcase_add_test(cases, without_it_the_lane_rests);
    tcase_add_test(cases, each_exporter_has_its_own);
    tcase_add_test(cases, a_lane_is_shared_out_over_the_workers);
    tcase_add_test(cases, it_may_end_at_any_moment);
    return run_tests("overflow", cases);
}
