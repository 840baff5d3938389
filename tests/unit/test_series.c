/*
 * Limits of series: what goes beyond one is counted in an overflow series, and nothing is lost.
 */
#include "connectors/series.h"

#include <stdio.h>

#include "base/budget.h"
#include "unit/check.h"

static const double bounds[] = {1, 2};
static const struct distribution_form histogram = {.bounds = bounds, .bound_count = 2};
static struct series_form form;
static struct series_table *table;

static void begin(void)
{
    form = (struct series_form){.distribution = {&histogram}, .most = SERIES_MAX};
    table = series_table_new(&form);
}

static void end(void)
{
    series_table_free(table);
    table = NULL;
    ck_assert_uint_eq(budget_used(), 0);
}

static struct str number_text(char text[32], unsigned n)
{
    return (struct str){text, (size_t)snprintf(text, 32, "number %u", n)};
}

static struct group *group_at(unsigned n, uint64_t now_ms)
{
    char text[32];
    struct str key = number_text(text, n);

    return series_group(table, key, STR("resource"), now_ms);
}

static struct series *count_at(struct group *group, unsigned n, uint64_t now_ms)
{
    char text[32];
    struct series *series = series_find(table, group, 0, number_text(text, n), now_ms);

    series_count(table, series, 1.5);
    return series;
}

static bool is_overflow(const struct series *series)
{
    struct str attributes = {series->attributes, series->attributes_len};

    return attributes.len > 24 && str_starts((struct str){attributes.at + 4, attributes.len - 4},
                                             STR("otel.metric.overflow"));
}

static void send_all(uint64_t now_ns, bool delta)
{
    struct list *groups = series_groups(table);

    for (struct list *g = groups->next; g != groups; g = g->next) {
        struct group *group = LIST_ENTRY(g, struct group, node);

        for (struct list *s = group->series.next; s != &group->series; s = s->next)
            series_sent(table, LIST_ENTRY(s, struct series, node), delta, now_ns);
    }
}

START_TEST(the_same_attributes_are_one_series_of_a_group)
{
    struct group *group, *other;

    begin();
    group = group_at(1, 0);
    other = group_at(2, 0);
    ck_assert_ptr_eq(group_at(1, 5), group);
    ck_assert_ptr_ne(other, group);
    ck_assert_ptr_eq(count_at(group, 7, 0), count_at(group, 7, 1));
    ck_assert_ptr_ne(count_at(other, 7, 0), count_at(group, 7, 1));
    ck_assert_uint_eq(count_at(group, 7, 1)->calls, 4);
    ck_assert_uint_eq(count_at(group, 7, 1)->distribution->buckets[1], 5);
    ck_assert_ptr_ne(series_find(table, group, 1, STR("number 7"), 0), count_at(group, 7, 1));
    ck_assert_uint_eq(series_table_count(table), 3);
    end();
}
END_TEST

START_TEST(a_full_group_counts_in_its_overflow_series)
{
    struct group *group, *other;

    begin();
    form.most_of_group = 3;
    group = group_at(1, 0);
    other = group_at(2, 0);
    for (unsigned n = 0; n < 10; n++)
        ck_assert(is_overflow(count_at(group, n, 0)) == (n >= 3));
    ck_assert(!is_overflow(count_at(group, 2, 0)));
    ck_assert(!is_overflow(count_at(other, 9, 0)));
    ck_assert_ptr_eq(count_at(group, 11, 0)->group, group);
    ck_assert_uint_eq(count_at(group, 12, 0)->calls, 9);
    ck_assert_uint_eq(series_take_overflowed(table), 9);
    ck_assert_uint_eq(series_take_overflowed(table), 0);
    end();
}
END_TEST

START_TEST(beyond_the_limit_of_all_nothing_is_lost)
{
    struct group *group;
    uint64_t calls = 0;

    begin();
    group = group_at(1, 0);
    for (unsigned n = 0; n < SERIES_MAX + 500; n++)
        count_at(group, n, 0);
    ck_assert_uint_eq(series_table_count(table), SERIES_MAX);
    ck_assert(is_overflow(count_at(group, SERIES_MAX + 7, 0)));
    ck_assert_uint_eq(count_at(group_at(2, 0), 0, 0)->calls, 502);
    for (unsigned n = 0; n < SERIES_MAX; n++)
        calls += count_at(group, n, 0)->calls;
    ck_assert_uint_eq(calls, 2 * SERIES_MAX);
    end();
}
END_TEST

START_TEST(series_have_a_quarter_of_the_memory)
{
    struct group *group;
    unsigned n = 0;

    begin();
    budget_set_limit(1 << 20);
    group = group_at(1, 0);
    while (!is_overflow(count_at(group, n, 0)))
        n++;
    ck_assert_uint_gt(n, 500);
    ck_assert_uint_le(budget_used(), 1 << 18);
    ck_assert_uint_eq(count_at(group, n + 1, 0)->calls, 2);
    ck_assert(is_overflow(count_at(group_at(2, 0), 1, 0)));
    budget_set_limit(0);
    end();
}
END_TEST

START_TEST(what_is_idle_ends_once_it_was_sent)
{
    struct group *group;

    begin();
    form.series_expires_ms = 100;
    group = group_at(1, 0);
    count_at(group, 1, 0);
    count_at(group, 2, 60);
    series_expire(table, false, 1000); /* they have not been sent */
    ck_assert_uint_eq(series_table_count(table), 2);
    send_all(1, false);
    series_expire(table, false, 99);
    ck_assert_uint_eq(series_table_count(table), 2);
    series_expire(table, false, 100);
    ck_assert_uint_eq(series_table_count(table), 1);
    ck_assert_uint_eq(count_at(group, 2, 150)->calls, 2);
    ck_assert_uint_eq(count_at(group, 1, 150)->calls, 1);
    send_all(2, false);
    series_expire(table, false, 250);
    ck_assert_uint_eq(series_table_count(table), 0);
    end();
}
END_TEST

START_TEST(the_series_of_a_group_end_together)
{
    begin();
    form.group_expires_ms = 100;
    count_at(group_at(1, 0), 1, 0);
    count_at(group_at(1, 80), 2, 80);
    count_at(group_at(2, 0), 1, 0);
    send_all(1, false);
    series_expire(table, false, 120);
    ck_assert_uint_eq(series_table_count(table), 2);
    series_expire(table, false, 180);
    ck_assert_uint_eq(series_table_count(table), 0);
    end();
}
END_TEST

START_TEST(delta_series_begin_anew_when_they_were_sent)
{
    struct series *series;
    struct group *group;

    begin();
    group = group_at(1, 0);
    series = count_at(group, 1, 0);
    send_all(77, true);
    ck_assert_uint_eq(series->calls + series->distribution->count, 0);
    ck_assert_uint_eq(series->start_ns, 77);
    count_at(group, 1, 0);
    series_expire(table, true, 0);
    ck_assert_uint_eq(series_table_count(table), 1);
    send_all(78, true);
    series_expire(table, true, 0);
    ck_assert_uint_eq(series_table_count(table), 0);
    end();
}
END_TEST

START_TEST(exemplars_are_the_first_so_many)
{
    struct exemplar exemplar = {.time_ns = 1};
    struct series *series;

    begin();
    form.exemplars = 2;
    series = count_at(group_at(1, 0), 1, 0);
    for (unsigned n = 0; n < 5; n++) {
        exemplar.value = n;
        series_add_exemplar(table, series, &exemplar);
    }
    ck_assert_uint_eq(series->exemplar_count, 2);
    ck_assert_double_eq(series->exemplars[1].value, 1);
    series_sent(table, series, false, 5);
    ck_assert_uint_eq(series->exemplar_count, 0);
    ck_assert_uint_eq(series->calls, 1);
    end();
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("series");

    tcase_add_test(cases, the_same_attributes_are_one_series_of_a_group);
    tcase_add_test(cases, a_full_group_counts_in_its_overflow_series);
    tcase_add_test(cases, beyond_the_limit_of_all_nothing_is_lost);
    tcase_add_test(cases, series_have_a_quarter_of_the_memory);
    tcase_add_test(cases, what_is_idle_ends_once_it_was_sent);
    tcase_add_test(cases, the_series_of_a_group_end_together);
    tcase_add_test(cases, delta_series_begin_anew_when_they_were_sent);
    tcase_add_test(cases, exemplars_are_the_first_so_many);
    return run_tests("series", cases);
}
