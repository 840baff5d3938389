/*
 * Tests of net/body.c.
 */
#include "net/body.h"

#include "base/budget.h"
#include "unit/check.h"

static char zeros[1 << 20];

START_TEST(a_body_is_put_together)
{
    struct body body = {0};
    struct bytes *bytes;

    ck_assert_int_eq(body_announce(&body, 6), BODY_OK);
    ck_assert_int_eq(body_append(&body, "abc", 3, 100), BODY_OK);
    ck_assert_int_eq(body_append(&body, "def", 3, 100), BODY_OK);
    bytes = body_take(&body);
    ck_assert(str_is(bytes_str(bytes), "abcdef"));
    ck_assert_uint_eq(bytes->cap, 6);
    bytes_unref(bytes);
    ck_assert_ptr_null(body.bytes);
}
END_TEST

START_TEST(an_empty_body_is_a_message_too)
{
    struct body body = {0};
    struct bytes *bytes = body_take(&body);

    ck_assert_ptr_nonnull(bytes);
    ck_assert_uint_eq(bytes->len, 0);
    bytes_unref(bytes);
}
END_TEST

START_TEST(a_body_has_a_limit)
{
    struct body body = {0};

    ck_assert_int_eq(body_append(&body, zeros, 99, 100), BODY_OK);
    ck_assert_int_eq(body_append(&body, zeros, 1, 100), BODY_OK);
    ck_assert_int_eq(body_append(&body, zeros, 1, 100), BODY_TOO_LARGE);
    body_done(&body);
}
END_TEST

START_TEST(announcing_alone_holds_little_memory)
{
    struct body body = {0};
    size_t before = budget_used();

    ck_assert_int_eq(body_announce(&body, 64 << 20), BODY_OK);
    ck_assert_uint_le(budget_used() - before, BODY_AT_ONCE + sizeof(struct bytes));
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(body_append(&body, zeros, sizeof(zeros), 64 << 20), BODY_OK);
    ck_assert_uint_eq(body.bytes->cap, 4 << 20);
    body_done(&body);
    ck_assert_uint_eq(budget_used(), before);
}
END_TEST

START_TEST(an_announced_body_ends_with_its_exact_size)
{
    struct body body = {0};
    const size_t len = (3 << 20) + 5;

    ck_assert_int_eq(body_announce(&body, len), BODY_OK);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(body_append(&body, zeros, sizeof(zeros), len), BODY_OK);
    ck_assert_int_eq(body_append(&body, zeros, 5, len), BODY_OK);
    ck_assert_uint_eq(body.bytes->cap, len);
    body_done(&body);
}
END_TEST

START_TEST(unfinished_bodies_share_a_quarter_of_the_budget)
{
    struct body first = {0}, second = {0}, third = {0};
    struct bytes *whole;

    budget_set_limit(4 << 20);
    ck_assert_int_eq(body_announce(&first, 512 << 10), BODY_OK);
    ck_assert_int_eq(body_announce(&second, 512 << 10), BODY_OK);
    ck_assert_int_eq(body_announce(&third, 1), BODY_NO_ROOM);
    whole = body_take(&first); /* what is finished counts no more */
    ck_assert_int_eq(body_announce(&third, 1), BODY_OK);
    bytes_unref(whole);
    body_done(&second);
    body_done(&third);
    budget_set_limit(0);
}
END_TEST

START_TEST(the_last_quarter_is_for_those_who_hold_little)
{
    size_t much = 0, little = 0;
    struct body hoard[2] = {{.held = &much}, {.held = &much}};
    struct body small = {.held = &little};

    budget_set_limit(4 << 20); /* 1 MiB for bodies: 64 KiB are much */
    ck_assert_int_eq(body_announce(&hoard[0], 512 << 10), BODY_OK);
    ck_assert(!body_is_crowding(much));
    ck_assert_int_eq(body_announce(&hoard[1], 256 << 10), BODY_OK);
    ck_assert_uint_eq(much, 768 << 10);
    ck_assert(body_is_crowding(much));
    ck_assert_int_eq(body_append(&hoard[1], zeros, 256 << 10, 1 << 20), BODY_OK);
    ck_assert_int_eq(body_append(&hoard[1], zeros, 1, 1 << 20), BODY_NO_ROOM);
    ck_assert_int_eq(body_announce(&small, 64 << 10), BODY_OK);
    ck_assert(!body_is_crowding(little));
    body_done(&hoard[0]);
    ck_assert_uint_eq(much, 256 << 10);
    ck_assert(!body_is_crowding(much));
    body_done(&hoard[1]);
    body_done(&small);
    ck_assert_uint_eq(much + little, 0);
    budget_set_limit(0);
}
END_TEST

START_TEST(announcing_keeps_nobody_out)
{
    static struct body liars[1000];
    size_t held[10] = {0};
    struct body honest = {0};

    budget_set_limit(16 << 20); /* 4 MiB for bodies */
    for (size_t i = 0; i < 1000; i++) {
        liars[i].held = &held[i / 100];
        body_announce(&liars[i], 1 << 20);
    }
    ck_assert_int_eq(body_announce(&honest, 100 << 10), BODY_OK);
    ck_assert_int_eq(body_append(&honest, zeros, 100 << 10, 1 << 20), BODY_OK);
    body_done(&honest);
    for (size_t i = 0; i < 1000; i++)
        body_done(&liars[i]);
    for (size_t i = 0; i < 10; i++)
        ck_assert_uint_eq(held[i], 0);
    budget_set_limit(0);
}
END_TEST

START_TEST(one_that_is_alone_may_have_more_than_a_quarter)
{
    struct body large = {0}, other = {0};

    budget_set_limit(8 << 20);
    ck_assert_int_eq(body_announce(&large, 5 << 20), BODY_OK);
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(body_append(&large, zeros, sizeof(zeros), 5 << 20), BODY_OK);
    ck_assert_int_eq(body_announce(&other, 1), BODY_NO_ROOM);
    body_done(&large);
    ck_assert_int_eq(body_announce(&other, 1), BODY_OK);
    body_done(&other);
    budget_set_limit(0);
}
END_TEST

START_TEST(what_does_not_fit_is_refused_when_it_is_announced)
{
    struct body body = {0};

    budget_set_limit(8 << 20);
    budget_add(4 << 20);
    ck_assert_int_eq(body_announce(&body, 5 << 20), BODY_NO_ROOM);
    ck_assert_int_eq(body_announce(&body, 3 << 20), BODY_OK);
    body_done(&body);
    budget_release(4 << 20);
    budget_set_limit(0);
}
END_TEST

START_TEST(without_memory_there_is_no_body)
{
    struct body body = {0};
    size_t before = budget_used();

    budget_set_limit(before + 100);
    ck_assert_int_eq(body_announce(&body, 1000), BODY_NO_ROOM);
    ck_assert_int_eq(body_append(&body, zeros, 10, 10), BODY_OK);
    ck_assert_int_eq(body_append(&body, zeros, 1000, 5000), BODY_NO_ROOM);
    body_done(&body);
    ck_assert_uint_eq(budget_used(), before);
    budget_set_limit(0);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("body");

    tcase_add_test(cases, a_body_is_put_together);
    tcase_add_test(cases, an_empty_body_is_a_message_too);
    tcase_add_test(cases, a_body_has_a_limit);
    tcase_add_test(cases, announcing_alone_holds_little_memory);
    tcase_add_test(cases, an_announced_body_ends_with_its_exact_size);
    tcase_add_test(cases, unfinished_bodies_share_a_quarter_of_the_budget);
    tcase_add_test(cases, the_last_quarter_is_for_those_who_hold_little);
    tcase_add_test(cases, announcing_keeps_nobody_out);
    tcase_add_test(cases, one_that_is_alone_may_have_more_than_a_quarter);
    tcase_add_test(cases, what_does_not_fit_is_refused_when_it_is_announced);
    tcase_add_test(cases, without_memory_there_is_no_body);
    return run_tests("body", cases);
}
