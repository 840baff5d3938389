/*
 * The times in a request: of spans and their events, data points, exemplars and log records.
 */
#pragma once

#include "otlp/shape.h"

/* The latest of a message that payload_read has passed, in ns since the epoch; 0: it has none. */
uint64_t times_latest(const struct shape *shape, struct str message);

/* Moves all of them, in place; those that are 0 stand for none and stay. For bytes that nobody
 * shares yet. */
void times_move(const struct shape *shape, char *message, size_t len, int64_t by_ns);
