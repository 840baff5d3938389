/*
 * The batch processor: when it sends, how it splits, and what it does when nothing flows out.
 */
#include "unit/stage.h"

#include "unit/check.h"

#include "base/arena.h"
#include "base/budget.h"
#include "config/source.h"

extern const struct component_type batch_processor;

/* A processor with settings as in the YAML: pairs of key and value, NULL at the end. */
static struct component *make(struct stage *stage, struct arena *arena, const char *yaml)
{
    void *settings = arena_alloc(arena, batch_processor.settings_size);
    struct problems problems;
    struct node *node;
    struct component *component;

    problems_init(&problems, arena);
    node = yaml_parse("test", yaml, strlen(yaml), arena, &problems);
    fields_decode(batch_processor.fields, settings, node, arena, &problems);
    ck_assert_uint_eq(problems.errors, 0);
    problems_done(&problems);
    component = batch_processor.create(settings, &stage->worker, NULL);
    component->type = &batch_processor;
    component->id = "batch";
    component->where = "processors/batch";
    component->next[TRACES] = &stage->out.base;
    return component;
}

static struct stage stage;
static struct arena *arena;
static struct component *batch;
static size_t budget_before;

static void begin(const char *yaml)
{
    budget_before = budget_used();
    stage_init(&stage);
    arena = arena_new(1024);
    batch = make(&stage, arena, yaml);
}

static void end(void)
{
    batch_processor.destroy(batch);
    stage_done(&stage);
    arena_free(arena);
    ck_assert_uint_eq(budget_used(), budget_before);
}

START_TEST(spans_wait_until_the_timeout_passes)
{
    begin("{timeout: 20ms}");
    ck_assert_int_eq(stage_hand_in(batch, stage_batch(0, 2)).verdict, ACCEPTED);
    ck_assert_int_eq(stage_hand_in(batch, stage_batch(2, 1)).verdict, ACCEPTED);
    ck_assert_uint_eq(stage.out.batches, 0);
    ck_assert_uint_eq(batch_processor.held(batch), 3);
    STAGE_RUN_UNTIL(&stage, stage.out.batches == 1);
    ck_assert_str_eq(stage.out.names, "s0 s1 s2 ");
    ck_assert_uint_eq(batch_processor.held(batch), 0);
    end();
}
END_TEST

START_TEST(a_full_batch_is_sent_at_once)
{
    begin("{timeout: 1h, send_batch_size: 4}");
    stage_hand_in(batch, stage_batch(0, 3));
    ck_assert_uint_eq(stage.out.batches, 0);
    stage_hand_in(batch, stage_batch(3, 3));
    ck_assert_uint_eq(stage.out.batches, 1);
    ck_assert_uint_eq(stage.out.last_items, 6); /* without a largest size nothing is split */
    end();
}
END_TEST

START_TEST(a_timeout_of_zero_sends_at_once)
{
    begin("{timeout: 0s}");
    stage_hand_in(batch, stage_batch(0, 1));
    ck_assert_uint_eq(stage.out.batches, 1);
    end();
}
END_TEST

START_TEST(a_size_of_zero_sends_at_once)
{
    begin("{timeout: 1h, send_batch_size: 0}");
    stage_hand_in(batch, stage_batch(0, 1));
    ck_assert_uint_eq(stage.out.batches, 1);
    end();
}
END_TEST

START_TEST(what_is_too_large_is_split_and_the_rest_waits)
{
    begin("{timeout: 1h, send_batch_size: 2, send_batch_max_size: 2}");
    stage_hand_in(batch, stage_batch(0, 5));
    ck_assert_uint_eq(stage.out.batches, 2);
    ck_assert_str_eq(stage.out.names, "s0 s1 s2 s3 ");
    ck_assert_uint_eq(batch_processor.held(batch), 1);
    end();
}
END_TEST

START_TEST(draining_sends_what_is_there)
{
    begin("{timeout: 1h}");
    stage_hand_in(batch, stage_batch(0, 3));
    batch_processor.drain(batch, stage_on_drained);
    ck_assert_uint_eq(stage.drained, 1);
    ck_assert_uint_eq(stage.out.items, 3);
    end();
}
END_TEST

START_TEST(when_nothing_flows_out_it_holds_one_more_batch_and_then_pushes_back)
{
    struct result result;

    begin("{timeout: 1h, send_batch_size: 2}");
    stage.out.answer = result_retry(50, "full");
    ck_assert_int_eq(stage_hand_in(batch, stage_batch(0, 2)).verdict, ACCEPTED); /* stuck */
    ck_assert_int_eq(stage_hand_in(batch, stage_batch(2, 2)).verdict, ACCEPTED); /* one more */
    result = stage_hand_in(batch, stage_batch(4, 2));
    ck_assert_int_eq(result.verdict, RETRY_LATER);
    ck_assert_uint_gt(result.retry_after_ms, 0);
    ck_assert_uint_eq(batch_processor.held(batch), 4);
    stage.out.answer = result_accepted();
    STAGE_RUN_UNTIL(&stage, stage.out.items == 4);
    ck_assert_str_eq(stage.out.names, "s0 s1 s2 s3 "); /* in order, and nothing twice */
    ck_assert_int_eq(stage_hand_in(batch, stage_batch(6, 2)).verdict, ACCEPTED);
    end();
}
END_TEST

START_TEST(draining_waits_for_what_is_stuck)
{
    begin("{timeout: 1h, send_batch_size: 1}");
    stage.out.answer = result_retry(0, "full");
    stage_hand_in(batch, stage_batch(0, 1));
    batch_processor.drain(batch, stage_on_drained);
    ck_assert_uint_eq(stage.drained, 0);
    stage.out.answer = result_accepted();
    STAGE_RUN_UNTIL(&stage, stage.drained == 1);
    ck_assert_uint_eq(stage.out.items, 1);
    end();
}
END_TEST

START_TEST(what_is_rejected_for_good_is_dropped)
{
    begin("{timeout: 0s}");
    stage.out.answer = result_rejected("never");
    ck_assert_int_eq(stage_hand_in(batch, stage_batch(0, 1)).verdict, ACCEPTED);
    ck_assert_uint_eq(batch_processor.held(batch), 0);
    end();
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("batch_processor");

    tcase_add_test(cases, spans_wait_until_the_timeout_passes);
    tcase_add_test(cases, a_full_batch_is_sent_at_once);
    tcase_add_test(cases, a_timeout_of_zero_sends_at_once);
    tcase_add_test(cases, a_size_of_zero_sends_at_once);
    tcase_add_test(cases, what_is_too_large_is_split_and_the_rest_waits);
    tcase_add_test(cases, draining_sends_what_is_there);
    tcase_add_test(cases, when_nothing_flows_out_it_holds_one_more_batch_and_then_pushes_back);
    tcase_add_test(cases, draining_waits_for_what_is_stuck);
    tcase_add_test(cases, what_is_rejected_for_good_is_dropped);
    return run_tests("batch_processor", cases);
}
