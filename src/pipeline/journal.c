/*
 * A journal's life, and when it does what.
 */
#include "pipeline/journal.h"

#include <stdlib.h>

#include "base/mem.h"
#include "pipeline/journal_priv.h"

/* ---- when ---- */

static void on_timer(uv_timer_t *timer)
{
    struct journal *j = timer->data;
    uint64_t now_ms = uv_now(timer->loop);

    if (now_ms >= j->look_ms) {
        j->look_ms = now_ms + JOURNAL_LOOK_MS;
        j->looks = true;
        j->rests = false;
        if (!j->working) /* else the reader may be behind what is being written */
            found_hand_on(j);
    }
    journal_work(j);
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

void journal_work(struct journal *j)
{
    uint64_t now_ms = uv_now(j->worker->loop), due_ms = j->wrote_ms + j->sync_interval_ms;
    bool pending = !list_empty(&j->pending), ends = j->open_inlets == 0;
    bool writes = pending && (ends || due_ms <= now_ms || j->pending_bytes >= JOURNAL_GROUP_BYTES);
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
        next_ms = due_ms;
    if (gone.entries > 0 || gone.marks > 0 || (j->behind && !ends))
        next_ms = least(next_ms, j->look_ms);
    if (next_ms == UINT64_MAX)
        uv_timer_stop(&j->timer);
    else
        uv_timer_start(&j->timer, on_timer, next_ms > now_ms ? next_ms - now_ms : 0, 0);
}

/* ---- the journal ---- */

struct journal *journal_new(struct worker *worker, struct store *store, uint64_t sync_interval_ms,
                            const char *where, struct error *err)
{
    struct spool *spool = spool_open(store, 0, worker->index, worker->count, err);
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
    j->request.data = j;
    list_init(&j->inlets);
    list_init(&j->pending);
    list_init(&j->writing);
    uv_mutex_init(&j->lock);
    uv_timer_init(worker->loop, &j->timer);
    j->timer.data = j;
    return j;
}

void journal_destroy(struct journal *j)
{
    uv_mutex_destroy(&j->lock);
    free(j->gone);
    free(j);
}

void journal_close(struct journal *journal)
{
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

    for (; j->next_found < j->found_count; j->next_found++)
        found_done(&j->found[j->next_found]);
    spool_done(j->spool, j->gone, j->gone_count);
    left = spool_close(j->spool);
    if (left > 0)
        log_info(j->where, "%.1f MiB stay on disk for the next start", (double)left / (1 << 20));
    store_unref(j->store);
    free(j->where);
    free(j->found);
    free(j->job.writes);
    free(j->job.marks);
    uv_close((uv_handle_t *)&j->timer, on_closed);
}

void journal_free(struct journal *journal)
{
    if (!journal)
        return;
    journal_close(journal);
    journal->freed = true;
    while (!list_empty(&journal->pending))
        entry_end_write(LIST_ENTRY(journal->pending.next, struct entry, node), false, false);
    if (!journal->working)
        journal_end(journal);
}
