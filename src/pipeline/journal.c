/*
 * A journal's life, and when it does what.
 */
#include "pipeline/journal.h"

#include <stdlib.h>

#include "base/budget.h"
#include "base/least.h"
#include "base/mem.h"
#include "pipeline/journal_head.h"
#include "pipeline/journal_priv.h"

/* ---- when ---- */

static void tell_if_slow(struct journal *j, uint64_t now_ms)
{
    if (!j->trunk || !j->behind || j->told_behind || now_ms - j->behind_ms < JOURNAL_SLOW_MS)
        return;
    j->told_behind = true;
    log_limited(
        &j->behind_log, LOG_WARN, j->where,
        "cannot keep up: what comes for it waits on disk, the others go on; see what its own lines "
        "say");
}

/* Nothing of it is in memory, and still there is no room for the next record. */
static bool is_starved(struct journal *j)
{
    return j->rests && j->open_inlets > 0 && entries_gone(j).entries == 0;
}

static void tell_if_starved(struct journal *j, uint64_t now_ms)
{
    if (!is_starved(j))
        j->fed_ms = now_ms;
    if (now_ms - j->fed_ms < JOURNAL_SLOW_MS)
        return;
    log_limited(&j->starved_log, LOG_WARN, j->where,
                "what is on disk waits: its next record does not fit into the memory that is free, "
                "of %zu MiB in all; raise --memory-limit (or service.memory)",
                budget_limit() >> 20);
}

static void on_timer(uv_timer_t *timer)
{
    struct journal *j = timer->data;
    uint64_t now_ms = uv_now(timer->loop);

    if (now_ms >= j->look_ms) {
        j->look_ms = now_ms + JOURNAL_LOOK_MS;
        j->looks = true;
        tell_if_starved(j, now_ms);
        j->rests = false;
        tell_if_slow(j, now_ms);
    }
    if (!j->working) /* else the reader may be behind what is being written */
        found_hand_on(j);
    journal_work(j);
}

void journal_work(struct journal *j)
{
    uint64_t now_ms = uv_now(j->worker->loop), due_ms = j->wrote_ms + j->sync_interval_ms;
    bool pending = !list_empty(&j->pending), ends = j->open_inlets == 0;
    bool fails = j->trunk && j->failing_until_ms > now_ms; /* a lane's drafts wait for the disk */
    bool writes =
        pending && !fails && (ends || due_ms <= now_ms || j->pending_bytes >= JOURNAL_GROUP_BYTES);
    struct journal_gone gone;
    uint64_t next_ms = UINT64_MAX;

    if (j->working)
        return;
    gone = entries_gone(j);
    if (writes || job_wants_read(j) || (gone.marks > 0 && (j->looks || ends))) {
        job_begin(j, writes);
        return;
    }
    if (pending)
        next_ms = fails ? j->failing_until_ms : due_ms;
    if (j->found_count > 0 && !ends)
        next_ms = least(next_ms, now_ms + JOURNAL_OFFER_MS);
    if (gone.entries > 0 || gone.marks > 0 || (j->behind && !ends))
        next_ms = least(next_ms, j->look_ms);
    if (next_ms == UINT64_MAX)
        uv_timer_stop(&j->timer);
    else
        uv_timer_start(&j->timer, on_timer, next_ms > now_ms ? next_ms - now_ms : 0, 0);
}

/* ---- the journal ---- */

size_t journal_memory(const struct journal *j)
{
    unsigned workers = j->worker->count;
    size_t share = least(budget_limit() / JOURNAL_MEMORY_PART / workers, JOURNAL_MEMORY_BYTES);

    if (journal_trunk(j)->lane_count == 0)
        return share;
    return least(share, store_spare(j->store, workers) / JOURNAL_SPARE_PART / workers);
}

static struct journal *open_lane(struct worker *worker, struct store *store, uint64_t lane,
                                 uint64_t sync_interval_ms, const char *where, struct error *err)
{
    struct spool *spool = spool_open(store, lane, worker->index, worker->count, err);
    struct journal *j;

    if (!spool) {
        store_unref(store);
        return NULL;
    }
    j = mem_zero(sizeof(*j));
    j->worker = worker;
    j->store = store;
    j->spool = spool;
    j->where = mem_text(where);
    j->sync_interval_ms = sync_interval_ms;
    j->behind = spool_left(spool) > 0;
    j->behind_ms = j->fed_ms = uv_now(worker->loop);
    j->request.data = j;
    list_init(&j->lanes);
    list_init(&j->node);
    list_init(&j->inlets);
    list_init(&j->pending);
    list_init(&j->writing);
    uv_mutex_init(&j->lock);
    uv_timer_init(worker->loop, &j->timer);
    j->timer.data = j;
    return j;
}

struct journal *journal_new(struct worker *worker, struct store *store, uint64_t sync_interval_ms,
                            const char *where, struct error *err)
{
    return open_lane(worker, store, 0, sync_interval_ms, where, err);
}

/* ---- lanes ---- */

static struct journal *find_lane(const struct journal *trunk, uint64_t number)
{
    for (struct list *node = trunk->lanes.next; node != &trunk->lanes; node = node->next) {
        struct journal *lane = LIST_ENTRY(node, struct journal, node);

        if (spool_lane(str_of(lane->where)) == number)
            return lane;
    }
    return NULL;
}

struct journal *journal_lane(struct journal *trunk, const char *name, struct error *err)
{
    uint64_t number = spool_lane(str_of(name));
    struct journal *lane = find_lane(trunk, number);

    if (lane)
        return lane;
    lane = open_lane(trunk->worker, store_ref(trunk->store), number, trunk->sync_interval_ms, name,
                     err);
    if (!lane)
        return NULL;
    lane->trunk = trunk;
    list_push_back(&trunk->lanes, &lane->node);
    trunk->lane_count++;
    return lane;
}

bool journal_has_lane(const struct journal *trunk, const char *name)
{
    uint64_t number = spool_lane(str_of(name));

    return find_lane(trunk, number) || store_next_lane(trunk->store, number - 1) == number;
}

/* Warns, with the name of the exporter where the first record tells it. */
static void tell_homeless(struct journal *trunk, uint64_t number)
{
    struct spool *spool = spool_open(trunk->store, number, 0, 1, &(struct error){0});
    struct spool_found found = {0};
    struct journal_head head = {.id = STR("an exporter")};

    if (spool && spool_read(spool, &(struct spool_place){0}, &found) == SPOOL_RECORD)
        (void)journal_head_read(bytes_str(found.head), &head);
    log_warn(trunk->where,
             "what waits for %.*s stays on disk (*.%016llx.seg): no pipeline with this storage "
             "leads to it; put it back for that, or delete the files",
             STR_ARG(head.id), (unsigned long long)number);
    bytes_unref(found.head);
    bytes_unref(found.body);
    spool_close(spool);
}

void journal_tell_homeless(struct journal *j)
{
    uint64_t number = 0;

    if (j->told_homeless || j->worker->index > 0)
        return;
    j->told_homeless = true;
    while ((number = store_next_lane(j->store, number)) > 0)
        if (!find_lane(j, number))
            tell_homeless(j, number);
}

/* ---- the end ---- */

void journal_destroy(struct journal *j)
{
    uv_mutex_destroy(&j->lock);
    free(j->gone);
    free(j);
}

void journal_close(struct journal *journal)
{
    for (struct list *node = journal->lanes.next; node != &journal->lanes; node = node->next)
        journal_close(LIST_ENTRY(node, struct journal, node));
    uv_mutex_lock(&journal->lock);
    journal->closed = true;
    uv_mutex_unlock(&journal->lock);
}

static void on_closed(uv_handle_t *handle)
{
    struct journal *j = handle->data;
    bool over;

    uv_mutex_lock(&j->lock);
    j->over = true;
    over = j->entries == 0;
    uv_mutex_unlock(&j->lock);
    if (over)
        journal_destroy(j);
}

void journal_end(struct journal *j)
{
    uint64_t left;

    found_drop(j);
    spool_done(j->spool, j->gone, j->gone_count);
    left = spool_close(j->spool);
    if (left > 0)
        log_info(j->where, "%.1f MiB stay on disk for the next start", (double)left / (1 << 20));
    store_unref(j->store);
    free(j->where);
    free(j->job.writes);
    free(j->job.marks);
    uv_close((uv_handle_t *)&j->timer, on_closed);
}

void journal_end_draft(struct journal *j, struct draft *draft, bool written, bool was_behind)
{
    list_remove(&draft->node);
    j->waiting_bytes -= draft->bytes;
    if (draft->inlet)
        draft->inlet->waiting--;
    draft->ended(j, draft, written, was_behind);
}

void journal_free(struct journal *journal)
{
    if (!journal)
        return;
    journal_close(journal);
    journal->freed = true;
    while (!list_empty(&journal->lanes)) {
        struct journal *lane = LIST_ENTRY(journal->lanes.next, struct journal, node);

        list_remove(&lane->node);
        journal_free(lane);
    }
    while (!list_empty(&journal->pending))
        journal_end_draft(journal, LIST_ENTRY(journal->pending.next, struct draft, node), false,
                          false);
    if (!journal->working)
        journal_end(journal);
}
