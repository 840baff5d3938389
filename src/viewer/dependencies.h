/*
 * Which service calls which: the arrows of Jaeger's "System Architecture".
 */
#pragma once

#include "viewer/trace_store.h"
#include "viewer/writing.h"

/* Of traces that begin between the two times: {"parent", "child", "callCount"}, with commas. */
void dependencies_put(struct writing *w, const struct trace_store *store, uint64_t start_ns,
                      uint64_t end_ns);
