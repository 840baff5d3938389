/*
 * Fan-out: each target gets every batch once, whatever the others do.
 */
#include "unit/stage.h"

#include "unit/check.h"

#include "pipeline/fanout.h"

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

START_TEST(one_that_refuses_for_now_gets_it_later_and_the_others_not_twice)
{
    begin();
    other.answer = result_retry(10, "full");
    ck_assert_int_eq(stage_hand_in(fanout, stage_batch(0, 1)).verdict, ACCEPTED);
    ck_assert_uint_eq(fanout->type->held(fanout), 1);
    ck_assert_int_eq(stage_hand_in(fanout, stage_batch(1, 1)).verdict, RETRY_LATER);
    ck_assert_str_eq(stage.out.names, "s0 ");
    other.answer = result_accepted();
    STAGE_RUN_UNTIL(&stage, other.items == 1);
    ck_assert_int_eq(stage_hand_in(fanout, stage_batch(1, 1)).verdict, ACCEPTED);
    ck_assert_str_eq(stage.out.names, "s0 s1 ");
    ck_assert_str_eq(other.names, "s0 s1 ");
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
    tcase_add_test(cases, one_that_refuses_for_now_gets_it_later_and_the_others_not_twice);
    tcase_add_test(cases, one_that_rejects_for_good_does_not_concern_the_others);
    tcase_add_test(cases, draining_waits_for_what_is_owed);
    tcase_add_test(cases, draining_with_nothing_owed_is_done_at_once);
    return run_tests("fanout", cases);
}
