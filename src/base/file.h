/*
 * Small files that are read whole, and noticing that they have changed.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/buf.h"

enum { FILE_SIZE_MAX = 1 << 20 };

/*
 * Appends a file's content. False, with a sentence's end in *why ("permission denied"), where that
 * fails. regular_only: refuses what may keep us waiting.
 */
bool file_read(const char *path, bool regular_only, struct buf *content, const char **why);

struct file_watch { /* zeroed: has seen nothing */
    struct stat seen;
    uint64_t due_ms;
};

/*
 * Whether the file is another one than at the last look, or was written to; true the first time.
 * Looks once in a second at most; false where there is nothing to be seen.
 */
bool file_watch_changed(struct file_watch *watch, const char *path, uint64_t now_ms);
