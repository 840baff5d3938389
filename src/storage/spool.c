/*
 * A spool: its segments by rising ids, the last of which may be the one that is written.
 */
#include "storage/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "storage/disk.h"
#include "storage/format.h"
#include "storage/spool_priv.h"

enum { MARKS_AT_ONCE = 256 };

/* ---- files ---- */

static void file_close(struct open_file *file)
{
    if (file->id != 0)
        close(file->fd);
    *file = (struct open_file){0};
}

/* The descriptor of a segment's file; negative, with errno. */
static int file_open(struct spool *spool, struct open_file *file, uint64_t id, const char *suffix,
                     int flags)
{
    char name[STORE_NAME];
    int fd;

    if (file->id == id)
        return file->fd;
    file_close(file);
    store_name(name, id, spool->lane, suffix);
    fd = disk_open(store_directory(spool->store), name, flags);
    if (fd >= 0)
        *file = (struct open_file){id, fd};
    return fd;
}

static int open_for_reading(struct spool *spool, const struct segment *segment)
{
    if (segment == spool->writing)
        return spool->written.fd;
    return file_open(spool, &spool->read, segment->id, "seg", O_RDONLY);
}

/* ---- segments ---- */

void spool_add_segment(struct spool *spool, struct segment *segment)
{
    spool->segments =
        mem_room(spool->segments, spool->count, &spool->cap, sizeof(struct segment *));
    spool->segments[spool->count++] = segment;
}

/* The first one with the id or a higher one: its index, or count. */
static size_t find(const struct spool *spool, uint64_t id)
{
    size_t low = 0, high = spool->count, middle;

    while (low < high) {
        middle = low + (high - low) / 2;
        if (spool->segments[middle]->id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct segment *find_exactly(const struct spool *spool, uint64_t id)
{
    size_t at = find(spool, id);

    return at < spool->count && spool->segments[at]->id == id ? spool->segments[at] : NULL;
}

static bool is_over(const struct spool *spool, const struct segment *segment)
{
    return segment != spool->writing && segment_is_empty(segment);
}

/* Its files go; false where that fails. */
static bool remove_files(struct spool *spool, const struct segment *segment)
{
    if (!store_remove(spool->store, segment->id, segment->is_damaged)) {
        log_limited(&spool->removing, LOG_WARN, "storage",
                    "cannot remove %s/%016llx.seg: %s; see to its folder, or delete it",
                    store_path(spool->store), (unsigned long long)segment->id, strerror(errno));
        return false;
    }
    store_release(spool->store, segment->size);
    if (spool->read.id == segment->id)
        file_close(&spool->read);
    if (spool->marked.id == segment->id)
        file_close(&spool->marked);
    return true;
}

void spool_sweep(struct spool *spool)
{
    size_t kept = 0;

    for (size_t i = 0; i < spool->count; i++) {
        struct segment *segment = spool->segments[i];

        if (is_over(spool, segment) && remove_files(spool, segment))
            segment_free(segment);
        else
            spool->segments[kept++] = segment;
    }
    spool->count = kept;
}

void spool_end_segment(struct spool *spool)
{
    spool->writing = NULL;
    file_close(&spool->written);
}

bool spool_end_if_done(struct spool *spool)
{
    if (!spool->writing || !segment_is_empty(spool->writing))
        return false;
    spool_end_segment(spool);
    return true;
}

/* ---- opening ---- */

static void load_marks(struct spool *spool, struct segment *segment)
{
    int fd =
        segment->has_salt ? file_open(spool, &spool->marked, segment->id, "done", O_RDONLY) : -1;

    if (fd >= 0)
        marks_load(&segment->marks, fd, segment->salt, segment->end / RECORD_FRAME);
    file_close(&spool->marked);
}

/* What cannot be used stays where it is, and is no one else's. */
static void resume(struct spool *spool, const struct store_segment *left)
{
    struct segment *segment = segment_new(left->id);
    int fd = open_for_reading(spool, segment);

    if (fd < 0)
        log_warn("storage",
                 "cannot open %s/%016llx.seg: %s: it stays until the next start; make it readable",
                 store_path(spool->store), (unsigned long long)left->id, strerror(errno));
    else if (!segment_resume(segment, fd, left->size, &spool->counts))
        log_warn(
            "storage",
            "%s/%016llx.seg has another format, of another version: it stays; have that version "
            "deliver it, or delete it",
            store_path(spool->store), (unsigned long long)left->id);
    else {
        load_marks(spool, segment);
        spool->left += segment->end - SEGMENT_HEAD;
        spool_add_segment(spool, segment);
        return;
    }
    segment_free(segment);
}

uint64_t spool_lane(struct str name)
{
    uint64_t sum = record_sum(name, STR(""));

    if (name.len == 0)
        return 0;
    return sum > 0 && sum < UINT64_MAX ? sum : 1;
}

struct spool *spool_open(struct store *store, uint64_t lane, unsigned share, unsigned shares,
                         struct error *err)
{
    struct spool *spool = mem_zero(sizeof(*spool));
    struct store_segment *left;
    size_t count;

    (void)err; /* the directory was read when the store was opened */
    spool->store = store_ref(store);
    spool->lane = lane;
    spool->share = share;
    spool->shares = shares;
    left = store_take(store, lane, share, shares, &count);
    for (size_t i = 0; i < count; i++)
        resume(spool, &left[i]);
    free(left);
    file_close(&spool->read);
    spool_sweep(spool);
    return spool;
}

uint64_t spool_close(struct spool *spool)
{
    uint64_t left = 0;

    if (!spool)
        return 0;
    spool_end_segment(spool);
    spool_sweep(spool);
    for (size_t i = 0; i < spool->count; i++) {
        left += spool->segments[i]->size;
        store_leave(spool->store, spool->segments[i]->id, spool->share, spool->segments[i]->size);
        segment_free(spool->segments[i]);
    }
    file_close(&spool->read);
    file_close(&spool->marked);
    store_unref(spool->store);
    free(spool->segments);
    free(spool);
    return left;
}

uint64_t spool_left(const struct spool *spool)
{
    return spool->left;
}

struct spool_counts spool_counts(const struct spool *spool)
{
    return spool->counts;
}

/* ---- done ---- */

static void write_marks(struct spool *spool, struct segment *segment, const uint32_t *numbers,
                        size_t count)
{
    int fd = file_open(spool, &spool->marked, segment->id, "done", O_WRONLY | O_CREAT);

    if (fd < 0 || !marks_append(&segment->marks, fd, segment->salt, numbers, count))
        log_limited(&spool->marking, LOG_WARN, "storage",
                    "cannot note in %s what is done: %s: it may be sent again after the next "
                    "start; see to the "
                    "disk",
                    store_path(spool->store), strerror(errno));
}

/* Writes marks for the first places, as far as they are in one segment; how many it passed. */
static size_t note(struct spool *spool, const struct spool_place *places, size_t count)
{
    struct segment *segment = find_exactly(spool, places->segment);
    uint32_t numbers[MARKS_AT_ONCE];
    size_t passed = 0, gathered = 0;

    for (; passed < count && gathered < MARKS_AT_ONCE && places[passed].segment == places->segment;
         passed++)
        if (segment && marks_has(&segment->marks, places[passed].number))
            numbers[gathered++] = places[passed].number;
    if (gathered > 0)
        write_marks(spool, segment, numbers, gathered);
    return passed;
}

void spool_done(struct spool *spool, const struct spool_place *places, size_t count)
{
    struct segment *segment;
    size_t passed;

    for (size_t i = 0; i < count; i++)
        if ((segment = find_exactly(spool, places[i].segment)))
            (void)segment_mark(segment, &places[i]);
    if (spool->writing && spool->writing->end >= SPOOL_SEGMENT_MIN)
        (void)spool_end_if_done(spool);
    spool_sweep(spool);
    for (size_t i = 0; i < count; i += passed) /* those of one segment together */
        passed = note(spool, places + i, count - i);
}

/* ---- reading ---- */

static bool is_short_of_something(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOMEM;
}

enum spool_answer spool_read(struct spool *spool, struct spool_place *place,
                             struct spool_found *found)
{
    size_t i = find(spool, place->segment);
    enum spool_answer answer = SPOOL_END;

    while (i < spool->count && answer == SPOOL_END) {
        struct segment *segment = spool->segments[i];
        uint64_t at = segment->id == place->segment ? place->at : 0;
        int fd = open_for_reading(spool, segment);

        if (fd < 0 && is_short_of_something(errno)) {
            answer = SPOOL_NO_ROOM;
        } else if (fd < 0) {
            segment_unreadable(segment, at);
            at = segment->end;
        } else {
            answer = segment_read(segment, fd, &at, found, &spool->counts);
        }
        *place = (struct spool_place){segment->id, (uint32_t)at, 0};
        if (answer == SPOOL_RECORD)
            place->number = found->place.number + 1;
        else
            i++;
    }
    if (answer == SPOOL_END)
        spool_sweep(spool);
    return answer;
}
