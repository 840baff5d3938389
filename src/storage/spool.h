/*
 * A worker's share of a store: records that are written once, read back where that is needed, and
 * forgotten when they are done with.
 *
 *     segment   [file head][record][record][record] ...      append-only; a new one when it is full
 *     record    lengths, number in the segment, checksums (storage/format.h), head, body
 *     done      [mark][mark] ...                             each tells one record
 *
 * Segments are deleted, in any order, when all their records are done and no more will be written.
 * All functions block on the disk: they are called from one thread at a time, not from the loop's.
 * Nothing of a damaged file comes out but records whose checksum is right; whole records before and
 * behind the damage do. A record that was not written to its end before the process died is no
 * damage.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/str.h"
#include "storage/store.h"

struct spool;

enum {
    SPOOL_SEGMENT_MAX = 32 << 20, /* bytes, or a 64th of max_bytes for all shares; a larger record
                                     or group has a segment of its own */
    SPOOL_SEGMENT_MIN = 64 << 10, /* ... however small max_bytes is; and one of so many bytes in
                                     which all is done goes, else there could be no room for ever */
    SPOOL_HEAD_MAX = 64 << 10,    /* of a record's head */
    SPOOL_BODY_MAX = 256 << 20
};

struct spool_place { /* of a record */
    uint64_t segment;
    uint32_t at;     /* bytes from the segment's beginning */
    uint32_t number; /* in the segment, from 0 */
};

struct spool_record { /* to be written */
    struct str head, body;
    struct spool_place place; /* where it is then */
};

/*
 * A lane is a name's part of a store, apart from those of other names: what is written in a lane is
 * read in that lane only. Each name has the same number in all processes; 0 is that of the lane
 * without a name.
 */
uint64_t spool_lane(struct str name);

/*
 * The share of one of several workers in a lane: what former processes left is shared out by
 * segments, whatever the number of workers was then; what a spool of this process left when it was
 * closed goes to the next one of its share. No two spools ever have the same segment. Takes a
 * reference to the store. Reads the directory and the marks, but no records. NULL and *err: the
 * directory cannot be read.
 */
struct spool *spool_open(struct store *store, uint64_t lane, unsigned share, unsigned shares,
                         struct error *err);
uint64_t spool_close(struct spool *spool); /* returns the bytes that stay on disk; takes NULL */

/* Bytes of records that it had when it was opened (about: marked ones still count). */
uint64_t spool_left(const struct spool *spool);

/*
 * Writes all of them, and syncs where the store does: true means that they outlive the process (and
 * the machine's power). False: none of them counts, and *err says why: no space left on the device,
 * max_bytes, an error of the disk. After a failed write or sync the segment is never written again:
 * the next call begins a new one. (Where the disk refuses even to cut the file, they may be there
 * at the next start.)
 */
bool spool_write(struct spool *spool, struct spool_record *records, size_t count,
                 struct error *err);

/* The records are done with, and segments of which all are go: they will not be read again, also
 * not after the next start, where the marks can be written; else they may come again. */
void spool_done(struct spool *spool, const struct spool_place *places, size_t count);

enum spool_answer {
    SPOOL_RECORD,
    SPOOL_END,    /* no record at the place or behind it */
    SPOOL_NO_ROOM /* the memory budget has no room for it, or there is no descriptor: later */
};

struct spool_found {
    struct spool_place place;
    struct bytes *head, *body; /* the caller's references */
};

/*
 * The record at the place, or the first one behind it that is not done; moves the place behind it.
 * A place of zeros is before everything. Damage is skipped, counted, and logged once for each
 * segment.
 */
enum spool_answer spool_read(struct spool *spool, struct spool_place *place,
                             struct spool_found *found);

struct spool_counts { /* since it was opened */
    uint64_t damaged_bytes, damaged_segments;
};

struct spool_counts spool_counts(const struct spool *spool);
