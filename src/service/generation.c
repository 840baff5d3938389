/*
 * Building: extensions; each pipeline from its end to its entrance, those that connectors feed
 * before those that feed them; receivers. Then starting what is new.
 */
#include "service/generation.h"

#include <stdlib.h>

#include "base/mem.h"
#include "pipeline/journal.h"
#include "pipeline/meter.h"
#include "pipeline/overflow.h"
#include "service/builder.h"
#include "service/stored.h"

enum { LEVELS_ABOVE_PROCESSORS = 3 };

static unsigned higher(unsigned a, unsigned b)
{
    return a > b ? a : b;
}

/* ---- pipelines ---- */

static bool names(const struct pipeline_entry *pipeline, const struct component_entry *receiver)
{
    for (size_t i = 0; i < pipeline->receiver_count; i++)
        if (pipeline->receivers[i] == receiver)
            return true;
    return false;
}

/* Counts what goes from a pipeline to a connector, or from a connector to a pipeline. */
static struct component *put_meter(struct builder *b, enum meter_side side,
                                   const struct component_entry *connector,
                                   const struct pipeline_entry *pipeline, struct component *next)
{
    return builder_add_own(
        b, meter_new(side, connector->id, pipeline->id, pipeline->signal, next, connector->where),
        builder_level_of(b, next) + 1);
}

/* What a receiver or a connector gives a signal to. */
struct followers {
    struct component **entrances;
    size_t count;
    const char *not_served; /* as one of them tells; or NULL */
};

static struct followers find_followers(struct builder *b, const struct component_entry *entry,
                                       enum signal signal)
{
    const struct configuration *c = b->configuration;
    struct followers found = {.entrances = mem_alloc(c->pipeline_count * sizeof(void *))};

    for (size_t p = 0; p < c->pipeline_count; p++) {
        struct component *entrance = b->entrances[p];

        if (c->pipelines[p].signal != signal || !names(&c->pipelines[p], entry))
            continue;
        if (!entrance) {
            found.not_served = c->pipelines[p].not_served;
            continue;
        }
        if (entry->type->kind == CONNECTOR)
            entrance = put_meter(b, METER_OUT_OF_CONNECTOR, entry, &c->pipelines[p], entrance);
        found.entrances[found.count++] = entrance;
    }
    return found;
}

/*
 * Joins a connector to all that it gives a signal to. Where that is nothing any more, one that is
 * kept and only passes on goes on feeding the old ones, for those before it that drain.
 */
static void feed_followers(struct builder *b, const struct component_entry *entry,
                           struct component *connector, enum signal signal,
                           const struct followers *followers, unsigned level)
{
    struct component *next = NULL;

    if (followers->count > 0)
        next = builder_spread(b, followers->entrances, followers->count, level, entry->where);
    if (next || entry->type->signals_out)
        builder_join(b, connector, signal, next, NULL);
}

/* Above all that it feeds: fan-outs, the connector, its relay. */
static struct component *make_connector(struct builder *b, const struct component_entry *entry)
{
    struct followers followers[SIGNAL_KINDS];
    struct component *connector, *front = NULL;
    unsigned top = 0;

    for (unsigned s = 0; s < SIGNAL_KINDS; s++) {
        followers[s] = find_followers(b, entry, s);
        for (size_t i = 0; i < followers[s].count; i++)
            top = higher(top, builder_level_of(b, followers[s].entrances[i]));
    }
    connector = builder_keep_or_create(b, entry, NULL, top + 2);
    if (connector)
        front = builder_put_relay(b, entry, NULL, top + 3);
    for (unsigned s = 0; s < SIGNAL_KINDS; s++) {
        if (connector)
            feed_followers(b, entry, connector, s, &followers[s], top + 1);
        free(followers[s].entrances);
    }
    return front;
}

static struct component *find_overflow(const struct builder *b, const struct component *exporter)
{
    const struct members *members = &b->generation->members;

    for (size_t i = 0; i < members->count; i++)
        if (overflow_leads_to(members->list[i].component, exporter))
            return members->list[i].component;
    return NULL;
}

/* An exporter, or what stands in front of it; NULL: *err says why. */
static struct component *make_exporter(struct builder *b, const struct component_entry *entry)
{
    struct journal *journal = stored_overflow(b, entry);
    struct component *made = builder_find(b, entry), *overflow;

    made = made ? made : builder_make(b, entry, 0);
    if (!made || !journal)
        return made;
    overflow = find_overflow(b, made);
    if (overflow)
        return overflow;
    overflow = overflow_new(journal, made, b->err);
    return overflow ? builder_add_own(b, overflow, builder_level_of(b, made) + 1) : NULL;
}

/* An exporter or a connector of a pipeline: what takes its data. */
static struct component *find_or_make(struct builder *b, const struct component_entry *entry,
                                      const struct pipeline_entry *pipeline)
{
    struct component *made;

    if (entry->type->kind == EXPORTER)
        return make_exporter(b, entry);
    made = builder_find(b, entry);
    made = made ? made : make_connector(b, entry);
    return made ? put_meter(b, METER_INTO_CONNECTOR, entry, pipeline, made) : NULL;
}

/* The processors of a pipeline, last first, and what follows them. Returns its entrance. */
static struct component *make_pipeline(struct builder *b, const struct pipeline_entry *pipeline)
{
    struct component **exporters = mem_alloc(pipeline->exporter_count * sizeof(*exporters));
    struct component *entrance = NULL;
    unsigned level = 2;
    size_t made = 0;

    for (; made < pipeline->exporter_count; made++) {
        exporters[made] = find_or_make(b, pipeline->exporters[made], pipeline);
        if (!exporters[made])
            break;
        level = higher(level, builder_level_of(b, exporters[made]) + 1);
    }
    if (made == pipeline->exporter_count)
        entrance = builder_spread(b, exporters, made, level, pipeline->where);
    free(exporters);
    for (size_t i = pipeline->processor_count; entrance && i-- > 0;) {
        const struct component_entry *entry = pipeline->processors[i];
        struct component *processor = builder_keep_or_create(b, entry, pipeline, ++level);

        if (processor)
            builder_join(b, processor, pipeline->signal, entrance, NULL);
        entrance = processor ? builder_put_relay(b, entry, pipeline, ++level) : NULL;
    }
    return entrance;
}

/* Puts an inlet before what follows a receiver, where a storage is asked for. */
static struct component *make_safe(struct builder *b, const struct component_entry *receiver,
                                   enum signal signal, struct component *next, unsigned level)
{
    struct journal *journal = stored_behind(b, receiver, signal);

    if (!journal)
        return next;
    return builder_add_own(
        b, journal_inlet_new(journal, receiver->id, signal, next, receiver->where), level);
}

/* Joins a receiver to all pipelines of a signal that name it, or tells it why there is none. */
static void feed(struct builder *b, const struct component_entry *entry, struct component *receiver,
                 enum signal signal, unsigned top)
{
    struct followers followers = find_followers(b, entry, signal);
    struct component *next = NULL;

    if (followers.count > 0) {
        next = builder_spread(b, followers.entrances, followers.count, top - 2, entry->where);
        next = make_safe(b, entry, signal, next, top - 1);
        followers.not_served = NULL;
    }
    builder_join(b, receiver, signal, next, followers.not_served);
    free(followers.entrances);
}

/* Those of pipelines that are not served too: they tell their clients why nothing is kept. */
static bool make_receivers(struct builder *b)
{
    const struct members *members = &b->generation->members;
    const struct configuration *c = b->configuration;
    unsigned top = LEVELS_ABOVE_PROCESSORS + 1;

    for (size_t i = 0; i < members->count; i++)
        top = higher(top, members->list[i].level + LEVELS_ABOVE_PROCESSORS);
    for (size_t p = 0; p < c->pipeline_count; p++)
        for (size_t i = 0; i < c->pipelines[p].receiver_count; i++) {
            const struct component_entry *entry = c->pipelines[p].receivers[i];
            struct component *receiver;

            if (entry->type->kind == CONNECTOR || builder_find(b, entry))
                continue;
            receiver = builder_make(b, entry, top);
            if (!receiver)
                return false;
            for (unsigned s = 0; s < SIGNAL_KINDS; s++)
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
        g->extension_list[i] = builder_keep_or_create(b, c->extensions[i], NULL, 0);
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

    for (size_t i = 0; i < c->pipeline_count; i++) {
        size_t p = c->order[i];

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
    struct builder b = {
        .generation = generation,
        .configuration = configuration,
        .before = before,
        .entrances = mem_zero(configuration->pipeline_count * sizeof(*b.entrances)),
        .storages = mem_zero(configuration->pipeline_count * sizeof(*b.storages)),
        .err = err,
    };
    bool ok;

    *generation =
        (struct generation){.worker = worker, .configuration = configuration_ref(configuration)};
    stored_find(&b);
    ok = make_extensions(&b) && make_members(&b);
    free(b.entrances);
    free(b.storages);
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
