/*
 * Texts within the budget.
 */
#include "viewer/writing.h"

#include "base/budget.h"
#include "unit/check.h"

START_TEST(a_text_is_reserved_as_it_grows)
{
    struct writing w = {0};
    bool first = true;

    for (int i = 0; i < 10000; i++) {
        writing_comma(&w, &first);
        writing_put_text(&w, STR("a\n\x01"));
        ck_assert_uint_ge(budget_used(), w.out.len);
    }
    writing_printf(&w, "%d", 5);
    ck_assert(!w.full);
    ck_assert_uint_eq(w.out.len, 10000 * sizeof(",\"a\\n\\u0001\"") - 10000);
    ck_assert(str_starts(buf_str(&w.out), STR("\"a\\n\\u0001\",\"a\\n")));
    writing_done(&w);
    ck_assert_uint_eq(budget_used(), 0);
}
END_TEST

START_TEST(without_room_it_is_full_and_stays_so)
{
    size_t limit = budget_limit();
    struct writing w = {0};

    budget_set_limit(BUDGET_LEAST);
    ck_assert(budget_reserve(BUDGET_LEAST - 10000));
    writing_put(&w, "a");
    ck_assert(!writing_room(&w, 20000));
    ck_assert(w.full);
    writing_put(&w, "b");
    ck_assert(!writing_tag_room(&w));
    ck_assert(str_is(buf_str(&w.out), "a"));
    writing_done(&w);
    ck_assert(!writing_room(&w, (size_t)WRITING_MAX + 1));
    writing_done(&w);
    budget_release(BUDGET_LEAST - 10000);
    budget_set_limit(limit);
    ck_assert_uint_eq(budget_used(), 0);
}
END_TEST

START_TEST(ids_are_as_long_as_in_jaeger)
{
    struct writing w = {0};

    writing_put_trace_id(&w, 0, 0xabc);
    writing_put_trace_id(&w, 1, 0xabc);
    ck_assert(str_is(buf_str(&w.out), "\"0000000000000abc\"\"00000000000000010000000000000abc\""));
    writing_done(&w);
}
END_TEST

START_TEST(there_is_room_for_many_tags)
{
    struct writing w = {0};

    for (size_t i = 0; i < 1000; i++) {
        ck_assert(writing_tag_room(&w));
        w.tags[w.tag_count++] = (struct attribute_view){.key = STR("k")};
    }
    ck_assert_uint_ge(budget_used(), 1000 * sizeof(*w.tags));
    writing_done(&w);
    ck_assert_uint_eq(budget_used(), 0);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("writing");

    tcase_add_test(cases, a_text_is_reserved_as_it_grows);
    tcase_add_test(cases, without_room_it_is_full_and_stays_so);
    tcase_add_test(cases, ids_are_as_long_as_in_jaeger);
    tcase_add_test(cases, there_is_room_for_many_tags);
    return run_tests("writing", cases);
}
