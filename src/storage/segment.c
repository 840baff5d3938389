/*
 * Writing a segment, and what is known of it.
 */
#include "storage/segment.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/log.h"
#include "base/mem.h"
#include "storage/disk.h"
#include "storage/format.h"

enum { AT_ONCE = 128, PARTS = 4 /* of a record */ };

struct segment *segment_new(uint64_t id)
{
    struct segment *segment = mem_zero(sizeof(*segment));

    segment->id = id;
    segment->known_to = segment->end = SEGMENT_HEAD;
    return segment;
}

void segment_free(struct segment *segment)
{
    if (!segment)
        return;
    marks_done(&segment->marks);
    free(segment);
}

static bool write_all(int fd, struct iovec *parts, int count, uint64_t at)
{
    ssize_t written;

    while (count > 0) {
        written = disk_write(fd, parts, count, at);
        if (written < 0 && errno == EINTR)
            continue;
        if (written == 0)
            errno = ENOSPC;
        if (written <= 0)
            return false;
        at += (uint64_t)written;
        for (; count > 0 && (size_t)written >= parts->iov_len; parts++, count--)
            written -= (ssize_t)parts->iov_len;
        if (count > 0) {
            parts->iov_base = (char *)parts->iov_base + written;
            parts->iov_len -= (size_t)written;
        }
    }
    return true;
}

bool segment_begin(struct segment *segment, int fd)
{
    struct segment_head head = {.version = FORMAT_VERSION, .id = segment->id};
    char bytes[SEGMENT_HEAD];
    struct iovec part = {bytes, sizeof(bytes)};

    if (getrandom(&head.salt, sizeof(head.salt), 0) != (ssize_t)sizeof(head.salt))
        return false;
    segment->salt = head.salt;
    segment->has_salt = true;
    segment_head_write(bytes, &head);
    return write_all(fd, &part, 1, 0);
}

void segment_damage(struct segment *segment, uint64_t at, uint64_t next,
                    struct spool_counts *counts)
{
    counts->damaged_bytes += next - at;
    if (segment->is_damaged)
        return;
    segment->is_damaged = true;
    counts->damaged_segments++;
    log_warn(
        "storage",
        "%016llx.seg is damaged at byte %llu: what is whole in it is used; have the disk checked",
        (unsigned long long)segment->id, (unsigned long long)at);
}

void segment_unreadable(struct segment *segment, uint64_t at)
{
    if (!segment->is_unreadable)
        log_warn("storage",
                 "%016llx.seg cannot be read at byte %llu: it stays until the next start; have the "
                 "disk checked",
                 (unsigned long long)segment->id, (unsigned long long)at);
    segment->is_unreadable = true;
}

/* The salt of the first record, where the head does not tell it. */
static void take_salt(struct segment *segment, int fd)
{
    char bytes[RECORD_FRAME];
    struct record_frame frame;

    if (disk_read(fd, bytes, sizeof(bytes), SEGMENT_HEAD) != (ssize_t)sizeof(bytes) ||
        !record_frame_read(&frame, bytes, segment->id) || frame.at != SEGMENT_HEAD)
        return;
    segment->salt = frame.salt;
    segment->has_salt = true;
}

bool segment_resume(struct segment *segment, int fd, uint64_t size, struct spool_counts *counts)
{
    char bytes[SEGMENT_HEAD];
    struct segment_head head;

    segment->size = size;
    if (size < SEGMENT_HEAD) /* made, but not written when the process ended */
        return true;
    segment->end = size > UINT32_MAX ? UINT32_MAX : size;
    if (disk_read(fd, bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes)) {
        segment_unreadable(segment, 0);
    } else if (segment_head_read(&head, bytes) && head.id == segment->id) {
        segment->salt = head.salt;
        segment->has_salt = true;
        return head.version == FORMAT_VERSION;
    } else {
        segment_damage(segment, 0, SEGMENT_HEAD, counts);
    }
    take_salt(segment, fd);
    return true;
}

uint64_t segment_need(const struct spool_record *record)
{
    return record_size((uint32_t)record->head.len, (uint32_t)record->body.len);
}

static struct iovec part_of(struct str bytes)
{
    return (struct iovec){(void *)(uintptr_t)bytes.at, bytes.len};
}

bool segment_write(struct segment *segment, int fd, struct spool_record *records, size_t count)
{
    static char zeros[RECORD_ALIGN];
    char frames[AT_ONCE][RECORD_FRAME];
    struct iovec parts[AT_ONCE * PARTS];
    uint64_t at = segment->end, from = at;
    uint32_t number = segment->number;
    int parts_count = 0;

    for (size_t i = 0; i < count; i++) {
        struct spool_record *record = &records[i];
        char *bytes = frames[i % AT_ONCE];
        size_t padding = segment_need(record) - RECORD_FRAME - record->head.len - record->body.len;

        record->place = (struct spool_place){segment->id, (uint32_t)at, number};
        record_frame_write(bytes,
                           &(struct record_frame){.head_len = (uint32_t)record->head.len,
                                                  .body_len = (uint32_t)record->body.len,
                                                  .number = number,
                                                  .at = (uint32_t)at,
                                                  .salt = segment->salt,
                                                  .sum = record_sum(record->head, record->body)},
                           segment->id);
        parts[parts_count++] = (struct iovec){bytes, RECORD_FRAME};
        parts[parts_count++] = part_of(record->head);
        parts[parts_count++] = part_of(record->body);
        parts[parts_count++] = (struct iovec){zeros, padding};
        at += segment_need(record);
        number++;
        if (i % AT_ONCE == AT_ONCE - 1 || i == count - 1) {
            if (!write_all(fd, parts, parts_count, from))
                return false;
            parts_count = 0;
            from = at;
        }
    }
    segment->known_to = segment->end = at;
    segment->live += number - segment->number;
    segment->number = number;
    return true;
}

void segment_unwrite(struct segment *segment, const struct spool_record *records, size_t count)
{
    if (count == 0)
        return;
    segment->known_to = segment->end = records[0].place.at;
    segment->number -= (uint32_t)count;
    segment->live -= (uint32_t)count;
}

bool segment_mark(struct segment *segment, const struct spool_place *place)
{
    if (place->at < SEGMENT_HEAD || place->at >= segment->end ||
        place->number > (place->at - SEGMENT_HEAD) / RECORD_FRAME ||
        !marks_add(&segment->marks, place->number))
        return false;
    if (place->at < segment->known_to && segment->live > 0)
        segment->live--;
    return true;
}
