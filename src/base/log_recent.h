/*
 * The last warnings and errors, kept in memory for who asks what is wrong. A line that says the
 * same as one that is kept, but for its numbers, takes that one's place and is counted with it.
 *
 * log.c puts them in, below the log's level as well; any thread reads.
 */
#pragma once

#include "base/log.h"

enum { LOG_RECENT_MAX = 64, LOG_RECENT_WHERE_MAX = 64, LOG_RECENT_TEXT_MAX = 256 };

struct log_recent { /* one kind of line: texts end with a NUL, and are cut where they are long */
    uint64_t unix_ms, first_unix_ms; /* the last time, and the first one */
    uint64_t times;                  /* at least 1 */
    enum log_level level;            /* LOG_WARN or LOG_ERROR */
    char where[LOG_RECENT_WHERE_MAX];
    char text[LOG_RECENT_TEXT_MAX]; /* the last one: valid UTF-8, control characters escaped */
};

/* Copies up to max of them, the latest first; returns how many. */
size_t log_recent_read(struct log_recent *to, size_t max);

/* text: control characters are escaped. times: how often it happened since it was told last. */
void log_recent_add(uint64_t unix_ms, enum log_level level, const char *where, struct str text,
                    uint64_t times);
