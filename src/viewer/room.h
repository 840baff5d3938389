/*
 * What the viewer may hold: so many bytes, and what is held is reserved in the memory budget.
 */
#pragma once

#include "base/budget.h"

struct room {
    size_t used, most; /* bytes */
};

/* What malloc adds to a thing, about. */
enum { ROOM_OVERHEAD = 16 };

/* False: there is no room for it, and nothing was taken. */
static inline bool room_take(struct room *room, size_t size)
{
    if (size > room->most || room->used > room->most - size || !budget_reserve(size))
        return false;
    room->used += size;
    return true;
}

static inline void room_give(struct room *room, size_t size)
{
    room->used -= size;
    budget_release(size);
}
