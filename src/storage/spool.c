/*
 * A spool: its segments by rising ids, the last of which may be the one that is written.
 */
#include "storage/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "storage/disk.h"
#include "storage/format.h"
#include "storage/segment.h"
#include "storage/store_priv.h"

enum { MARKS_AT_ONCE = 256, TRIES = 16 /* for a name that is free */ };

struct open_file { /* kept open for the next call */
    uint64_t id;   /* of its segment, 0: none */
    int fd;
};

struct spool {
    struct store *store;
    unsigned share;
    struct segment **segments; /* owned, by rising ids */
    size_t count, cap;
    struct segment *writing; /* the last one, or NULL */
    struct open_file written, read, marked;
    uint64_t left;
    struct spool_counts counts;
    struct log_limit removing, marking; /* failures of */
};

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
    store_name(name, id, suffix);
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

static void add_segment(struct spool *spool, struct segment *segment)
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
        log_limited(&spool->removing, LOG_WARN, "storage", "cannot remove %s/%016llx.seg: %s",
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

/* Removes all segments that are over; one that cannot be removed is tried again the next time. */
static void sweep(struct spool *spool)
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
        log_warn("storage", "cannot open %s/%016llx.seg: %s: it stays until the next start",
                 store_path(spool->store), (unsigned long long)left->id, strerror(errno));
    else if (!segment_resume(segment, fd, left->size, &spool->counts))
        log_warn("storage", "%s/%016llx.seg has another format, of another version: it stays",
                 store_path(spool->store), (unsigned long long)left->id);
    else {
        load_marks(spool, segment);
        spool->left += segment->end - SEGMENT_HEAD;
        add_segment(spool, segment);
        return;
    }
    segment_free(segment);
}

struct spool *spool_open(struct store *store, unsigned share, unsigned shares, struct error *err)
{
    struct spool *spool = mem_zero(sizeof(*spool));
    struct store_segment *left;
    size_t count;

    (void)err; /* the directory was read when the store was opened */
    spool->store = store_ref(store);
    spool->share = share;
    left = store_take(store, share, shares, &count);
    for (size_t i = 0; i < count; i++)
        resume(spool, &left[i]);
    free(left);
    file_close(&spool->read);
    sweep(spool);
    return spool;
}

static void end_segment(struct spool *spool)
{
    spool->writing = NULL;
    file_close(&spool->written);
}

void spool_close(struct spool *spool)
{
    if (!spool)
        return;
    end_segment(spool);
    sweep(spool);
    for (size_t i = 0; i < spool->count; i++) {
        store_leave(spool->store, spool->segments[i]->id, spool->share, spool->segments[i]->size);
        segment_free(spool->segments[i]);
    }
    file_close(&spool->read);
    file_close(&spool->marked);
    store_unref(spool->store);
    free(spool->segments);
    free(spool);
}

uint64_t spool_left(const struct spool *spool)
{
    return spool->left;
}

struct spool_counts spool_counts(const struct spool *spool)
{
    return spool->counts;
}

/* ---- writing ---- */

/* False: a record is larger than any may be. */
static bool measure(const struct spool_record *records, size_t count, uint64_t *need,
                    struct error *err)
{
    *need = 0;
    for (size_t i = 0; i < count; i++) {
        if (records[i].head.len > SPOOL_HEAD_MAX || records[i].body.len > SPOOL_BODY_MAX)
            return error_set(err, "a record of %zu and %zu bytes is too large to be stored",
                             records[i].head.len, records[i].body.len);
        *need += segment_need(&records[i]);
    }
    if (*need > UINT32_MAX - SEGMENT_HEAD)
        return error_set(err, "%llu bytes are too many to be stored at once",
                         (unsigned long long)*need);
    return true;
}

/* A new, empty file. Negative, with errno. */
static int create(struct spool *spool, uint64_t *id)
{
    char name[STORE_NAME];
    int fd = -1;

    for (int i = 0; i < TRIES && fd < 0; i++) {
        *id = store_take_new(spool->store);
        store_name(name, *id, "seg");
        fd = disk_open(store_directory(spool->store), name, O_RDWR | O_CREAT | O_EXCL);
        if (fd < 0) {
            store_forget(spool->store, *id);
            if (errno != EEXIST)
                break;
        }
    }
    return fd;
}

static bool begin_segment(struct spool *spool, struct error *err)
{
    struct segment *segment;
    uint64_t id;
    int fd = create(spool, &id), error;

    if (fd < 0)
        return error_set(err, "cannot make a file in %s: %s", store_path(spool->store),
                         strerror(errno));
    segment = segment_new(id);
    segment->size = SEGMENT_HEAD;
    add_segment(spool, segment);
    spool->written = (struct open_file){id, fd};
    if (segment_begin(segment, fd) &&
        (!store_syncs(spool->store) ||
         (disk_sync_whole(fd) == 0 && disk_sync_whole(store_directory(spool->store)) == 0))) {
        spool->writing = segment;
        return true;
    }
    error = errno;
    end_segment(spool);
    return error_set(err, "cannot write in %s: %s", store_path(spool->store), strerror(error));
}

/* Writes and syncs, or leaves the segment as it was and ends it. */
static bool write_group(struct spool *spool, struct spool_record *records, size_t count,
                        uint64_t need, struct error *err)
{
    struct segment *segment = spool->writing;
    uint64_t end = segment->end;
    int fd = spool->written.fd, error;

    if (segment_write(segment, fd, records, count)) {
        if (!store_syncs(spool->store) || disk_sync(fd) == 0) {
            segment->size += need;
            return true;
        }
        error = errno;
        segment_unwrite(segment, records, count);
    } else {
        error = errno;
    }
    if (disk_truncate(fd, end) == 0)
        store_release(spool->store, need);
    else
        segment->size += need; /* as it may be */
    end_segment(spool);
    return error_set(err, "cannot write in %s: %s", store_path(spool->store), strerror(error));
}

bool spool_write(struct spool *spool, struct spool_record *records, size_t count, struct error *err)
{
    uint64_t need;
    bool is_new, is_written;

    if (!measure(records, count, &need, err))
        return false;
    if (count == 0)
        return true;
    is_new = !spool->writing ||
             (spool->writing->number > 0 && spool->writing->end + need > SPOOL_SEGMENT_MAX);
    if (!store_reserve(spool->store, need + (is_new ? SEGMENT_HEAD : 0), err))
        return false;
    if (is_new) {
        size_t before = spool->count;

        end_segment(spool);
        if (!begin_segment(spool, err)) {
            store_release(spool->store, need + (spool->count == before ? SEGMENT_HEAD : 0));
            sweep(spool);
            return false;
        }
    }
    is_written = write_group(spool, records, count, need, err);
    if (is_new || !is_written)
        sweep(spool);
    return is_written;
}

/* ---- done ---- */

static void write_marks(struct spool *spool, struct segment *segment, const uint32_t *numbers,
                        size_t count)
{
    int fd = file_open(spool, &spool->marked, segment->id, "done", O_WRONLY | O_CREAT);

    if (fd < 0 || !marks_append(&segment->marks, fd, segment->salt, numbers, count))
        log_limited(&spool->marking, LOG_WARN, "storage",
                    "cannot note in %s what is done: %s: it may be sent again after the next start",
                    store_path(spool->store), strerror(errno));
}

void spool_done(struct spool *spool, const struct spool_place *places, size_t count)
{
    uint32_t numbers[MARKS_AT_ONCE];
    struct segment *segment;
    size_t gathered;

    for (size_t i = 0; i < count; i++)
        if ((segment = find_exactly(spool, places[i].segment)))
            (void)segment_mark(segment, &places[i]);
    sweep(spool);
    for (size_t i = 0; i < count; i += gathered) { /* of one segment, as many as fit */
        for (gathered = 0; i + gathered < count && gathered < MARKS_AT_ONCE &&
                           places[i + gathered].segment == places[i].segment;
             gathered++)
            numbers[gathered] = places[i + gathered].number;
        if ((segment = find_exactly(spool, places[i].segment)))
            write_marks(spool, segment, numbers, gathered);
    }
}

/* ---- reading ---- */

enum spool_answer spool_read(struct spool *spool, struct spool_place *place,
                             struct spool_found *found)
{
    size_t i = find(spool, place->segment);
    enum spool_answer answer = SPOOL_END;

    while (i < spool->count && answer == SPOOL_END) {
        struct segment *segment = spool->segments[i];
        uint64_t at = segment->id == place->segment ? place->at : 0;
        int fd = open_for_reading(spool, segment);

        if (fd < 0) {
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
        sweep(spool);
    return answer;
}
