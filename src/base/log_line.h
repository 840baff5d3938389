/*
 * A line of the log as bytes:
 *
 *     console   2026-11-22T18:00:00.123Z  warn  exporters/jaeger  cannot reach jaeger:14268
 *     json      {"level":"warn","ts":"2026-11-22T18:00:00.123Z","caller":"exporters/jaeger", ...
 *
 * Text from a peer is made harmless here: control characters are escaped.
 */
#pragma once

#include <time.h>

#include "base/buf.h"
#include "base/log.h"

enum { LOG_TEXT_MAX = 2048, LOG_WHERE_MAX = 256 }; /* bytes of them in a line of console */

struct log_line {
    struct timespec time;
    enum log_level level;
    const char *where;
    struct str text;
    unsigned left_out; /* lines like this one, since the last */
    struct str block;  /* below it; empty: none */
};

struct log_form {
    enum log_encoding encoding;
    bool colour;          /* of console */
    bool without_where;   /* no "caller" */
    const char *fields;   /* members of a JSON object, for each line; "": none */
    const char *resource; /* an object, of json; "": none */
};

/* Appends the line, its block, and their ends. */
void log_line_append(struct buf *out, const struct log_line *line, const struct log_form *form);

enum { LOG_ESCAPED = 4 /* bytes that one becomes at most */ };

/* Appends text, up to max bytes of it, with what steers a terminal, ends a line or is no UTF-8 as
 * \xNN. */
void log_escape(struct buf *out, struct str text, size_t max);
