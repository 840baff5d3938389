/*
 * Writing groups of records, and making the segments for them.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "storage/disk.h"
#include "storage/format.h"
#include "storage/spool_priv.h"

enum { TRIES = 16 /* for a name that is free */ };

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
        *id = store_take_new(spool->store, spool->lane);
        store_name(name, *id, spool->lane, "seg");
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
    spool_add_segment(spool, segment);
    spool->written = (struct open_file){id, fd};
    if (segment_begin(segment, fd) &&
        (!store_syncs(spool->store) ||
         (disk_sync_whole(fd) == 0 && disk_sync_whole(store_directory(spool->store)) == 0))) {
        spool->writing = segment;
        return true;
    }
    error = errno;
    spool_end_segment(spool);
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
    spool_end_segment(spool);
    return error_set(err, "cannot write in %s: %s", store_path(spool->store), strerror(error));
}

/* Room for a group, in a new segment or not. What is done has to go first, where that is needed. */
static bool reserve(struct spool *spool, uint64_t need, bool *is_new, struct error *err)
{
    if (store_reserve(spool->store, need + (*is_new ? SEGMENT_HEAD : 0), err))
        return true;
    if (!spool_end_if_done(spool))
        return false;
    spool_sweep(spool);
    *is_new = true;
    return store_reserve(spool->store, need + SEGMENT_HEAD, err);
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
             (spool->writing->number > 0 &&
              spool->writing->end + need > store_segment_max(spool->store, spool->shares));
    if (!reserve(spool, need, &is_new, err))
        return false;
    if (is_new) {
        size_t before = spool->count;

        spool_end_segment(spool);
        if (!begin_segment(spool, err)) {
            store_release(spool->store, need + (spool->count == before ? SEGMENT_HEAD : 0));
            spool_sweep(spool);
            return false;
        }
    }
    is_written = write_group(spool, records, count, need, err);
    if (is_new || !is_written)
        spool_sweep(spool);
    return is_written;
}
