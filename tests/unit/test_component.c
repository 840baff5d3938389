#include "pipeline/component.h"

#include "unit/check.h"
#include "unit/metrics_text.h"

static bool destroyed;

static struct result take(struct component *self, struct batch *batch)
{
    return self->next[batch->signal] ? component_pass(self, batch) : result_accepted();
}

static void destroy(struct component *self)
{
    (void)self;
    destroyed = true;
}

static const struct component_type type = {
    .name = "p", .kind = PROCESSOR, .consume = take, .destroy = destroy};

START_TEST(a_processor_counts_what_comes_and_goes)
{
    struct component last = {.type = &type, .id = "last"};
    struct component first = {.type = &type, .id = "first", .next[TRACES] = &last};
    struct batch *batch = batch_new(TRACES);

    batch->items = 3;
    ck_assert_int_eq(consume(&first, batch).verdict, ACCEPTED); /* not counted yet */
    component_count(&first, TRACES);
    component_count(&first, TRACES);
    ck_assert_int_eq(consume(&first, batch).verdict, ACCEPTED);
    ck_assert_int_eq(consume(&first, batch).verdict, ACCEPTED);
    component_give_up(&first, TRACES, 1);
    component_give_up(&first, TRACES, 1);
    metrics_say("otelc",
                "_processor_dropped_items{processor=\"first\",otel_signal=\"traces\"}=2\n"
                "ol_processor_incoming_items{processor=\"first\",otel_signal=\"traces\"}=6\n"
                "ol_processor_outgoing_items{processor=\"first\",otel_signal=\"traces\"}"
                "=6\n");
    component_destroy(&first);
    ck_assert(destroyed);
    batch->items = 0;
    batch_unref(batch);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("component");

    tcase_add_test(cases, a_processor_counts_what_comes_and_goes);
    return run_tests("component", cases);
}
