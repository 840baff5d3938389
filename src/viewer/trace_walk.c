/*
 * From newer to older, then those that were missed.
 */
#include "viewer/trace_walk.h"

#include "viewer/trace_store.h"

void trace_walk_begin(struct trace_store *s)
{
    trace_walk_end(s);
    s->walk.next = s->traces.prev;
    s->walk.at = s->seq + 1;
}

struct held_trace *trace_walk_next(struct trace_store *s)
{
    struct list *next = s->walk.next;
    struct held_trace *t;

    if (next != &s->traces) {
        t = LIST_ENTRY(next, struct held_trace, by_age);
        s->walk.next = next->prev;
        s->walk.at = t->seq;
        return t;
    }
    s->walk.at = 0;
    if (list_empty(&s->walk.missed))
        return NULL;
    t = LIST_ENTRY(s->walk.missed.next, struct held_trace, missed);
    list_remove(&t->missed);
    return t;
}

void trace_walk_end(struct trace_store *s)
{
    s->walk.next = &s->traces;
    s->walk.at = 0;
    while (!list_empty(&s->walk.missed))
        list_remove(s->walk.missed.next);
}
