/*
 * A trace as the JSON of Jaeger's query API.
 *
 *     {"traceID": .., "spans": [{.., "processID": "p1"}], "processes": {"p1": {..}}, "warnings":
 * ..}
 */
#pragma once

#include "viewer/trace_store.h"
#include "viewer/writing.h"

void jaeger_json_put_trace(struct writing *w, struct trace_store *store,
                           const struct held_trace *trace);
