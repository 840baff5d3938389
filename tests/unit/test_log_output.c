/*
 * Files, pipes that are full, disks that are full, terminals.
 */
#include "base/log_output.h"

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/check.h"

static struct error err;

static bool put(struct log_output *output, const char *text)
{
    return log_output_write(output, str_of(text), 1, &err);
}

START_TEST(a_file_is_appended_to)
{
    char path[] = "/tmp/otelc-output-XXXXXX", url[64], text[64] = "";
    int fd = mkstemp(path);
    struct log_output *output;
    struct stat about;

    ck_assert_int_eq(write(fd, "before\n", 7), 7);
    snprintf(url, sizeof(url), "file://%s", path);
    output = log_output_new(url, &err);
    ck_assert_ptr_nonnull(output);
    ck_assert(put(output, "one\n"));
    ck_assert_int_gt(pread(fd, text, sizeof(text) - 1, 0), 0);
    ck_assert_str_eq(text, "before\none\n");
    ck_assert(!log_output_has_colours(output));
    ck_assert_uint_eq(log_output_lost(output), 0);

    unlink(path);
    ck_assert(log_output_reopen(output, &err));
    ck_assert(put(output, "two\n"));
    ck_assert_int_eq(stat(path, &about), 0);
    ck_assert_int_eq(about.st_size, 4);
    ck_assert_int_eq(about.st_mode & 0777, 0600);
    unlink(path);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert(!log_output_reopen(output, &err)); /* the old one stays */
    ck_assert(put(output, "three\n"));
    rmdir(path);
    log_output_free(output);
    close(fd);
}
END_TEST

START_TEST(a_full_disk_loses_lines_and_says_so)
{
    struct log_output *output = log_output_new("/dev/full", &err);

    ck_assert_ptr_nonnull(output);
    ck_assert(!put(output, "one\n"));
    ck_assert_str_eq(err.text, "cannot write to /dev/full: No space left on device");
    ck_assert(!put(output, "two\n"));
    ck_assert_uint_eq(log_output_lost(output), 2);
    log_output_free(output);
}
END_TEST

START_TEST(a_reader_that_has_gone_is_told)
{
    struct log_output *output = log_output_new("stdout", &err);
    int ends[2];

    signal(SIGPIPE, SIG_IGN);
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(dup2(ends[1], STDOUT_FILENO), STDOUT_FILENO);
    close(ends[0]);
    ck_assert(!put(output, "one\n"));
    ck_assert_str_eq(err.text, "cannot write to stdout: Broken pipe");
    log_output_free(output);
}
END_TEST

/* Of a block that does not fit, a part has been written: the next line begins on a new one. */
START_TEST(a_torn_line_is_ended)
{
    static char big[1 << 20], got[2 << 20];
    struct log_output *output;
    int ends[2], room = 0;
    size_t len = 0;
    ssize_t n;

    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(dup2(ends[1], STDOUT_FILENO), STDOUT_FILENO);
    output = log_output_new("stdout", &err);
    room = fcntl(ends[1], F_GETPIPE_SZ);
    memset(big, 'x', sizeof(big) - 1);
    big[sizeof(big) - 2] = '\n';
    ck_assert(!put(output, big));
    ck_assert_str_eq(err.text, "cannot write to stdout: it is full, as nobody reads it");
    ck_assert(!put(output, "lost\n"));
    ck_assert_uint_eq(log_output_lost(output), 2);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    while ((n = read(ends[0], got + len, sizeof(got) - len)) > 0)
        len += (size_t)n;
    ck_assert_int_eq((int)len, room);
    ck_assert(put(output, "next\n"));
    ck_assert_uint_eq(log_output_lost(output), 0);
    ck_assert(put(output, "more\n"));
    n = read(ends[0], got, sizeof(got) - 1);
    ck_assert_int_eq(n, 11);
    got[n] = '\0';
    ck_assert_str_eq(got, "\nnext\nmore\n");
    log_output_free(output);
}
END_TEST

START_TEST(a_terminal_has_colours)
{
    int master, slave;
    struct log_output *output;

    ck_assert_int_eq(openpty(&master, &slave, NULL, NULL, NULL), 0);
    ck_assert_int_eq(dup2(slave, STDOUT_FILENO), STDOUT_FILENO);
    output = log_output_new("stdout", &err);
    setenv("TERM", "xterm", 1);
    unsetenv("NO_COLOR");
    ck_assert(log_output_has_colours(output));
    setenv("NO_COLOR", "1", 1);
    ck_assert(!log_output_has_colours(output));
    setenv("NO_COLOR", "", 1);
    ck_assert(log_output_has_colours(output));
    setenv("TERM", "dumb", 1);
    ck_assert(!log_output_has_colours(output));
    ck_assert(put(output, "one\n"));
    log_output_free(output);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("log_output");

    tcase_add_test(cases, a_file_is_appended_to);
    tcase_add_test(cases, a_full_disk_loses_lines_and_says_so);
    tcase_add_test(cases, a_reader_that_has_gone_is_told);
    tcase_add_test(cases, a_torn_line_is_ended);
    tcase_add_test(cases, a_terminal_has_colours);
    return run_tests("log_output", cases);
}
