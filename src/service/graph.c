/*
 * Retirements: each drains its components level by level, from the receivers down, and destroys
 * them when they are empty. Components of an earlier one may still pass data to those of a later
 * one, so that it ends only when it is the first; then it is drained once more.
 */
#include "service/graph.h"

#include <stdlib.h>

#include "base/list.h"
#include "base/mem.h"
#include "pipeline/journal.h"
#include "service/generation.h"

struct retirement {
    struct list node; /* in graph->retirements */
    struct graph *graph;
    struct configuration *configuration; /* of their generation: one reference, as texts that they
                                            were given when they were joined may lie in it */
    struct members members, extensions;  /* level 0 first */
    size_t left;                         /* members that are not told yet: the first so many */
    size_t draining;                     /* that are told and not done */
    bool again;                          /* data may have come behind its back */
    bool emptied;                        /* the extensions alone are left */
    uv_timer_t end;                      /* destroys when no component is on the stack */
};

struct graph {
    struct worker *worker;
    struct generation now, next; /* next: prepared, not committed */
    struct list retirements;     /* the oldest first */
    void (*drained)(void *arg);  /* NULL: not draining */
    void *arg;
    void (*finished)(void *arg); /* of graph_finish() */
    void *finished_arg;
    size_t finishing; /* extensions that have not called back */
};

/* ---- retiring ---- */

static void destroy_all(const struct members *members)
{
    for (size_t i = members->count; i-- > 0;)
        component_destroy(members->list[i].component);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

/* Its components' memory is theirs to give back, its own goes when the timer is closed. */
static void retirement_end(struct retirement *r)
{
    destroy_all(&r->members);
    destroy_all(&r->extensions);
    members_done(&r->members);
    members_done(&r->extensions);
    configuration_unref(r->configuration);
    list_remove(&r->node);
    uv_close((uv_handle_t *)&r->end, on_closed);
}

static void advance(struct retirement *r);

/* The last extensions stay as long as the graph: other workers may still drain, and probes ask. */
static void empty_last(struct retirement *r)
{
    destroy_all(&r->members);
    members_done(&r->members);
    r->emptied = true;
    r->graph->drained(r->graph->arg);
}

static void on_end(uv_timer_t *timer)
{
    struct retirement *r = timer->data;
    struct graph *graph = r->graph;

    if (graph->drained && r->node.next == &graph->retirements) {
        empty_last(r);
        return;
    }
    retirement_end(r);
    if (!list_empty(&graph->retirements))
        advance(LIST_ENTRY(graph->retirements.next, struct retirement, node));
}

static void on_drained(struct component *component)
{
    struct retirement *r = component->retirement;

    if (--r->draining == 0)
        advance(r);
}

/* Tells the next level down to drain, and so on until one takes its time, or all are empty. */
static void advance(struct retirement *r)
{
    while (r->draining == 0 && r->left > 0) {
        unsigned level = r->members.list[r->left - 1].level;

        r->draining = 1; /* holds the level open while its components are told */
        while (r->left > 0 && r->members.list[r->left - 1].level == level) {
            struct component *component = r->members.list[--r->left].component;

            if (!component->type->drain || (r->again && component->type->drains_last))
                continue;
            r->draining++;
            component->type->drain(component, on_drained);
        }
        r->draining--;
    }
    if (r->draining > 0 || r->graph->retirements.next != &r->node)
        return;
    if (r->again) { /* all but receivers, which have ended */
        r->again = false;
        for (r->left = r->members.count; r->left > 0; r->left--) {
            const struct component_entry *entry = r->members.list[r->left - 1].entry;

            if (!entry || entry->type->kind != RECEIVER)
                break;
        }
        advance(r);
        return;
    }
    uv_timer_start(&r->end, on_end, 0, 0);
}

/* At once, not when its turn to drain comes: where it is full, those before it cannot drain. */
static void bequeath(const struct member *member, const struct members *heirs)
{
    const struct component_type *type = member->component->type;

    for (size_t i = 0; type->bequeath && i < heirs->count; i++)
        if (member_is(&heirs->list[i], member->entry, member->pipeline))
            type->bequeath(member->component, heirs->list[i].component);
}

/* staying: NULL, nothing does. */
static void add_retiring(struct retirement *r, struct members *to, const struct members *from,
                         const struct members *staying)
{
    for (size_t i = 0; i < from->count; i++) {
        const struct member *member = &from->list[i];

        if (staying && members_have(staying, member->component))
            continue;
        member->component->retirement = r;
        members_add(to, member);
        if (staying)
            bequeath(member, staying);
    }
}

/* What is in one generation, and not in the other one (NULL: there is none), retires. */
static void retire(struct graph *graph, const struct generation *from,
                   const struct generation *staying)
{
    struct retirement *r = mem_zero(sizeof(*r));

    r->graph = graph;
    r->configuration = configuration_ref(from->configuration);
    r->again = !list_empty(&graph->retirements);
    uv_timer_init(graph->worker->loop, &r->end);
    r->end.data = r;
    list_push_back(&graph->retirements, &r->node);
    add_retiring(r, &r->members, &from->members, staying ? &staying->members : NULL);
    add_retiring(r, &r->extensions, &from->extensions, staying ? &staying->extensions : NULL);
    r->left = r->members.count;
    advance(r);
}

/* ---- generations ---- */

void graph_abort(struct graph *graph)
{
    struct generation made = graph->next;

    graph->next = (struct generation){0};
    generation_offer_extensions(&graph->now);
    retire(graph, &made, &graph->now);
    generation_done(&made);
}

bool graph_prepare(struct graph *graph, struct configuration *configuration, struct error *err)
{
    if (generation_build(&graph->next, configuration, graph->worker, &graph->now, err))
        return true;
    graph_abort(graph);
    return false;
}

void graph_commit(struct graph *graph)
{
    struct generation before = graph->now;

    generation_switch(&graph->next);
    graph->now = graph->next;
    graph->next = (struct generation){0};
    retire(graph, &before, &graph->now);
    generation_done(&before);
}

/* ---- the end, and the beginning ---- */

void graph_drain(struct graph *graph, void (*drained)(void *arg), void *arg)
{
    struct generation last = graph->now;

    graph->drained = drained;
    graph->arg = arg;
    graph->now = (struct generation){0};
    graph->worker->extensions = NULL; /* the list is the generation's */
    graph->worker->extension_count = 0;
    retire(graph, &last, NULL);
    generation_done(&last);
}

static void finish_one(struct graph *graph)
{
    if (--graph->finishing == 0)
        graph->finished(graph->finished_arg);
}

static void on_finished(struct component *extension)
{
    finish_one(extension->retirement->graph);
}

void graph_finish(struct graph *graph, void (*finished)(void *arg), void *arg)
{
    const struct retirement *last = LIST_ENTRY(graph->retirements.prev, struct retirement, node);

    graph->finished = finished;
    graph->finished_arg = arg;
    graph->finishing = 1; /* held open while they are told */
    for (size_t i = 0; i < last->extensions.count; i++) {
        struct component *extension = last->extensions.list[i].component;

        if (!extension->type->finish)
            continue;
        graph->finishing++;
        extension->type->finish(extension, on_finished);
    }
    finish_one(graph);
}

static size_t held_by(const struct members *members)
{
    size_t held = 0;

    for (size_t i = 0; i < members->count; i++) {
        const struct component *component = members->list[i].component;

        held += component->type->held ? component->type->held(component) : 0;
    }
    return held;
}

size_t graph_held(const struct graph *graph)
{
    size_t held = held_by(&graph->now.members);

    for (struct list *node = graph->retirements.next; node != &graph->retirements;
         node = node->next)
        held += held_by(&LIST_ENTRY(node, struct retirement, node)->members);
    return held;
}

/* Before what they stand behind is destroyed: that does not count as delivered. */
static void close_journals(const struct members *extensions)
{
    for (size_t i = 0; i < extensions->count; i++) {
        struct component *extension = extensions->list[i].component;
        struct journal *journal =
            extension->type->journal ? extension->type->journal(extension) : NULL;

        if (journal)
            journal_close(journal);
    }
}

void graph_free(struct graph *graph)
{
    struct list *node, *next;

    if (!graph)
        return;
    close_journals(&graph->now.extensions);
    for (node = graph->retirements.next; node != &graph->retirements; node = node->next) {
        struct retirement *r = LIST_ENTRY(node, struct retirement, node);

        if (!r->emptied)
            close_journals(&r->extensions);
    }
    for (node = graph->retirements.next; node != &graph->retirements; node = next) {
        next = node->next;
        retirement_end(LIST_ENTRY(node, struct retirement, node));
    }
    destroy_all(&graph->now.members);
    destroy_all(&graph->now.extensions);
    graph->worker->extensions = NULL;
    graph->worker->extension_count = 0;
    generation_done(&graph->now);
    free(graph);
}

struct graph *graph_start(struct configuration *configuration, struct worker *worker,
                          struct error *err)
{
    struct graph *graph = mem_zero(sizeof(*graph));

    graph->worker = worker;
    list_init(&graph->retirements);
    if (generation_build(&graph->now, configuration, worker, NULL, err)) {
        generation_switch(&graph->now);
        return graph;
    }
    graph_free(graph);
    return NULL;
}
