/*
 * Shared bytes and their account in the budget.
 */
#include "base/bytes.h"

#include "base/budget.h"
#include "unit/check.h"

START_TEST(bytes_cost_their_size_until_the_last_reference_goes)
{
    struct bytes *bytes = bytes_new(1000);

    ck_assert_uint_eq(bytes->len, 0);
    ck_assert_uint_ge(bytes->cap, 1000);
    ck_assert_uint_ge(budget_used(), 1000);
    ck_assert_ptr_eq(bytes_ref(bytes), bytes);
    bytes_unref(bytes);
    ck_assert_uint_ge(budget_used(), 1000);
    bytes_unref(bytes);
    bytes_unref(NULL);
    ck_assert_uint_eq(budget_used(), 0);
}
END_TEST

START_TEST(a_buffer_becomes_bytes_where_it_lies)
{
    struct buf buf = {0};
    struct bytes *bytes;
    const char *at;

    buf_reserve(&buf, 1000);
    buf.len = BYTES_HEAD;
    buf_append_str(&buf, STR("what was written"));
    at = buf.at + BYTES_HEAD;
    ck_assert(budget_reserve(buf.cap));
    bytes = bytes_from(&buf);
    ck_assert_ptr_null(buf.at);
    ck_assert_ptr_eq(bytes->at, at);
    ck_assert(str_eq(bytes_str(bytes), STR("what was written")));
    ck_assert_uint_ge(bytes->cap, 1000 - BYTES_HEAD);
    bytes_unref(bytes);
    ck_assert_uint_eq(budget_used(), 0);
}
END_TEST

START_TEST(none_are_made_beyond_the_budget)
{
    struct bytes *bytes;

    budget_set_limit(1000);
    ck_assert_ptr_null(bytes_new(1001));
    ck_assert_ptr_null(bytes_new(SIZE_MAX));
    ck_assert_ptr_null(bytes_new(SIZE_MAX / 2));
    ck_assert_uint_eq(budget_used(), 0);
    bytes = bytes_new(500);
    ck_assert_ptr_nonnull(bytes);
    ck_assert_ptr_null(bytes_new(500));
    bytes_unref(bytes);
}
END_TEST

START_TEST(growing_keeps_the_content)
{
    struct bytes *bytes = bytes_new(4);

    memcpy(bytes->at, "abcd", 4);
    bytes->len = 4;
    ck_assert_ptr_eq(bytes_grow(bytes, 2), bytes);
    bytes = bytes_grow(bytes, 100000);
    ck_assert_uint_eq(bytes->cap, 100000);
    ck_assert(str_is(bytes_str(bytes), "abcd"));
    ck_assert_uint_ge(budget_used(), 100000);
    bytes_unref(bytes);
    ck_assert_uint_eq(budget_used(), 0);
}
END_TEST

START_TEST(growing_beyond_the_budget_leaves_the_old_bytes)
{
    struct bytes *bytes = bytes_new(4);
    size_t used = budget_used();

    memcpy(bytes->at, "abcd", 4);
    bytes->len = 4;
    budget_set_limit(used + 10);
    ck_assert_ptr_null(bytes_grow(bytes, 100));
    ck_assert_ptr_null(bytes_grow(bytes, SIZE_MAX));
    ck_assert_uint_eq(budget_used(), used);
    ck_assert(str_is(bytes_str(bytes), "abcd"));
    bytes_unref(bytes);
    ck_assert_uint_eq(budget_used(), 0);
}
END_TEST

START_TEST(room_that_is_not_used_is_given_back_where_it_is_much)
{
    static const struct {
        size_t cap, len, left;
    } cases[] = {
        {100000, 1000, 1000}, {100000, 87499, 87499}, {100000, 87500, 100000},
        {8000, 3903, 3903},   {8000, 3904, 8000},     {5000, 0, 0},
        {1 << 20, 0, 0},      {4096, 0, 4096},        {0, 0, 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bytes *bytes = bytes_new(cases[i].cap);
        size_t used = budget_used();

        memset(bytes->at, 'x', cases[i].cap);
        bytes->len = cases[i].len;
        bytes = bytes_trim(bytes);
        ck_assert_uint_eq(bytes->cap, cases[i].left);
        ck_assert_uint_eq(bytes->len, cases[i].len);
        ck_assert_uint_eq(budget_used(), used - (cases[i].cap - cases[i].left));
        for (size_t k = 0; k < bytes->len; k++)
            ck_assert_int_eq(bytes->at[k], 'x');
        bytes_unref(bytes);
        ck_assert_uint_eq(budget_used(), 0);
    }
}
END_TEST

START_TEST(bytes_may_be_empty)
{
    struct bytes *bytes = bytes_new(0);

    ck_assert_ptr_nonnull(bytes);
    ck_assert_uint_eq(bytes_str(bytes).len, 0);
    bytes_unref(bytes);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("bytes");

    tcase_add_test(cases, bytes_cost_their_size_until_the_last_reference_goes);
    tcase_add_test(cases, a_buffer_becomes_bytes_where_it_lies);
    tcase_add_test(cases, none_are_made_beyond_the_budget);
    tcase_add_test(cases, growing_keeps_the_content);
    tcase_add_test(cases, growing_beyond_the_budget_leaves_the_old_bytes);
    tcase_add_test(cases, room_that_is_not_used_is_given_back_where_it_is_much);
    tcase_add_test(cases, bytes_may_be_empty);
    return run_tests("bytes", cases);
}
