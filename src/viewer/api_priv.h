/*
 * A call of the API, for the files that it is made of.
 */
#pragma once

#include "viewer/api.h"
#include "viewer/dependencies.h"
#include "viewer/params.h"
#include "viewer/search.h"

struct api_call {
    struct trace_store *store;
    struct str path; /* decoded, behind the route */
    struct params params;
    uint64_t now_ns;
    struct arena *arena;
    struct api_answer *answer;
    struct writing *w; /* the answer's */

    /* What is left to do: returns whether it is done. NULL: nothing. */
    bool (*go_on)(struct api_call *call, size_t *work);
    struct search search;
    struct trace_progress progress; /* trace NULL: none is written */
    struct held_trace *pinned;      /* by the call itself; NULL: none */
    size_t param;                   /* the next one that may be an id */
    struct buf missing;             /* elements of errors */
    bool first;                     /* in a list */
    uint64_t span_id;
    struct dependencies dependencies;
};

/* {"data":[ .. ],"total":0, ..}: what stands around the elements of a list. */
void api_list_begin(struct api_call *call);
void api_list_end(struct api_call *call, size_t total);

/* In place of what was written so far. */
void api_fail(struct api_answer *answer, unsigned status, const char *why);

/* ---- routes of viewer/api_traces.c ---- */

void api_get_trace(struct api_call *call);
void api_get_traces(struct api_call *call);
void api_get_summary(struct api_call *call);
void api_get_part_of_trace(struct api_call *call);

/* Lets go of the trace that is searched or written. */
void api_leave_traces(struct api_call *call);
