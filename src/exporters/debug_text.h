/*
 * Batches as text that a person reads: what the debug exporter shows.
 */
#pragma once

#include "base/buf.h"
#include "otlp/batch.h"

enum verbosity { VERBOSITY_BASIC, VERBOSITY_NORMAL, VERBOSITY_DETAILED };

/*
 * Appends lines, each with its end: basic none, normal one for each span, data point or log record,
 * detailed everything as a tree. Text of peers is made harmless: control characters are escaped.
 * Returns the number of resources.
 */
size_t debug_text(struct buf *out, const struct batch *batch, enum verbosity verbosity);
