#include "pipeline/component.h"

#include <uv.h>

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

static struct result be_slow(struct component *self, struct batch *batch)
{
    uint64_t begin_ns = uv_hrtime();

    while (uv_hrtime() - begin_ns < 5000000)
        ;
    return take(self, batch);
}

static const struct component_type slow = {
    .name = "slow", .kind = PROCESSOR, .consume = be_slow, .destroy = destroy};

struct durations {
    uint64_t ns, count;
};

/* Of the first processor. */
static void read_duration(void *arg, const struct metric_reading *reading)
{
    struct durations *durations = arg;

    if (strcmp(reading->family->name, "otelcol_processor_internal_duration") == 0 &&
        strstr(reading->labels, "\"first\""))
        *durations = (struct durations){reading->value, reading->count};
}

static struct durations durations_of_the_first(void)
{
    struct durations durations = {0};

    metrics_each(METRICS_DETAILED, read_duration, &durations);
    return durations;
}

START_TEST(a_processor_is_timed_without_what_follows_where_somebody_looks)
{
    struct component last = {.type = &slow, .id = "last"};
    struct component first = {.type = &type, .id = "first", .next[TRACES] = &last};
    struct batch *batch = batch_new(TRACES);
    uint64_t begin_ns = uv_hrtime(), all_ns;
    struct durations durations;

    component_count(&first, TRACES);
    component_count(&last, TRACES);
    consume(&first, batch);
    ck_assert_uint_eq(durations_of_the_first().count, 0);
    metrics_want(METRICS_DETAILED);
    component_pass(&first, batch); /* at its own time: no part of a consume() */
    consume(&first, batch);
    consume(&first, batch);
    all_ns = uv_hrtime() - begin_ns;
    durations = durations_of_the_first();
    ck_assert_uint_eq(durations.count, 2);
    ck_assert_uint_lt(durations.ns, all_ns - 3 * 5000000); /* the slow one's time is left out */
    metrics_want(METRICS_NORMAL);
    consume(&first, batch);
    ck_assert_uint_eq(durations_of_the_first().count, 2);
    component_destroy(&first);
    component_destroy(&last);
    metrics_want(METRICS_NONE);
    batch_unref(batch);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("component");

    tcase_add_test(cases, a_processor_counts_what_comes_and_goes);
    tcase_add_test(cases, a_processor_is_timed_without_what_follows_where_somebody_looks);
    return run_tests("component", cases);
}
