/*
 * Groups in one allocation: as many groups, runs and places in a hash table as there can be at
 * most. Only what is used is ever touched, but for the table.
 */
#include "otlp/group.h"

#include <stdlib.h>
#include <string.h>

#include "base/budget.h"
#include "base/mem.h"

enum { PROBES_MAX = 64 };

struct grouping { /* while it is being made */
    struct groups *groups;
    struct group_run *runs; /* all of them, in the order of the batch */
    size_t run_count;
    struct group_run **last; /* of each group */
    uint32_t *table;         /* by hash of the resource: index of a group + 1; 0: free */
    size_t mask;             /* the table's size - 1 */
};

/* Each slice has no more runs than there are scopes from its first item to its last. */
static size_t most_runs(const struct batch *batch)
{
    size_t runs = 0;

    for (size_t i = 0; i < batch->slice_count; i++) {
        const struct slice *slice = &batch->slices[i];

        if (slice->count > 0)
            runs += payload_scope_of(slice->payload, slice->first + slice->count - 1) -
                    payload_scope_of(slice->payload, slice->first) + 1;
    }
    return runs;
}

/*
 * Index of the group of a resource, which is new where it has none yet, or none that is found
 * soon: resources chosen to fall on one place must not cost more than a group too many.
 */
static size_t group_of(struct grouping *g, struct str resource)
{
    size_t place = (size_t)str_hash(resource) & g->mask;

    for (unsigned tries = 0; tries < PROBES_MAX; tries++, place = (place + 1) & g->mask) {
        if (g->table[place] == 0) {
            g->table[place] = (uint32_t)g->groups->count + 1;
            break;
        }
        if (str_eq(g->groups->at[g->table[place] - 1].resource, resource))
            return g->table[place] - 1;
    }
    g->groups->at[g->groups->count] = (struct group){.resource = resource};
    return g->groups->count++;
}

static void run_add(struct grouping *g, size_t index, struct group_run run)
{
    struct group *group = &g->groups->at[index];
    struct group_run *place = &g->runs[g->run_count++];

    *place = run;
    if (group->items == 0)
        group->runs = place;
    else
        g->last[index]->next = place;
    g->last[index] = place;
    group->items += run.count;
}

static void slice_add(struct grouping *g, const struct slice *slice)
{
    const struct payload *payload = slice->payload;
    uint32_t item = slice->first, end = slice->first + slice->count;
    uint32_t resource = UINT32_MAX; /* of the group that index stands for */
    size_t index = 0;

    for (uint32_t i = payload_scope_of(payload, item); item < end && i < payload->scope_count;
         i++) {
        const struct payload_scope *scope = &payload->scopes[i];
        uint32_t scope_end = scope->first + scope->count;
        uint32_t run_end = scope_end < end ? scope_end : end;

        if (scope->count == 0)
            continue;
        if (scope->resource != resource) {
            resource = scope->resource;
            index = group_of(g, payload_str(payload, payload->resources[resource].resource));
        }
        run_add(g, index,
                (struct group_run){
                    .payload = payload, .scope = i, .first = item, .count = run_end - item});
        item = run_end;
    }
}

struct groups *groups_new(const struct batch *batch)
{
    size_t runs = most_runs(batch), places = 2, size;
    struct grouping g = {0};
    char *at;

    while (places < 2 * runs)
        places *= 2;
    size = sizeof(*g.groups) + runs * sizeof(g.groups->at[0]) + runs * sizeof(*g.runs) +
           runs * sizeof(*g.last) + places * sizeof(*g.table);
    budget_add(size); /* not reserved: it is needed to send what is held */
    g.groups = mem_alloc(size);
    g.groups->cost = size;
    g.groups->count = 0;
    at = (char *)&g.groups->at[runs];
    g.runs = (struct group_run *)(void *)at;
    at += runs * sizeof(*g.runs);
    g.last = (struct group_run **)(void *)at;
    at += runs * sizeof(*g.last);
    g.table = memset(at, 0, places * sizeof(*g.table));
    g.mask = places - 1;
    for (size_t i = 0; i < batch->slice_count; i++)
        slice_add(&g, &batch->slices[i]);
    return g.groups;
}

void groups_free(struct groups *groups)
{
    if (groups)
        budget_release(groups->cost);
    free(groups);
}
