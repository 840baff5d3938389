/*
 * The forward connector: what it takes goes on as it is, and so does the answer.
 */
#include "unit/stage.h"

#include "unit/check.h"

extern const struct component_type forward_connector;

static struct stage stage;
static struct component *forward;

static void begin(void)
{
    struct error err;

    stage_init(&stage);
    forward = forward_connector.create(NULL, &stage.worker, &err);
    forward->type = &forward_connector;
    forward->next[TRACES] = &stage.out.base;
}

static void end(void)
{
    forward->type->destroy(forward);
    stage_done(&stage);
}

START_TEST(batches_go_on)
{
    begin();
    ck_assert_int_eq(stage_hand_in(forward, stage_batch(0, 2)).verdict, ACCEPTED);
    ck_assert_str_eq(stage.out.names, "s0 s1 ");
    end();
}
END_TEST

START_TEST(answers_come_back)
{
    struct result result;

    begin();
    stage.out.answer = result_retry(70, "full");
    result = stage_hand_in(forward, stage_batch(0, 1));
    ck_assert_int_eq(result.verdict, RETRY_LATER);
    ck_assert_uint_eq(result.retry_after_ms, 70);
    stage.out.answer = result_rejected("never");
    ck_assert_int_eq(stage_hand_in(forward, stage_batch(0, 1)).verdict, REJECTED);
    end();
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("forward_connector");

    tcase_add_test(cases, batches_go_on);
    tcase_add_test(cases, answers_come_back);
    return run_tests("forward_connector", cases);
}
