/*
 * The last warnings and errors, as they are kept for the page.
 */
#include "base/log_recent.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "unit/check.h"

static struct log_recent lines[LOG_RECENT_MAX + 1]; /* each test is a process of its own */

static void add(uint64_t unix_ms, const char *text)
{
    log_recent_add(unix_ms, LOG_WARN, "exporters/jaeger", str_of(text), 1);
}

START_TEST(the_latest_comes_first)
{
    ck_assert_uint_eq(log_recent_read(lines, LOG_RECENT_MAX), 0);
    add(1000, "one");
    log_recent_add(2000, LOG_ERROR, "service", STR("two"), 7);
    ck_assert_uint_eq(log_recent_read(lines, LOG_RECENT_MAX), 2);
    ck_assert_str_eq(lines[0].where, "service");
    ck_assert_str_eq(lines[0].text, "two");
    ck_assert_int_eq(lines[0].level, LOG_ERROR);
    ck_assert_uint_eq(lines[0].times, 7);
    ck_assert_uint_eq(lines[0].unix_ms, 2000);
    ck_assert_str_eq(lines[1].text, "one");
    ck_assert_int_eq(lines[1].level, LOG_WARN);
    ck_assert_uint_eq(lines[1].times, 1);
    ck_assert_uint_eq(log_recent_read(lines, 1), 1);
    ck_assert_str_eq(lines[0].text, "two");
}
END_TEST

START_TEST(what_differs_in_numbers_only_is_counted_together)
{
    add(1000, "dropped 5 spans of 127.0.0.1:40001");
    add(2000, "something else");
    add(3000, "dropped 17 spans of 127.0.0.1:51");
    add(4000, "dropped 17 spans of 127.0.0.1:");
    add(5000, "dropped spans of 127.0.0.1:51");
    ck_assert_uint_eq(log_recent_read(lines, LOG_RECENT_MAX), 4);
    ck_assert_str_eq(lines[2].text, "dropped 17 spans of 127.0.0.1:51");
    ck_assert_uint_eq(lines[2].times, 2);
    ck_assert_uint_eq(lines[2].unix_ms, 3000);
    ck_assert_uint_eq(lines[2].first_unix_ms, 1000);
    ck_assert_str_eq(lines[3].text, "something else");

    log_recent_add(6000, LOG_ERROR, "exporters/jaeger", STR("something else"), 1);
    log_recent_add(6000, LOG_WARN, "exporters/zipkin", STR("something else"), 1);
    ck_assert_uint_eq(log_recent_read(lines, LOG_RECENT_MAX), 6);
}
END_TEST

START_TEST(the_oldest_goes)
{
    char text[] = "line a.";

    for (unsigned i = 0; i < LOG_RECENT_MAX + 1; i++) {
        text[5] = (char)('A' + i % 32);
        text[6] = (char)('A' + i / 32);
        add(i, text);
    }
    ck_assert_uint_eq(log_recent_read(lines, LOG_RECENT_MAX + 1), LOG_RECENT_MAX);
    ck_assert_uint_eq(lines[0].unix_ms, LOG_RECENT_MAX);
    ck_assert_uint_eq(lines[LOG_RECENT_MAX - 1].unix_ms, 1);
}
END_TEST

START_TEST(long_text_is_cut_between_characters)
{
    char text[600];

    for (unsigned i = 0; i < sizeof(text); i += 2)
        memcpy(text + i, "\xc3\xa9", 2);
    log_recent_add(1, LOG_WARN, "service", (struct str){text, sizeof(text)}, 1);
    log_recent_add(2, LOG_WARN, "service", STR("not UTF-8: \xff\xc3."), 1);
    log_recent_read(lines, LOG_RECENT_MAX);
    ck_assert_uint_eq(strlen(lines[1].text), 254);
    ck_assert_str_eq(lines[0].text, "not UTF-8: ??.");
}
END_TEST

static void *add_many(void *arg)
{
    const char *text = arg;

    for (unsigned i = 0; i < 1000; i++) {
        add(i, text);
        log_recent_read(lines + (*text == 'a'), 1);
    }
    return NULL;
}

START_TEST(threads_share_it)
{
    char a[] = "a", b[] = "b";
    pthread_t thread;

    ck_assert_int_eq(pthread_create(&thread, NULL, add_many, a), 0);
    add_many(b);
    pthread_join(thread, NULL);
    ck_assert_uint_eq(log_recent_read(lines, LOG_RECENT_MAX), 2);
    ck_assert_uint_eq(lines[0].times, 1000);
    ck_assert_uint_eq(lines[1].times, 1000);
}
END_TEST

START_TEST(warnings_and_errors_of_the_log_are_kept)
{
    struct log_limit limit = {0};

    ck_assert_int_ge(dup2(open("/dev/null", O_WRONLY), STDERR_FILENO), 0);
    log_set_level(LOG_ERROR);
    log_info("service", "nothing");
    log_warn("service", "below the level\n");
    log_error("service", "an error");
    for (unsigned i = 0; i < 15; i++)
        log_limited(&limit, LOG_WARN, "receivers/otlp", "refused %u", i);
    ck_assert_uint_eq(log_recent_read(lines, LOG_RECENT_MAX), 3);
    ck_assert_str_eq(lines[0].text, "refused 9");
    ck_assert_uint_eq(lines[0].times, 10);
    ck_assert_uint_gt(lines[0].unix_ms, 1600000000000);
    ck_assert_str_eq(lines[1].text, "an error");
    ck_assert_str_eq(lines[2].text, "below the level\\x0a");

    limit.since_ms -= 10001; /* ten seconds later */
    log_limited(&limit, LOG_WARN, "receivers/otlp", "refused %u", 16U);
    log_recent_read(lines, LOG_RECENT_MAX);
    ck_assert_str_eq(lines[0].text, "refused 16");
    ck_assert_uint_eq(lines[0].times, 16);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("log_recent");

    tcase_add_test(cases, the_latest_comes_first);
    tcase_add_test(cases, what_differs_in_numbers_only_is_counted_together);
    tcase_add_test(cases, the_oldest_goes);
    tcase_add_test(cases, long_text_is_cut_between_characters);
    tcase_add_test(cases, threads_share_it);
    tcase_add_test(cases, warnings_and_errors_of_the_log_are_kept);
    return run_tests("log_recent", cases);
}
