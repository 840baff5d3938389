/*
 * A file through rotations, faults, crashes, and what other programs do to it.
 */
#include "exporters/file_target.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "exporters/file_backups.h"
#include "storage/disk.h"
#include "unit/check.h"

static char folder[] = "/tmp/otelc-file-XXXXXX";
static char path[64];
static struct file_target *target;
static unsigned faults; /* calls that fail from now on */
static enum disk_call fault_call;

static void setup(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/data.json", folder);
}

static void teardown(void)
{
    char command[64];

    disk_set_fault(NULL);
    file_target_free(target);
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static void open_target(struct file_target_settings settings)
{
    settings.path = path;
    file_target_free(target);
    target = file_target_new(&settings, "exporters/file");
}

static bool put(const char *text)
{
    struct error err;
    int code;

    return file_target_write(target, str_of(text), &err, &code);
}

static const char *content_of(const char *file)
{
    static char content[1024];
    FILE *stream = fopen(file, "rb");
    size_t len;

    if (!stream)
        return NULL;
    len = fread(content, 1, sizeof(content) - 1, stream);
    content[len] = '\0';
    fclose(stream);
    return content;
}

static void make_file(const char *name, const char *content, size_t len)
{
    char file[128];
    FILE *stream;

    snprintf(file, sizeof(file), "%s/%s", folder, name);
    stream = fopen(file, "wb");
    ck_assert_ptr_nonnull(stream);
    ck_assert_uint_eq(fwrite(content, 1, len, stream), len);
    fclose(stream);
}

/* Files of the folder besides data.json; the name of the last one. */
static unsigned others(char name[128])
{
    DIR *entries = opendir(folder);
    struct dirent *entry;
    unsigned count = 0;

    while ((entry = readdir(entries)))
        if (entry->d_name[0] != '.' && strcmp(entry->d_name, "data.json") != 0) {
            count++;
            snprintf(name, 128, "%s/%.60s", folder, entry->d_name);
        }
    closedir(entries);
    return count;
}

static int fails(enum disk_call call, size_t *len)
{
    if (call != fault_call || faults == 0)
        return 0;
    faults--;
    if (call == DISK_WRITE && *len > 4 && faults > 0) {
        *len = 4; /* a part goes in, then nothing more */
        return 0;
    }
    return ENOSPC;
}

START_TEST(messages_stand_behind_each_other)
{
    open_target((struct file_target_settings){0});
    ck_assert(put("{1}\n") && put("{2}\n"));
    ck_assert(file_target_close(target));
    ck_assert(put("{3}\n"));
    ck_assert_str_eq(content_of(path), "{1}\n{2}\n{3}\n");
}
END_TEST

START_TEST(what_was_there_is_kept_or_not)
{
    make_file("data.json", "{0}\n", 4);
    open_target((struct file_target_settings){.append = true});
    ck_assert(put("{1}\n"));
    ck_assert_str_eq(content_of(path), "{0}\n{1}\n");
    open_target((struct file_target_settings){0});
    ck_assert(put("{2}\n"));
    ck_assert_str_eq(content_of(path), "{2}\n");
}
END_TEST

START_TEST(half_a_message_at_the_end_does_no_harm)
{
    make_file("data.json", "{0}\n{\"half", 10);
    open_target((struct file_target_settings){.append = true});
    ck_assert(put("{1}\n"));
    ck_assert_str_eq(content_of(path), "{0}\n{\"half\n{1}\n");
    open_target((struct file_target_settings){0});
    make_file("data.json", "\0\0\0\2ab\0\0\0\5hal", 13);
    open_target((struct file_target_settings){.append = true, .framed = true});
    ck_assert(put("XXXX"));
    ck_assert_int_eq(memcmp(content_of(path), "\0\0\0\2abXXXX", 11), 0);
}
END_TEST

START_TEST(another_format_is_kept_elsewhere)
{
    char name[128];

    make_file("data.json", "{\"a\": 1}\n", 9);
    open_target((struct file_target_settings){.append = true, .framed = true});
    ck_assert(put("XXXX"));
    ck_assert_str_eq(content_of(path), "XXXX");
    ck_assert_uint_eq(others(name), 1);
    ck_assert_str_eq(content_of(name), "{\"a\": 1}\n");
}
END_TEST

START_TEST(a_write_is_whole_or_not_at_all)
{
    open_target((struct file_target_settings){0});
    ck_assert(put("{1}\n"));
    fault_call = DISK_WRITE;
    faults = 3; /* twice four bytes, then an error */
    disk_set_fault(fails);
    ck_assert(!put("{a long message}\n"));
    ck_assert_str_eq(content_of(path), "{1}\n");
    ck_assert(put("{2}\n"));
    ck_assert_str_eq(content_of(path), "{1}\n{2}\n");
}
END_TEST

static int fails_for_good(enum disk_call call, size_t *len)
{
    if (call != DISK_WRITE && call != DISK_TRUNCATE)
        return 0;
    if (call == DISK_WRITE && faults-- > 0) {
        *len = 4;
        return 0;
    }
    return EIO;
}

START_TEST(what_could_not_be_cut_off_is_before_the_next_write)
{
    open_target((struct file_target_settings){0});
    ck_assert(put("{1}\n"));
    faults = 3;
    disk_set_fault(fails_for_good);
    ck_assert(!put("{a long message}\n"));
    ck_assert_str_eq(content_of(path), "{1}\n{a long mess");
    ck_assert(!put("{2}\n"));
    disk_set_fault(NULL);
    ck_assert(put("{2}\n"));
    ck_assert_str_eq(content_of(path), "{1}\n{2}\n");
}
END_TEST

START_TEST(large_files_are_renamed_and_old_ones_deleted)
{
    static char half[600 << 10];
    char name[128];

    memset(half, 'x', sizeof(half) - 1);
    make_file("data-2001-01-01T00-00-00.000.json", "old", 3);
    make_file("data-of-mine.json", "", 0);
    open_target((struct file_target_settings){
        .append = true, .rotation = {.enabled = true, .max_megabytes = 1, .max_backups = 2}});
    for (unsigned i = 0; i < 5; i++)
        ck_assert(put(half));
    ck_assert_uint_eq(others(name), 3); /* two, and mine */
    fault_call = DISK_RENAME;
    faults = 1;
    disk_set_fault(fails);
    ck_assert(!put(half));
    ck_assert(put(half));
    ck_assert_uint_eq(others(name), 3);
    make_file("data-2001-01-01T00-00-00.000.json", "old", 3);
    make_file("data-2001-01-32Txx-00-00.000.json", "not ours", 3);
    file_backups_prune(path, &(struct file_rotation){.max_days = 1, .localtime = true});
    ck_assert_uint_eq(others(name), 4);
}
END_TEST

START_TEST(a_file_that_was_moved_away_is_made_anew)
{
    char other[128];

    open_target((struct file_target_settings){0});
    ck_assert(put("{1}\n"));
    snprintf(other, sizeof(other), "%s/other", folder);
    ck_assert_int_eq(rename(path, other), 0);
    ck_assert(put("{2}\n"));
    ck_assert_str_eq(content_of(path), "{2}\n");
    ck_assert_str_eq(content_of(other), "{1}\n");
    ck_assert_int_eq(truncate(path, 0), 0);
    ck_assert(put("{3}\n"));
    ck_assert_str_eq(content_of(path), "{3}\n");
}
END_TEST

START_TEST(a_file_may_be_moved_away_before_the_first_data)
{
    char other[128];
    struct error err;

    open_target((struct file_target_settings){0});
    ck_assert(file_target_open(target, &err));
    snprintf(other, sizeof(other), "%s/other", folder);
    ck_assert_int_eq(rename(path, other), 0);
    ck_assert(put("{1}\n"));
    ck_assert_str_eq(content_of(path), "{1}\n");
    ck_assert_str_eq(content_of(other), "");
}
END_TEST

START_TEST(two_do_not_write_to_one_file)
{
    struct file_target *first;

    open_target((struct file_target_settings){0});
    ck_assert(put("{1}\n"));
    first = target;
    target = NULL;
    open_target((struct file_target_settings){0});
    ck_assert(!put("{2}\n"));
    ck_assert_str_eq(content_of(path), "{1}\n");
    file_target_free(first);
    file_target_append(target);
    ck_assert(put("{2}\n"));
    ck_assert_str_eq(content_of(path), "{1}\n{2}\n");
}
END_TEST

START_TEST(a_pipe_gets_all_of_it_when_it_is_read)
{
    static char large[100000], got[200001];
    size_t len = 0;
    ssize_t part;
    int reader;

    memset(large, 'x', sizeof(large) - 1);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    reader = open(path, O_RDONLY | O_NONBLOCK);
    open_target((struct file_target_settings){.follow = true});
    ck_assert(!put(large)); /* a pipe has 64 KiB */
    while ((part = read(reader, got + len, sizeof(got) - len)) > 0)
        len += (size_t)part;
    ck_assert(put(large));
    while ((part = read(reader, got + len, sizeof(got) - len)) > 0)
        len += (size_t)part;
    ck_assert_uint_eq(len, sizeof(large) - 1);
    close(reader);
}
END_TEST

START_TEST(what_cannot_be_opened_is_told)
{
    struct file_target_settings settings = {.follow = true};
    struct error err;

    snprintf(path, sizeof(path), "%s/missing/data.json", folder);
    open_target(settings);
    ck_assert(!file_target_open(target, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "create_directory: true"));
    snprintf(path, sizeof(path), "%s", folder);
    open_target(settings);
    ck_assert(!file_target_open(target, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "Is a directory"));
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("file_target");

    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, messages_stand_behind_each_other);
    tcase_add_test(cases, what_was_there_is_kept_or_not);
    tcase_add_test(cases, half_a_message_at_the_end_does_no_harm);
    tcase_add_test(cases, another_format_is_kept_elsewhere);
    tcase_add_test(cases, a_write_is_whole_or_not_at_all);
    tcase_add_test(cases, what_could_not_be_cut_off_is_before_the_next_write);
    tcase_add_test(cases, large_files_are_renamed_and_old_ones_deleted);
    tcase_add_test(cases, a_file_that_was_moved_away_is_made_anew);
    tcase_add_test(cases, a_file_may_be_moved_away_before_the_first_data);
    tcase_add_test(cases, two_do_not_write_to_one_file);
    tcase_add_test(cases, a_pipe_gets_all_of_it_when_it_is_read);
    tcase_add_test(cases, what_cannot_be_opened_is_told);
    return run_tests("file_target", cases);
}
