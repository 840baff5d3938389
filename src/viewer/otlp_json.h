/*
 * A trace as OTLP/JSON: one request, as an exporter would send it.
 */
#pragma once

#include "viewer/trace_store.h"
#include "viewer/writing.h"

void otlp_json_begin(struct writing *w);

/* Goes on until the trace is written, which is true, or the work is done. */
bool otlp_json_go_on(struct writing *w, struct trace_progress *progress, size_t *work);

/* The same of the spans with that id alone, each with its resource and its scope. */
bool otlp_json_go_on_with(struct writing *w, struct trace_progress *progress, uint64_t span_id,
                          size_t *work);
