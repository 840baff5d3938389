/*
 * Building, starting and draining the components of a worker.
 */
#include "service/graph.h"

#include <stdlib.h>

#include "base/mem.h"
#include "pipeline/fanout.h"

struct node_of_graph {
    struct component *component;         /* owned */
    const struct component_entry *entry; /* of the configuration; NULL: a fan-out */
    unsigned level;
};

struct graph {
    struct worker *worker;
    struct component **extensions; /* owned: made and started first, destroyed last */
    size_t extension_count;
    struct node_of_graph *nodes; /* in the order of starting */
    size_t count, cap;
    unsigned draining_level;
    size_t draining; /* components of this level that are not done */
    void (*drained)(void *arg);
    void *arg;
};

static void add(struct graph *graph, struct component *component,
                const struct component_entry *entry, unsigned level)
{
    graph->nodes = mem_room(graph->nodes, graph->count, &graph->cap, sizeof(*graph->nodes));
    graph->nodes[graph->count++] =
        (struct node_of_graph){.component = component, .entry = entry, .level = level};
    component->graph = graph;
}

static struct component *create_alone(struct graph *graph, const struct component_entry *entry,
                                      struct error *err)
{
    struct component *component = entry->type->create(entry->settings, graph->worker, err);

    if (!component) {
        error_prefix(err, entry->where);
        return NULL;
    }
    component->type = entry->type;
    component->id = entry->id;
    component->where = entry->where;
    component->graph = graph;
    return component;
}

static struct component *create(struct graph *graph, const struct component_entry *entry,
                                unsigned level, struct error *err)
{
    struct component *component = create_alone(graph, entry, err);

    if (component)
        add(graph, component, entry, level);
    return component;
}

static bool start_one(struct component *component, struct error *err)
{
    return !component->type->start || component->type->start(component, err) ||
           error_prefix(err, component->where);
}

/* They are there before what uses them. */
static bool start_extensions(struct graph *graph, const struct configuration *c, struct error *err)
{
    graph->extensions = mem_zero(c->extension_count * sizeof(struct component *));
    for (size_t i = 0; i < c->extension_count; i++) {
        struct component *extension = create_alone(graph, c->extensions[i], err);

        if (!extension)
            return false;
        graph->extensions[graph->extension_count++] = extension;
        if (!start_one(extension, err))
            return false;
    }
    graph->worker->extensions = graph->extensions;
    graph->worker->extension_count = graph->extension_count;
    return true;
}

/* The instance of a receiver or an exporter: one, however many pipelines name it. */
static struct component *find_or_create(struct graph *graph, const struct component_entry *entry,
                                        unsigned level, struct error *err)
{
    for (size_t i = 0; i < graph->count; i++)
        if (graph->nodes[i].entry == entry)
            return graph->nodes[i].component;
    return create(graph, entry, level, err);
}

/* One target as it is; several behind a fan-out. */
static struct component *join(struct graph *graph, struct component **targets, size_t count,
                              unsigned level, const char *where)
{
    struct component *fanout;

    if (count == 1)
        return targets[0];
    fanout = fanout_new(graph->worker, targets, count, where);
    add(graph, fanout, NULL, level);
    return fanout;
}

static bool create_exporters(struct graph *graph, const struct configuration *c, struct error *err)
{
    for (size_t p = 0; p < c->pipeline_count; p++) {
        const struct pipeline_entry *pipeline = &c->pipelines[p];

        for (size_t i = 0; pipeline->served && i < pipeline->exporter_count; i++)
            if (!find_or_create(graph, pipeline->exporters[i], 0, err))
                return false;
    }
    return true;
}

/* The processors of a pipeline, last first. Returns its entrance. */
static struct component *create_pipeline(struct graph *graph, const struct pipeline_entry *pipeline,
                                         struct error *err)
{
    struct component **exporters = mem_alloc(pipeline->exporter_count * sizeof(*exporters));
    struct component *entrance;
    unsigned level = 1;

    for (size_t i = 0; i < pipeline->exporter_count; i++)
        exporters[i] = find_or_create(graph, pipeline->exporters[i], 0, err);
    entrance = join(graph, exporters, pipeline->exporter_count, level, pipeline->where);
    free(exporters);
    for (size_t i = pipeline->processor_count; entrance && i-- > 0;) {
        struct component *processor = create(graph, pipeline->processors[i], ++level, err);

        if (processor)
            processor->next[pipeline->signal] = entrance;
        entrance = processor;
    }
    return entrance;
}

static bool names(const struct pipeline_entry *pipeline, const struct component_entry *receiver)
{
    for (size_t i = 0; i < pipeline->receiver_count; i++)
        if (pipeline->receivers[i] == receiver)
            return true;
    return false;
}

/* Joins a receiver to all pipelines of a signal that name it. */
static void feed(struct graph *graph, const struct configuration *c, struct component **entrances,
                 const struct component_entry *entry, struct component *receiver,
                 enum signal signal, unsigned top)
{
    struct component **targets = mem_alloc(c->pipeline_count * sizeof(*targets));
    size_t count = 0;

    for (size_t p = 0; p < c->pipeline_count; p++)
        if (entrances[p] && c->pipelines[p].signal == signal && names(&c->pipelines[p], entry))
            targets[count++] = entrances[p];
    if (count > 0)
        receiver->next[signal] = join(graph, targets, count, top - 1, entry->where);
    free(targets);
}

/* Tells a receiver of the pipelines that would take a signal from it, and do not run. */
static void tell_not_served(const struct configuration *c, const struct component_entry *entry,
                            struct component *receiver)
{
    for (size_t p = 0; p < c->pipeline_count; p++) {
        const struct pipeline_entry *pipeline = &c->pipelines[p];

        if (!pipeline->served && !receiver->next[pipeline->signal] && names(pipeline, entry))
            receiver->not_served[pipeline->signal] = pipeline->not_served;
    }
}

static bool create_receivers(struct graph *graph, const struct configuration *c,
                             struct component **entrances, struct error *err)
{
    unsigned top = 3;

    for (size_t i = 0; i < graph->count; i++)
        if (graph->nodes[i].level + 2 > top)
            top = graph->nodes[i].level + 2;
    for (size_t p = 0; p < c->pipeline_count; p++) {
        const struct pipeline_entry *pipeline = &c->pipelines[p];

        for (size_t i = 0; entrances[p] && i < pipeline->receiver_count; i++) {
            const struct component_entry *entry = pipeline->receivers[i];
            size_t before = graph->count;
            struct component *receiver = find_or_create(graph, entry, top, err);

            if (!receiver)
                return false;
            for (int s = 0; graph->count > before && s < SIGNAL_KINDS; s++)
                feed(graph, c, entrances, entry, receiver, (enum signal)s, top);
            tell_not_served(c, entry, receiver);
        }
    }
    return true;
}

static bool build(struct graph *graph, const struct configuration *c, struct error *err)
{
    struct component **entrances = mem_zero(c->pipeline_count * sizeof(*entrances));
    bool ok = create_exporters(graph, c, err);

    for (size_t p = 0; ok && p < c->pipeline_count; p++) {
        if (!c->pipelines[p].served)
            continue;
        entrances[p] = create_pipeline(graph, &c->pipelines[p], err);
        ok = entrances[p] != NULL;
    }
    ok = ok && create_receivers(graph, c, entrances, err);
    free(entrances);
    return ok;
}

static int by_level(const void *a, const void *b)
{
    const struct node_of_graph *left = a, *right = b;

    return (left->level > right->level) - (left->level < right->level);
}

static bool start(struct graph *graph, struct error *err)
{
    qsort(graph->nodes, graph->count, sizeof(*graph->nodes), by_level);
    for (size_t i = 0; i < graph->count; i++) {
        if (!start_one(graph->nodes[i].component, err))
            return false;
    }
    return true;
}

struct graph *graph_start(const struct configuration *configuration, struct worker *worker,
                          struct error *err)
{
    struct graph *graph = mem_zero(sizeof(*graph));

    graph->worker = worker;
    if (!start_extensions(graph, configuration, err) || !build(graph, configuration, err) ||
        !start(graph, err)) {
        graph_free(graph);
        return NULL;
    }
    return graph;
}

/* ---- draining ---- */

static void drain_level(struct graph *graph);

static void on_drained(struct component *component)
{
    struct graph *graph = component->graph;

    if (--graph->draining > 0)
        return;
    if (graph->draining_level == 0) {
        graph->drained(graph->arg);
        return;
    }
    graph->draining_level--;
    drain_level(graph);
}

static void drain_level(struct graph *graph)
{
    graph->draining = 1; /* holds the level open while its components are told */
    for (size_t i = 0; i < graph->count; i++) {
        struct component *component = graph->nodes[i].component;

        if (graph->nodes[i].level != graph->draining_level || !component->type->drain)
            continue;
        graph->draining++;
        component->type->drain(component, on_drained);
    }
    on_drained(graph->nodes[0].component);
}

void graph_drain(struct graph *graph, void (*drained)(void *arg), void *arg)
{
    graph->drained = drained;
    graph->arg = arg;
    graph->draining_level = graph->nodes[graph->count - 1].level;
    drain_level(graph);
}

size_t graph_held(const struct graph *graph)
{
    size_t held = 0;

    for (size_t i = 0; i < graph->count; i++) {
        const struct component *component = graph->nodes[i].component;

        held += component->type->held ? component->type->held(component) : 0;
    }
    return held;
}

void graph_free(struct graph *graph)
{
    if (!graph)
        return;
    for (size_t i = graph->count; i-- > 0;)
        graph->nodes[i].component->type->destroy(graph->nodes[i].component);
    for (size_t i = graph->extension_count; i-- > 0;)
        graph->extensions[i]->type->destroy(graph->extensions[i]);
    if (graph->worker->extensions == graph->extensions)
        graph->worker->extension_count = 0;
    free(graph->extensions);
    free(graph->nodes);
    free(graph);
}
