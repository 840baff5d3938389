/*
 * Which traces are asked for. As in Jaeger, a trace is found where one of its spans is all that is
 * asked for; where no service is named, durations are those of the whole trace.
 *
 * A search goes on in slices: what it finds is as if it had been found at once, but that a trace
 * which changes meanwhile is looked at either as it was or as it is then.
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

    struct held_trace *trace; /* that is looked at, pinned; NULL: none */
    size_t span, spans;       /* ... the next one of it, and how many it had at first */
};

enum search_step { SEARCH_PAUSED, SEARCH_FOUND, SEARCH_OVER };

/*
 * service, operation, tags={"k":"v"}, tag=k:v, minDuration, maxDuration, start and end in µs,
 * lookback, limit, error, after; all may be missing, others do not matter. False and *err: what is
 * wrong. Texts are the parameters' or lie in the arena.
 */
bool search_read(struct search *search, const struct params *params, uint64_t now_ns,
                 struct arena *arena, struct error *err);

/*
 * Goes on with the store's walk, which the caller has begun, until a trace is found, which is
 * search->trace until the next call, until the work is done, or until there are no more.
 */
enum search_step search_next(struct search *search, struct trace_store *store, size_t *work);

/* Lets go of the trace. */
void search_leave(struct search *search, struct trace_store *store);
