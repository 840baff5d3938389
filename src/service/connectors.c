/*
 * How connectors join pipelines: each has to be named on both sides, and data must not go round.
 *
 *     traces/in  -> exporters: [spanmetrics]      a connector is an exporter here,
 *     metrics    <- receivers: [spanmetrics]      and a receiver there
 */
#include "service/configuration_priv.h"

#include <assert.h>
#include <string.h>

#include "base/arena.h"

enum { CYCLE_SHOWN_MAX = 300 /* characters, or a step more */ };

static const struct component_type *connector_type(const struct defined *defined)
{
    return defined->section == SECTION_CONNECTORS ? defined->entry.type : NULL;
}

bool connector_gives(const struct component_type *type, unsigned taken, unsigned given)
{
    return type->signals_out ? type->signals_out & 1u << given : taken == given;
}

bool items_have(const struct items *items, const struct defined *defined)
{
    for (size_t i = 0; i < items->count; i++)
        if (items->at[i] == defined)
            return true;
    return false;
}

/* ---- both sides ---- */

static bool is_fed(const struct loader *l, const struct defined *connector, unsigned given)
{
    for (size_t i = 0; i < l->draft_count; i++)
        if (items_have(&l->drafts[i].exporters, connector) &&
            connector_gives(connector->entry.type, l->drafts[i].signal, given))
            return true;
    return false;
}

/* One in a cycle (that is told) is as good as served. */
static bool feeds(const struct loader *l, const struct defined *connector, unsigned taken,
                  bool served_only)
{
    for (size_t i = 0; i < l->draft_count; i++) {
        const struct draft *draft = &l->drafts[i];

        if (items_have(&draft->receivers, connector) &&
            connector_gives(connector->entry.type, taken, draft->signal) &&
            (!served_only || draft->entry->served || !draft->ordered))
            return true;
    }
    return false;
}

bool connector_is_dead(const struct loader *l, const struct defined *connector, unsigned taken)
{
    return connector_type(connector) && !connector->misplaced && !feeds(l, connector, taken, true);
}

/* "metrics": what it gives where it takes a signal (out), or takes where it gives one. */
static const char *other_signals(const struct loader *l, const struct component_type *type,
                                 unsigned signal, bool out)
{
    unsigned signals = !type->signals_out ? 1u << signal : out ? type->signals_out : type->signals;

    return signals_text(l, signals, " or ");
}

/* One that is not named on the other side, too. */
static void check_sides(const struct loader *l, const struct draft *draft)
{
    for (size_t i = 0; i < draft->exporters.count; i++) {
        struct defined *connector = draft->exporters.at[i];

        if (!connector_type(connector) || connector->misplaced ||
            feeds(l, connector, draft->signal, false))
            continue;
        connector->misplaced = true;
        error_at(l->problems, draft->exporters.nodes[i],
                 "the connector %s is no receiver of a %s pipeline: what comes to it would go "
                 "nowhere; add it to the receivers of one",
                 connector->entry.id, other_signals(l, connector->entry.type, draft->signal, true));
    }
    for (size_t i = 0; i < draft->receivers.count; i++) {
        struct defined *connector = draft->receivers.at[i];

        if (!connector_type(connector) || connector->misplaced ||
            is_fed(l, connector, draft->signal))
            continue;
        connector->misplaced = true;
        error_at(l->problems, draft->receivers.nodes[i],
                 "the connector %s is no exporter of a %s pipeline: nothing would come from it; "
                 "add it to the exporters of one",
                 connector->entry.id,
                 other_signals(l, connector->entry.type, draft->signal, false));
    }
}

/* ---- cycles ---- */

static bool is_before_all(const struct draft *draft)
{
    for (size_t i = 0; i < draft->exporters.count; i++)
        if (draft->exporters.at[i]->left > 0)
            return false;
    return true;
}

static void count_receiver(const struct draft *draft, int change)
{
    for (size_t i = 0; i < draft->receivers.count; i++)
        draft->receivers.at[i]->left += change;
}

/* A connector of the draft that leads to one that is not in order, and that one. */
static struct draft *next_in_cycle(const struct loader *l, const struct draft *draft,
                                   const struct defined **connector)
{
    for (size_t i = 0; i < draft->exporters.count; i++) {
        *connector = draft->exporters.at[i];
        for (size_t p = 0; (*connector)->left > 0 && p < l->draft_count; p++)
            if (!l->drafts[p].ordered && items_have(&l->drafts[p].receivers, *connector))
                return &l->drafts[p];
    }
    assert(false); /* a pipeline in a cycle, or before one, leads on */
    return NULL;
}

/* From one that leads into a cycle: as many steps as there are pipelines end in it. */
static void tell_cycle(const struct loader *l, struct draft *draft)
{
    const struct defined *connector;
    const struct draft *first;
    const char *way;

    for (size_t i = 0; i < l->draft_count; i++)
        draft = next_in_cycle(l, draft, &connector);
    first = draft;
    way = draft->entry->id;
    do {
        draft = next_in_cycle(l, draft, &connector);
        way = arena_printf(l->arena, "%s -> %s -> %s", way, connector->entry.id, draft->entry->id);
    } while (draft != first && strlen(way) < CYCLE_SHOWN_MAX);
    problem_at_key(l->problems, PROBLEM_ERROR, first->node, "connectors form a cycle: %s%s", way,
                   draft != first ? " -> ..." : "");
}

/* Those that are fed before those that feed them; in a cycle, or before one, there is no order. */
static void put_in_order(struct loader *l)
{
    size_t count = 0, before;

    for (size_t i = 0; i < l->draft_count; i++)
        count_receiver(&l->drafts[i], 1);
    do {
        before = count;
        for (size_t i = 0; i < l->draft_count; i++) {
            struct draft *draft = &l->drafts[i];

            if (draft->ordered || !is_before_all(draft))
                continue;
            draft->ordered = true;
            count_receiver(draft, -1);
            l->order[count++] = draft;
        }
    } while (count > before);
    for (size_t i = 0; i < l->draft_count; i++) {
        if (l->drafts[i].ordered)
            continue;
        if (count == before)
            tell_cycle(l, &l->drafts[i]); /* one is enough */
        l->order[count++] = &l->drafts[i];
    }
}

static void check_ids(const struct loader *l)
{
    static const enum section others[] = {SECTION_RECEIVERS, SECTION_EXPORTERS};

    for (size_t i = 0; i < l->defined_count[SECTION_CONNECTORS]; i++) {
        const struct component_entry *entry = &l->defined[SECTION_CONNECTORS][i].entry;

        for (size_t o = 0; o < sizeof(others) / sizeof(others[0]); o++)
            if (definition_find(l, others[o], entry->id))
                problem_at_key(l->problems, PROBLEM_ERROR, entry->node,
                               "%s is ambiguous: it is defined under %s, too; call it %s/NAME",
                               entry->id, section_names[others[o]],
                               l->defined[SECTION_CONNECTORS][i].type_name);
    }
}

void connectors_check(struct loader *l)
{
    check_ids(l);
    for (size_t i = 0; i < l->draft_count; i++)
        if (l->drafts[i].signal < SIGNAL_KINDS) /* profiles do not run anyway */
            check_sides(l, &l->drafts[i]);
    put_in_order(l);
}
