/*
 * Where the debug exporter writes that does not use the log: stdout, stderr, files.
 */
#pragma once

#include "base/error.h"
#include "base/str.h"
#include "config/field.h"

enum { DEBUG_OUTPUTS_MAX = 8 };

struct log_output;

struct debug_output { /* zeroed: none */
    struct log_output *at[DEBUG_OUTPUTS_MAX];
    size_t count;
};

/* An empty list is stdout. False and *err: what was opened stays open until the close. */
bool debug_output_open(struct debug_output *output, const struct string_list *paths,
                       struct error *err);
void debug_output_close(struct debug_output *output);

/* A line as the log has them, and a block below it, in one piece. */
void debug_output_write(const struct debug_output *output, const char *where, const char *line,
                        struct str block);
