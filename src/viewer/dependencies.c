/*
 * For each span the service of its parent is sought among the span ids of the trace, put in order;
 * the pairs of services that come out are put in order, and counted.
 */
#include "viewer/dependencies.h"

#include <stdlib.h>

#include "base/budget.h"
#include "base/mem.h"
#include "jaeger/translate.h"

struct known_span {
    uint64_t id, parent; /* 0: none */
    const struct part *service;
};

struct call {
    const struct part *parent, *child;
};

struct calls {
    struct call *at;
    size_t count;
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
    const struct call *left = a, *right = b;
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

/* spans: room for those of the trace. */
static void add_calls(struct calls *calls, const struct held_trace *trace, struct known_span *spans)
{
    for (size_t i = 0; i < trace->span_count; i++)
        read_span(trace, &trace->spans[i], &spans[i]);
    qsort(spans, trace->span_count, sizeof(*spans), span_compare);
    for (size_t i = 0; i < trace->span_count; i++) {
        const struct known_span key = {.id = spans[i].parent}, *parent = NULL;

        if (key.id != 0)
            parent = bsearch(&key, spans, trace->span_count, sizeof(*spans), span_compare);
        if (parent && parent->service != spans[i].service)
            calls->at[calls->count++] = (struct call){parent->service, spans[i].service};
    }
}

static void put_calls(struct writing *w, struct calls *calls)
{
    bool first = true;
    size_t end;

    if (calls->count > 0)
        qsort(calls->at, calls->count, sizeof(*calls->at), call_compare);
    for (size_t i = 0; i < calls->count; i = end) {
        for (end = i + 1; end < calls->count; end++)
            if (call_compare(&calls->at[i], &calls->at[end]) != 0)
                break;
        writing_comma(w, &first);
        writing_put(w, "{\"parent\":");
        writing_put_text(w, part_str(calls->at[i].parent));
        writing_put(w, ",\"child\":");
        writing_put_text(w, part_str(calls->at[i].child));
        writing_printf(w, ",\"callCount\":%zu}", end - i);
    }
}

void dependencies_put(struct writing *w, const struct trace_store *store, uint64_t start_ns,
                      uint64_t end_ns)
{
    const struct list *traces = &store->traces;
    struct known_span *spans;
    struct calls calls = {0};
    size_t all = 0, most = 0, size;

    for (struct list *node = traces->next; node != traces; node = node->next) {
        size_t count = LIST_ENTRY(node, struct held_trace, by_age)->span_count;

        all += count;
        most = count > most ? count : most;
    }
    size = all * sizeof(*calls.at) + most * sizeof(*spans);
    if (!budget_reserve(size)) {
        w->full = true;
        return;
    }
    calls.at = mem_alloc(all * sizeof(*calls.at));
    spans = mem_alloc(most * sizeof(*spans));
    for (struct list *node = traces->next; node != traces; node = node->next) {
        const struct held_trace *trace = LIST_ENTRY(node, struct held_trace, by_age);

        if (trace->start_ns >= start_ns && trace->start_ns <= end_ns)
            add_calls(&calls, trace, spans);
    }
    put_calls(w, &calls);
    free(calls.at);
    free(spans);
    budget_release(size);
}
