/*
 * For each span the service of its parent is sought among the span ids of the trace, put in order.
 * The pairs of services that come out are gathered, and those that are the same put together when
 * there is no room for more.
 */
#include "viewer/dependencies.h"

#include <stdlib.h>

#include "base/budget.h"
#include "base/mem.h"
#include "jaeger/translate.h"
#include "viewer/work.h"

enum { CALLS_FIRST = 64 };

struct known_span {
    uint64_t id, parent; /* 0: none */
    struct part *service;
};

static int compare(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int span_compare(const void *a, const void *b)
{
    return compare(((const struct known_span *)a)->id, ((const struct known_span *)b)->id);
}

static int call_compare(const void *a, const void *b)
{
    const struct service_call *left = a, *right = b;
    int order = compare((uintptr_t)left->parent, (uintptr_t)right->parent);

    return order != 0 ? order : compare((uintptr_t)left->child, (uintptr_t)right->child);
}

static void read_span(const struct held_trace *trace, const struct held_span *span,
                      struct known_span *known)
{
    struct references references;
    struct span_view view;

    span_read(held_span_message(trace, span), &view);
    references_read(&view, &references);
    *known =
        (struct known_span){references.id.span, references.parent_span_id, held_span_service(span)};
}

static void drop(struct trace_store *store, const struct service_call *call)
{
    part_drop(&store->parts, call->parent);
    part_drop(&store->parts, call->child);
}

/* Each pair stands there once then, in order. */
static void put_together(struct dependencies *d, struct trace_store *store)
{
    size_t kept = 0;

    if (d->count > 0)
        qsort(d->calls, d->count, sizeof(*d->calls), call_compare);
    for (size_t i = 0; i < d->count; i++) {
        if (kept > 0 && call_compare(&d->calls[kept - 1], &d->calls[i]) == 0) {
            d->calls[kept - 1].count += d->calls[i].count;
            drop(store, &d->calls[i]);
        } else {
            d->calls[kept++] = d->calls[i];
        }
    }
    d->count = kept;
}

/* Room for one more. */
static bool make_room(struct dependencies *d, struct trace_store *store)
{
    size_t more = d->cap > 0 ? d->cap : CALLS_FIRST;

    if (d->count < d->cap)
        return true;
    put_together(d, store);
    if (d->count < d->cap - d->cap / 2)
        return true;
    if (!budget_reserve(more * sizeof(*d->calls)))
        return false;
    d->cap += more;
    d->calls = mem_grow(d->calls, d->cap * sizeof(*d->calls));
    return true;
}

static bool add_call(struct dependencies *d, struct trace_store *store, struct part *parent,
                     struct part *child)
{
    if (!make_room(d, store))
        return false;
    d->calls[d->count++] = (struct service_call){part_ref(parent), part_ref(child), 1};
    return true;
}

static bool add_calls(struct dependencies *d, struct trace_store *store,
                      const struct held_trace *trace, struct known_span *spans)
{
    size_t count = trace->span_count;

    for (size_t i = 0; i < count; i++)
        read_span(trace, &trace->spans[i], &spans[i]);
    qsort(spans, count, sizeof(*spans), span_compare);
    for (size_t i = 0; i < count; i++) {
        const struct known_span key = {.id = spans[i].parent}, *parent = NULL;

        if (key.id != 0)
            parent = bsearch(&key, spans, count, sizeof(*spans), span_compare);
        if (parent && parent->service != spans[i].service &&
            !add_call(d, store, parent->service, spans[i].service))
            return false;
    }
    return true;
}

/* False: there is no memory for it. */
static bool add_trace(struct dependencies *d, struct trace_store *store,
                      const struct held_trace *trace)
{
    size_t size = trace->span_count * sizeof(struct known_span);
    struct known_span *spans;
    bool added;

    if (trace->start_ns < d->start_ns || trace->start_ns > d->end_ns)
        return true;
    if (!budget_reserve(size))
        return false;
    spans = mem_alloc(size);
    added = add_calls(d, store, trace, spans);
    free(spans);
    budget_release(size);
    return added;
}

static void put_calls(struct writing *w, const struct dependencies *d)
{
    bool first = true;

    for (size_t i = 0; i < d->count; i++) {
        writing_comma(w, &first);
        writing_put(w, "{\"parent\":");
        writing_put_text(w, part_str(d->calls[i].parent));
        writing_put(w, ",\"child\":");
        writing_put_text(w, part_str(d->calls[i].child));
        writing_printf(w, ",\"callCount\":%zu}", d->calls[i].count);
    }
}

bool dependencies_go_on(struct dependencies *d, struct writing *w, struct trace_store *store,
                        size_t *work)
{
    while (*work > 0) {
        const struct held_trace *trace = trace_walk_next(store);

        if (!trace) {
            put_together(d, store);
            put_calls(w, d);
            return true;
        }
        if (!add_trace(d, store, trace)) {
            w->full = true;
            return true;
        }
        work_spend(work, WORK_TRACE + trace->span_count * WORK_SPAN + trace->byte_count);
    }
    return false;
}

void dependencies_done(struct dependencies *d, struct trace_store *store)
{
    for (size_t i = 0; i < d->count; i++)
        drop(store, &d->calls[i]);
    free(d->calls);
    budget_release(d->cap * sizeof(*d->calls));
}
