/*
 * The program's own log: one line for each thing that somebody should know, to stderr.
 *
 *     2026-11-22T18:00:00.123Z  warn  exporters/jaeger  cannot reach jaeger:14268: connection
 * refused
 *
 * Who decides what happens next logs; who returns an error does not. Nothing is logged per span or
 * request. Text from a peer is made harmless here: control characters are escaped, long lines cut.
 */
#pragma once

#include <stdint.h>

#include "base/str.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* Lines below this level are not written. Default: LOG_INFO. */
void log_set_level(enum log_level level);

/* Writes a line. where: the component's id with its kind ("exporters/jaeger"), or a part of the
 * program. */
void log_line(enum log_level level, const char *where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)
#define log_info(...)  log_line(LOG_INFO, __VA_ARGS__)
#define log_warn(...)  log_line(LOG_WARN, __VA_ARGS__)
#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)

/*
 * For what may repeat without end: 10 lines at once, then one in 10 s that says how many were left
 * out. One struct, zeroed, for each kind of line; it belongs to one thread.
 */
struct log_limit {
    uint64_t since_ms;
    unsigned lines, left_out;
};

void log_limited(struct log_limit *limit, enum log_level level, const char *where,
                 const char *format, ...) __attribute__((format(printf, 4, 5)));

/*
 * An info line with a block of text below, which is written as it is: whoever made it has escaped
 * what is not its own. Blocks of several threads do not mix.
 */
void log_block(const char *where, struct str block, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same to a descriptor of the caller's choice, whatever the log's level. */
void log_block_to(int fd, const char *where, struct str block, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
