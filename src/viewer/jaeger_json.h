/*
 * A trace as the JSON of Jaeger's query API.
 *
 *     {"traceID": .., "spans": [{.., "processID": "p1"}], "processes": {"p1": {..}}, "warnings":
 * ..}
 */
#pragma once

#include "viewer/trace_store.h"
#include "viewer/writing.h"

/* Numbers its parts, as a walk (viewer/parts.h), and writes what stands before the spans. */
void jaeger_json_begin(struct writing *w, struct trace_store *store,
                       const struct trace_progress *progress);

/* Goes on until the trace is written, which is true, or the work is done. */
bool jaeger_json_go_on(struct writing *w, struct trace_progress *progress, size_t *work);
