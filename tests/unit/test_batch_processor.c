/*
 * The batch processor: when it sends, how it splits, and what it does when nothing flows out.
 */
#include "unit/stage.h"

#include "unit/check.h"

#include "base/arena.h"
#include "base/budget.h"
#include "base/metadata.h"
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
    batch_processor.check(settings, node, &problems);
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

/* ---- metadata_keys ---- */

/* Hands in spans of a request with the header field "tenant"; NULL: without. */
static struct result hand_in_of(const char *tenant, unsigned first, unsigned count)
{
    struct batch *of_tenant = stage_batch(first, count);

    if (tenant)
        metadata_add(&of_tenant->slices[0].payload->metadata, STR("tenant"), str_of(tenant));
    return stage_hand_in(batch, of_tenant);
}

START_TEST(each_combination_has_its_batch)
{
    begin("{timeout: 1h, send_batch_size: 3, metadata_keys: [Tenant]}");
    hand_in_of("a", 0, 2);
    hand_in_of("b", 2, 2);
    hand_in_of(NULL, 4, 2);
    hand_in_of("", 6, 2);
    ck_assert_uint_eq(stage.out.batches, 0);
    ck_assert_uint_eq(batch_processor.held(batch), 8);
    hand_in_of("b", 8, 1);
    ck_assert_str_eq(stage.out.names, "s2 s3 s8 ");
    hand_in_of("", 9, 1);
    hand_in_of(NULL, 10, 1);
    hand_in_of("a", 11, 1);
    ck_assert_str_eq(stage.out.names, "s2 s3 s8 s6 s7 s9 s4 s5 s10 s0 s1 s11 ");
    ck_assert_uint_eq(stage.out.batches, 4);
    ck_assert_uint_eq(batch_processor.held(batch), 0);
    end();
}
END_TEST

START_TEST(each_combination_has_its_time)
{
    begin("{timeout: 20ms, metadata_keys: [tenant]}");
    hand_in_of("a", 0, 1);
    hand_in_of("b", 1, 1);
    hand_in_of("a", 2, 1);
    STAGE_RUN_UNTIL(&stage, stage.out.batches == 2);
    ck_assert_str_eq(stage.out.names, "s0 s2 s1 ");
    end();
}
END_TEST

START_TEST(without_keys_metadata_makes_no_difference)
{
    begin("{timeout: 1h, send_batch_size: 2}");
    hand_in_of("a", 0, 1);
    hand_in_of("b", 1, 1);
    ck_assert_uint_eq(stage.out.batches, 1);
    end();
}
END_TEST

START_TEST(a_combination_too_many_is_rejected_for_good)
{
    struct result result;

    begin("{timeout: 1h, send_batch_size: 3, metadata_keys: [tenant], "
          "metadata_cardinality_limit: 2}");
    ck_assert_int_eq(hand_in_of("a", 0, 1).verdict, ACCEPTED);
    ck_assert_int_eq(hand_in_of("b", 1, 1).verdict, ACCEPTED);
    result = hand_in_of("c", 2, 1);
    ck_assert_int_eq(result.verdict, REJECTED);
    ck_assert_str_eq(result.why, "too many batcher metadata-value combinations");
    ck_assert_int_eq(hand_in_of(NULL, 3, 1).verdict, REJECTED);
    ck_assert_int_eq(hand_in_of("a", 4, 1).verdict, ACCEPTED); /* known ones go on */
    ck_assert_int_eq(hand_in_of("b", 5, 2).verdict, ACCEPTED);
    ck_assert_str_eq(stage.out.names, "s1 s5 s6 "); /* b holds nothing now: there is room */
    ck_assert_int_eq(hand_in_of("c", 7, 1).verdict, ACCEPTED);
    ck_assert_int_eq(hand_in_of("b", 8, 1).verdict, REJECTED);
    ck_assert_uint_eq(batch_processor.held(batch), 3);
    end();
}
END_TEST

START_TEST(while_something_is_stuck_a_combination_too_many_is_refused_for_now)
{
    begin("{timeout: 1h, send_batch_size: 3, metadata_keys: [tenant], "
          "metadata_cardinality_limit: 2}");
    stage.out.answer = result_retry(50, "full");
    ck_assert_int_eq(hand_in_of("a", 0, 3).verdict, ACCEPTED); /* stuck */
    ck_assert_int_eq(hand_in_of("b", 3, 1).verdict, ACCEPTED);
    ck_assert_int_eq(hand_in_of("c", 4, 1).verdict, RETRY_LATER);
    stage.out.answer = result_accepted();
    STAGE_RUN_UNTIL(&stage, stage.out.items == 3);
    ck_assert_int_eq(hand_in_of("c", 4, 1).verdict, ACCEPTED);
    end();
}
END_TEST

START_TEST(a_limit_of_zero_is_none)
{
    begin("{timeout: 1h, metadata_keys: [tenant], metadata_cardinality_limit: 0}");
    for (unsigned i = 0; i < 2000; i++) {
        char tenant[16];

        snprintf(tenant, sizeof(tenant), "t%u", i);
        ck_assert_int_eq(hand_in_of(tenant, i, 1).verdict, ACCEPTED);
    }
    ck_assert_uint_eq(batch_processor.held(batch), 2000);
    end();
}
END_TEST

START_TEST(what_is_stuck_holds_up_all_combinations)
{
    begin("{timeout: 1h, send_batch_size: 2, metadata_keys: [tenant]}");
    stage.out.answer = result_retry(50, "full");
    ck_assert_int_eq(hand_in_of("a", 0, 2).verdict, ACCEPTED); /* stuck */
    ck_assert_int_eq(hand_in_of("b", 2, 1).verdict, ACCEPTED);
    ck_assert_int_eq(hand_in_of("c", 3, 1).verdict, ACCEPTED); /* together one more batch */
    ck_assert_int_eq(hand_in_of("b", 4, 1).verdict, RETRY_LATER);
    ck_assert_int_eq(hand_in_of("d", 4, 1).verdict, RETRY_LATER);
    ck_assert_int_eq(hand_in_of("a", 4, 1).verdict, RETRY_LATER);
    ck_assert_uint_eq(batch_processor.held(batch), 4);
    stage.out.answer = result_accepted();
    STAGE_RUN_UNTIL(&stage, stage.out.items == 2);
    ck_assert_int_eq(hand_in_of("b", 4, 1).verdict, ACCEPTED);
    ck_assert_str_eq(stage.out.names, "s0 s1 s2 s4 ");
    end();
}
END_TEST

START_TEST(draining_sends_all_combinations_and_waits_for_those_that_are_stuck)
{
    begin("{timeout: 1h, send_batch_size: 3, metadata_keys: [tenant]}");
    hand_in_of("a", 0, 1);
    hand_in_of("b", 1, 2);
    stage.out.answer = result_retry(0, "full");
    batch_processor.drain(batch, stage_on_drained);
    ck_assert_uint_eq(stage.drained, 0);
    ck_assert_uint_eq(batch_processor.held(batch), 3);
    stage.out.answer = result_accepted();
    STAGE_RUN_UNTIL(&stage, stage.drained == 1);
    ck_assert_str_eq(stage.out.names, "s0 s1 s2 ");
    stage_turn(&stage);
    ck_assert_uint_eq(stage.drained, 1);
    end();
}
END_TEST

START_TEST(a_key_must_not_stand_twice)
{
    static const char yaml[] = "{metadata_keys: [X-Tenant, other, x-tenant]}";
    struct arena *memory = arena_new(1024);
    void *settings = arena_alloc(memory, batch_processor.settings_size);
    struct problems problems;
    struct node *node;

    problems_init(&problems, memory);
    node = yaml_parse("test", yaml, strlen(yaml), memory, &problems);
    fields_decode(batch_processor.fields, settings, node, memory, &problems);
    batch_processor.check(settings, node, &problems);
    ck_assert_uint_eq(problems.errors, 1);
    ck_assert_str_eq(problems.list[0].text,
                     "x-tenant stands here twice (letter case does not matter)");
    problems_done(&problems);
    arena_free(memory);
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
    tcase_add_test(cases, each_combination_has_its_batch);
    tcase_add_test(cases, each_combination_has_its_time);
    tcase_add_test(cases, without_keys_metadata_makes_no_difference);
    tcase_add_test(cases, a_combination_too_many_is_rejected_for_good);
    tcase_add_test(cases, while_something_is_stuck_a_combination_too_many_is_refused_for_now);
    tcase_add_test(cases, a_limit_of_zero_is_none);
    tcase_add_test(cases, what_is_stuck_holds_up_all_combinations);
    tcase_add_test(cases, draining_sends_all_combinations_and_waits_for_those_that_are_stuck);
    tcase_add_test(cases, a_key_must_not_stand_twice);
    return run_tests("batch_processor", cases);
}
