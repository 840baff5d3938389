/*
 * Rewriting a request that decoders would take, but that something behind the door may not: text
 * that is not UTF-8 gets U+FFFD for each wrong byte; a resource or scope that comes twice is merged
 * into one.
 */
#pragma once

#include "base/bytes.h"
#include "otlp/shape.h"

/* A new body, of a request that payload_read's check has passed. NULL: the memory budget has no
 * room. */
struct bytes *mend_request(const struct shape *shape, struct str request);
