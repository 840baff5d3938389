/*
 * Holding traces: tail_sampling and groupbytrace with their settings as in the YAML. Capitals are
 * root spans, and tail_sampling samples what has one.
 */
#include "processors/trace_keeper.h"

#include "base/arena.h"
#include "base/budget.h"
#include "config/source.h"
#include "unit/config_check.h"
#include "unit/metrics_text.h"
#include "unit/stage.h"
#include "unit/trace_batch.h"

extern const struct component_type tail_sampling_processor, group_by_trace_processor;

static struct arena *arena;
static struct stage stage;
static struct component *keeper;

/* settings: beside the policies, with a comma behind each. */
static void make(const struct component_type *type, const char *settings)
{
    const char *yaml = type == &group_by_trace_processor
                           ? arena_printf(arena, "{%s}", settings)
                           : arena_printf(arena,
                                          "{%s policies: [{name: roots, type: ottl_condition, "
                                          "ottl_condition: {span: 'IsRootSpan()'}}]}",
                                          settings);
    struct problems problems;
    struct error err = {""};
    struct node *node;
    void *decoded = arena_alloc(arena, type->settings_size);

    problems_init(&problems, arena);
    node = yaml_parse("test", yaml, strlen(yaml), arena, &problems);
    fields_decode(type->fields, decoded, node, arena, &problems);
    type->check(decoded, node, &problems);
    ck_assert_msg(problems.errors == 0, "%s", problems_text(&problems, arena));
    problems_done(&problems);
    keeper = type->create(decoded, &stage.worker, &err);
    ck_assert_msg(keeper, "%s", err.text);
    keeper->type = type;
    keeper->id = type->name;
    keeper->where = "processors/keeper";
    keeper->next[TRACES] = &stage.out.base;
}

static struct result hand_in(const char *letters)
{
    uv_update_time(&stage.loop);
    return stage_hand_in(keeper, batch_of_letters(letters));
}

static void drain(void)
{
    uv_update_time(&stage.loop);
    keeper->type->drain(keeper, stage_on_drained);
}

static size_t waiting(void)
{
    return ((struct trace_keeper *)keeper)->table.count;
}

static void begin(void)
{
    arena = arena_new(4096);
    stage_init(&stage);
}

static void end(void)
{
    keeper->type->destroy(keeper);
    stage_done(&stage);
    arena_free(arena);
    ck_assert_uint_eq(budget_used(), 0);
}

START_TEST(a_trace_is_decided_when_its_time_has_come)
{
    make(&tail_sampling_processor, "decision_wait: 50ms,");
    ck_assert_int_eq(hand_in("ab").verdict, ACCEPTED);
    ck_assert_int_eq(hand_in("Ac b").verdict, ACCEPTED);
    ck_assert_uint_eq(stage.out.batches, 0);
    ck_assert_uint_eq(keeper->type->held(keeper), 5);
    STAGE_RUN_UNTIL(&stage, waiting() == 0);
    ck_assert_str_eq(stage.out.names, "a A ");
    ck_assert_uint_eq(stage.out.batches, 1);
    ck_assert_uint_eq(keeper->type->held(keeper), 0);

    ck_assert_int_eq(hand_in("baBd").verdict, ACCEPTED); /* late ones follow */
    ck_assert_str_eq(stage.out.names, "a A a ");
    ck_assert_uint_eq(waiting(), 1);
}
END_TEST

START_TEST(traces_that_are_sampled_go_on_together)
{
    make(&tail_sampling_processor, "decision_wait: 1ms,");
    hand_in("ABabcAB");
    STAGE_RUN_UNTIL(&stage, waiting() == 0);
    ck_assert_uint_eq(stage.out.batches, 1);
    ck_assert_str_eq(stage.out.names, "A a A B b B ");
}
END_TEST

START_TEST(a_root_makes_it_earlier)
{
    make(&tail_sampling_processor, "decision_wait: 1h, decision_wait_after_root_received: 1ms,");
    hand_in("abcA");
    hand_in("B");
    STAGE_RUN_UNTIL(&stage, waiting() == 1);
    ck_assert_str_eq(stage.out.names, "a A b B ");
    drain();
    ck_assert_uint_eq(stage.drained, 1);
}
END_TEST

START_TEST(the_oldest_is_decided_early_where_there_are_too_many)
{
    make(&tail_sampling_processor, "decision_wait: 1h, num_traces: 2,");
    hand_in("Ab");
    ck_assert_uint_eq(stage.out.batches, 0);
    hand_in("Cd");
    ck_assert_uint_eq(waiting(), 2);
    ck_assert_str_eq(stage.out.names, "A ");
    hand_in("aB"); /* decided already */
    ck_assert_str_eq(stage.out.names, "A a ");
    ck_assert_uint_eq(metric_value(((struct trace_keeper *)keeper)->metrics.early), 2);
    ck_assert_uint_eq(keeper_metrics_late(&((struct trace_keeper *)keeper)->metrics), 2);
}
END_TEST

START_TEST(bytes_are_bounded_too)
{
    size_t limit = budget_limit();

    make(&tail_sampling_processor, "decision_wait: 1h,");
    budget_set_limit(8 * 1024); /* a quarter: three traces with their parts of the payload */
    hand_in("A b c d e");
    budget_set_limit(limit);
    ck_assert_uint_lt(waiting(), 5);
    ck_assert_str_eq(stage.out.names, "A ");
}
END_TEST

START_TEST(it_can_refuse_instead)
{
    make(&tail_sampling_processor, "decision_wait: 1h, num_traces: 2, block_on_overflow: true,");
    ck_assert_int_eq(hand_in("AB").verdict, ACCEPTED);
    ck_assert_int_eq(hand_in("C").verdict, RETRY_LATER);
    ck_assert_uint_eq(stage.out.batches, 0);
    drain();
    ck_assert_str_eq(stage.out.names, "A B ");
}
END_TEST

START_TEST(a_trace_that_is_too_large_is_dropped)
{
    make(&tail_sampling_processor, "decision_wait: 1h, maximum_trace_size_bytes: 200,");
    hand_in("AaaaaaaaaB");
    ck_assert_uint_eq(waiting(), 1);
    hand_in("A");
    ck_assert_uint_eq(waiting(), 1);
    drain();
    ck_assert_str_eq(stage.out.names, "B ");
}
END_TEST

START_TEST(what_is_refused_is_kept)
{
    make(&tail_sampling_processor, "decision_wait: 1ms,");
    stage.out.answer = result_retry(5, "full");
    hand_in("A");
    STAGE_RUN_UNTIL(&stage, waiting() == 0);
    ck_assert_uint_eq(keeper->type->held(keeper), 1);
    ck_assert_int_eq(hand_in("B").verdict, RETRY_LATER);
    drain();
    ck_assert_uint_eq(stage.drained, 0);
    stage.out.answer = result_accepted();
    STAGE_RUN_UNTIL(&stage, stage.drained == 1);
    ck_assert_str_eq(stage.out.names, "A ");
    ck_assert_int_eq(hand_in("bB c").verdict, ACCEPTED); /* decided at once by now */
    ck_assert_str_eq(stage.out.names, "A b B ");
    ck_assert_uint_eq(waiting(), 0);
}
END_TEST

START_TEST(what_is_rejected_is_gone)
{
    make(&tail_sampling_processor, "decision_wait: 1ms,");
    stage.out.answer = result_rejected("no");
    hand_in("A");
    STAGE_RUN_UNTIL(&stage, waiting() == 0);
    ck_assert_uint_eq(keeper->type->held(keeper), 0);
}
END_TEST

START_TEST(the_end_decides_with_what_is_there)
{
    make(&tail_sampling_processor, "decision_wait: 1h,");
    hand_in("Abc B");
    drain();
    ck_assert_uint_eq(stage.drained, 1);
    ck_assert_str_eq(stage.out.names, "A b B ");
}
END_TEST

START_TEST(the_end_can_drop_what_waits)
{
    make(&tail_sampling_processor, "decision_wait: 1h, drop_pending_traces_on_shutdown: true,");
    hand_in("ABC");
    drain();
    ck_assert_uint_eq(stage.drained, 1);
    ck_assert_uint_eq(stage.out.batches, 0);
}
END_TEST

START_TEST(decisions_are_forgotten_in_time)
{
    make(&tail_sampling_processor,
         "decision_wait: 1ms, decision_cache: {sampled_cache_size: 1, non_sampled_cache_size: 1},");
    hand_in("A B");
    STAGE_RUN_UNTIL(&stage, waiting() == 0);
    hand_in("ab");
    ck_assert_str_eq(stage.out.names, "A B b ");
    ck_assert_uint_eq(waiting(), 1);
}
END_TEST

static void find_count(void *arg, const struct metric_reading *reading)
{
    struct metric_reading *found = arg;

    if (strcmp(reading->family->name, found->family->name) == 0)
        found->count = reading->count;
}

/* How many values have come to a histogram. */
static uint64_t observed(const char *name)
{
    const struct metric_family family = {.name = name};
    struct metric_reading found = {.family = &family, .count = UINT64_MAX};

    metrics_each(METRICS_BASIC, find_count, &found);
    return found.count;
}

#define METRIC(name) "otelcol_processor_tail_sampling_sampling_" name

START_TEST(ages_and_turns_are_counted)
{
    make(&tail_sampling_processor, "decision_wait: 10ms, maximum_trace_size_bytes: 200,");
    hand_in("Ab CCCCCCCCCCCC");
    ck_assert_uint_eq(observed(METRIC("trace_removal_age")), 1); /* was too large */
    STAGE_RUN_UNTIL(&stage, waiting() == 0);
    ck_assert_uint_eq(observed(METRIC("trace_removal_age")), 3);
    ck_assert_uint_ge(observed(METRIC("decision_timer_latency")), 1);
    ck_assert_uint_eq(observed(METRIC("late_span_age")), 0);
    hand_in("aa b"); /* two runs of spans */
    ck_assert_uint_eq(observed(METRIC("late_span_age")), 2);
    metrics_say("otelcol_processor_tail_sampling_early_",
                "releases_from_cache_decision{sampled=\"false\"}=1\n"
                "releases_from_cache_decision{sampled=\"true\"}=2\n");
}
END_TEST

START_TEST(what_the_end_drops_is_removed)
{
    make(&tail_sampling_processor, "decision_wait: 1h, drop_pending_traces_on_shutdown: true,");
    hand_in("AB");
    drain();
    ck_assert_uint_eq(observed(METRIC("trace_removal_age")), 2);
}
END_TEST

START_TEST(groups_go_on_when_they_have_waited)
{
    make(&group_by_trace_processor, "wait_duration: 20ms, num_traces: 3");
    hand_in("ab");
    hand_in("ab");
    STAGE_RUN_UNTIL(&stage, waiting() == 0);
    ck_assert_str_eq(stage.out.names, "a a b b ");
    hand_in("a"); /* late: a group of its own */
    ck_assert_uint_eq(waiting(), 1);
    hand_in("bcd");
    ck_assert_uint_eq(waiting(), 3);
    ck_assert_str_eq(stage.out.names, "a a b b a ");
    drain();
    ck_assert_str_eq(stage.out.names, "a a b b a b c d ");
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("trace_keeper");

    tcase_add_checked_fixture(cases, begin, end);
    tcase_add_test(cases, a_trace_is_decided_when_its_time_has_come);
    tcase_add_test(cases, traces_that_are_sampled_go_on_together);
    tcase_add_test(cases, a_root_makes_it_earlier);
    tcase_add_test(cases, the_oldest_is_decided_early_where_there_are_too_many);
    tcase_add_test(cases, bytes_are_bounded_too);
    tcase_add_test(cases, it_can_refuse_instead);
    tcase_add_test(cases, a_trace_that_is_too_large_is_dropped);
    tcase_add_test(cases, what_is_refused_is_kept);
    tcase_add_test(cases, what_is_rejected_is_gone);
    tcase_add_test(cases, the_end_decides_with_what_is_there);
    tcase_add_test(cases, the_end_can_drop_what_waits);
    tcase_add_test(cases, decisions_are_forgotten_in_time);
    tcase_add_test(cases, ages_and_turns_are_counted);
    tcase_add_test(cases, what_the_end_drops_is_removed);
    tcase_add_test(cases, groups_go_on_when_they_have_waited);
    return run_tests("trace_keeper", cases);
}
