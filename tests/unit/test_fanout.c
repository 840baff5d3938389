/*
 * Fan-out: each target gets every batch once, whatever the others do.
 */
#include "pipeline/fanout.h"

#include <stdio.h>
#include <string.h>

#include "base/budget.h"
#include "unit/check.h"
#include "unit/stage.h"

static struct stage stage;
static struct recorder other;
static struct component *fanout;

static void begin(void)
{
    struct component *targets[2];

    stage_init(&stage);
    recorder_init(&other, "exporters/other");
    targets[0] = &stage.out.base;
    targets[1] = &other.base;
    fanout = fanout_new(&stage.worker, targets, 2, "pipelines/traces");
}

static void end(void)
{
    fanout->type->destroy(fanout);
    stage_done(&stage);
}

START_TEST(every_target_gets_every_batch)
{
    begin();
    ck_assert_int_eq(stage_hand_in(fanout, stage_batch(0, 2)).verdict, ACCEPTED);
    ck_assert_str_eq(stage.out.names, "s0 s1 ");
    ck_assert_str_eq(other.names, "s0 s1 ");
    end();
}
END_TEST

START_TEST(one_that_refuses_for_now_gets_all_later_and_the_others_at_once)
{
    enum { BATCHES = 500 };
    char expected[4096] = "";

    begin();
    other.answer = result_retry(10, "full");
    for (unsigned i = 0; i < BATCHES; i++) {
        ck_assert_int_eq(stage_hand_in(fanout, stage_batch(i, 1)).verdict, ACCEPTED);
        snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected), "s%u ", i);
        if (i % 100 == 0)
            stage_turn(&stage);
        ck_assert_uint_eq(stage.out.items, i + 1);
        ck_assert_uint_eq(fanout->type->held(fanout), i + 1);
    }
    ck_assert_uint_eq(other.items, 0);
    other.answer = result_accepted();
    STAGE_RUN_UNTIL(&stage, other.items == BATCHES);
    ck_assert_str_eq(stage.out.names, expected);
    ck_assert_str_eq(other.names, expected);
    ck_assert_uint_eq(fanout->type->held(fanout), 0);
    ck_assert_int_eq(stage_hand_in(fanout, stage_batch(0, 1)).verdict, ACCEPTED);
    ck_assert_uint_eq(other.items, BATCHES + 1);
    end();
    ck_assert_uint_eq(budget_used(), 0);
}
END_TEST

START_TEST(what_is_owed_comes_before_what_is_new)
{
    begin();
    other.answer = result_retry(10, "full");
    stage_hand_in(fanout, stage_batch(0, 1));
    stage_hand_in(fanout, stage_batch(1, 1));
    other.answer = result_accepted();
    stage_hand_in(fanout, stage_batch(2, 1)); /* before the timer */
    ck_assert_str_eq(other.names, "s0 s1 s2 ");
    ck_assert_str_eq(stage.out.names, "s0 s1 s2 ");
    end();
}
END_TEST

START_TEST(both_may_refuse_by_turns)
{
    char expected[4096] = "";

    begin();
    for (unsigned i = 0; i < 300; i++) {
        stage.out.answer = i % 7 < 3 ? result_retry(10, "full") : result_accepted();
        other.answer = i % 11 < 6 ? result_retry(10, "full") : result_accepted();
        ck_assert_int_eq(stage_hand_in(fanout, stage_batch(i, 1)).verdict, ACCEPTED);
        snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected), "s%u ", i);
    }
    stage.out.answer = other.answer = result_accepted();
    STAGE_RUN_UNTIL(&stage, fanout->type->held(fanout) == 0);
    ck_assert_str_eq(stage.out.names, expected);
    ck_assert_str_eq(other.names, expected);
    end();
}
END_TEST

/* Beyond a part of the budget it refuses, and nothing of what it refuses comes to anybody. */
START_TEST(what_it_keeps_is_bounded)
{
    enum { LIMIT = 4 << 20, SPANS = 1000 };
    size_t accepted = 0, memory;

    begin();
    budget_set_limit(LIMIT);
    other.answer = result_retry(10, "full");
    for (;;) {
        struct batch *batch = stage_batch(0, SPANS);

        memory = batch_memory(batch);
        if (stage_hand_in(fanout, batch).verdict != ACCEPTED)
            break;
        accepted++;
    }
    ck_assert_uint_ge(accepted * memory, LIMIT / FANOUT_PART * 8 / 10);
    ck_assert_uint_le(accepted * memory, LIMIT / FANOUT_PART);
    ck_assert_uint_eq(stage.out.items, accepted * SPANS);
    ck_assert_uint_eq(fanout->type->held(fanout), accepted * SPANS);
    ck_assert_int_eq(stage_hand_in(fanout, stage_batch(0, SPANS)).verdict, RETRY_LATER);
    ck_assert_uint_eq(stage.out.items, accepted * SPANS);
    other.answer = result_accepted();
    ck_assert_int_eq(stage_hand_in(fanout, stage_batch(0, SPANS)).verdict, ACCEPTED);
    ck_assert_uint_eq(other.items, (accepted + 1) * SPANS);
    ck_assert_uint_eq(stage.out.items, (accepted + 1) * SPANS);
    budget_set_limit(SIZE_MAX);
    end();
    ck_assert_uint_eq(budget_used(), 0);
}
END_TEST

START_TEST(the_room_is_that_of_all_fanouts)
{
    struct component *first, *second;

    begin();
    first = fanout;
    second = fanout_new(&stage.worker, (struct component *[]){&stage.out.base, &other.base}, 2,
                        "pipelines/traces/2");
    budget_set_limit(1 << 20);
    other.answer = result_retry(10, "full");
    while (stage_hand_in(first, stage_batch(0, 100)).verdict == ACCEPTED)
        continue;
    ck_assert_int_eq(stage_hand_in(second, stage_batch(0, 100)).verdict, ACCEPTED); /* not behind */
    ck_assert_int_eq(stage_hand_in(second, stage_batch(0, 100)).verdict, RETRY_LATER);
    second->type->destroy(second);
    budget_set_limit(SIZE_MAX);
    end();
    ck_assert_uint_eq(budget_used(), 0);
}
END_TEST

/* An exporter that lets its clients wait: whoever brought it may be gone when it is given. */
START_TEST(nobody_waits_for_what_is_owed)
{
    struct batch *batch;

    begin();
    other.answer = result_retry(10, "full");
    batch = stage_batch(0, 1);
    ck_assert_int_eq(consume(fanout, batch).verdict, ACCEPTED);
    ck_assert_uint_eq(batch->wait.holds, 0);
    ck_assert_uint_eq(atomic_load(&batch->refs), 1);
    batch_unref(batch);
    end();
}
END_TEST

START_TEST(one_that_rejects_for_good_does_not_concern_the_others)
{
    begin();
    stage.out.answer = result_rejected("never");
    ck_assert_int_eq(stage_hand_in(fanout, stage_batch(0, 1)).verdict, ACCEPTED);
    ck_assert_uint_eq(other.items, 1);
    ck_assert_uint_eq(fanout->type->held(fanout), 0);
    end();
}
END_TEST

START_TEST(draining_waits_for_what_is_owed)
{
    begin();
    other.answer = result_retry(10, "full");
    stage_hand_in(fanout, stage_batch(0, 1));
    fanout->type->drain(fanout, stage_on_drained);
    ck_assert_uint_eq(stage.drained, 0);
    other.answer = result_accepted();
    STAGE_RUN_UNTIL(&stage, stage.drained == 1);
    ck_assert_uint_eq(other.items, 1);
    end();
}
END_TEST

START_TEST(drained_by_what_comes_while_it_drains)
{
    begin();
    other.answer = result_retry(10, "full");
    stage_hand_in(fanout, stage_batch(0, 1));
    fanout->type->drain(fanout, stage_on_drained);
    other.answer = result_accepted();
    stage_hand_in(fanout, stage_batch(1, 1));
    ck_assert_str_eq(other.names, "s0 s1 ");
    ck_assert_uint_eq(stage.drained, 1);
    end();
}
END_TEST

START_TEST(draining_with_nothing_owed_is_done_at_once)
{
    begin();
    fanout->type->drain(fanout, stage_on_drained);
    ck_assert_uint_eq(stage.drained, 1);
    end();
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("fanout");

    tcase_add_test(cases, every_target_gets_every_batch);
    tcase_add_test(cases, one_that_refuses_for_now_gets_all_later_and_the_others_at_once);
    tcase_add_test(cases, what_is_owed_comes_before_what_is_new);
    tcase_add_test(cases, both_may_refuse_by_turns);
    tcase_add_test(cases, what_it_keeps_is_bounded);
    tcase_add_test(cases, the_room_is_that_of_all_fanouts);
    tcase_add_test(cases, nobody_waits_for_what_is_owed);
    tcase_add_test(cases, one_that_rejects_for_good_does_not_concern_the_others);
    tcase_add_test(cases, draining_waits_for_what_is_owed);
    tcase_add_test(cases, drained_by_what_comes_while_it_drains);
    tcase_add_test(cases, draining_with_nothing_owed_is_done_at_once);
    return run_tests("fanout", cases);
}
