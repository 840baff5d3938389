/*
 * The program's own log: one line for each thing that somebody should know, to stderr or where
 * service.telemetry.logs says.
 *
 *     2026-11-22T18:00:00.123Z  warn  exporters/jaeger  cannot reach jaeger:14268: no route
 *
 * Who decides what happens next logs; who returns an error does not. Nothing is logged per span or
 * request. A warning says what to do about it. Text from a peer is made harmless here: what
 * steers a terminal or ends a line is escaped, long lines are cut.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_encoding { LOG_CONSOLE, LOG_JSON };

enum { LOG_OUTPUTS_MAX = 8 };

struct log_settings {
    enum log_level level;
    enum log_encoding encoding;
    bool without_where; /* lines do not say which component they are of */
    struct {            /* of log_limited */
        bool enabled;
        uint64_t tick_ms, initial, thereafter; /* thereafter: 0: none */
    } sampling;
    struct {
        const char *const *at; /* "stdout", "stderr", files; the first LOG_OUTPUTS_MAX count */
        size_t count;
    } outputs, error_outputs; /* error_outputs: what is wrong with the outputs */
    const char *fields;   /* members of a JSON object for each line: "\"env\":\"test\""; "": none */
    const char *resource; /* a JSON object for each line of JSON; "": none */
};

struct log_setup;
struct log_output;

/*
 * Opens what the settings name, and copies them. NULL and *err. log_use() puts it in force and
 * frees the one before; what is not used is freed by log_setup_free().
 */
struct log_setup *log_setup_new(const struct log_settings *settings, struct error *err);
void log_setup_free(struct log_setup *setup); /* takes NULL */
void log_use(struct log_setup *setup);

/* Opens files by their names again, as somebody may have moved them away. */
void log_reopen(void);

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
 * For what may repeat without end: 10 lines at once (sampling.initial), then one in 10 s (tick)
 * that says how many were left out; and each one behind `thereafter` others. One struct, zeroed,
 * for each kind of line; it belongs to one thread.
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

/* The same to an output of the caller's, whatever the log's level and settings. */
void log_block_to(struct log_output *output, const char *where, struct str block,
                  const char *format, ...) __attribute__((format(printf, 4, 5)));
