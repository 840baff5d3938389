/*
 * Allocation that does not fail.
 */
#include "base/mem.h"

#include <signal.h>
#include <stdint.h>
#include <string.h>

#include "unit/check.h"

START_TEST(memory_is_never_null)
{
    char *none = mem_alloc(0), *zeroed = mem_zero(100), *text = mem_text("text");

    ck_assert_ptr_nonnull(none);
    for (size_t i = 0; i < 100; i++)
        ck_assert_int_eq(zeroed[i], 0);
    ck_assert_str_eq(text, "text");
    none = mem_grow(none, 10);
    memset(none, 'x', 10);
    none = mem_grow(none, 1000);
    ck_assert_int_eq(none[9], 'x');
    free(none);
    free(zeroed);
    free(text);
}
END_TEST

START_TEST(arrays_grow_by_doubling)
{
    int *array = NULL;
    size_t cap = 0, moves = 0;

    for (size_t count = 0; count < 1000; count++) {
        size_t before = cap;

        array = mem_room(array, count, &cap, sizeof(*array));
        ck_assert_uint_gt(cap, count);
        moves += cap != before;
        array[count] = (int)count;
    }
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(array[i], i);
    ck_assert_uint_le(moves, 8); /* 8, 16, ... 1024 */
    free(array);
}
END_TEST

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) /* they end it their way */
START_TEST(running_out_ends_the_program)
{
    volatile size_t size = SIZE_MAX / 2;

    free(mem_alloc(size));
}
END_TEST

START_TEST(an_array_that_does_not_fit_ends_the_program)
{
    size_t cap = SIZE_MAX / 8;

    free(mem_room(NULL, cap, &cap, 16));
}
END_TEST
#endif

int main(void)
{
    TCase *cases = tcase_create("mem");

    tcase_add_test(cases, memory_is_never_null);
    tcase_add_test(cases, arrays_grow_by_doubling);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    tcase_add_test_raise_signal(cases, running_out_ends_the_program, SIGABRT);
    tcase_add_test_raise_signal(cases, an_array_that_does_not_fit_ends_the_program, SIGABRT);
#endif
    return run_tests("mem", cases);
}
