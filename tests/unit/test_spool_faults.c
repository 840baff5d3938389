/*
 * A disk that fails, and one that is full.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "storage/disk.h"
#include "storage/format.h"
#include "storage/spool.h"
#include "unit/check.h"
#include "unit/store_fixture.h"

static struct store_fixture f;
static struct spool_place places[2048];

static void put(const char *text, struct spool_place *place)
{
    ck_assert_msg(put_text(f.spool, text, place, &f.err), "%s", f.err.text);
}

static enum disk_call failing;
static int with;

static int fail_call(enum disk_call call, size_t *len)
{
    (void)len;
    return call == failing ? with : 0;
}

static void fail_from_now(enum disk_call call, int error)
{
    failing = call;
    with = error;
    disk_set_fault(fail_call);
}

START_TEST(after_a_failed_write_or_sync_another_segment_is_written)
{
    static const struct {
        enum disk_call call;
        int error;
        const char *text;
    } faults[] = {{DISK_WRITE, ENOSPC, "No space left"},
                  {DISK_WRITE, EDQUOT, "quota"},
                  {DISK_WRITE, EIO, "Input/output error"},
                  {DISK_SYNC, EIO, "Input/output error"}};

    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        store_fixture_make_fast(&f);
        f.settings.sync = true;
        store_fixture_open(&f);
        f.spool = store_fixture_spool(&f, 0, 1);
        put("a", NULL);
        fail_from_now(faults[i].call, faults[i].error);
        ck_assert(!put_text(f.spool, "b", NULL, &f.err));
        ck_assert_msg(strstr(f.err.text, faults[i].text) != NULL, "%s", f.err.text);
        ck_assert(!put_text(f.spool, "b", NULL, &f.err)); /* nor can a new segment be begun */
        ck_assert_str_eq(all_texts(f.spool), "a ");
        ck_assert_uint_eq(store_fixture_count(&f, ".seg"), 1);
        ck_assert_uint_eq(store_bytes(f.store), store_fixture_bytes(&f));
        disk_set_fault(NULL);
        put("c", &places[0]);
        ck_assert_uint_gt(places[0].segment, 1);
        ck_assert_str_eq(all_texts(f.spool), "a c ");
        store_fixture_again(&f);
        ck_assert_str_eq(all_texts(f.spool), "a c ");
        store_fixture_end(&f);
    }
}
END_TEST

START_TEST(marks_that_cannot_be_written_cost_no_record)
{
    log_set_level(LOG_ERROR);
    store_fixture_begin(&f);
    put("a", &places[0]);
    put("b", NULL);
    fail_from_now(DISK_WRITE, ENOSPC);
    spool_done(f.spool, places, 1);
    disk_set_fault(NULL);
    ck_assert_str_eq(all_texts(f.spool), "b ");
    store_fixture_again(&f);
    ck_assert_str_eq(all_texts(f.spool), "a b ");
    store_fixture_end(&f);
}
END_TEST

START_TEST(what_cannot_be_read_stays)
{
    log_set_level(LOG_ERROR);
    store_fixture_begin(&f);
    put("a", NULL);
    store_fixture_again(&f);
    fail_from_now(DISK_READ, EIO);
    ck_assert_str_eq(all_texts(f.spool), "");
    disk_set_fault(NULL);
    store_fixture_again(&f);
    ck_assert_str_eq(all_texts(f.spool), "a ");
    store_fixture_end(&f);
}
END_TEST

START_TEST(without_a_descriptor_it_comes_later)
{
    struct spool_place place = {0};

    store_fixture_begin(&f);
    put("a", NULL);
    store_fixture_again(&f);
    fail_from_now(DISK_OPEN, EMFILE);
    ck_assert_str_eq(get_text(f.spool, &place, NULL), "no room");
    disk_set_fault(NULL);
    ck_assert_str_eq(get_text(f.spool, &place, NULL), "a");
    store_fixture_end(&f);
}
END_TEST

START_TEST(what_cannot_be_deleted_is_deleted_later)
{
    log_set_level(LOG_ERROR);
    store_fixture_begin(&f);
    put("a", NULL);
    store_fixture_again(&f);
    ck_assert_str_eq(all_texts(f.spool), "a ");
    fail_from_now(DISK_UNLINK, EIO);
    spool_done(f.spool, &(struct spool_place){1, SEGMENT_HEAD, 0}, 1);
    ck_assert_uint_gt(store_bytes(f.store), 0);
    disk_set_fault(NULL);
    ck_assert_str_eq(all_texts(f.spool), "");
    ck_assert_uint_eq(store_fixture_count(&f, ".seg"), 0);
    ck_assert_uint_eq(store_bytes(f.store), 0);
    store_fixture_end(&f);
}
END_TEST

/* ---- a process that is killed ---- */

/* Writes records with rising numbers, says each that is stored, and marks some; never returns. */
_Noreturn static void write_until_killed(int told)
{
    struct spool_record group[3] = {0};
    uint64_t numbers[3], next = 0;
    static char rest[30000];

    store_fixture_open(&f);
    f.spool = store_fixture_spool(&f, 0, 1);
    for (;;) {
        for (size_t i = 0; i < 3; i++) {
            numbers[i] = next++;
            group[i].head = (struct str){(char *)&numbers[i], sizeof(numbers[i])};
            group[i].body = (struct str){rest, (next * 7919) % sizeof(rest)};
        }
        if (!spool_write(f.spool, group, 3, &f.err) ||
            write(told, numbers + 2, sizeof(*numbers)) != (ssize_t)sizeof(*numbers))
            _exit(1);
        if (next % 4 == 0)
            spool_done(f.spool, &group[0].place, 1);
    }
}

/* What was stored comes in its order, but for what may be done; nothing is damage. */
static void check_stored(uint64_t last)
{
    struct spool_place place = {0};
    struct spool_found found;
    uint64_t number = 0, expected = 0;

    while (spool_read(f.spool, &place, &found) == SPOOL_RECORD) {
        ck_assert_uint_eq(found.head->len, sizeof(number));
        memcpy(&number, found.head->at, sizeof(number));
        if (number == expected + 1 && expected % 3 == 0)
            expected++; /* done */
        ck_assert_uint_eq(number, expected);
        expected = number + 1;
        bytes_unref(found.head);
        bytes_unref(found.body);
        spool_done(f.spool, &found.place, 1);
    }
    ck_assert_uint_ge(expected, last + 1);
    ck_assert_uint_eq(spool_counts(f.spool).damaged_bytes, 0);
    ck_assert_uint_eq(store_bytes(f.store), 0);
}

START_TEST(a_killed_process_loses_nothing)
{
    store_fixture_make_fast(&f);
    for (int round = 0; round < 30; round++) {
        uint64_t last = 0, count = 0;
        int told[2];
        pid_t child;

        ck_assert_int_eq(pipe(told), 0);
        child = fork();
        if (child == 0)
            write_until_killed(told[1]);
        close(told[1]);
        while (count < 5 + (unsigned)round && read(told[0], &last, sizeof(last)) > 0)
            count++;
        usleep((unsigned)round * 37 % 500); /* some place within a group */
        kill(child, SIGKILL);
        ck_assert_int_eq(waitpid(child, NULL, 0), child);
        while (read(told[0], &last, sizeof(last)) > 0)
            ;
        close(told[0]);
        store_fixture_open(&f);
        f.spool = store_fixture_spool(&f, 0, 1);
        check_stored(last);
        spool_close(f.spool);
        store_fixture_close(&f);
    }
    store_fixture_remove(&f);
}
END_TEST

/* ---- a full disk ---- */

enum { MIB = 1 << 20, BODY = 4096 };

/* The fixture's directory becomes a file system of 1 MiB, which goes with this process. False: not
 * permitted. */
static bool mount_small(void)
{
    if ((unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("small", f.path, "tmpfs", 0, "size=1m") != 0) {
        fprintf(stderr, "skipped full disk: no file system can be mounted: %s\n", strerror(errno));
        return false;
    }
    return true;
}

/* Writes until it is refused; how many records were stored. */
static size_t fill(void)
{
    static char body[BODY];
    struct spool_record record = {.body = {body, sizeof(body)}};
    size_t count = 0;

    while (spool_write(f.spool, &record, 1, &f.err))
        places[count++] = record.place;
    ck_assert_uint_lt(count, MIB / BODY);
    return count;
}

static size_t count_records(void)
{
    struct spool_place place = {0};
    struct spool_found found;
    size_t count = 0;

    for (; spool_read(f.spool, &place, &found) == SPOOL_RECORD; count++) {
        ck_assert_uint_eq(found.body->len, BODY);
        bytes_unref(found.head);
        bytes_unref(found.body);
    }
    return count;
}

static void fill_and_go_on(const char *text)
{
    size_t count;

    f.settings.sync = true;
    store_fixture_open(&f);
    f.spool = store_fixture_spool(&f, 0, 1);
    count = fill();
    ck_assert_uint_gt(count, MIB * 9 / 10 / BODY);
    ck_assert_msg(strstr(f.err.text, text) != NULL, "%s", f.err.text);
    ck_assert_uint_eq(store_bytes(f.store), store_fixture_bytes(&f));
    ck_assert_uint_eq(count_records(), count);
    store_fixture_again(&f);
    ck_assert_uint_eq(fill(), 0);
    ck_assert_uint_eq(count_records(), count);
    spool_done(f.spool, places, count - 1);
    ck_assert_uint_eq(fill(), 0); /* one record keeps the segment */
    spool_done(f.spool, places + count - 1, 1);
    ck_assert_uint_eq(store_bytes(f.store), 0);
    ck_assert_uint_eq(fill(), count);
    spool_close(f.spool);
    store_fixture_close(&f);
}

START_TEST(a_part_of_the_disk_stays_free)
{
    store_fixture_make(&f);
    if (mount_small())
        fill_and_go_on("stay free");
    umount(f.path);
    rmdir(f.path);
}
END_TEST

START_TEST(a_full_disk_refuses_and_loses_nothing)
{
    log_set_level(LOG_ERROR);
    store_fixture_make(&f);
    fail_from_now(DISK_FREE, ENOSYS);
    if (mount_small())
        fill_and_go_on("No space left");
    umount(f.path);
    rmdir(f.path);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("spool_faults");

    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, after_a_failed_write_or_sync_another_segment_is_written);
    tcase_add_test(cases, marks_that_cannot_be_written_cost_no_record);
    tcase_add_test(cases, what_cannot_be_read_stays);
    tcase_add_test(cases, without_a_descriptor_it_comes_later);
    tcase_add_test(cases, what_cannot_be_deleted_is_deleted_later);
    tcase_add_test(cases, a_killed_process_loses_nothing);
    tcase_add_test(cases, a_part_of_the_disk_stays_free);
    tcase_add_test(cases, a_full_disk_refuses_and_loses_nothing);
    return run_tests("spool_faults", cases);
}
