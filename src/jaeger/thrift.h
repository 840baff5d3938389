/*
 * One group of spans as Jaeger's Thrift struct Batch, in the binary protocol: the body of a POST to
 * /api/traces. docs/jaeger.md has the fields.
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

/* Writes the next bytes of the body: less than room only at its end, 0 behind it. */
size_t thrift_write(struct thrift_writer *writer, char *to, size_t room);

/* From the beginning again. */
void thrift_restart(struct thrift_writer *writer);
