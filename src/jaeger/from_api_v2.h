/*
 * A PostSpansRequest of jaeger.api_v2, which port 14250 takes over gRPC, as an
 * ExportTraceServiceRequest of OTLP. docs/jaeger.md has the fields.
 */
#pragma once

#include "jaeger/to_otlp.h"

/* NULL: *report says why. */
struct bytes *from_api_v2(struct str message, struct from_report *report);
