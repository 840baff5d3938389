/*
 * Jaeger's Thrift as an ExportTraceServiceRequest of OTLP: what its clients post to /api/traces,
 * and what they send to its agent. docs/jaeger.md has the fields.
 */
#pragma once

#include "base/thrift_read.h"
#include "jaeger/to_otlp.h"

/* The struct Batch; what stands behind it is not looked at. NULL: *report says why. */
struct bytes *from_thrift_batch(struct str body, enum thrift_protocol protocol,
                                struct from_report *report);

/* The agent's message emitBatch, of one datagram. */
struct bytes *from_thrift_message(struct str packet, enum thrift_protocol protocol,
                                  struct from_report *report);
