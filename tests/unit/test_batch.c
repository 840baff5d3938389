/*
 * Batches: what is put in comes out, in order, with its resource and scope, however it is cut.
 */
#include "otlp/batch.h"

#include "base/budget.h"
#include "otlp/span.h"
#include "otlp/wire_write.h"
#include "unit/check.h"
#include "unit/random_request.h"
#include "unit/reference.h"

/* A payload of so many spans, two for each scope, two scopes for each resource; the first span
 * starts at the given time, each next one 1 ns later. Sizes differ. */
static struct payload *make_payload(uint32_t count, uint64_t start_ns)
{
    struct payload_report report;
    struct buf request = {0};
    size_t resource = 0, scope = 0;
    struct payload *payload;

    for (uint32_t i = 0; i < count; i++) {
        uint64_t time_ns = start_ns + i;
        size_t span;

        if (i % 4 == 0)
            resource = wire_begin(&request, 1);
        if (i % 2 == 0)
            scope = wire_begin(&request, 2);
        span = wire_begin(&request, 2);
        wire_put_bytes(&request, 1, STR("0123456789abcdef"));
        wire_put_bytes(&request, 2, STR("01234567"));
        wire_put_bytes(&request, 5, (struct str){"a name that grows", i % 17});
        wire_put_tag(&request, 7, WIRE_FIXED64);
        buf_append(&request, &time_ns, sizeof(time_ns));
        wire_end(&request, span);
        if (i % 2 == 1 || i == count - 1)
            wire_end(&request, scope);
        if (i % 4 == 3 || i == count - 1)
            wire_end(&request, resource);
    }
    payload = payload_read(TRACES, reference_body(buf_str(&request)), &report);
    buf_done(&request);
    ck_assert_ptr_nonnull(payload);
    ck_assert_uint_eq(payload->item_count, count);
    return payload;
}

static size_t bytes_of(const struct payload *payload, uint32_t first, uint32_t count)
{
    size_t bytes = 0;

    for (uint32_t i = first; i < first + count; i++)
        bytes += payload->items[i].len;
    return bytes;
}

/* The batch holds the spans from this time on, one each ns; its sums are right. Returns the time
 * that would be next. */
static uint64_t expect_spans(const struct batch *batch, uint64_t start_ns)
{
    size_t items = 0, bytes = 0;

    for (size_t i = 0; i < batch->slice_count; i++) {
        const struct slice *slice = &batch->slices[i];

        ck_assert_uint_gt(slice->count, 0);
        ck_assert_uint_le((uint64_t)slice->first + slice->count, slice->payload->item_count);
        for (uint32_t item = slice->first; item < slice->first + slice->count; item++) {
            struct span_view span;

            span_read(payload_str(slice->payload, slice->payload->items[item]), &span);
            ck_assert_uint_eq(span.start_ns, start_ns++);
            ck_assert_uint_eq(span.name.len, item % 17);
        }
        items += slice->count;
        bytes += bytes_of(slice->payload, slice->first, slice->count);
    }
    ck_assert_uint_eq(batch->items, items);
    ck_assert_uint_eq(batch->bytes, bytes);
    return start_ns;
}

START_TEST(a_new_batch_is_empty)
{
    struct batch *batch = batch_new(TRACES);

    ck_assert_int_eq(batch->signal, TRACES);
    ck_assert_uint_eq(expect_spans(batch, 7), 7);
    batch_unref(batch);
    batch_unref(NULL);
}
END_TEST

START_TEST(a_batch_of_a_payload_holds_a_reference)
{
    struct payload *payload = make_payload(5, 100);
    struct batch *batch = batch_of(payload);

    payload_unref(payload);
    ck_assert_uint_eq(batch->slice_count, 1);
    ck_assert_uint_eq(expect_spans(batch, 100), 105);
    ck_assert_ptr_eq(batch_ref(batch), batch);
    batch_unref(batch);
    ck_assert_uint_eq(expect_spans(batch, 100), 105);
    batch_unref(batch);
    ck_assert_uint_eq(budget_used(), 0);
}
END_TEST

START_TEST(a_batch_of_no_items_has_no_slices)
{
    struct payload *payload = make_payload(0, 0);
    struct batch *batch = batch_of(payload);

    ck_assert_uint_eq(batch->slice_count, 0);
    ck_assert_uint_eq(batch->items, 0);
    batch_unref(batch);
    payload_unref(payload);
    ck_assert_uint_eq(budget_used(), 0);
}
END_TEST

START_TEST(parts_of_a_payload_are_added)
{
    struct payload *payload = make_payload(10, 0);
    struct batch *batch = batch_new(TRACES);

    batch_add(batch, payload, 3, 2);
    batch_add(batch, payload, 5, 0);
    batch_add(batch, payload, 5, 4);
    ck_assert_uint_eq(batch->slice_count, 2);
    ck_assert_uint_eq(expect_spans(batch, 3), 9);
    batch_unref(batch);
    payload_unref(payload);
    ck_assert_uint_eq(budget_used(), 0);
}
END_TEST

/* What the budget gets back when nobody else refers to the payloads, as far as a part has part. */
START_TEST(its_memory_is_its_part_of_the_payloads)
{
    size_t before = budget_used(), all;
    struct payload *payload = make_payload(40, 0);
    struct batch *whole = batch_of(payload), *part = batch_new(TRACES);

    payload_unref(payload);
    all = budget_used() - before;
    ck_assert_uint_le(batch_memory(whole), all);
    ck_assert_uint_ge(batch_memory(whole), all * 9 / 10);
    ck_assert_uint_eq(batch_memory(part), 0);
    batch_add(part, payload, 30, 10);
    ck_assert_uint_eq(batch_memory(part), batch_memory(whole) / 4);
    batch_append(part, whole);
    ck_assert_uint_eq(batch_memory(part), batch_memory(whole) + batch_memory(whole) / 4);
    batch_unref(whole);
    batch_unref(part);
    ck_assert_uint_eq(budget_used(), before);
}
END_TEST

START_TEST(what_is_appended_stays_as_it_is)
{
    struct payload *first = make_payload(3, 0), *second = make_payload(4, 3);
    struct batch *batch = batch_of(first), *more = batch_of(second);

    batch_append(batch, more);
    ck_assert_uint_eq(expect_spans(batch, 0), 7);
    ck_assert_uint_eq(expect_spans(more, 3), 7);
    batch_unref(more);
    payload_unref(first);
    payload_unref(second);
    ck_assert_uint_eq(expect_spans(batch, 0), 7);
    batch_unref(batch);
    ck_assert_uint_eq(budget_used(), 0);
}
END_TEST

START_TEST(taking_splits_between_spans)
{
    static const struct {
        size_t take, taken, left;
    } cases[] = {
        {0, 0, 12},  {1, 1, 11},  {4, 4, 8},   {5, 5, 7},     {6, 6, 6},
        {11, 11, 1}, {12, 12, 0}, {13, 12, 0}, {1000, 12, 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct batch *batch = batch_new(TRACES), *taken;

        for (uint32_t part = 0; part < 3; part++) { /* 5, 1 and 6 spans */
            static const uint32_t counts[] = {5, 1, 6}, starts[] = {0, 5, 6};
            struct payload *payload = make_payload(counts[part], starts[part]);

            batch_add(batch, payload, 0, counts[part]);
            payload_unref(payload);
        }
        taken = batch_take(batch, cases[i].take, BATCH_ITEMS);
        ck_assert_int_eq(taken->signal, TRACES);
        ck_assert_uint_eq(taken->items, cases[i].taken);
        ck_assert_uint_eq(batch->items, cases[i].left);
        ck_assert_uint_eq(expect_spans(batch, expect_spans(taken, 0)), 12);
        batch_unref(batch);
        ck_assert_uint_eq(expect_spans(taken, 0), cases[i].taken); /* lives on its own */
        batch_unref(taken);
        ck_assert_uint_eq(budget_used(), 0);
    }
}
END_TEST

START_TEST(spans_keep_their_resource_and_scope)
{
    struct payload *payload = make_payload(12, 0);
    struct batch *batch = batch_of(payload);

    for (uint32_t item = 0; batch->items > 0;) {
        struct batch *taken = batch_take(batch, 5, BATCH_ITEMS);

        for (size_t i = 0; i < taken->slice_count; i++) {
            const struct slice *slice = &taken->slices[i];

            for (uint32_t n = 0; n < slice->count; n++, item++) {
                uint32_t scope = 0;

                while (slice->payload->scopes[scope].first + slice->payload->scopes[scope].count <=
                       slice->first + n)
                    scope++;
                ck_assert_uint_eq(slice->first + n, item);
                ck_assert_uint_eq(scope, item / 2);
                ck_assert_uint_eq(slice->payload->scopes[scope].resource, item / 4);
            }
        }
        batch_unref(taken);
    }
    batch_unref(batch);
    payload_unref(payload);
    ck_assert_uint_eq(budget_used(), 0);
}
END_TEST

START_TEST(any_cutting_and_joining_keeps_each_span_once)
{
    struct dice dice = dice_new("batches");

    for (unsigned round = 0; round < 200; round++) {
        struct batch *pending = batch_new(TRACES), *done = batch_new(TRACES);
        uint64_t next_ns = 0;

        for (unsigned step = 0; step < 20; step++) {
            if (dice_roll(&dice, 2) > 0) {
                uint32_t count = dice_roll(&dice, 9);
                struct payload *payload = make_payload(count, next_ns);
                struct batch *more = batch_of(payload);

                next_ns += count;
                batch_append(pending, more);
                batch_unref(more);
                payload_unref(payload);
            } else {
                struct batch *taken = batch_take(pending, dice_roll(&dice, 12), BATCH_ITEMS);

                batch_append(done, taken);
                batch_unref(taken);
            }
            ck_assert_uint_eq(expect_spans(pending, expect_spans(done, 0)), next_ns);
        }
        batch_unref(pending);
        batch_unref(done);
        ck_assert_uint_eq(budget_used(), 0);
    }
}
END_TEST

/* A payload of metrics with so many data points each. */
static struct payload *make_metrics(const uint32_t *points, size_t count)
{
    struct payload_report report;
    struct buf request = {0};
    size_t resource = wire_begin(&request, 1), scope = wire_begin(&request, 2);
    struct payload *payload;

    for (size_t i = 0; i < count; i++) {
        size_t metric = wire_begin(&request, 2), gauge = wire_begin(&request, 5);

        for (uint32_t n = 0; n < points[i]; n++)
            wire_put_bytes(&request, 1, STR(""));
        wire_end(&request, gauge);
        wire_end(&request, metric);
    }
    wire_end(&request, scope);
    wire_end(&request, resource);
    payload = payload_read(METRICS, reference_body(buf_str(&request)), &report);
    buf_done(&request);
    ck_assert_ptr_nonnull(payload);
    ck_assert_uint_eq(payload->item_count, count);
    return payload;
}

static size_t messages_in(const struct batch *batch)
{
    size_t messages = 0;

    for (size_t i = 0; i < batch->slice_count; i++)
        messages += batch->slices[i].count;
    return messages;
}

START_TEST(metrics_count_by_their_data_points_and_are_not_cut)
{
    static const uint32_t points[] = {4, 0, 4, 4, 25, 0, 2, 0};
    static const struct {
        size_t items, messages;
    } pieces[] = {{8, 3}, {4, 1}, {25, 2}, {10, 5}, {4, 1}, {25, 2}, {2, 2}};
    struct payload *payload = make_metrics(points, 8);
    struct batch *batch = batch_new(TRACES), *whole = batch_of(payload);

    batch_append(batch, whole);
    ck_assert_int_eq(batch->signal, METRICS);
    batch_append(batch, whole);
    ck_assert_uint_eq(batch->items, 78);
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        struct batch *taken = batch_take(batch, 10, BATCH_ITEMS);

        ck_assert_int_eq(taken->signal, METRICS);
        ck_assert_uint_eq(taken->items, pieces[i].items);
        ck_assert_uint_eq(messages_in(taken), pieces[i].messages);
        batch_unref(taken);
    }
    ck_assert_uint_eq(batch->items, 0);
    ck_assert_uint_eq(batch->slice_count, 0);
    batch_unref(batch);
    batch_unref(whole);
    payload_unref(payload);
    ck_assert_uint_eq(budget_used(), 0);
}
END_TEST

START_TEST(metrics_without_data_points_go_along)
{
    static const uint32_t points[] = {0, 0, 30, 0};
    struct payload *payload = make_metrics(points, 4);
    struct batch *batch = batch_of(payload), *taken = batch_take(batch, 10, BATCH_ITEMS);

    ck_assert_uint_eq(taken->items, 30);
    ck_assert_uint_eq(messages_in(taken), 4);
    ck_assert_uint_eq(batch->slice_count, 0);
    batch_unref(taken);
    batch_unref(batch);
    payload_unref(payload);
}
END_TEST

static void on_settled(void *arg, struct result result)
{
    *(struct result *)arg = result;
}

START_TEST(the_worst_result_outlives_who_told_it)
{
    char why[] = "the backend refused it";
    struct batch *batch = batch_new(TRACES);
    struct result result = {0};

    batch->wait.settled = on_settled;
    batch->wait.arg = &result;
    for (int i = 0; i < 3; i++)
        batch_hold(batch);
    batch_settle(batch, result_retry(0, "later"));
    batch_settle(batch, result_rejected(why));
    memset(why, 'x', sizeof(why) - 1);
    ck_assert_uint_eq(result.verdict, ACCEPTED);
    batch_settle(batch, result_accepted());
    ck_assert_uint_eq(result.verdict, REJECTED);
    ck_assert_str_eq(result.why, "the backend refused it");
    batch_unref(batch);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("batch");

    tcase_add_test(cases, a_new_batch_is_empty);
    tcase_add_test(cases, a_batch_of_a_payload_holds_a_reference);
    tcase_add_test(cases, a_batch_of_no_items_has_no_slices);
    tcase_add_test(cases, parts_of_a_payload_are_added);
    tcase_add_test(cases, its_memory_is_its_part_of_the_payloads);
    tcase_add_test(cases, what_is_appended_stays_as_it_is);
    tcase_add_test(cases, taking_splits_between_spans);
    tcase_add_test(cases, spans_keep_their_resource_and_scope);
    tcase_add_test(cases, any_cutting_and_joining_keeps_each_span_once);
    tcase_add_test(cases, metrics_count_by_their_data_points_and_are_not_cut);
    tcase_add_test(cases, metrics_without_data_points_go_along);
    tcase_add_test(cases, the_worst_result_outlives_who_told_it);
    return run_tests("batch", cases);
}
