/*
 * Which service calls which: the arrows of Jaeger's "System Architecture".
 */
#pragma once

#include "viewer/trace_store.h"
#include "viewer/writing.h"

struct service_call {
    struct part *parent, *child; /* services; one reference each */
    size_t count;
};

struct dependencies {          /* zeroed but for the times: ready */
    uint64_t start_ns, end_ns; /* between which a trace begins */
    struct service_call *calls;
    size_t count, cap;
};

/*
 * Goes on with the store's walk, which the caller has begun, until the work is done, or until there
 * are no more traces: then {"parent", "child", "callCount"} are written, with commas, and it is
 * true.
 */
bool dependencies_go_on(struct dependencies *dependencies, struct writing *w,
                        struct trace_store *store, size_t *work);

void dependencies_done(struct dependencies *dependencies, struct trace_store *store);
