/*
 * The directory of a store: its lock, and which files are there.
 */
#pragma once

#include "storage/store_priv.h"

struct directory_files {
    struct store_segment *segments; /* by rising ids */
    size_t count, cap;
    uint64_t bad[STORE_BAD_MAX]; /* ids, rising */
    size_t bad_count;
    uint64_t highest; /* id of any file, 0: none */
    uint64_t bytes;   /* of all segments */
};

void directory_files_done(struct directory_files *files);

/* The descriptor of the locked file; negative and *err. Closing it unlocks. */
int directory_lock(int directory, const char *path, struct error *err);

/* Fills in files, which is zeroed, and deletes marks without a segment. */
bool directory_read(int directory, const char *path, struct directory_files *files,
                    struct error *err);

void directory_files_add(struct directory_files *files, struct store_segment segment);
void directory_files_remove(struct directory_files *files, uint64_t id);

/* Deletes a segment and its marks; false and errno: the segment is still there. */
bool directory_unlink(int directory, struct directory_files *files, uint64_t id);

/* ... or keeps it for people, and deletes the oldest that was kept, where there are too many. */
bool directory_set_aside(int directory, struct directory_files *files, uint64_t id);
