/*
 * The last traces, in memory: the bytes of their spans, and what is searched for.
 *
 *     trace   [ span | span | span ]   bytes: "Span" fields of a ScopeSpans, one behind the other
 *             spans[]  where each lies, its scope and its operation (viewer/parts.h), its time
 *
 * Traces stand in the order in which something last came for them. Where there is no room for
 * what comes, the one goes for which nothing came for the longest time; a single one has a quarter
 * of the room at most. A span that comes twice is held once.
 *
 * Who needs a while for what it does with them walks over all traces (trace_walk_..), and holds on
 * to the one that it is busy with (trace_pin): spans come and traces go in between.
 */
#pragma once

#include "otlp/batch.h"
#include "viewer/parts.h"
#include "viewer/trace_walk.h"

enum { TRACE_ID_SIZE = 16 };

struct held_span {
    uint32_t at, len;       /* of its message, in the trace's bytes */
    uint32_t scope;         /* index into the trace's scopes */
    uint32_t next;          /* the next one of the scope: its index + 1; 0: none */
    uint32_t hash;          /* of its bytes */
    bool error;             /* its status */
    struct part *operation; /* one reference */
    uint64_t start_ns;
    int64_t duration_ns; /* not negative */
};

struct held_scope {       /* in a trace */
    struct part *part;    /* one reference */
    uint32_t first, last; /* spans: their index + 1 */
};

struct held_trace {
    struct table_node node;
    struct list by_age; /* in store->traces */
    struct list missed; /* in store->walk.missed, or alone */
    uint64_t seq;       /* of what last changed it; grows with each change of any trace */
    char id[TRACE_ID_SIZE];
    char *bytes;
    struct held_span *spans;
    struct held_scope *scopes; /* one may be there twice */
    uint32_t *slots;           /* spans by their hashes: index + 1; a power of two of them */
    size_t byte_count, byte_cap, span_count, span_cap, scope_count, scope_cap, slot_cap;
    size_t memory;   /* bytes in the store's room, without the parts */
    size_t errors;   /* spans with the status ERROR */
    size_t left_out; /* spans that there was no room for */
    size_t root;     /* index of the span that it began with */
    bool rooted;     /* that one has no parent */
    bool pinned;
    bool gone; /* while it was pinned: it has no place in the store any more */
    uint64_t start_ns, end_ns;
};

struct trace_store { /* to be read only */
    struct room room;
    struct parts parts;
    struct table table;
    struct list traces; /* the newest is the last */
    struct trace_walk walk;
    size_t count, most; /* traces */
    uint64_t seq;
    uint64_t evicted, left_out; /* traces that went early, spans that were never held */
};

/* most_bytes: of all that is held. */
struct trace_store *trace_store_new(size_t most_bytes, size_t most_traces);
void trace_store_free(struct trace_store *store);

/* Other limits: what is too much goes. */
void trace_store_limit(struct trace_store *store, size_t most_bytes, size_t most_traces);

/* Copies the spans of a batch of traces. */
void trace_store_take(struct trace_store *store, const struct batch *batch);

/* By which one that asks again sees whether it is the same store. */
static inline uint64_t trace_store_id(const struct trace_store *store)
{
    return table_hash(&store->table, STR("store"));
}

/* id: of TRACE_ID_SIZE bytes. NULL: it is not there. */
struct held_trace *trace_store_find(const struct trace_store *store, struct str id);

/* A trace that is written, and how far that has come. What it gets from then on is left out. */
struct trace_progress {
    struct held_trace *trace;    /* pinned */
    size_t spans, scopes;        /* that it had */
    size_t scope;                /* of OTLP/JSON: where it is */
    size_t span;                 /* the next one; of OTLP/JSON: its index + 1, 0: a scope begins */
    const struct part *resource; /* of OTLP/JSON: the one that is open */
};

/*
 * The trace stays in memory, and what it has at its places: it may get more spans, and it may not
 * be found any more. By one at a time.
 */
void trace_pin(struct held_trace *trace);
void trace_unpin(struct trace_store *store, struct held_trace *trace);

static inline struct str held_span_message(const struct held_trace *trace,
                                           const struct held_span *span)
{
    return (struct str){trace->bytes + span->at, span->len};
}

static inline struct part *held_span_scope(const struct held_trace *trace,
                                           const struct held_span *span)
{
    return trace->scopes[span->scope].part;
}

static inline struct part *held_span_service(const struct held_span *span)
{
    return span->operation->above;
}
