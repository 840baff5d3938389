/*
 * What a store does for its spools.
 */
#pragma once

#include "storage/store.h"

enum { STORE_NAME = 48 }; /* room for a file's name */

struct store_segment {
    uint64_t id, size;
    uint64_t lane;
    uint64_t key;  /* who gets it: key % shares; the id, or the share that had it last */
    bool is_taken; /* by a spool */
};

int store_directory(const struct store *store); /* its descriptor */
const char *store_path(const struct store *store);
bool store_syncs(const struct store *store);

/* "0000000000000007.seg", or with the lane "0000000000000007.89abcdef01234567.seg" */
void store_name(char name[STORE_NAME], uint64_t id, uint64_t lane, const char *suffix);

/*
 * The segments of a lane that no spool has and whose turn it is, by rising ids. The array is the
 * caller's to free.
 */
struct store_segment *store_take(struct store *store, uint64_t lane, unsigned share,
                                 unsigned shares, size_t *count);

/* A new one's id, which no file had yet. */
uint64_t store_take_new(struct store *store, uint64_t lane);
void store_forget(struct store *store, uint64_t id); /* no file was made */

/* A spool closes and leaves it, so large, to the next one of its share. */
void store_leave(struct store *store, uint64_t id, unsigned share, uint64_t size);

/*
 * Deletes the files of a segment and forgets it; a damaged one is set aside instead. False, with
 * errno: it is still there. The bytes are accounted by the caller.
 */
bool store_remove(struct store *store, uint64_t id, bool damaged);

uint64_t store_segment_max(const struct store *store, unsigned shares); /* the bytes of one */

/* Takes bytes from max_bytes. False and *err: they, or the file system, have no room for them. */
bool store_reserve(struct store *store, uint64_t bytes, struct error *err);
void store_release(struct store *store, uint64_t bytes);
