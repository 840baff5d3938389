/*
 * A trace of the shop as an OTLP request: a resource for each service that takes part.
 */
#pragma once

#include "base/buf.h"
#include "commands/shop.h"

/* Appends an ExportTraceServiceRequest. start_ns: when the trace began, in ns since 1970. */
void shop_write(struct buf *out, const struct shop_trace *trace, uint64_t start_ns);
