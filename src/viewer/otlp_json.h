/*
 * A trace as OTLP/JSON: one request, as an exporter would send it.
 */
#pragma once

#include "viewer/trace_store.h"
#include "viewer/writing.h"

void otlp_json_put_trace(struct writing *w, const struct held_trace *trace);
