/*
 * The memory limiter: what its settings mean, when it refuses, and that it does not for ever.
 */
#include "unit/stage.h"

#include "unit/check.h"

#include "base/arena.h"
#include "base/budget.h"
#include "config/source.h"
#include "unit/config_check.h"

extern const struct component_type memory_limiter_processor;

enum { MIB = 1 << 20 };

static struct stage stage;
static struct arena *arena;
static struct component *limiter;
static size_t budget_before;

/* The settings as in the YAML; NULL, and the problems, where they are not good. */
static void *settings_of(const char *yaml, struct problems *problems)
{
    const struct component_type *type = &memory_limiter_processor;
    void *settings = arena_alloc(arena, type->settings_size);
    struct node *node = yaml_parse("test", yaml, strlen(yaml), arena, problems);

    fields_decode(type->fields, settings, node, arena, problems);
    type->check(settings, node, problems);
    return problems->errors == 0 ? settings : NULL;
}

static void begin(const char *yaml)
{
    struct problems problems;
    void *settings;

    budget_before = budget_used();
    stage_init(&stage);
    arena = arena_new(1024);
    problems_init(&problems, arena);
    settings = settings_of(yaml, &problems);
    ck_assert_ptr_nonnull(settings);
    problems_done(&problems);
    limiter = memory_limiter_processor.create(settings, &stage.worker, NULL);
    limiter->type = &memory_limiter_processor;
    limiter->id = "memory_limiter";
    limiter->where = "processors/memory_limiter";
    limiter->next[TRACES] = &stage.out.base;
    ck_assert(memory_limiter_processor.start(limiter, NULL));
}

static void end(void)
{
    memory_limiter_processor.destroy(limiter);
    stage_done(&stage);
    arena_free(arena);
    ck_assert_uint_eq(budget_used(), budget_before);
}

START_TEST(settings_are_checked)
{
    static const struct {
        const char *yaml, *problem; /* NULL: none */
    } cases[] = {
        {"{check_interval: 1s, limit_mib: 10}", NULL},
        {"{check_interval: 1s, limit_percentage: 80, spike_limit_percentage: 25}", NULL},
        {"{check_interval: 1s, limit_mib: 10, spike_limit_mib: 9}", NULL},
        {"{check_interval: 1s, limit_mib: 10, spike_limit_mib: 10}",
         "spike_limit_mib must be less than limit_mib"},
        {"{check_interval: 1s, limit_percentage: 10, spike_limit_percentage: 10}",
         "spike_limit_percentage must be less than limit_percentage"},
        {"{limit_mib: 10}", "check_interval must be greater than zero"},
        {"{check_interval: 1s}", "limit_mib or limit_percentage must be greater than zero"},
        {"{check_interval: 1s, limit_percentage: 101}", "100"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct problems problems;

        arena = arena_new(1024);
        problems_init(&problems, arena);
        settings_of(cases[i].yaml, &problems);
        ck_assert_msg((problems.errors > 0) == (cases[i].problem != NULL), "%s", cases[i].yaml);
        if (cases[i].problem)
            ck_assert_msg(strstr(problems_text(&problems, arena), cases[i].problem), "%s: %s",
                          cases[i].yaml, problems_text(&problems, arena));
        problems_done(&problems);
        arena_free(arena);
    }
}
END_TEST

START_TEST(keys_for_garbage_collection_are_taken_with_a_note)
{
    struct problems problems;

    arena = arena_new(1024);
    problems_init(&problems, arena);
    ck_assert_ptr_nonnull(settings_of("{check_interval: 1s, limit_mib: 10,"
                                      " min_gc_interval_when_soft_limited: 10s,"
                                      " max_gc_interval_when_hard_limited: 30s}",
                                      &problems));
    ck_assert_uint_eq(problems.count, 2);
    problems_done(&problems);
    arena_free(arena);
}
END_TEST

START_TEST(above_the_soft_limit_every_batch_is_refused_for_now)
{
    static const struct {
        const char *yaml;
        size_t soft;
    } cases[] = {
        {"{check_interval: 1h, limit_mib: 100}", 80u * MIB},
        {"{check_interval: 1h, limit_mib: 100, spike_limit_mib: 30}", 70u * MIB},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct batch *first, *second;
        struct result result;

        begin(cases[i].yaml);
        first = stage_batch(0, 2);
        second = stage_batch(2, 2);
        budget_add(cases[i].soft - budget_used());
        ck_assert_int_eq(consume(limiter, first).verdict, ACCEPTED);
        budget_add(1);
        result = consume(limiter, second);
        ck_assert_int_eq(result.verdict, RETRY_LATER);
        ck_assert_str_eq(result.why, "data refused due to high memory usage");
        ck_assert_uint_gt(result.retry_after_ms, 0);
        budget_release(1); /* something has flowed out */
        ck_assert_int_eq(consume(limiter, second).verdict, ACCEPTED);
        ck_assert_uint_eq(stage.out.items, 4);
        batch_unref(first);
        batch_unref(second);
        budget_release(budget_used() - budget_before);
        end();
    }
}
END_TEST

START_TEST(it_tells_that_all_is_well_again_though_nothing_comes)
{
    begin("{check_interval: 5ms, limit_mib: 1}");
    budget_add(MIB);
    ck_assert_int_eq(stage_hand_in(limiter, stage_batch(0, 1)).verdict, RETRY_LATER);
    stage_turn(&stage);
    ck_assert(uv_loop_alive(&stage.loop));
    budget_release(MIB);
    STAGE_RUN_UNTIL(&stage, !uv_loop_alive(&stage.loop)); /* its timer has stopped */
    ck_assert_int_eq(stage_hand_in(limiter, stage_batch(0, 1)).verdict, ACCEPTED);
    end();
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("memory_limiter_processor");

    tcase_add_test(cases, settings_are_checked);
    tcase_add_test(cases, keys_for_garbage_collection_are_taken_with_a_note);
    tcase_add_test(cases, above_the_soft_limit_every_batch_is_refused_for_now);
    tcase_add_test(cases, it_tells_that_all_is_well_again_though_nothing_comes);
    return run_tests("memory_limiter_processor", cases);
}
