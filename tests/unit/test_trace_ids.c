/*
 * What is remembered of traces: the last ones, in bounded memory.
 */
#include "processors/trace_ids.h"

#include "base/budget.h"
#include "unit/check.h"

/* Spread like hashes, and some of them share a chain. */
static uint64_t hash_of(uint64_t n)
{
    return n % 3 == 0 ? n * 256 : n * UINT64_C(0x9e3779b97f4a7c15);
}

static uint32_t second_of(uint64_t n)
{
    return (uint32_t)n * 7;
}

static void add(struct trace_ids *ids, uint64_t n)
{
    trace_ids_add(ids, hash_of(n), second_of(n));
}

/* Whether it is there, with its time. */
static bool has(const struct trace_ids *ids, uint64_t n)
{
    uint32_t at_s = 0;
    bool found = trace_ids_find(ids, hash_of(n), &at_s);

    ck_assert(!found || at_s == second_of(n));
    return found;
}

START_TEST(the_first_one_goes_for_the_next)
{
    static const size_t sizes[] = {1, 2, 3, 255, 256, 257, 1000};

    for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
        struct trace_ids *ids = trace_ids_new(sizes[s]);
        uint64_t most = sizes[s];

        for (uint64_t n = 1; n <= 3 * most; n++) {
            ck_assert(!has(ids, n));
            add(ids, n);
            ck_assert(n <= most || !has(ids, n - most));
            ck_assert(n < most || has(ids, n - most + 1));
        }
        for (uint64_t n = 1; n <= 3 * most; n++)
            ck_assert(has(ids, n) == (n > 2 * most));
        trace_ids_free(ids);
        ck_assert_uint_eq(budget_used(), 0);
    }
}
END_TEST

START_TEST(one_that_is_there_is_not_added_again)
{
    struct trace_ids *ids = trace_ids_new(2);

    add(ids, 1);
    add(ids, 2);
    add(ids, 1);
    add(ids, 2);
    ck_assert(has(ids, 1) && has(ids, 2));
    trace_ids_add(ids, hash_of(2), 99); /* its time stays */
    ck_assert(has(ids, 2));
    add(ids, 3); /* for 1, which came first */
    ck_assert(!has(ids, 1) && has(ids, 2) && has(ids, 3));
    trace_ids_free(ids);
}
END_TEST

START_TEST(memory_comes_as_it_fills)
{
    struct trace_ids *ids = trace_ids_new(SIZE_MAX);

    ck_assert_uint_eq(budget_used(), 0);
    ck_assert(!has(ids, 0));
    add(ids, 0);
    ck_assert(has(ids, 0));
    ck_assert_uint_eq(budget_used(), 256 * 20);
    for (uint64_t n = 1; n <= 256; n++)
        add(ids, n);
    ck_assert_uint_eq(budget_used(), 512 * 20);
    trace_ids_free(ids);
    ck_assert_uint_eq(budget_used(), 0);
    trace_ids_free(NULL);
    ids = trace_ids_new(0); /* one at least */
    add(ids, 7);
    ck_assert(has(ids, 7));
    ck_assert_uint_eq(budget_used(), 20);
    trace_ids_free(ids);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("trace_ids");

    tcase_add_test(cases, the_first_one_goes_for_the_next);
    tcase_add_test(cases, one_that_is_there_is_not_added_again);
    tcase_add_test(cases, memory_comes_as_it_fills);
    return run_tests("trace_ids", cases);
}
