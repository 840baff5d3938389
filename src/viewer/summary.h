/*
 * Lists for the page: traces, each with what it is as a whole; services and operations; which
 * service calls which.
 */
#pragma once

#include "viewer/trace_store.h"
#include "viewer/writing.h"

/* One trace, as an element of the list. */
void summary_put_trace(struct writing *w, struct trace_store *store,
                       const struct held_trace *trace);

/* The elements of a list, with commas; returns how many. */
size_t summary_put_services(struct writing *w, const struct trace_store *store);

/* service: a name. Names once each, or {"name", "spanKind"}; span_kind: empty for any. */
size_t summary_put_operations(struct writing *w, const struct trace_store *store,
                              struct str service, struct str span_kind, bool kinds);
