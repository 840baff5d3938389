/*
 * A file that whole messages are written to, one behind the other: lines of JSON, or messages with
 * their length in front (4 bytes, the highest first).
 *
 *     open --> write ... write --> rotate: data.json becomes data-2026-11-22T05-02-14.173.json
 *                 |
 *                 '--> fails: what was written of it is cut off again, so that it can be repeated
 *
 * What another program does to the file is seen before each write: one that was moved away is made
 * anew. A part of a message at its end, left by a crash, is made harmless. Nothing here waits for a
 * loop: calls come from a thread of libuv's, one at a time.
 */
#pragma once

#include "base/error.h"
#include "base/str.h"

enum { FILE_MESSAGE_MAX = 256 << 20 /* bytes that can be read again */ };

struct file_rotation { /* `rotation` */
    bool enabled;
    uint64_t max_megabytes;
    uint64_t max_days, max_backups; /* of files that were rotated; 0: no limit */
    bool localtime;                 /* their names tell the time of the place */
};

struct file_target_settings {
    const char *path;
    bool append; /* false: what is in it is cut off before the first write */
    bool framed; /* messages have their length in front */
    bool follow; /* links: so a user may name one, but nobody who sends data */
    struct file_rotation rotation;
};

struct file_target;

/* Borrows where, for the log, and nothing of the settings. Never NULL. */
struct file_target *file_target_new(const struct file_target_settings *settings, const char *where);

/* For the first time; writing does it too. False and *err: it cannot be made. */
bool file_target_open(struct file_target *target, struct error *err);

/* What is in it stays: it was written by the one before. */
void file_target_append(struct file_target *target);

/* Whole messages, all of them or none. False: *err, and *code is the errno. */
bool file_target_write(struct file_target *target, struct str messages, struct error *err,
                       int *code);

/* To the disk, and closes it. False: it is not sure that all is there. Writing opens it again. */
bool file_target_close(struct file_target *target);

void file_target_free(struct file_target *target); /* closes; takes NULL */
