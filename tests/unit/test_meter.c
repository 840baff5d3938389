#include "pipeline/meter.h"

#include "unit/check.h"
#include "unit/metrics_text.h"
#include "unit/stage.h"

START_TEST(what_is_accepted_is_counted)
{
    struct stage stage;
    struct component *into, *out;

    stage_init(&stage);
    into =
        meter_new(METER_INTO_CONNECTOR, "c", "traces/a", TRACES, &stage.out.base, "connectors/c");
    out =
        meter_new(METER_OUT_OF_CONNECTOR, "c", "traces/b", TRACES, &stage.out.base, "connectors/c");
    ck_assert_str_eq(into->where, "connectors/c");
    ck_assert_int_eq(stage_hand_in(into, stage_batch(0, 3)).verdict, ACCEPTED);
    ck_assert_int_eq(stage_hand_in(out, stage_batch(0, 2)).verdict, ACCEPTED);
    stage.out.answer = result_retry(5, "full");
    ck_assert_int_eq(stage_hand_in(into, stage_batch(3, 1)).verdict, RETRY_LATER);
    stage.out.answer = result_rejected("no");
    ck_assert_int_eq(stage_hand_in(into, stage_batch(3, 1)).verdict, REJECTED);
    stage.out.answer = result_accepted();
    ck_assert_int_eq(stage_hand_in(into, stage_batch(3, 1)).verdict, ACCEPTED);
    metrics_say("otelc_connector_",
                "incoming_items{connector=\"c\",pipeline=\"traces/a\",otel_signal=\"traces\"}=4\n"
                "outgoing_items{connector=\"c\",pipeline=\"traces/b\",otel_signal=\"traces\"}=2\n");
    component_destroy(into);
    component_destroy(out);
    stage_done(&stage);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("meter");

    tcase_add_test(cases, what_is_accepted_is_counted);
    return run_tests("meter", cases);
}
