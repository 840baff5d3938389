/*
 * Where lines go: stdout, stderr, or a file.
 *
 * Whoever does not read its end of a pipe, or has stopped a terminal, does not stop the program: a
 * write waits for 200 ms at most, then the line is lost and counted, and so are the next ones, at
 * once, until there is room again. Order is kept.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

struct log_output;

/* path: "stdout", "stderr", a file or "file:///path". Tells the sandbox. NULL and *err. */
struct log_output *log_output_new(const char *path, struct error *err);
void log_output_free(struct log_output *output); /* takes NULL */

/* Opens a file by its name again, as somebody may have moved what was open. False and *err: the old
 * one stays. */
bool log_output_reopen(struct log_output *output, struct error *err);

const char *log_output_path(const struct log_output *output);

/* A terminal, whose user has not asked for none by NO_COLOR. */
bool log_output_has_colours(const struct log_output *output);

/* Lines that were lost since the last one that was written. */
uint64_t log_output_lost(const struct log_output *output);

/*
 * Writes whole lines; not from two threads at a time. False: they are lost, and count as so many;
 * *err says why.
 */
bool log_output_write(struct log_output *output, struct str bytes, unsigned lines,
                      struct error *err);
