/*
 * Walking along a segment. Whatever the file holds, each step goes forward, so that the time is
 * linear in its size, and memory is taken only for lengths that a right checksum vouches for.
 */
#include <string.h>

#include "storage/disk.h"
#include "storage/format.h"
#include "storage/segment.h"

enum { WINDOW = 512, SEARCH_MIN = 512, SEARCH_MAX = 32 << 10 /* bytes at once, more and more */ };

struct window { /* what was read at a frame: mostly a head as well, or all of a small record */
    uint64_t at;
    size_t len;
    char bytes[WINDOW];
};

enum step {
    STEP_RECORD, /* a good frame; its head and body are within the segment */
    STEP_DAMAGE, /* up to the next good frame, or to the end */
    STEP_TORN,   /* the end, or a record that was not written to its end */
    STEP_UNREADABLE
};

static bool frame_read(const struct segment *segment, struct record_frame *frame, const char *bytes,
                       uint64_t at)
{
    return record_frame_read(frame, bytes, segment->id) && frame->at == at &&
           frame->number <= (at - SEGMENT_HEAD) / RECORD_FRAME &&
           (!segment->has_salt || frame->salt == segment->salt);
}

/* Reads at most room bytes, none of them behind the segment's end. */
static ssize_t read_some(const struct segment *segment, int fd, char *to, size_t room, uint64_t at)
{
    return disk_read(fd, to, segment->end - at < room ? segment->end - at : room, at);
}

/* Finds the next good frame behind at, which has none: *next, the end where there is none. */
static enum step search(const struct segment *segment, int fd, uint64_t at, uint64_t *next)
{
    struct record_frame frame;
    char bytes[SEARCH_MAX];
    size_t room = SEARCH_MIN;
    bool all_zero = true; /* of what a machine that lost its power did not write */
    ssize_t len;

    while (at + RECORD_FRAME <= segment->end) {
        len = read_some(segment, fd, bytes, room, at);
        if (len < RECORD_FRAME)
            return STEP_UNREADABLE;
        for (ssize_t i = 0; i + RECORD_FRAME <= len; i += RECORD_ALIGN, at += RECORD_ALIGN) {
            all_zero = all_zero && memcmp(bytes + i, "\0\0\0\0\0\0\0", RECORD_ALIGN) == 0;
            if (record_frame_begins(bytes + i) && frame_read(segment, &frame, bytes + i, at)) {
                *next = at;
                return STEP_DAMAGE;
            }
        }
        room = room < SEARCH_MAX ? room * 4 : room;
    }
    *next = segment->end;
    return all_zero ? STEP_TORN : STEP_DAMAGE;
}

/* What is at at, and where it ends. */
static enum step look(struct segment *segment, int fd, uint64_t at, struct window *window,
                      struct record_frame *frame, uint64_t *next)
{
    ssize_t len;

    *next = segment->end;
    if (segment->end - at < RECORD_FRAME)
        return STEP_TORN;
    len = read_some(segment, fd, window->bytes, WINDOW, at);
    if (len < RECORD_FRAME)
        return STEP_UNREADABLE;
    window->at = at;
    window->len = (size_t)len;
    if (!frame_read(segment, frame, window->bytes, at))
        return search(segment, fd, at, next);
    segment->salt = frame->salt;
    segment->has_salt = true;
    if (segment->end - at - RECORD_FRAME < (uint64_t)frame->head_len + frame->body_len)
        return STEP_TORN;
    if (segment->end - at > record_size(frame->head_len, frame->body_len))
        *next = at + record_size(frame->head_len, frame->body_len);
    return STEP_RECORD;
}

/* From at to next was walked over; counts what is new. */
static void pass(struct segment *segment, uint64_t at, uint64_t next, bool is_live)
{
    if (at != segment->known_to)
        return;
    segment->known_to = next;
    if (is_live)
        segment->live++;
}

/* Fills it with what lies at at; the window is at or before that. False: an error of the disk. */
static bool fill(int fd, const struct window *window, struct bytes *to, size_t len, uint64_t at)
{
    uint64_t skip = at - window->at;
    ssize_t got;

    if (skip < window->len) {
        to->len = window->len - skip < len ? window->len - skip : len;
        memcpy(to->at, window->bytes + skip, to->len);
    }
    for (; to->len < len; to->len += (size_t)got) {
        got = disk_read(fd, to->at + to->len, len - to->len, at + to->len);
        if (got <= 0)
            return false;
    }
    return true;
}

static enum spool_answer take(int fd, const struct window *window, const struct record_frame *frame,
                              struct spool_found *found, enum step *step)
{
    struct bytes *head = bytes_new(frame->head_len), *body = bytes_new(frame->body_len);
    uint64_t at = window->at + RECORD_FRAME;

    *step = STEP_RECORD;
    if (head && body) {
        if (!fill(fd, window, head, frame->head_len, at) ||
            !fill(fd, window, body, frame->body_len, at + frame->head_len)) {
            *step = STEP_UNREADABLE;
        } else if (record_sum(bytes_str(head), bytes_str(body)) != frame->sum) {
            *step = STEP_DAMAGE;
        } else {
            *found = (struct spool_found){.head = head, .body = body};
            return SPOOL_RECORD;
        }
    }
    bytes_unref(head);
    bytes_unref(body);
    return *step == STEP_RECORD ? SPOOL_NO_ROOM : SPOOL_END;
}

enum spool_answer segment_read(struct segment *segment, int fd, uint64_t *at,
                               struct spool_found *found, struct spool_counts *counts)
{
    struct record_frame frame;
    enum spool_answer answer;
    struct window window;
    enum step step;
    uint64_t here, next;

    if (*at < SEGMENT_HEAD)
        *at = SEGMENT_HEAD;
    while (*at < segment->end) {
        here = *at;
        step = look(segment, fd, here, &window, &frame, &next);
        if (step == STEP_RECORD && !marks_has(&segment->marks, frame.number)) {
            answer = take(fd, &window, &frame, found, &step);
            if (answer == SPOOL_NO_ROOM)
                return SPOOL_NO_ROOM;
            if (answer == SPOOL_RECORD) {
                found->place = (struct spool_place){segment->id, (uint32_t)here, frame.number};
                pass(segment, here, next, true);
                *at = next;
                return SPOOL_RECORD;
            }
        }
        *at = next;
        if (step == STEP_UNREADABLE) {
            segment_unreadable(segment, here);
            continue;
        }
        if (step == STEP_DAMAGE && here == segment->known_to)
            segment_damage(segment, here, next, counts);
        pass(segment, here, next, false);
    }
    return SPOOL_END;
}
