/*
 * Files that were rotated: their names, and which of them go.
 */
#include "exporters/file_backups.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "unit/check.h"

static char folder[] = "/tmp/otelc-backups-XXXXXX";
static struct buf path;

static const char *in_folder(const char *name)
{
    buf_reset(&path);
    buf_printf(&path, "%s/%s", folder, name);
    return buf_text(&path);
}

static void make(const char *name)
{
    int fd = open(in_folder(name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    ck_assert_msg(fd >= 0, "%s", name);
    close(fd);
}

static bool is_there(const char *name)
{
    return access(in_folder(name), F_OK) == 0;
}

/* "data-2026-11-22T05-02-14.173.json", of so many days ago. */
static const char *aged(int days, char name[64])
{
    time_t then = time(NULL) - days * 86400;
    struct tm tm;

    gmtime_r(&then, &tm);
    strftime(name, 64, "data-%Y-%m-%dT%H-%M-%S.000.json", &tm);
    return name;
}

static void begin(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void end(void)
{
    struct buf command = {0};

    buf_printf(&command, "rm -r %s", folder);
    ck_assert_int_eq(system(buf_text(&command)), 0);
    buf_done(&command);
    buf_done(&path);
}

START_TEST(a_file_gets_a_name_with_the_time)
{
    const struct file_rotation rotation = {.enabled = true};
    char command[256];

    for (int i = 0; i < 3; i++) { /* in the same millisecond, too */
        make("data.json");
        ck_assert(file_backups_add(in_folder("data.json"), &rotation));
        ck_assert(!is_there("data.json"));
    }
    snprintf(command, sizeof(command),
             "[ $(ls %s | grep -Ec '^data-[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}-[0-9]{2}-[0-9]{2}"
             "\\.[0-9]{3}\\.json$') = 3 ]",
             folder);
    ck_assert_int_eq(system(command), 0);
    ck_assert(!file_backups_add(in_folder("none.json"), &rotation));
}
END_TEST

START_TEST(only_the_last_dot_counts_and_there_may_be_none)
{
    const struct file_rotation rotation = {.enabled = true, .max_backups = 1};
    static const char *const names[] = {"a.b.json", "plain", ".hidden"};
    char command[256];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        for (int n = 0; n < 2; n++) {
            make(names[i]);
            ck_assert(file_backups_add(in_folder(names[i]), &rotation));
        }
        file_backups_prune(in_folder(names[i]), &rotation);
        snprintf(command, sizeof(command), "[ $(ls -A %s | wc -l) = %zu ]", folder, i + 1);
        ck_assert_msg(system(command) == 0, "%s", names[i]);
    }
    snprintf(command, sizeof(command), "ls -A %s | grep -q '^a\\.b-2.*\\.json$'", folder);
    ck_assert_int_eq(system(command), 0);
    snprintf(command, sizeof(command), "ls -A %s | grep -q '^-2.*\\.hidden$'", folder);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

START_TEST(those_beyond_the_number_go_and_nothing_else)
{
    static const char *const others[] = {
        "data.json",
        "data-2020-01-01T00-00-00.000.txt",
        "data-2020-01-01T00-00-00.json",
        "data-2020-01-01T00-00-00.0000.json",
        "data2-2020-01-01T00-00-00.000.json",
        "data-2020-01-01T00-00-xx.000.json",
        "data-2020-01-01 00-00-00.000.json",
        "adata-2020-01-01T00-00-00.000.json",
        "data-+020-01-01T00-00-00.000.json",
        "data- 020-01-01T00-00-00.000.json",
        "data-2020--1-01T00-00-00.000.json",
    };
    struct file_rotation rotation = {.enabled = true};
    char name[64];

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        make(others[i]);
    for (int days = 1; days <= 5; days++)
        make(aged(days, name));
    file_backups_prune(in_folder("data.json"), &rotation); /* no limit */
    ck_assert(is_there(aged(5, name)));
    rotation.max_backups = 2;
    file_backups_prune(in_folder("data.json"), &rotation);
    for (int days = 1; days <= 5; days++)
        ck_assert_msg(is_there(aged(days, name)) == (days <= 2), "%d", days);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        ck_assert_msg(is_there(others[i]), "%s", others[i]);
}
END_TEST

START_TEST(those_that_are_too_old_go)
{
    const struct file_rotation rotation = {.enabled = true, .max_days = 3, .max_backups = 4};
    char name[64];

    for (int days = 1; days <= 5; days++)
        make(aged(days, name));
    file_backups_prune(in_folder("data.json"), &rotation);
    ck_assert(is_there(aged(1, name)) && is_there(aged(2, name)));
    ck_assert(!is_there(aged(4, name)) && !is_there(aged(5, name)));
    file_backups_prune("/nowhere/at/all.json", &rotation);
}
END_TEST

/* Whether there is a backup of the day that it is so many hours ahead of Greenwich. */
static bool has_day(time_t now, int hours)
{
    time_t there = now + hours * 3600;
    char day[32], command[256];
    struct tm tm;

    gmtime_r(&there, &tm);
    strftime(day, sizeof(day), "%Y-%m-%dT%H", &tm);
    snprintf(command, sizeof(command), "ls %s | grep -q '^data-%s'", folder, day);
    return system(command) == 0;
}

START_TEST(the_time_may_be_that_of_the_place)
{
    const struct file_rotation rotation = {.enabled = true, .max_days = 1, .localtime = true};
    time_t before = time(NULL);

    setenv("TZ", "XXX-14", 1); /* 14 hours ahead */
    tzset();
    make("data.json");
    ck_assert(file_backups_add(in_folder("data.json"), &rotation));
    ck_assert(has_day(before, 14) || has_day(time(NULL), 14));
    file_backups_prune(in_folder("data.json"), &rotation);
    ck_assert(has_day(before, 14) || has_day(time(NULL), 14));
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("file_backups");

    tcase_add_checked_fixture(cases, begin, end);
    tcase_add_test(cases, a_file_gets_a_name_with_the_time);
    tcase_add_test(cases, only_the_last_dot_counts_and_there_may_be_none);
    tcase_add_test(cases, those_beyond_the_number_go_and_nothing_else);
    tcase_add_test(cases, those_that_are_too_old_go);
    tcase_add_test(cases, the_time_may_be_that_of_the_place);
    return run_tests("file_backups", cases);
}
