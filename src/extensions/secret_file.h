/*
 * A file with secrets, read again when it has changed. What cannot be read any more leaves the last
 * good content in force.
 */
#pragma once

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"

struct secret_file {
    const char *path;  /* borrowed; NULL: there is none */
    const char *where; /* for the log */
    struct file_watch watch;
    struct log_limit log;
};

/* Replaces text by the content: true where there is a new one. Costs a stat() once in a second. */
bool secret_file_renew(struct secret_file *file, uint64_t now_ms, struct buf *text);

/* Tells that the new content is not taken, and why. */
void secret_file_refuse(struct secret_file *file, const char *why);

/* For the first time: false and *err where it cannot be read. */
bool secret_file_read(const char *path, struct buf *text, struct error *err);
