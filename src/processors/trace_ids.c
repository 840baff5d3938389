/*
 * A ring of hashes, with chains through it.
 */
#include "processors/trace_ids.h"

#include <stdlib.h>
#include <string.h>

#include "base/budget.h"
#include "base/mem.h"

enum { FIRST_ROOM = 256, MOST = 1 << 26 };

struct trace_ids {
    size_t most, room, count, next; /* next: the place in the ring that is written next */
    uint64_t *hashes;               /* the ring */
    uint32_t *times;                /* of each in it: when, in seconds */
    uint32_t *chains;               /* of each in the ring: the next of its chain, or 0 */
    uint32_t *heads;                /* room of them: the first of a chain, as its place + 1; or 0 */
};

static size_t memory_of(size_t room)
{
    return room * (sizeof(uint64_t) + 3 * sizeof(uint32_t));
}

struct trace_ids *trace_ids_new(size_t most)
{
    struct trace_ids *ids = mem_zero(sizeof(*ids));

    ids->most = most < 1 ? 1 : most > MOST ? MOST : most;
    return ids;
}

void trace_ids_free(struct trace_ids *ids)
{
    if (!ids)
        return;
    budget_release(memory_of(ids->room));
    free(ids->hashes);
    free(ids->times);
    free(ids->chains);
    free(ids->heads);
    free(ids);
}

static void link_in(struct trace_ids *ids, size_t place)
{
    uint32_t *head = &ids->heads[ids->hashes[place] % ids->room];

    ids->chains[place] = *head;
    *head = (uint32_t)place + 1;
}

static void unlink_from(struct trace_ids *ids, size_t place)
{
    uint32_t *link = &ids->heads[ids->hashes[place] % ids->room];

    while (*link != place + 1)
        link = &ids->chains[*link - 1];
    *link = ids->chains[place];
}

/* The ring is full, and may be larger. */
static void grow(struct trace_ids *ids)
{
    size_t room = ids->room ? 2 * ids->room : FIRST_ROOM;

    room = room < ids->most ? room : ids->most;
    budget_add(memory_of(room) - memory_of(ids->room));
    ids->room = room;
    ids->hashes = mem_grow(ids->hashes, room * sizeof(ids->hashes[0]));
    ids->times = mem_grow(ids->times, room * sizeof(ids->times[0]));
    ids->chains = mem_grow(ids->chains, room * sizeof(ids->chains[0]));
    ids->heads = mem_grow(ids->heads, room * sizeof(ids->heads[0]));
    memset(ids->heads, 0, room * sizeof(ids->heads[0]));
    for (size_t place = 0; place < ids->count; place++)
        link_in(ids, place);
    ids->next = ids->count;
}

bool trace_ids_find(const struct trace_ids *ids, uint64_t hash, uint32_t *at_s)
{
    if (ids->count == 0)
        return false;
    for (uint32_t at = ids->heads[hash % ids->room]; at > 0; at = ids->chains[at - 1])
        if (ids->hashes[at - 1] == hash) {
            *at_s = ids->times[at - 1];
            return true;
        }
    return false;
}

void trace_ids_add(struct trace_ids *ids, uint64_t hash, uint32_t at_s)
{
    uint32_t before;

    if (trace_ids_find(ids, hash, &before))
        return;
    if (ids->count == ids->room && ids->room < ids->most)
        grow(ids);
    if (ids->count == ids->room)
        unlink_from(ids, ids->next);
    else
        ids->count++;
    ids->hashes[ids->next] = hash;
    ids->times[ids->next] = at_s;
    link_in(ids, ids->next);
    ids->next = (ids->next + 1) % ids->room;
}
