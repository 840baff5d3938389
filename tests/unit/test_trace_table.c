/*
 * The table of traces, and the ring of their ids, against plain arrays.
 */
#include "processors/trace_table.h"

#include "base/budget.h"
#include "processors/trace_ids.h"
#include "unit/trace_batch.h"

static void put_run(void *arg, struct str id, struct payload *payload, uint32_t first,
                    uint32_t count)
{
    struct trace_table *table = arg;
    uint64_t hash = trace_table_hash(table, id);
    struct trace *trace = trace_table_find(table, id, hash);

    if (!trace)
        trace = trace_table_add(table, id, hash, 0);
    trace_table_put(table, trace, payload, first, count);
}

static struct batch *take(struct trace_table *table, char letter)
{
    char bytes[16];
    struct str id = trace_id_of((unsigned char)letter, bytes);
    struct trace *trace = trace_table_find(table, id, trace_table_hash(table, id));

    return trace ? trace_table_take(table, trace) : NULL;
}

START_TEST(spans_of_a_trace_come_together)
{
    struct batch *batch = batch_of_letters("aabacb"), *more = batch_of_letters("bbbd"), *spans;
    size_t used = budget_used();
    struct trace_table table;

    trace_table_init(&table);
    trace_runs(batch, put_run, &table);
    trace_runs(more, put_run, &table);
    batch_unref(batch);
    batch_unref(more);
    ck_assert_uint_eq(table.count, 4);
    ck_assert_uint_ge(table.memory, used);
    spans = take(&table, 'a');
    ck_assert_uint_eq(spans->items, 3);
    ck_assert_uint_eq(spans->slice_count, 2);
    batch_unref(spans);
    spans = take(&table, 'b');
    ck_assert_uint_eq(spans->items, 5);
    batch_unref(spans);
    ck_assert_ptr_null(take(&table, 'b'));
    spans = take(&table, 'c');
    ck_assert_uint_eq(spans->items, 1);
    batch_unref(spans);
    ck_assert_uint_eq(table.count, 1);
    batch_unref(take(&table, 'd'));
    ck_assert_uint_eq(table.memory, 0);
    trace_table_done(&table);
    ck_assert_uint_eq(budget_used(), 0);
}
END_TEST

START_TEST(many_traces_are_found)
{
    struct batch *batch = batch_of_letters("a");
    struct trace_table table;
    unsigned expected = 0;
    char bytes[16];

    trace_table_init(&table);
    for (unsigned n = 0; n < 5000; n++) {
        struct str id = trace_id_of(n, bytes);
        uint64_t hash = trace_table_hash(&table, id);

        ck_assert_ptr_null(trace_table_find(&table, id, hash));
        trace_table_put(&table, trace_table_add(&table, id, hash, n), batch->slices[0].payload, 0,
                        1);
    }
    ck_assert_uint_eq(table.count, 5000);
    for (unsigned n = 0; n < 5000; n += 3) {
        struct str id = trace_id_of(n, bytes);
        struct trace *trace = trace_table_find(&table, id, trace_table_hash(&table, id));

        ck_assert_uint_eq(trace->came_ms, n);
        batch_unref(trace_table_take(&table, trace));
    }
    for (struct list *node = table.traces.next; node != &table.traces; node = node->next) {
        expected += expected % 3 == 0;
        ck_assert_uint_eq(LIST_ENTRY(node, struct trace, node)->came_ms, expected);
        expected++;
    }
    batch_unref(batch);
    trace_table_done(&table);
    ck_assert_uint_eq(budget_used(), 0);
}
END_TEST

/* Sizes around those at which it grows. */
static const unsigned mosts[] = {1, 2, 255, 256, 257, 1000};

START_TEST(the_last_ids_are_remembered)
{
    struct trace_ids *ids = trace_ids_new(mosts[_i]);
    const uint64_t factor = 0x9e3779b97f4a7c15;
    uint32_t at_s = 0;

    ck_assert(!trace_ids_find(ids, 0, &at_s));
    for (unsigned n = 0; n < 3000; n++) {
        trace_ids_add(ids, n * factor, n);
        trace_ids_add(ids, n * factor, n + 1); /* it is there already */
        ck_assert(trace_ids_find(ids, n * factor, &at_s));
        ck_assert(!trace_ids_find(ids, (n + 1) * factor, &at_s));
        if (n >= mosts[_i])
            ck_assert(!trace_ids_find(ids, (n - mosts[_i]) * factor, &at_s));
    }
    for (unsigned n = 3000 - mosts[_i]; n < 3000; n++) {
        ck_assert(trace_ids_find(ids, n * factor, &at_s));
        ck_assert_uint_eq(at_s, n);
    }
    trace_ids_free(ids);
    ck_assert_uint_eq(budget_used(), 0);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("trace_table");

    tcase_add_test(cases, spans_of_a_trace_come_together);
    tcase_add_test(cases, many_traces_are_found);
    tcase_add_loop_test(cases, the_last_ids_are_remembered, 0,
                        (int)(sizeof(mosts) / sizeof(mosts[0])));
    return run_tests("trace_table", cases);
}
