/*
 * The account of memory whose size comes from outside.
 */
#include "base/budget.h"

#include <pthread.h>
#include <stdint.h>
#include <unistd.h>

#include "unit/check.h"

START_TEST(what_is_reserved_is_used_until_it_is_released)
{
    ck_assert_uint_eq(budget_used(), 0);
    ck_assert(budget_reserve(100));
    ck_assert(budget_reserve(0));
    ck_assert(budget_reserve(23));
    ck_assert_uint_eq(budget_used(), 123);
    budget_release(23);
    budget_release(100);
    ck_assert_uint_eq(budget_used(), 0);
}
END_TEST

START_TEST(the_limit_itself_may_be_used_and_no_more)
{
    static const struct {
        size_t size;
        bool good;
    } cases[] = {{999, true}, {1000, true}, {1001, false}, {SIZE_MAX, false}};

    budget_set_limit(1000);
    ck_assert_uint_eq(budget_limit(), 1000);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ck_assert(budget_reserve(cases[i].size) == cases[i].good);
        ck_assert_uint_eq(budget_used(), cases[i].good ? cases[i].size : 0);
        if (cases[i].good)
            budget_release(cases[i].size);
    }
}
END_TEST

START_TEST(sums_do_not_wrap_around)
{
    ck_assert(budget_reserve(1000));
    ck_assert(!budget_reserve(SIZE_MAX));
    ck_assert(!budget_reserve(SIZE_MAX - 999));
    ck_assert_uint_eq(budget_used(), 1000);
    budget_release(1000);
}
END_TEST

START_TEST(nothing_fits_where_the_limit_sinks_below_what_is_used)
{
    ck_assert(budget_reserve(1000));
    budget_set_limit(500);
    ck_assert(!budget_reserve(1));
    budget_release(1000);
    ck_assert(budget_reserve(500));
    budget_release(500);
}
END_TEST

START_TEST(the_default_is_a_part_of_the_memory)
{
    uint64_t memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);

    ck_assert_uint_gt(budget_default(), 0);
    ck_assert_uint_le(budget_default(), memory / 5 * 4);
    budget_set_limit(0);
    ck_assert_uint_eq(budget_limit(), budget_default());
}
END_TEST

START_TEST(what_is_added_counts_beyond_the_limit_too)
{
    budget_set_limit(100);
    ck_assert(budget_has_room(100));
    ck_assert(!budget_has_room(101));
    budget_add(150);
    ck_assert_uint_eq(budget_used(), 150);
    ck_assert(!budget_has_room(0));
    ck_assert(budget_reserve(0));
    ck_assert(!budget_reserve(1));
    budget_release(60);
    ck_assert(budget_has_room(10));
    ck_assert(!budget_has_room(11));
    budget_release(90);
}
END_TEST

static void *use(void *arg)
{
    for (unsigned i = 0; i < 20000; i++)
        if (budget_reserve(7))
            budget_release(7);
    return arg;
}

START_TEST(threads_leave_the_sum_right)
{
    pthread_t threads[4];

    budget_set_limit(14); /* so that some are refused */
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, use, NULL), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    ck_assert_uint_eq(budget_used(), 0);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("budget");

    tcase_add_test(cases, what_is_reserved_is_used_until_it_is_released);
    tcase_add_test(cases, the_limit_itself_may_be_used_and_no_more);
    tcase_add_test(cases, sums_do_not_wrap_around);
    tcase_add_test(cases, nothing_fits_where_the_limit_sinks_below_what_is_used);
    tcase_add_test(cases, the_default_is_a_part_of_the_memory);
    tcase_add_test(cases, what_is_added_counts_beyond_the_limit_too);
    tcase_add_test(cases, threads_leave_the_sum_right);
    return run_tests("budget", cases);
}
