/*
 * Inboxes: rings of batches, behind the lock of their meeting.
 */
#include "pipeline/meeting.h"

#include <assert.h>
#include <stdlib.h>

#include "base/budget.h"
#include "base/list.h"
#include "base/mem.h"

struct inbox {
    uv_async_t *wake; /* NULL: its worker has not joined, or has left */
    bool finished;    /* its worker posts no more */
    size_t first, count, bytes;
    struct batch *ring[INBOX_BATCHES]; /* one reference each */
};

struct meeting {
    struct list node; /* in meetings->list */
    struct meetings *meetings;
    struct meeting_place place;
    unsigned joined; /* with the lock of the meetings */
    uv_mutex_t lock; /* of the inboxes */
    struct inbox inboxes[];
};

struct meetings {
    unsigned workers;
    uv_mutex_t lock; /* of the list */
    struct list list;
};

struct meetings *meetings_new(unsigned workers)
{
    struct meetings *meetings = mem_zero(sizeof(*meetings));

    meetings->workers = workers;
    uv_mutex_init(&meetings->lock);
    list_init(&meetings->list);
    return meetings;
}

void meetings_free(struct meetings *meetings)
{
    if (!meetings)
        return;
    assert(list_empty(&meetings->list));
    uv_mutex_destroy(&meetings->lock);
    free(meetings);
}

/* With the lock of the meetings. */
static struct meeting *find_or_add(struct meetings *meetings, struct meeting_place place)
{
    struct meeting *meeting;

    for (struct list *node = meetings->list.next; node != &meetings->list; node = node->next) {
        meeting = LIST_ENTRY(node, struct meeting, node);
        if (meeting->place.of == place.of && meeting->place.in == place.in)
            return meeting;
    }
    meeting = mem_zero(sizeof(*meeting) + meetings->workers * sizeof(meeting->inboxes[0]));
    meeting->meetings = meetings;
    meeting->place = place;
    uv_mutex_init(&meeting->lock);
    list_push_back(&meetings->list, &meeting->node);
    return meeting;
}

struct meeting *meeting_join(struct meetings *meetings, struct meeting_place place, unsigned worker,
                             uv_async_t *wake)
{
    struct meeting *meeting;

    uv_mutex_lock(&meetings->lock);
    meeting = find_or_add(meetings, place);
    meeting->joined++;
    uv_mutex_unlock(&meetings->lock);
    uv_mutex_lock(&meeting->lock);
    assert(!meeting->inboxes[worker].wake);
    meeting->inboxes[worker].wake = wake;
    uv_mutex_unlock(&meeting->lock);
    return meeting;
}

/* The slices that a split has made; the payloads have an account of their own. */
static size_t cost(const struct batch *batch)
{
    return sizeof(*batch) + batch->slice_cap * sizeof(*batch->slices);
}

/* With the lock, as what follows; gives the reference back. */
static struct batch *take_first(struct inbox *inbox)
{
    struct batch *batch = inbox->ring[inbox->first];

    assert(inbox->count > 0);
    inbox->first = (inbox->first + 1) % INBOX_BATCHES;
    inbox->count--;
    inbox->bytes -= batch->bytes;
    budget_release(cost(batch));
    return batch;
}

static void wake_all(const struct meeting *meeting)
{
    for (unsigned i = 0; i < meeting->meetings->workers; i++)
        if (meeting->inboxes[i].wake)
            uv_async_send(meeting->inboxes[i].wake);
}

void meeting_leave(struct meeting *meeting, unsigned worker)
{
    struct meetings *meetings = meeting->meetings;
    struct inbox *inbox = &meeting->inboxes[worker];
    bool last;

    uv_mutex_lock(&meeting->lock);
    while (inbox->count > 0)
        batch_unref(take_first(inbox));
    *inbox = (struct inbox){0};
    wake_all(meeting);
    uv_mutex_unlock(&meeting->lock);
    uv_mutex_lock(&meetings->lock);
    last = --meeting->joined == 0;
    if (last)
        list_remove(&meeting->node);
    uv_mutex_unlock(&meetings->lock);
    if (!last)
        return;
    uv_mutex_destroy(&meeting->lock);
    free(meeting);
}

static bool has_room(const struct inbox *inbox, const struct batch *batch)
{
    return inbox->wake && (inbox->count == 0 || (inbox->count < INBOX_BATCHES &&
                                                 inbox->bytes + batch->bytes <= INBOX_BYTES));
}

bool meeting_post(struct meeting *meeting, unsigned worker, struct batch *batch)
{
    struct inbox *inbox = &meeting->inboxes[worker];
    bool posted;

    uv_mutex_lock(&meeting->lock);
    posted = has_room(inbox, batch);
    if (posted) {
        inbox->ring[(inbox->first + inbox->count++) % INBOX_BATCHES] = batch;
        inbox->bytes += batch->bytes;
        budget_add(cost(batch));
        uv_async_send(inbox->wake);
    }
    uv_mutex_unlock(&meeting->lock);
    return posted;
}

struct batch *meeting_first(struct meeting *meeting, unsigned worker)
{
    const struct inbox *inbox = &meeting->inboxes[worker];
    struct batch *batch;

    uv_mutex_lock(&meeting->lock);
    batch = inbox->count > 0 ? inbox->ring[inbox->first] : NULL;
    uv_mutex_unlock(&meeting->lock);
    return batch;
}

void meeting_remove_first(struct meeting *meeting, unsigned worker)
{
    struct batch *batch;

    uv_mutex_lock(&meeting->lock);
    batch = take_first(&meeting->inboxes[worker]);
    uv_mutex_unlock(&meeting->lock);
    batch_unref(batch);
}

void meeting_finish(struct meeting *meeting, unsigned worker)
{
    uv_mutex_lock(&meeting->lock);
    meeting->inboxes[worker].finished = true;
    wake_all(meeting);
    uv_mutex_unlock(&meeting->lock);
}

bool meeting_is_over(struct meeting *meeting, unsigned worker)
{
    bool over;

    uv_mutex_lock(&meeting->lock);
    over = meeting->inboxes[worker].count == 0;
    for (unsigned i = 0; over && i < meeting->meetings->workers; i++)
        over = !meeting->inboxes[i].wake || meeting->inboxes[i].finished;
    uv_mutex_unlock(&meeting->lock);
    return over;
}

size_t meeting_held(struct meeting *meeting, unsigned worker)
{
    const struct inbox *inbox = &meeting->inboxes[worker];
    size_t items = 0;

    uv_mutex_lock(&meeting->lock);
    for (size_t i = 0; i < inbox->count; i++)
        items += batch_unstored(inbox->ring[(inbox->first + i) % INBOX_BATCHES]);
    uv_mutex_unlock(&meeting->lock);
    return items;
}
