/*
 * One segment: writing records at its end, walking along them, and knowing when all are done.
 *
 *     0        SEGMENT_HEAD          known_to                  end        size
 *     [head]   [record] ... [record] [not read yet]            [no record]
 *
 * A segment that this process writes is known as far as it goes. One that was left is known as far
 * as it was read without a gap.
 */
#pragma once

#include "storage/marks.h"
#include "storage/spool.h"

struct segment {
    uint64_t id, salt;
    bool has_salt; /* else the first good frame tells it */
    uint64_t size; /* that the store accounts for it */
    uint64_t end, known_to;
    uint32_t number; /* of the next record that is written */
    uint32_t live;   /* known records that are not done */
    bool is_damaged, is_unreadable;
    struct marks marks;
};

struct segment *segment_new(uint64_t id);
void segment_free(struct segment *segment); /* takes NULL */

/* A new one: fills in what is random and writes its head. False, with errno: nothing is there. */
bool segment_begin(struct segment *segment, int fd);

/* One that was left, so large. False: its format is a newer one. Counts a damaged head. */
bool segment_resume(struct segment *segment, int fd, uint64_t size, struct spool_counts *counts);

/* What a record takes. */
uint64_t segment_need(const struct spool_record *record);

/* Writes records at the end. False, with errno: none is there, and end is where it was. */
bool segment_write(struct segment *segment, int fd, struct spool_record *records, size_t count);

/* Takes back what the last segment_write() did, in memory; whoever calls cuts the file. */
void segment_unwrite(struct segment *segment, const struct spool_record *records, size_t count);

/*
 * The record at *at or the first one behind it that is not done; moves *at behind it, or behind
 * what it passed. Counts damage when it is seen for the first time.
 */
enum spool_answer segment_read(struct segment *segment, int fd, uint64_t *at,
                               struct spool_found *found, struct spool_counts *counts);

/* Damage from at to next that was not seen before: counts it, logs the first of a segment. */
void segment_damage(struct segment *segment, uint64_t at, uint64_t next,
                    struct spool_counts *counts);

/* What is at at cannot be read: the segment stays until the next start. */
void segment_unreadable(struct segment *segment, uint64_t at);

/* Takes note that a record is done: false where it was, or where there can be none. */
bool segment_mark(struct segment *segment, const struct spool_place *place);

/* Nothing in it will be asked for again; the caller knows whether it is still written. */
static inline bool segment_is_empty(const struct segment *segment)
{
    return segment->known_to >= segment->end && segment->live == 0 && !segment->is_unreadable;
}
