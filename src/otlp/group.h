/*
 * The spans of a batch ordered by resource, for backends that want one message for each sender.
 *
 *     batch   [ slice A ] [ slice B ] [ slice C ]
 *     groups  resource 1: run of A, run of A, run of C      a run: items of one scope, in order
 *             resource 2: run of B, run of C
 *
 * Resources are the same where their bytes are, also when they came in different requests. What it
 * costs grows with the runs, not with the items. That all of a resource is in one group is what
 * callers may hope for, not build upon.
 */
#pragma once

#include "otlp/batch.h"

struct group_run { /* items that lie side by side, of one scope */
    const struct payload *payload;
    uint32_t scope;        /* index into payload->scopes */
    uint32_t first, count; /* items; never none */
    const struct group_run *next;
};

struct group {
    struct str resource; /* the Resource message; empty where there is none */
    const struct group_run *runs;
    size_t items; /* in all runs */
};

struct groups {
    size_t cost; /* in the memory budget */
    size_t count;
    struct group at[]; /* in the order of their first items; each has items */
};

/* Points into the batch, which must stay. Never NULL. */
struct groups *groups_new(const struct batch *batch);
void groups_free(struct groups *groups); /* takes NULL */

struct group_cursor {
    const struct group_run *run; /* of the item that group_next() gave last; NULL: not begun */
    uint32_t done;               /* items of this run */
};

/* The next item's message, not yet read. False when there are no more. */
static inline bool group_next(const struct group *group, struct group_cursor *cursor,
                              struct str *item)
{
    const struct payload *payload;

    if (!cursor->run || cursor->done == cursor->run->count) {
        const struct group_run *next = cursor->run ? cursor->run->next : group->runs;

        if (!next)
            return false;
        *cursor = (struct group_cursor){.run = next};
    }
    payload = cursor->run->payload;
    *item = payload_str(payload, payload->items[cursor->run->first + cursor->done++]);
    return true;
}

/* Where the body ends that the item which group_next() gave last lies in: so far may be read. */
static inline const char *group_body_end(const struct group_cursor *cursor)
{
    const struct payload *payload = cursor->run->payload;

    return payload_body_end(payload, payload->items[cursor->run->first + cursor->done - 1]);
}

/* The InstrumentationScope message of a run; empty where there is none. */
static inline struct str group_run_scope(const struct group_run *run)
{
    return payload_str(run->payload, run->payload->scopes[run->scope].scope);
}
