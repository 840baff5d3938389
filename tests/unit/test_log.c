/*
 * Log lines, as they come out of stderr.
 */
#include "base/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log_output.h"
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
    ck_assert_uint_le(strlen(output()), 2048 + 512);
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

static struct log_setup *made(struct log_settings settings)
{
    static const char *const to_stderr[] = {"stderr"};
    struct log_setup *setup;
    struct error err;

    if (settings.outputs.count == 0)
        settings.outputs.at = to_stderr, settings.outputs.count = 1;
    settings.fields = settings.fields ? settings.fields : "";
    settings.resource = settings.resource ? settings.resource : "";
    setup = log_setup_new(&settings, &err);
    ck_assert_msg(setup, "%s", err.text);
    return setup;
}

START_TEST(a_block_can_go_elsewhere)
{
    char path[] = "/tmp/otelc-log-XXXXXX", text[256] = "";
    struct log_output *elsewhere;
    int fd = mkstemp(path);
    struct error err;

    ck_assert_int_ge(fd, 0);
    elsewhere = log_output_new(path, &err);
    ck_assert_ptr_nonnull(elsewhere);
    log_use(made((struct log_settings){.level = LOG_ERROR, .encoding = LOG_JSON}));
    log_block_to(elsewhere, "exporters/debug", STR("below\n"), "n=%d", 5);
    ck_assert_str_eq(output(), "");
    ck_assert_int_gt(read(fd, text, sizeof(text) - 1), 0);
    ck_assert_ptr_nonnull(strstr(text, "\tinfo\texporters/debug\tn=5\nbelow\n"));
    log_output_free(elsewhere);
    close(fd);
    unlink(path);
}
END_TEST

START_TEST(settings_count_from_the_next_line_on)
{
    log_use(made((struct log_settings){.level = LOG_DEBUG, .fields = "\"a\":1"}));
    log_debug("main", "one");
    ck_assert_ptr_nonnull(strstr(output(), "\tdebug\tmain\tone\t{\"a\":1}\n"));
    log_use(made((struct log_settings){.level = LOG_WARN, .without_where = true}));
    log_info("main", "two");
    log_warn("main", "three");
    ck_assert_ptr_nonnull(strstr(output(), "\twarn\tthree\n"));
    ck_assert_uint_eq(count_lines(written), 1);
    log_use(made((struct log_settings){.level = LOG_INFO, .encoding = LOG_JSON}));
    log_block("main", STR("b\n"), "four");
    ck_assert_ptr_nonnull(strstr(output(), ",\"caller\":\"main\",\"msg\":\"four\\nb\\n\"}\n"));
}
END_TEST

START_TEST(how_much_is_repeated_can_be_set)
{
    struct log_settings settings = {.level = LOG_INFO, .sampling = {true, 60000, 2, 5}};
    struct log_limit limit = {0};

    log_use(made(settings));
    for (unsigned i = 0; i < 12; i++)
        log_limited(&limit, LOG_WARN, "main", "again");
    ck_assert_uint_eq(count_lines(output()), 4); /* 1, 2, 7, 12 */
    ck_assert_ptr_nonnull(strstr(written, "again (and 4 more like this)\n"));
    limit.since_ms -= 10001;
    log_limited(&limit, LOG_WARN, "main", "again");
    ck_assert_str_eq(output(), "");
    limit.since_ms -= 60000;
    log_limited(&limit, LOG_WARN, "main", "again");
    ck_assert_uint_eq(count_lines(output()), 1);

    settings.sampling.enabled = false;
    log_use(made(settings));
    for (unsigned i = 0; i < 25; i++)
        log_limited(&limit, LOG_WARN, "main", "again");
    ck_assert_uint_eq(count_lines(output()), 25);
}
END_TEST

START_TEST(a_file_that_was_moved_is_made_anew)
{
    char path[] = "/tmp/otelc-log-XXXXXX", moved[sizeof(path) + 1], text[4096] = "";
    const char *const paths[] = {path, "stderr"};
    int fd = mkstemp(path);

    ck_assert_int_ge(fd, 0);
    snprintf(moved, sizeof(moved), "%s2", path);
    log_use(made((struct log_settings){.level = LOG_INFO, .outputs = {paths, 2}}));
    log_info("main", "one");
    ck_assert_uint_eq(count_lines(output()), 1);
    ck_assert_int_eq(rename(path, moved), 0);
    log_info("main", "two");
    log_reopen();
    log_info("main", "three");
    ck_assert_int_gt(read(fd, text, sizeof(text) - 1), 0);
    ck_assert(strstr(text, "one") && strstr(text, "two") && !strstr(text, "three"));
    close(fd);
    fd = open(path, O_RDONLY);
    memset(text, 0, sizeof(text));
    ck_assert_int_gt(read(fd, text, sizeof(text) - 1), 0);
    ck_assert(!strstr(text, "two") && strstr(text, "three"));
    close(fd);
    unlink(path);
    unlink(moved);
}
END_TEST

START_TEST(what_cannot_be_opened_is_told)
{
    const char *const bad[] = {"/nowhere/x.log"}, *const good[] = {"stderr"};
    struct log_settings settings = {.outputs = {bad, 1}, .fields = "", .resource = ""};
    struct error err;

    ck_assert_ptr_null(log_setup_new(&settings, &err));
    ck_assert_str_eq(err.text, "output_paths: cannot write to /nowhere/x.log: No such file or "
                               "directory: make its folder");
    settings.outputs.at = good;
    settings.error_outputs.at = bad;
    settings.error_outputs.count = 1;
    ck_assert_ptr_null(log_setup_new(&settings, &err));
    ck_assert_int_eq(strncmp(err.text, "error_output_paths: cannot", 26), 0);
}
END_TEST

/* A pipe that nobody reads: full but for what one page takes. */
START_TEST(lost_lines_are_told_and_counted)
{
    static char page[4096], text[200000];
    const char *const stuck[] = {"stdout"}, *const faults[] = {"stdout", "stderr"};
    struct log_settings settings = {
        .level = LOG_INFO, .outputs = {stuck, 1}, .error_outputs = {faults, 2}};
    size_t len = 0;
    int ends[2];
    ssize_t n;

    ck_assert_int_eq(pipe(ends), 0);
    memset(page, '.', sizeof(page));
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    while (write(ends[1], page, sizeof(page)) > 0)
        ;
    fcntl(ends[1], F_SETFL, 0);
    ck_assert_int_eq(dup2(ends[1], STDOUT_FILENO), STDOUT_FILENO);
    log_use(made(settings));
    for (unsigned i = 0; i < 1000; i++) /* in less than the time limit of a test: none waits long */
        log_info("main", "lost");
    ck_assert_ptr_nonnull(strstr(output(), "\terror\tlog\tcannot write to stdout: it is full, as "
                                           "nobody reads it; lines are lost until"));
    ck_assert_uint_eq(count_lines(written), 1);

    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    while (read(ends[0], page, sizeof(page)) > 0)
        ;
    log_info("main", "one");
    log_info("main", "two");
    while ((n = read(ends[0], text + len, sizeof(text) - 1 - len)) > 0)
        len += (size_t)n;
    ck_assert_uint_eq(count_lines(text), 3);
    ck_assert_ptr_nonnull(strstr(text, "\twarn\tlog\t1000 lines were lost here: "));
    ck_assert_ptr_nonnull(strstr(text, "\tmain\tone\n"));
    ck_assert_uint_eq(len, strlen(text));
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
    tcase_add_test(cases, settings_count_from_the_next_line_on);
    tcase_add_test(cases, how_much_is_repeated_can_be_set);
    tcase_add_test(cases, a_file_that_was_moved_is_made_anew);
    tcase_add_test(cases, what_cannot_be_opened_is_told);
    tcase_add_test(cases, lost_lines_are_told_and_counted);
    tcase_add_test(cases, kinds_of_lines_have_limits_of_their_own);
    return run_tests("log", cases);
}
