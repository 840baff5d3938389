/*
 * What the requests of a batch say of some header fields, as bytes to compare.
 */
#pragma once

#include "base/buf.h"
#include "config/field.h"
#include "otlp/batch.h"

/*
 * Appends the values of the fields that keys names, in lower case: the same bytes for the same
 * values in the same order, and other bytes for any other. A field that is absent differs from an
 * empty one. Where the requests of a batch differ in a field, it counts as absent: a processor
 * before this one has joined them.
 */
void combination_put(struct buf *out, const struct batch *batch, const struct string_list *keys);
