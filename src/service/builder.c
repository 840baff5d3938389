/*
 * Making components, or keeping them, and joining them.
 */
#include "service/builder.h"

#include "base/mem.h"
#include "pipeline/fanout.h"
#include "pipeline/relay.h"
#include "service/kept.h"

static struct component *add(struct builder *b, struct member member)
{
    struct members *to = member.entry && member.entry->type->kind == EXTENSION
                             ? &b->generation->extensions
                             : &b->generation->members;

    members_add(to, &member);
    return member.component;
}

struct component *builder_keep_or_create(struct builder *b, const struct component_entry *entry,
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
    component->signals = entry->signals;
    return add(b, (struct member){.component = component,
                                  .entry = entry,
                                  .pipeline = pipeline,
                                  .configuration = b->configuration,
                                  .level = level});
}

struct component *builder_add_own(struct builder *b, struct component *component, unsigned level)
{
    return add(b, (struct member){
                      .component = component, .configuration = b->configuration, .level = level});
}

struct component *builder_put_relay(struct builder *b, const struct component_entry *entry,
                                    const struct pipeline_entry *pipeline, unsigned level)
{
    struct members *members = &b->generation->members;
    struct meeting_place place = {entry, pipeline};
    size_t last = members->count - 1;
    struct component *component = members->list[last].component, *front = component;

    if (b->generation->worker->count > 1 && entry->type->placement != EVERYWHERE)
        front = builder_add_own(b, relay_new(b->generation->worker, component, place, entry->where),
                                level);
    members->list[last].front = front;
    return front;
}

struct component *builder_find(const struct builder *b, const struct component_entry *entry)
{
    const struct members *members = &b->generation->members;

    for (size_t i = 0; i < members->count; i++)
        if (member_is(&members->list[i], entry, NULL))
            return members->list[i].front;
    return NULL;
}

struct component *builder_make(struct builder *b, const struct component_entry *entry,
                               unsigned level)
{
    return builder_keep_or_create(b, entry, NULL, level)
               ? builder_put_relay(b, entry, NULL, level + 1)
               : NULL;
}

void builder_join(struct builder *b, struct component *from, enum signal signal,
                  struct component *to, const char *not_served)
{
    struct generation *g = b->generation;

    if (from->type->kind == PROCESSOR)
        component_count(from, signal);
    if (!b->before || !members_have(&b->before->members, from)) {
        from->next[signal] = to;
        from->not_served[signal] = not_served;
        return;
    }
    g->links = mem_room(g->links, g->link_count, &g->link_cap, sizeof(*g->links));
    g->links[g->link_count++] = (struct link){from, to, signal, not_served};
}

struct component *builder_spread(struct builder *b, struct component **targets, size_t count,
                                 unsigned level, const char *where)
{
    if (count == 1)
        return targets[0];
    return builder_add_own(b, fanout_new(b->generation->worker, targets, count, where), level);
}

unsigned builder_level_of(const struct builder *b, const struct component *component)
{
    const struct members *members = &b->generation->members;
    size_t i = 0;

    while (members->list[i].component != component)
        i++;
    return members->list[i].level;
}
