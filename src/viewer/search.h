/*
 * Which traces are asked for. As in Jaeger, a trace is found where one of its spans is all that is
 * asked for; where no service is named, durations are those of the whole trace.
 */
#pragma once

#include "viewer/params.h"
#include "viewer/trace_store.h"

enum { SEARCH_TAGS_MAX = 16, SEARCH_LIMIT = 100, SEARCH_LIMIT_MAX = 1500 };

struct search_tag {
    struct str key, value; /* as text */
};

struct search {
    struct str service, operation; /* empty: any */
    struct search_tag tags[SEARCH_TAGS_MAX];
    size_t tag_count;
    uint64_t shortest_ns, longest_ns;
    uint64_t start_ns, end_ns; /* between which the span begins */
    bool error;                /* its status */
    uint64_t after;            /* traces that have changed since that seq */
    size_t limit;
};

/*
 * service, operation, tags={"k":"v"}, tag=k:v, minDuration, maxDuration, start and end in µs,
 * lookback, limit, error, after; all may be missing, others do not matter. False and *err: what is
 * wrong. Texts are the parameters' or lie in the arena.
 */
bool search_read(struct search *search, const struct params *params, uint64_t now_ns,
                 struct arena *arena, struct error *err);

/*
 * The next one that is found, from newer to older: behind the given one, or the newest for NULL.
 * NULL: no more.
 */
struct held_trace *search_next(const struct search *search, const struct trace_store *store,
                               const struct held_trace *behind);
