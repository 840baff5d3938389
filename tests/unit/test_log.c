/*
 * Log lines, as they come out of stderr.
 */
#include "base/log.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "unit/check.h"

static int file; /* stands for stderr; each test is a process of its own */
static char written[65536];

static void setup(void)
{
    file = memfd_create("log", 0);
    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(dup2(file, STDERR_FILENO), STDERR_FILENO);
}

/* What was written since the last call. */
static const char *output(void)
{
    ssize_t len = pread(file, written, sizeof(written) - 1, 0);

    ck_assert_int_ge(len, 0);
    written[len] = '\0';
    ck_assert_int_eq(ftruncate(file, 0), 0);
    ck_assert_int_eq(lseek(file, 0, SEEK_SET), 0);
    return written;
}

static unsigned count_lines(const char *text)
{
    unsigned lines = 0;

    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

START_TEST(a_line_has_time_level_place_and_text)
{
    const char *line;
    unsigned numbers[7];
    int len = 0;

    log_warn("exporters/jaeger", "cannot reach %s:%d", "jaeger", 14268);
    line = output();
    ck_assert_int_eq(sscanf(line, "%4u-%2u-%2uT%2u:%2u:%2u.%3uZ%n", &numbers[0], &numbers[1],
                            &numbers[2], &numbers[3], &numbers[4], &numbers[5], &numbers[6], &len),
                     7);
    ck_assert_int_eq(len, 24);
    ck_assert_str_eq(line + len, "\twarn\texporters/jaeger\tcannot reach jaeger:14268\n");
}
END_TEST

START_TEST(lines_below_the_level_are_not_written)
{
    log_debug("main", "quiet");
    ck_assert_str_eq(output(), "");
    log_info("main", "said");
    ck_assert_ptr_nonnull(strstr(output(), "\tinfo\tmain\tsaid\n"));
    log_set_level(LOG_ERROR);
    log_warn("main", "quiet");
    log_block("main", STR("quiet\n"), "quiet");
    ck_assert_str_eq(output(), "");
    log_error("main", "said");
    ck_assert_ptr_nonnull(strstr(output(), "\terror\tmain\tsaid\n"));
    log_set_level(LOG_DEBUG);
    log_debug("main", "said");
    ck_assert_ptr_nonnull(strstr(output(), "\tdebug\tmain\tsaid\n"));
}
END_TEST

START_TEST(control_characters_are_escaped)
{
    log_info("main", "%s", "a\nb\tc\x1b[31m\x7f \xc3\xa9");
    ck_assert_ptr_nonnull(strstr(output(), "\ta\\x0ab\\x09c\\x1b[31m\\x7f \xc3\xa9\n"));
}
END_TEST

START_TEST(long_text_is_cut)
{
    static char text[10000], controls[5000];

    memset(text, 'x', sizeof(text) - 1);
    memset(controls, '\n', sizeof(controls) - 1);
    log_info("main", "%s", text);
    ck_assert_uint_le(strlen(output()), 2048 + 128);
    ck_assert_uint_ge(strlen(written), 2000);
    ck_assert_uint_eq(count_lines(written), 1);
    log_info("main", "%s", controls);
    ck_assert_uint_le(strlen(output()), 2048 + 128);
    ck_assert_uint_eq(count_lines(written), 1);
    log_info(text, "%s", text); /* a long place */
    ck_assert_uint_le(strlen(output()), 2048 + 128);
    ck_assert_uint_eq(count_lines(written), 1);
}
END_TEST

START_TEST(a_block_stands_below_its_line_as_it_is)
{
    log_block("exporters/debug", STR("  one\n  two\n"), "%d spans", 2);
    ck_assert_ptr_nonnull(strstr(output(), "\tinfo\texporters/debug\t2 spans\n  one\n  two\n"));
    log_block("exporters/debug", STR(""), "nothing");
    ck_assert_uint_eq(count_lines(output()), 1);
}
END_TEST

START_TEST(what_repeats_is_summed_up)
{
    struct log_limit limit = {0};

    for (unsigned i = 0; i < 25; i++)
        log_limited(&limit, LOG_WARN, "main", "again");
    ck_assert_uint_eq(count_lines(output()), 10);
    ck_assert_ptr_null(strstr(written, "more like this"));

    limit.since_ms -= 10001; /* ten seconds later */
    log_limited(&limit, LOG_WARN, "main", "again");
    ck_assert_ptr_nonnull(strstr(output(), "again (and 15 more like this)\n"));
    log_limited(&limit, LOG_WARN, "main", "again");
    ck_assert_str_eq(output(), "");

    limit.since_ms -= 30001; /* quiet for long */
    for (unsigned i = 0; i < 25; i++)
        log_limited(&limit, LOG_WARN, "main", "again");
    ck_assert_uint_eq(count_lines(output()), 10);
    ck_assert_ptr_nonnull(strstr(written, "again (and 1 more like this)\n"));
}
END_TEST

START_TEST(kinds_of_lines_have_limits_of_their_own)
{
    struct log_limit one = {0}, other = {0};

    for (unsigned i = 0; i < 12; i++) {
        log_limited(&one, LOG_WARN, "main", "one");
        log_limited(&other, LOG_WARN, "main", "other");
    }
    ck_assert_uint_eq(count_lines(output()), 20);
}
END_TEST

START_TEST(a_block_can_go_elsewhere)
{
    log_set_level(LOG_ERROR);
    log_block_to(file, "exporters/debug", STR("below\n"), "n=%d", 5);
    ck_assert_ptr_nonnull(strstr(output(), "\tinfo\texporters/debug\tn=5\nbelow\n"));
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("log");

    tcase_add_checked_fixture(cases, setup, NULL);
    tcase_add_test(cases, a_line_has_time_level_place_and_text);
    tcase_add_test(cases, lines_below_the_level_are_not_written);
    tcase_add_test(cases, control_characters_are_escaped);
    tcase_add_test(cases, long_text_is_cut);
    tcase_add_test(cases, a_block_stands_below_its_line_as_it_is);
    tcase_add_test(cases, a_block_can_go_elsewhere);
    tcase_add_test(cases, what_repeats_is_summed_up);
    tcase_add_test(cases, kinds_of_lines_have_limits_of_their_own);
    return run_tests("log", cases);
}
