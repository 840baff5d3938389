/*
 * One group of spans as Jaeger's Thrift struct Batch, in the binary protocol: the body of a POST to
 * /api/traces, or several of them. docs/jaeger.md has the fields.
 *
 * The body is written as it is wanted, whole spans straight into the caller's buffer where they
 * fit, so a body of many megabytes takes no memory of its own.
 */
#pragma once

#include <stddef.h>

#include "otlp/group.h"

struct thrift_writer;

/* The group is borrowed, and the batch behind it. Never NULL. */
struct thrift_writer *thrift_writer_new(const struct group *group);
void thrift_writer_free(struct thrift_writer *writer); /* takes NULL */

/* Goes on to the next body, with up to so many (not 0) of the spans that are left. Returns how many
 * it has: 0 where none are left. */
size_t thrift_next(struct thrift_writer *writer, size_t most);

/* Back to the spans of the body that came last, for thrift_next; memory is given back. */
void thrift_again(struct thrift_writer *writer);

/* Writes the next bytes of the body: less than room only at its end, 0 behind it. */
size_t thrift_write(struct thrift_writer *writer, char *to, size_t room);

/* From the beginning of the body again. */
void thrift_restart(struct thrift_writer *writer);
