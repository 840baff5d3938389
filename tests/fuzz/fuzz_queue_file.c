/*
 * Any bytes as a segment that was left, and as the marks of another one. Only records whose
 * checksum is right come out, all that stand before the first damage do, reading takes time and
 * memory that are linear in the file, and what is done does not come again.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/budget.h"
#include "base/log.h"
#include "fuzz/fuzz.h"
#include "storage/disk.h"
#include "storage/format.h"
#include "storage/spool.h"

enum { SEGMENT = 1, GOOD_RECORDS = 3 };

static char path[] = "/dev/shm/otelc-fuzz-XXXXXX", fallback[] = "/tmp/otelc-fuzz-XXXXXX",
            *directory;
static char good_segment[1024];
static size_t good_len;
static uint64_t bytes_asked;

static void fail(const char *why)
{
    fprintf(stderr, "%s\n", why);
    abort();
}

static void check_that(bool it_is_so, const char *why)
{
    if (!it_is_so)
        fail(why);
}

static int count_bytes(enum disk_call call, size_t *len)
{
    bytes_asked += call == DISK_READ ? *len : 0;
    return 0;
}

static FILE *open_file(const char *name, const char *mode)
{
    char file[300];
    FILE *opened;

    snprintf(file, sizeof(file), "%s/%s", directory, name);
    opened = fopen(file, mode);
    check_that(opened != NULL, "a file cannot be opened");
    return opened;
}

static void put_file(const char *name, const void *bytes, size_t len)
{
    FILE *file = open_file(name, "we");

    check_that(fwrite(bytes, 1, len, file) == len, "a file cannot be written");
    fclose(file);
}

static void empty_directory(void)
{
    DIR *entries = opendir(directory);
    struct dirent *entry;

    while (entries && (entry = readdir(entries)))
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(entries), entry->d_name, 0);
    closedir(entries);
}

static void remove_directory(void)
{
    empty_directory();
    rmdir(directory);
}

static struct spool *open_spool(void)
{
    struct store_settings settings = {.directory = directory, .max_bytes = 1 << 30};
    struct error err;
    struct store *store = store_open(&settings, &err);
    struct spool *spool;

    check_that(store != NULL, "the store cannot be opened");
    spool = spool_open(store, 0, 0, 1, &err);
    check_that(spool != NULL, "the spool cannot be opened");
    store_unref(store);
    return spool;
}

/* A directory, and a segment with the id 2 whose marks are fuzzed. */
static void begin(void)
{
    struct spool_record records[GOOD_RECORDS + 1] = {0};
    struct spool *spool;
    FILE *file;

    log_set_level(LOG_ERROR);
    directory = mkdtemp(path);
    if (!directory)
        directory = mkdtemp(fallback);
    check_that(directory != NULL, "there is no place for files");
    atexit(remove_directory);
    put_file("0000000000000001.seg", "", 0); /* takes the id */
    spool = open_spool();
    for (size_t i = 0; i < GOOD_RECORDS; i++)
        records[i].body = STR("good");
    check_that(spool_write(spool, records, GOOD_RECORDS, NULL), "a record cannot be written");
    spool_close(spool);
    file = open_file("0000000000000002.seg", "re");
    good_len = fread(good_segment, 1, sizeof(good_segment), file);
    fclose(file);
}

/* How many records stand in front without a gap. */
static size_t count_whole(const char *data, size_t size, bool *has_head)
{
    struct segment_head head = {0};
    struct record_frame frame;
    size_t count = 0;
    uint64_t at;

    *has_head = size >= SEGMENT_HEAD && segment_head_read(&head, data) && head.id == SEGMENT;
    if (*has_head && head.version != FORMAT_VERSION)
        return 0;
    for (at = SEGMENT_HEAD; at + RECORD_FRAME <= size; count++) {
        struct str content = {data + at + RECORD_FRAME, size - at - RECORD_FRAME};

        if (!record_frame_read(&frame, data + at, SEGMENT) || frame.at != at ||
            frame.number > (at - SEGMENT_HEAD) / RECORD_FRAME ||
            ((*has_head || count > 0) && frame.salt != head.salt) ||
            (uint64_t)frame.head_len + frame.body_len > content.len ||
            record_sum((struct str){content.at, frame.head_len},
                       (struct str){content.at + frame.head_len, frame.body_len}) != frame.sum)
            break;
        head.salt = frame.salt;
        at += record_size(frame.head_len, frame.body_len);
    }
    return count;
}

/* How many of the good segment's records are not marked: a fuzzer sees what a mark is compared
 * with, and makes some that are right. */
static size_t count_unmarked(const char *data, size_t size)
{
    bool is_marked[GOOD_RECORDS] = {false};
    struct segment_head head;
    size_t count = 0;
    uint64_t number;

    check_that(segment_head_read(&head, good_segment), "the good segment has no good head");
    for (size_t at = 0; at + MARK <= size; at += MARK)
        if (mark_read(&number, data + at, head.salt) && number < GOOD_RECORDS)
            is_marked[number] = true;
    for (size_t i = 0; i < GOOD_RECORDS; i++)
        count += !is_marked[i];
    return count;
}

static void check_record(const char *data, size_t size, const struct spool_found *found)
{
    struct str head = bytes_str(found->head), body = bytes_str(found->body);
    uint64_t at = found->place.at;
    struct record_frame frame;

    if (found->place.segment != SEGMENT) {
        check_that(str_is(body, "good"), "a good segment gives a wrong record");
        return;
    }
    check_that(at + RECORD_FRAME + head.len + body.len <= size, "a record lies outside");
    check_that(record_frame_read(&frame, data + at, SEGMENT), "a record has no good frame");
    check_that(frame.head_len == head.len && frame.body_len == body.len, "a length is wrong");
    check_that(str_eq(head, (struct str){data + at + RECORD_FRAME, head.len}), "a head is wrong");
    check_that(str_eq(body, (struct str){data + at + RECORD_FRAME + head.len, body.len}),
               "a body is wrong");
    check_that(record_sum(head, body) == frame.sum, "a checksum is wrong");
}

/* Reads all; how many come from the fuzzed segment, and in *good, from the good one. */
static size_t read_all(struct spool *spool, const char *data, size_t size, bool finish,
                       size_t *good)
{
    struct spool_place place = {0};
    struct spool_found found;
    size_t count = 0;

    *good = 0;
    bytes_asked = 0;
    for (; spool_read(spool, &place, &found) == SPOOL_RECORD;) {
        check_record(data, size, &found);
        *(found.place.segment == SEGMENT ? &count : good) += 1;
        bytes_unref(found.head);
        bytes_unref(found.body);
        if (finish)
            spool_done(spool, &found.place, 1);
    }
    check_that(bytes_asked <= 24 * (uint64_t)size + (64 << 10), "too much is read");
    check_that(budget_used() == 0, "bytes of the budget are not given back");
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    size_t whole, count, good;
    struct spool *spool;
    bool has_head;

    if (!directory)
        begin();
    empty_directory();
    put_file("0000000000000001.seg", data, size);
    put_file("0000000000000002.seg", good_segment, good_len);
    put_file("0000000000000002.done", data, size);
    disk_set_fault(count_bytes);
    whole = count_whole(text, size, &has_head);
    spool = open_spool();
    count = read_all(spool, text, size, false, &good);
    check_that(count >= whole, "a whole record does not come");
    check_that(good >= count_unmarked(text, size), "a good record does not come");
    check_that(read_all(spool, text, size, false, &good) == count, "the second time is different");
    read_all(spool, text, size, true, &good);
    check_that(read_all(spool, text, size, false, &good) + good == 0, "it comes, though done");
    spool_close(spool);
    spool = open_spool();
    count = read_all(spool, text, size, false, &good);
    check_that(good == 0 && (count == 0 || !has_head), "it comes again, though done");
    spool_close(spool);
    disk_set_fault(NULL);
    return 0;
}
