/*
 * Building: extensions, exporters, each pipeline from its end to its entrance, receivers; then
 * starting what is new.
 */
#include "service/generation.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "pipeline/fanout.h"
#include "pipeline/journal.h"
#include "pipeline/relay.h"
#include "service/kept.h"

enum { LEVELS_ABOVE_PROCESSORS = 3 };

struct builder {
    struct generation *generation;
    struct configuration *configuration;
    const struct generation *before; /* or NULL */
    struct component **entrances;    /* of each pipeline; NULL: it is not served */
    struct error *err;
};

/* ---- making ---- */

static struct component *add(struct builder *b, struct member member)
{
    struct members *to = member.entry && member.entry->type->kind == EXTENSION
                             ? &b->generation->extensions
                             : &b->generation->members;

    members_add(to, &member);
    return member.component;
}

/* NULL: *err says why. */
static struct component *keep_or_create(struct builder *b, const struct component_entry *entry,
                                        const struct pipeline_entry *pipeline, unsigned level)
{
    const struct member *old =
        b->before ? kept_find(b->generation, b->before, entry, pipeline) : NULL;
    struct component *component;

    if (old) {
        struct member kept = *old;

        kept.level = level;
        kept.kept = true;
        return add(b, kept);
    }
    component = entry->type->create(entry->settings, b->generation->worker, b->err);
    if (!component) {
        error_prefix(b->err, entry->where);
        return NULL;
    }
    component->type = entry->type;
    component->id = entry->id;
    component->where = entry->where;
    return add(b, (struct member){.component = component,
                                  .entry = entry,
                                  .pipeline = pipeline,
                                  .configuration = b->configuration,
                                  .level = level});
}

static struct component *add_own(struct builder *b, struct component *component, unsigned level)
{
    return add(b, (struct member){
                      .component = component, .configuration = b->configuration, .level = level});
}

/* Before the component that was added last, where it needs other workers' data. Returns what takes
 * data for it. */
static struct component *put_relay(struct builder *b, const struct component_entry *entry,
                                   const struct pipeline_entry *pipeline, unsigned level)
{
    struct members *members = &b->generation->members;
    struct meeting_place place = {entry, pipeline};
    size_t last = members->count - 1;
    struct component *component = members->list[last].component, *front = component;

    if (b->generation->worker->count > 1 && entry->type->placement != EVERYWHERE)
        front = add_own(b, relay_new(b->generation->worker, component, place, entry->where), level);
    members->list[last].front = front;
    return front;
}

/* The instance of a receiver or an exporter: one, however many pipelines name it. Returns what
 * takes its data. */
static struct component *find_or_make(struct builder *b, const struct component_entry *entry,
                                      unsigned level)
{
    const struct members *members = &b->generation->members;

    for (size_t i = 0; i < members->count; i++)
        if (member_is(&members->list[i], entry, NULL))
            return members->list[i].front;
    return keep_or_create(b, entry, NULL, level) ? put_relay(b, entry, NULL, level + 1) : NULL;
}

/* What follows a component; one that is kept goes on as it is until the switch. */
static void join(struct builder *b, struct component *from, enum signal signal,
                 struct component *to, const char *not_served)
{
    struct generation *g = b->generation;

    if (!b->before || !members_have(&b->before->members, from)) {
        from->next[signal] = to;
        from->not_served[signal] = not_served;
        return;
    }
    g->links = mem_room(g->links, g->link_count, &g->link_cap, sizeof(*g->links));
    g->links[g->link_count++] = (struct link){from, to, signal, not_served};
}

/* One target as it is; several behind a fan-out. */
static struct component *spread(struct builder *b, struct component **targets, size_t count,
                                unsigned level, const char *where)
{
    if (count == 1)
        return targets[0];
    return add_own(b, fanout_new(b->generation->worker, targets, count, where), level);
}

/* The processors of a pipeline, last first, and what follows them. Returns its entrance. */
static struct component *make_pipeline(struct builder *b, const struct pipeline_entry *pipeline)
{
    struct component **exporters = mem_alloc(pipeline->exporter_count * sizeof(*exporters));
    struct component *entrance = NULL;
    unsigned level = 2; /* above exporters and their relays */
    size_t made = 0;

    for (; made < pipeline->exporter_count; made++) {
        exporters[made] = find_or_make(b, pipeline->exporters[made], 0);
        if (!exporters[made])
            break;
    }
    if (made == pipeline->exporter_count)
        entrance = spread(b, exporters, made, level, pipeline->where);
    free(exporters);
    for (size_t i = pipeline->processor_count; entrance && i-- > 0;) {
        const struct component_entry *entry = pipeline->processors[i];
        struct component *processor = keep_or_create(b, entry, pipeline, ++level);

        if (processor)
            join(b, processor, pipeline->signal, entrance, NULL);
        entrance = processor ? put_relay(b, entry, pipeline, ++level) : NULL;
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

/* The first storage that an exporter of the pipeline asks for; NULL: none. */
static const char *storage_of(const struct pipeline_entry *pipeline)
{
    const char *storage = NULL;

    for (size_t i = 0; !storage && i < pipeline->exporter_count; i++) {
        const struct component_entry *exporter = pipeline->exporters[i];

        if (exporter->type->storage)
            storage = exporter->type->storage(exporter->settings);
    }
    return storage;
}

/* Puts an inlet before what follows a receiver, where a storage is asked for. */
static struct component *make_safe(struct builder *b, const struct component_entry *receiver,
                                   enum signal signal, struct component *next, const char *storage,
                                   unsigned level)
{
    struct component *extension = storage ? worker_extension(b->generation->worker, storage) : NULL;

    if (!extension || !extension->type->journal)
        return next;
    return add_own(b,
                   journal_inlet_new(extension->type->journal(extension), receiver->id, signal,
                                     next, receiver->where),
                   level);
}

/* Joins a receiver to all pipelines of a signal that name it, or tells it why there is none. */
static void feed(struct builder *b, const struct component_entry *entry, struct component *receiver,
                 enum signal signal, unsigned top)
{
    const struct configuration *c = b->configuration;
    struct component **targets = mem_alloc(c->pipeline_count * sizeof(*targets)), *next = NULL;
    const char *storage = NULL, *not_served = NULL;
    size_t count = 0;

    for (size_t p = 0; p < c->pipeline_count; p++) {
        const struct pipeline_entry *pipeline = &c->pipelines[p];

        if (pipeline->signal != signal || !names(pipeline, entry))
            continue;
        if (!b->entrances[p]) {
            not_served = pipeline->not_served;
            continue;
        }
        targets[count++] = b->entrances[p];
        storage = storage ? storage : storage_of(pipeline);
    }
    if (count > 0) {
        next = spread(b, targets, count, top - 2, entry->where);
        next = make_safe(b, entry, signal, next, storage, top - 1);
        not_served = NULL;
    }
    join(b, receiver, signal, next, not_served);
    free(targets);
}

/* Those of pipelines that are not served too: they tell their clients why nothing is kept. */
static bool make_receivers(struct builder *b)
{
    const struct members *members = &b->generation->members;
    const struct configuration *c = b->configuration;
    unsigned top = LEVELS_ABOVE_PROCESSORS + 1;

    for (size_t i = 0; i < members->count; i++)
        if (members->list[i].level + LEVELS_ABOVE_PROCESSORS > top)
            top = members->list[i].level + LEVELS_ABOVE_PROCESSORS;
    for (size_t p = 0; p < c->pipeline_count; p++)
        for (size_t i = 0; i < c->pipelines[p].receiver_count; i++) {
            const struct component_entry *entry = c->pipelines[p].receivers[i];
            size_t before = members->count;
            struct component *receiver = find_or_make(b, entry, top);

            if (!receiver)
                return false;
            for (unsigned s = 0; members->count > before && s < SIGNAL_KINDS; s++)
                feed(b, entry, receiver, (enum signal)s, top);
        }
    return true;
}

static int by_level(const void *a, const void *b)
{
    const struct member *left = a, *right = b;

    return (left->level > right->level) - (left->level < right->level);
}

static bool start(struct members *members, struct error *err)
{
    for (size_t i = 0; i < members->count; i++) {
        struct component *component = members->list[i].component;

        if (members->list[i].kept || !component->type->start ||
            component->type->start(component, err))
            continue;
        error_prefix(err, component->where);
        members_destroy_made(members, i);
        return false;
    }
    return true;
}

void generation_offer_extensions(struct generation *generation)
{
    generation->worker->extensions = generation->extension_list;
    generation->worker->extension_count = generation->extensions.count;
}

static bool make_extensions(struct builder *b)
{
    const struct configuration *c = b->configuration;
    struct generation *g = b->generation;

    g->extension_list = mem_zero(c->extension_count * sizeof(struct component *));
    for (size_t i = 0; i < c->extension_count; i++) {
        g->extension_list[i] = keep_or_create(b, c->extensions[i], NULL, 0);
        if (!g->extension_list[i]) {
            members_destroy_made(&g->extensions, 0);
            return false;
        }
    }
    generation_offer_extensions(g);
    return start(&g->extensions, b->err);
}

static bool make_pipelines(struct builder *b)
{
    const struct configuration *c = b->configuration;

    for (size_t p = 0; p < c->pipeline_count; p++) {
        if (!c->pipelines[p].served)
            continue;
        b->entrances[p] = make_pipeline(b, &c->pipelines[p]);
        if (!b->entrances[p])
            return false;
    }
    return true;
}

static bool make_members(struct builder *b)
{
    struct members *members = &b->generation->members;
    bool ok = make_pipelines(b) && make_receivers(b);

    if (members->count > 0)
        qsort(members->list, members->count, sizeof(*members->list), by_level);
    if (ok)
        return start(members, b->err);
    members_destroy_made(members, 0);
    return false;
}

bool generation_build(struct generation *generation, struct configuration *configuration,
                      struct worker *worker, const struct generation *before, struct error *err)
{
    struct builder b = {generation, configuration, before, NULL, err};
    bool ok;

    *generation =
        (struct generation){.worker = worker, .configuration = configuration_ref(configuration)};
    b.entrances = mem_zero(configuration->pipeline_count * sizeof(*b.entrances));
    ok = make_extensions(&b) && make_members(&b);
    free(b.entrances);
    return ok;
}

static void begin_anew(struct members *members)
{
    for (size_t i = 0; i < members->count; i++) {
        struct member *member = &members->list[i];

        if (member->kept && member->component->type->reloaded)
            member->component->type->reloaded(member->component);
        member->kept = false;
    }
}

void generation_switch(struct generation *generation)
{
    for (size_t i = 0; i < generation->link_count; i++) {
        const struct link *link = &generation->links[i];

        link->from->next[link->signal] = link->to;
        link->from->not_served[link->signal] = link->not_served;
    }
    begin_anew(&generation->extensions);
    begin_anew(&generation->members);
}

void generation_done(struct generation *generation)
{
    members_done(&generation->extensions);
    members_done(&generation->members);
    free(generation->extension_list);
    free(generation->links);
    configuration_unref(generation->configuration);
    *generation = (struct generation){0};
}
