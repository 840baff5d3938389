/*
 * Opening a store: who may, what is found, and its limits.
 */
#include "storage/store.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "storage/format.h"
#include "unit/check.h"
#include "unit/store_fixture.h"

static struct store_fixture f;
static struct spool *spool;

static void begin(void)
{
    log_set_level(LOG_ERROR);
    store_fixture_make_fast(&f);
}

START_TEST(a_directory_is_made_where_that_is_wished)
{
    char path[100];
    struct stat about;

    begin();
    snprintf(path, sizeof(path), "%s/inner", f.path);
    f.settings.directory = path;
    ck_assert_ptr_null(store_open(&f.settings, &f.err));
    ck_assert_ptr_nonnull(strstr(f.err.text, "create_directory"));
    f.settings.create = true;
    f.settings.sync = true;
    umask(0);
    store_fixture_open(&f);
    ck_assert_int_eq(stat(path, &about), 0);
    ck_assert_uint_eq(about.st_mode & 07777, 0750);
    store_fixture_close(&f);
    store_fixture_open(&f); /* it is there */
    store_fixture_close(&f);
    snprintf(path, sizeof(path), "%s/inner/lock", f.path);
    ck_assert_int_eq(stat(path, &about), 0);
    ck_assert_uint_eq(about.st_mode & 07777, 0600);
    ck_assert_ptr_null(store_open(&(struct store_settings){.directory = path}, &f.err));
    ck_assert_ptr_nonnull(strstr(f.err.text, "Not a directory"));
    remove(path);
    store_fixture_remove(&f);
}
END_TEST

START_TEST(one_process_has_it_at_a_time)
{
    int go[2], status;
    char byte, pid[24];
    pid_t child;

    begin();
    ck_assert_int_eq(pipe(go), 0);
    child = fork();
    if (child == 0) {
        snprintf(pid, sizeof(pid), "%d", (int)getppid());
        if (read(go[0], &byte, 1) != 1 || store_open(&f.settings, &f.err))
            _exit(1);
        _exit(strstr(f.err.text, pid) && strstr(f.err.text, "another process") ? 0 : 2);
    }
    store_fixture_open(&f);
    ck_assert_int_eq(write(go[1], "x", 1), 1);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    store_fixture_close(&f);
    if ((child = fork()) == 0)
        _exit(store_open(&f.settings, &f.err) ? 0 : 1);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    store_fixture_open(&f); /* the other one has ended */
    store_fixture_remove(&f);
}
END_TEST

START_TEST(the_same_process_gets_the_same_store)
{
    struct store_settings same;
    struct store *second;
    char path[100];

    begin();
    store_fixture_open(&f);
    snprintf(path, sizeof(path), "%s/.", f.path);
    same = f.settings;
    same.directory = path;
    second = store_open(&same, &f.err);
    ck_assert_ptr_eq(second, f.store);
    store_unref(second);
    store_unref(NULL);
    spool = store_fixture_spool(&f, 0, 1);
    store_fixture_close(&f);
    ck_assert(put_text(spool, "it is still open", NULL, &f.err));
    store_fixture_open(&f);
    ck_assert_uint_gt(store_bytes(f.store), 0);
    spool_close(spool);
    store_fixture_remove(&f);
}
END_TEST

START_TEST(files_of_others_are_left_alone)
{
    static const char *const names[] = {"notes.txt",
                                        "7.seg",
                                        "000000000000000G.seg",
                                        "0000000000000007.seg.gz",
                                        "ffffffffffffffff.seg",
                                        "0000000000000000.done",
                                        "0000000000000005.new"};
    char path[200];

    begin();
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        store_fixture_put(&f, names[i], "x", 1);
    snprintf(path, sizeof(path), "%s/0000000000000003.seg", f.path);
    ck_assert_int_eq(symlink("notes.txt", path), 0);
    snprintf(path, sizeof(path), "%s/0000000000000004.seg", f.path);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    store_fixture_open(&f);
    ck_assert_uint_eq(store_bytes(f.store), 0);
    spool = store_fixture_spool(&f, 0, 1);
    ck_assert_str_eq(all_texts(spool), "");
    ck_assert(put_text(spool, "a", NULL, &f.err));
    ck_assert(store_fixture_has(&f, 8, "seg")); /* above all that there were */
    spool_close(spool);
    ck_assert_uint_eq(store_fixture_count(&f, ""), 11);
    store_fixture_remove(&f);
}
END_TEST

START_TEST(ids_of_marks_that_were_left_are_not_used_again)
{
    begin();
    store_fixture_put(&f, "0000000000000009.done", "0123456789abcdef", 16);
    store_fixture_open(&f);
    ck_assert_uint_eq(store_fixture_count(&f, ".done"), 0);
    spool = store_fixture_spool(&f, 0, 1);
    ck_assert(put_text(spool, "a", NULL, &f.err));
    ck_assert(store_fixture_has(&f, 10, "seg"));
    spool_close(spool);
    store_fixture_remove(&f);
}
END_TEST

START_TEST(a_name_that_is_taken_is_passed_over)
{
    begin();
    store_fixture_open(&f);
    store_fixture_put(&f, "0000000000000001.seg", "x", 1);
    spool = store_fixture_spool(&f, 0, 1);
    ck_assert(put_text(spool, "a", NULL, &f.err));
    ck_assert(store_fixture_has(&f, 2, "seg"));
    spool_close(spool);
    store_fixture_remove(&f);
}
END_TEST

START_TEST(the_newest_bad_files_are_kept)
{
    char name[64], junk[256];

    begin();
    memset(junk, 'x', sizeof(junk));
    for (int i = 1; i <= 12; i++) {
        snprintf(name, sizeof(name), "%016x.%s", (unsigned)i, i < 4 ? "bad" : "seg");
        store_fixture_put(&f, name, junk, sizeof(junk));
    }
    store_fixture_open(&f);
    ck_assert_uint_eq(store_bytes(f.store), 9 * sizeof(junk));
    spool = store_fixture_spool(&f, 0, 1);
    ck_assert_str_eq(all_texts(spool), "");
    ck_assert_uint_eq(spool_counts(spool).damaged_segments, 9);
    ck_assert_uint_eq(spool_counts(spool).damaged_bytes, 9 * sizeof(junk));
    ck_assert_uint_eq(store_fixture_count(&f, ".bad"), STORE_BAD_MAX);
    ck_assert(!store_fixture_has(&f, 4, "bad"));
    ck_assert(store_fixture_has(&f, 5, "bad"));
    ck_assert_uint_eq(store_fixture_count(&f, ".seg"), 0);
    ck_assert_uint_eq(store_bytes(f.store), 0);
    spool_close(spool);
    store_fixture_close(&f);
    store_fixture_put(&f, "0000000000000001.bad", junk, sizeof(junk));
    store_fixture_open(&f);
    ck_assert_uint_eq(store_fixture_count(&f, ".bad"), STORE_BAD_MAX);
    ck_assert(!store_fixture_has(&f, 1, "bad"));
    store_fixture_remove(&f);
}
END_TEST

START_TEST(its_bytes_have_a_limit)
{
    /* "h:text", "text" */
    const uint64_t first = SEGMENT_HEAD + RECORD_FRAME + 16, more = RECORD_FRAME + 16;

    for (uint64_t limit = first - 1; limit <= first + 1; limit++) {
        begin();
        f.settings.max_bytes = limit;
        store_fixture_open(&f);
        spool = store_fixture_spool(&f, 0, 1);
        ck_assert_int_eq(store_is_full(f.store, first), limit < first);
        ck_assert_int_eq(put_text(spool, "text", NULL, &f.err), limit >= first);
        ck_assert_uint_eq(store_bytes(f.store), limit >= first ? first : 0);
        ck_assert_uint_eq(store_fixture_bytes(&f), store_bytes(f.store));
        spool_close(spool);
        store_fixture_remove(&f);
    }
    for (uint64_t limit = first + more - 1; limit <= first + more + 1; limit++) {
        struct spool_place place;

        begin();
        f.settings.max_bytes = limit;
        store_fixture_open(&f);
        spool = store_fixture_spool(&f, 0, 1);
        ck_assert(put_text(spool, "text", &place, &f.err));
        ck_assert_int_eq(store_is_full(f.store, more), limit < first + more);
        ck_assert_int_eq(put_text(spool, "text", NULL, &f.err), limit >= first + more);
        ck_assert(!put_text(spool, "text", NULL, &f.err));
        ck_assert_ptr_nonnull(strstr(f.err.text, "is full"));
        ck_assert(store_is_full(f.store, UINT64_MAX));
        ck_assert_uint_eq(store_fixture_bytes(&f), store_bytes(f.store));
        spool_close(spool);
        store_fixture_remove(&f);
    }
}
END_TEST

/* The last segment, however small, is no reason to refuse when all in it is done. */
START_TEST(a_full_store_has_room_again_when_all_is_done)
{
    const uint64_t need = RECORD_FRAME + 16;
    struct spool_place place;

    begin();
    f.settings.max_bytes = SEGMENT_HEAD + need;
    store_fixture_open(&f);
    spool = store_fixture_spool(&f, 0, 1);
    for (int i = 0; i < 3; i++) {
        ck_assert_msg(put_text(spool, "text", &place, &f.err), "%s", f.err.text);
        ck_assert(!put_text(spool, "text", NULL, &f.err));
        spool_done(spool, &place, 1);
    }
    spool_close(spool);
    store_fixture_remove(&f);
}
END_TEST

START_TEST(segments_are_a_part_of_a_small_limit)
{
    static char text[20000];
    struct spool_record record = {.body = {text, sizeof(text)}};

    begin();
    f.settings.max_bytes = 1 << 20;
    store_fixture_open(&f);
    spool = store_fixture_spool(&f, 0, 1);
    for (int i = 0; i < 40; i++)
        ck_assert(spool_write(spool, &record, 1, &f.err));
    ck_assert_uint_gt(store_fixture_count(&f, ".seg"), 10);
    spool_close(spool);
    store_fixture_remove(&f);
}
END_TEST

START_TEST(what_was_left_counts_against_a_smaller_limit)
{
    begin();
    store_fixture_open(&f);
    spool = store_fixture_spool(&f, 0, 1);
    ck_assert(put_text(spool, "text", NULL, &f.err));
    spool_close(spool);
    store_fixture_close(&f);
    f.settings.max_bytes = 10;
    store_fixture_open(&f);
    ck_assert(store_is_full(f.store, 0));
    spool = store_fixture_spool(&f, 0, 1);
    ck_assert(!put_text(spool, "more", NULL, &f.err));
    ck_assert_str_eq(all_texts(spool), "text ");
    spool_close(spool);
    store_fixture_remove(&f);
}
END_TEST

START_TEST(who_may_not_write_is_told_so)
{
    int status;
    pid_t child;

    begin();
    chmod(f.path, 0555);
    child = fork();
    if (child == 0) {
        if (geteuid() == 0 && setuid(65534) != 0)
            _exit(1);
        if (store_open(&f.settings, &f.err))
            _exit(2);
        _exit(strstr(f.err.text, "Permission denied") && strstr(f.err.text, "as user") ? 0 : 3);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    chmod(f.path, 0755);
    store_fixture_remove(&f);
}
END_TEST

/* ---- threads ---- */

enum { THREADS = 4, ROUNDS = 20, GROUP = 10 };

static void *use(void *arg)
{
    unsigned share = *(unsigned *)arg;
    size_t wrong = 0, came;

    for (int round = 0; round < ROUNDS; round++) {
        struct spool *mine = spool_open(f.store, 0, share, THREADS, NULL);
        struct spool_record group[GROUP] = {0};
        struct spool_place place = {0};
        struct spool_found found;

        for (size_t i = 0; i < GROUP; i++)
            group[i].body = (struct str){(char *)&share, sizeof(share)};
        wrong += !spool_write(mine, group, GROUP, NULL);
        for (came = 0; spool_read(mine, &place, &found) == SPOOL_RECORD; came++) {
            wrong += !str_eq(bytes_str(found.body), group[0].body);
            bytes_unref(found.head);
            bytes_unref(found.body);
            if (round % 3 > 0)
                spool_done(mine, &found.place, 1);
        }
        wrong += came != (round % 3 == 1 ? 2 : 1) * (size_t)GROUP;
        spool_close(mine);
    }
    return (void *)wrong;
}

START_TEST(threads_share_a_store)
{
    unsigned shares[THREADS];
    pthread_t threads[THREADS];
    void *wrong;

    begin();
    store_fixture_open(&f);
    for (unsigned i = 0; i < THREADS; i++) {
        shares[i] = i;
        ck_assert_int_eq(pthread_create(&threads[i], NULL, use, &shares[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], &wrong), 0);
        ck_assert_ptr_null(wrong);
    }
    ck_assert_uint_eq(store_bytes(f.store), store_fixture_bytes(&f));
    store_fixture_remove(&f);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("store");

    tcase_add_test(cases, a_directory_is_made_where_that_is_wished);
    tcase_add_test(cases, one_process_has_it_at_a_time);
    tcase_add_test(cases, the_same_process_gets_the_same_store);
    tcase_add_test(cases, files_of_others_are_left_alone);
    tcase_add_test(cases, ids_of_marks_that_were_left_are_not_used_again);
    tcase_add_test(cases, a_name_that_is_taken_is_passed_over);
    tcase_add_test(cases, the_newest_bad_files_are_kept);
    tcase_add_test(cases, its_bytes_have_a_limit);
    tcase_add_test(cases, a_full_store_has_room_again_when_all_is_done);
    tcase_add_test(cases, segments_are_a_part_of_a_small_limit);
    tcase_add_test(cases, what_was_left_counts_against_a_smaller_limit);
    tcase_add_test(cases, who_may_not_write_is_told_so);
    tcase_add_test(cases, threads_share_a_store);
    return run_tests("store", cases);
}
