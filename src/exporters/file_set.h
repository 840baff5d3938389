/*
 * All files of one exporter, and how batches get into them: what a thread of libuv's does. Calls
 * come one at a time.
 */
#pragma once

#include "base/list.h"
#include "exporters/file_settings.h"
#include "otlp/batch.h"

struct file_entry { /* a batch that is to be written */
    struct list node;
    struct batch *batch; /* one reference */
    size_t unstored;     /* items of it that are in memory only */
    char *segment;       /* what stands for the * of the path, owned; NULL: it has none */
};

struct file_set;

/* Copies what it needs. Never NULL. */
struct file_set *file_set_new(const struct file_settings *settings, const char *where);
void file_set_free(struct file_set *set); /* closes all; takes NULL */

/* Of a new set: makes the folder where that is wanted, and opens the file if there is one only. */
bool file_set_open(struct file_set *set, struct error *err);

/* What is in the files stays. */
void file_set_append(struct file_set *set);

/*
 * Writes the first entries of a list, up to some megabytes of them, and moves them to *done. False:
 * *err; what was not written is still in the list, whole.
 */
bool file_set_write(struct file_set *set, struct list *entries, struct list *done,
                    struct error *err);

/* To the disk. Later writing opens them again. False: it is not sure that all is there. */
bool file_set_close(struct file_set *set);

enum { FILE_SEGMENT_MAX = 200 };

/* The value of an attribute as a part of a path, owned by the caller: what could leave the folder,
 * or is no text, becomes "_". */
char *file_segment(struct str value);
