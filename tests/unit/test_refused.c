/*
 * Tests of net/refused.c. The list is one of the whole program; each test runs in a process of its
 * own.
 */
#include "net/refused.h"

#include <stdio.h>
#include <string.h>

#include "unit/check.h"

static struct refused list[REFUSED_KEPT];

START_TEST(what_was_refused_is_kept)
{
    ck_assert_uint_eq(refused_read(list), 0);
    refused_add("receivers/otlp", "127.0.0.1:5", "POST /v1/traces", "sdk/1", "no room");
    ck_assert_uint_eq(refused_read(list), 1);
    ck_assert_str_eq(list[0].where, "receivers/otlp");
    ck_assert_str_eq(list[0].peer, "127.0.0.1:5");
    ck_assert_str_eq(list[0].what, "POST /v1/traces");
    ck_assert_str_eq(list[0].agent, "sdk/1");
    ck_assert_str_eq(list[0].why, "no room");
    ck_assert_uint_eq(list[0].times, 1);
    ck_assert_uint_gt(list[0].unix_ms, 1600000000000);
}
END_TEST

START_TEST(what_repeats_has_one_entry_with_the_last_peer)
{
    refused_add("receivers/otlp", "[::1]:5", "POST /", "", "not found");
    refused_add("receivers/otlp", "[::1]:6", "POST /", "", "not found");
    ck_assert_uint_eq(refused_read(list), 1);
    ck_assert_uint_eq(list[0].times, 2);
    ck_assert_str_eq(list[0].peer, "[::1]:6");
}
END_TEST

START_TEST(each_of_its_texts_makes_another_entry)
{
    refused_add("a", "b:1", "c", "d", "e");
    refused_add("x", "b:1", "c", "d", "e");
    refused_add("a", "x:1", "c", "d", "e");
    refused_add("a", "b:1", "x", "d", "e");
    refused_add("a", "b:1", "c", "x", "e");
    refused_add("a", "b:1", "c", "d", "x");
    refused_add("a", "unix", "c", "d", "e");
    ck_assert_uint_eq(refused_read(list), 7);
}
END_TEST

START_TEST(the_oldest_ones_go)
{
    char why[32];
    size_t count;

    for (int i = 0; i < 2 * REFUSED_KEPT; i++) {
        snprintf(why, sizeof(why), "reason %d", i);
        refused_add("a", "b:1", "c", "d", why);
    }
    count = refused_read(list);
    ck_assert_uint_eq(count, REFUSED_KEPT);
    ck_assert_str_eq(list[0].why, why);
    ck_assert_str_eq(list[count - 1].why, "reason 64");
}
END_TEST

START_TEST(long_texts_are_cut)
{
    char text[1024];

    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    refused_add(text, text, text, text, text);
    ck_assert_uint_eq(refused_read(list), 1);
    ck_assert_uint_eq(strlen(list[0].why), sizeof(list[0].why) - 1);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("refused");

    tcase_add_test(cases, what_was_refused_is_kept);
    tcase_add_test(cases, what_repeats_has_one_entry_with_the_last_peer);
    tcase_add_test(cases, each_of_its_texts_makes_another_entry);
    tcase_add_test(cases, the_oldest_ones_go);
    tcase_add_test(cases, long_texts_are_cut);
    return run_tests("refused", cases);
}
