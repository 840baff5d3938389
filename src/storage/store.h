/*
 * A directory that keeps what must outlive the process. One process has it at a time (a lock); its
 * workers share it, each with a spool of its own (storage/spool.h).
 *
 *     DIRECTORY/lock
 *               0000000000000007.seg    a segment: records, in the order in which they were written
 *               0000000000000007.done   which of them are done with
 *               0000000000000008.89abcdef01234567.seg, .done
 *                                       the same of a lane (storage/spool.h), by its number
 *               0000000000000003.bad    a segment that was damaged, when all whole records were
 *                                       done with: for people; at most STORE_BAD_MAX of them
 *
 * Other files are left alone. Files are made with mode 0600, opened relative to the directory's
 * descriptor with O_NOFOLLOW and O_CLOEXEC.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct store;

enum {
    STORE_BAD_MAX = 8,
    STORE_FREE_PERCENT = 5 /* of the file system, left free */
};

struct store_settings {
    const char *directory;
    bool create;          /* it, where it does not exist; not its parents */
    unsigned permissions; /* of a directory that is made: 0750 */
    bool sync;            /* false: written records are left to the kernel to bring to the disk */
    uint64_t max_bytes;   /* of all segments */
};

/*
 * Opens and locks it. Opening the same directory again in this process gives the same store, one
 * more reference (whatever the settings say). NULL and *err: no such directory (with what to do
 * about it), no access, or another process has it (with its pid). What the files hold is no
 * reason. Any thread may call, also the functions below.
 */
struct store *store_open(const struct store_settings *settings, struct error *err);
struct store *store_ref(struct store *store);
void store_unref(struct store *store); /* the last one unlocks; takes NULL */

uint64_t store_bytes(const struct store *store); /* of all segments now */

/* No room for so many bytes more, by max_bytes. */
bool store_is_full(const struct store *store, uint64_t more);

/*
 * What those should leave free who can wait, for those who make room by writing: what moves from
 * one lane to another is there twice, until all that shares a segment with it has moved. So of each
 * share it has room for eight segments.
 */
uint64_t store_spare(const struct store *store, unsigned shares);

/* The next lane behind one (0: the first) of which there are segments; 0: there is none. */
uint64_t store_next_lane(struct store *store, uint64_t lane);
