/*
 * An entry is one payload that is on disk, or about to be:
 *
 *     pending --job--> written --handed on--> in memory, downstream --gone--> marked as done
 *                 |            '-- refused for now: left on disk, out of memory
 *                 '-- not written: the client is refused
 *
 * The disk is used by jobs in the thread pool, one at a time: each writes what is pending, marks
 * what is done, and reads what is next. While nothing is left on disk, entries are handed on as
 * soon as they are written. When a hand-over is refused the journal falls behind: from there on
 * entries are left where they are written and read back in order, until the reader has caught up.
 */
#include "pipeline/journal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "pipeline/journal_head.h"
#include "pipeline/worker.h"
#include "storage/spool.h"

enum {
    RETRY_MS = 1000, /* what refused clients are told; and how long writing rests when it fails */
    LOOK_MS = 100,   /* marks are written, what was refused is tried again */
    READ_BYTES = 1 << 20, /* of one job */
    READ_RECORDS = 256,
    METADATA_MAX = SPOOL_HEAD_MAX / 2
};

struct entry {
    struct origin origin; /* the first member */
    struct journal *journal;
    struct list node;    /* in pending or writing; else alone */
    struct batch *batch; /* while it is there: one reference */
    struct buf head;     /* ... its record's */
    struct spool_place place;
    bool left; /* is not done with when it has gone from memory */
};

struct job { /* in the thread pool: nothing else touches it and the spool meanwhile */
    struct spool_record *writes;
    size_t write_count, write_cap;
    struct spool_place *marks;
    size_t mark_count, mark_cap;
    struct spool_place reader;
    struct spool_found *found;
    size_t found_count, found_cap;
    bool reads, behind; /* the journal was behind when it began */
    bool written, ended;
    struct error error;
};

struct journal {
    struct worker *worker;
    struct store *store; /* one reference */
    struct spool *spool; /* owned */
    const char *where;
    uint64_t sync_interval_ms;
    struct list inlets;
    size_t open_inlets; /* that are not drained */
    uv_timer_t timer;
    uv_work_t request;
    struct job job;
    bool working, freed;
    uint64_t wrote_ms; /* when the last job with writes began */

    struct list pending, writing; /* entries */

    bool behind; /* records are left on disk, from reader on */
    bool ended;  /* ... and the reader has come to the end: found has the last of them */
    bool rests;  /* ... and there was no memory for more, until the timer */
    struct spool_place reader;
    struct spool_found *found; /* read, not handed on yet: those from next_found on */
    size_t found_count, next_found;

    uint64_t failing_until_ms; /* 0: the last write was good */
    struct log_limit full_log, failed_log, dropped_log, homeless_log;

    uv_mutex_t lock; /* of what follows: any thread may let go of a payload */
    struct spool_place *gone;
    size_t gone_count, gone_cap;
    size_t entries; /* whose payloads somebody has */
    bool closed;    /* what is let go of is not done with */
    bool over;      /* nothing but entries is left of the journal */
};

struct inlet {
    struct component base;
    struct journal *journal;
    struct list node; /* in journal->inlets */
    const char *id;   /* of its receiver */
    enum signal signal;
    component_drained_cb *drained; /* not NULL: draining */
    bool told;                     /* ... and drained */
};

static void work(struct journal *j, bool look);

/* ---- what is let go of ---- */

static void journal_destroy(struct journal *j)
{
    uv_mutex_destroy(&j->lock);
    free(j->gone);
    free(j);
}

/* With the lock. */
static void add_gone(struct journal *j, struct spool_place place)
{
    j->gone = mem_room(j->gone, j->gone_count, &j->gone_cap, sizeof(*j->gone));
    j->gone[j->gone_count++] = place;
}

static void on_gone(struct origin *origin)
{
    struct entry *entry = (struct entry *)origin;
    struct journal *j = entry->journal;
    bool over;

    uv_mutex_lock(&j->lock);
    if (!entry->left && !j->closed)
        add_gone(j, entry->place);
    j->entries--;
    over = j->over && j->entries == 0;
    uv_mutex_unlock(&j->lock);
    buf_done(&entry->head);
    free(entry);
    if (over)
        journal_destroy(j);
}

/* Stands behind a payload that is not shared yet, and lives as long. */
static struct entry *entry_new(struct journal *j, struct payload *payload)
{
    struct entry *entry = mem_zero(sizeof(*entry));

    atomic_init(&entry->origin.refs, 1);
    entry->origin.gone = on_gone;
    entry->journal = j;
    list_init(&entry->node);
    payload->origin = &entry->origin;
    uv_mutex_lock(&j->lock);
    j->entries++;
    uv_mutex_unlock(&j->lock);
    return entry;
}

/* ---- handing on ---- */

/* The receiver's own; or, where the configuration has no such receiver any more, another one. */
static struct inlet *inlet_for(const struct journal *j, struct str id, enum signal signal)
{
    struct inlet *other = NULL;

    for (struct list *node = j->inlets.next; node != &j->inlets; node = node->next) {
        struct inlet *inlet = LIST_ENTRY(node, struct inlet, node);

        if (inlet->signal != signal)
            continue;
        if (str_eq(str_of(inlet->id), id))
            return inlet;
        other = inlet;
    }
    return other;
}

/* This record and those behind it are read when there is room for them. */
static void fall_behind(struct journal *j, struct spool_place place)
{
    if (!j->behind)
        j->reader = place;
    j->behind = true;
    j->ended = false;
}

/* What has been written goes on, or stays on disk; either way it is accepted. */
static struct result hand_on_written(struct journal *j, struct entry *entry, struct batch *batch)
{
    struct journal_head head = {.id = {NULL, 0}};
    struct inlet *inlet = NULL;
    struct result result = result_retry(0, "");

    if (!j->behind && journal_head_read(buf_str(&entry->head), &head))
        inlet = inlet_for(j, head.id, head.signal);
    if (inlet)
        result = consume(inlet->base.next[head.signal], batch);
    if (result.verdict != RETRY_LATER)
        return result;
    entry->left = true;
    fall_behind(j, entry->place);
    return result_accepted();
}

/* was_behind: when it was written the journal was, and its record is the reader's. */
static void end_write(struct journal *j, struct entry *entry, bool written, bool was_behind)
{
    struct result result = result_retry(RETRY_MS, "the disk queue cannot be written");
    struct batch *batch = entry->batch;

    list_remove(&entry->node);
    entry->batch = NULL;
    j->worker->held_bytes -= batch->bytes;
    if (!written || was_behind)
        entry->left = true;
    if (written)
        result = was_behind ? result_accepted() : hand_on_written(j, entry, batch);
    batch_settle(batch, result);
    batch_unref(batch);
}

static bool drop(struct journal *j, const struct spool_found *found, const char *why)
{
    log_limited(&j->dropped_log, LOG_ERROR, j->where, "dropped a record of %zu bytes: %s",
                found->body->len, why);
    uv_mutex_lock(&j->lock);
    add_gone(j, found->place);
    uv_mutex_unlock(&j->lock);
    return true;
}

/* NULL of nothing. False: there is no memory for it now. */
static bool copy(struct str text, struct bytes **bytes)
{
    *bytes = text.len > 0 ? bytes_new(text.len) : NULL;
    if (!*bytes)
        return text.len == 0;
    memcpy((*bytes)->at, text.at, text.len);
    (*bytes)->len = text.len;
    return true;
}

/* False: not now. */
static bool hand_on_found(struct journal *j, const struct spool_found *found)
{
    struct payload_report report;
    struct journal_head head;
    struct payload *payload;
    struct bytes *metadata;
    struct result result;
    struct entry *entry;
    struct inlet *inlet;
    struct batch *batch;

    if (!journal_head_read(bytes_str(found->head), &head))
        return drop(j, found, "another version of this program has written it");
    inlet = inlet_for(j, head.id, head.signal);
    if (!inlet) {
        log_limited(&j->homeless_log, LOG_WARN, j->where,
                    "%s of receivers/%.*s stay on disk: no pipeline with this storage takes them",
                    signal_words[head.signal].items, STR_ARG(head.id));
        return true;
    }
    if (!copy(head.metadata, &metadata))
        return false;
    payload = payload_read(head.signal, bytes_ref(found->body), &report);
    if (!payload) {
        bytes_unref(metadata);
        return report.verdict != PAYLOAD_NO_ROOM && drop(j, found, report.why);
    }
    entry = entry_new(j, payload);
    entry->place = found->place;
    payload->metadata = metadata;
    batch = batch_of(payload);
    payload_unref(payload);
    result = consume(inlet->base.next[head.signal], batch);
    entry->left = result.verdict == RETRY_LATER;
    batch_unref(batch);
    return result.verdict != RETRY_LATER;
}

static void found_done(const struct spool_found *found)
{
    bytes_unref(found->head);
    bytes_unref(found->body);
}

static void hand_on_all_found(struct journal *j)
{
    while (j->next_found < j->found_count) {
        if (j->open_inlets == 0 || !hand_on_found(j, &j->found[j->next_found]))
            return;
        found_done(&j->found[j->next_found++]);
    }
    j->found_count = j->next_found = 0;
    if (j->ended)
        j->behind = false;
}

/* ---- jobs ---- */

static void run_job(uv_work_t *request)
{
    struct journal *j = request->data;
    struct job *job = &j->job;
    struct spool_found found;
    size_t bytes = 0;

    if (job->write_count > 0)
        job->written = spool_write(j->spool, job->writes, job->write_count, &job->error);
    if (job->mark_count > 0)
        spool_done(j->spool, job->marks, job->mark_count);
    while (job->reads && bytes < READ_BYTES && job->found_count < READ_RECORDS) {
        enum spool_answer answer = spool_read(j->spool, &job->reader, &found);

        job->ended = answer == SPOOL_END;
        if (answer != SPOOL_RECORD)
            break;
        bytes += found.body->len;
        job->found = mem_room(job->found, job->found_count, &job->found_cap, sizeof(found));
        job->found[job->found_count++] = found;
    }
}

static void add_writes(struct journal *j)
{
    struct job *job = &j->job;

    if (list_empty(&j->pending))
        return;
    j->wrote_ms = uv_now(j->worker->loop);
    while (!list_empty(&j->pending)) {
        struct entry *entry = LIST_ENTRY(j->pending.next, struct entry, node);

        list_remove(&entry->node);
        list_push_back(&j->writing, &entry->node);
        job->writes =
            mem_room(job->writes, job->write_count, &job->write_cap, sizeof(*job->writes));
        job->writes[job->write_count++] = (struct spool_record){
            .head = buf_str(&entry->head),
            .body = bytes_str(entry->batch->slices[0].payload->body),
        };
    }
}

/* The lists change places, so that both keep their memory. */
static void add_marks(struct journal *j)
{
    struct job *job = &j->job;
    struct spool_place *empty = job->marks;
    size_t cap = job->mark_cap;

    uv_mutex_lock(&j->lock);
    job->marks = j->gone;
    job->mark_count = j->gone_count;
    job->mark_cap = j->gone_cap;
    j->gone = empty;
    j->gone_cap = cap;
    j->gone_count = 0;
    uv_mutex_unlock(&j->lock);
}

static void on_job_done(uv_work_t *request, int status);

static bool wants_read(const struct journal *j)
{
    return j->behind && !j->ended && !j->rests && j->found_count == 0 && j->open_inlets > 0;
}

static void begin_job(struct journal *j)
{
    struct job *job = &j->job;

    add_writes(j);
    add_marks(j);
    job->behind = j->behind;
    job->reads = wants_read(j);
    job->reader = j->reader;
    job->ended = false;
    j->working = true;
    uv_queue_work(j->worker->loop, &j->request, run_job, on_job_done);
}

static void take_found(struct journal *j)
{
    struct job *job = &j->job;

    free(j->found);
    j->found = job->found;
    j->found_count = job->found_count;
    j->next_found = 0;
    j->reader = job->reader;
    j->ended = job->ended;
    j->rests = job->found_count == 0 && !job->ended;
    job->found = NULL;
    job->found_count = job->found_cap = 0;
}

static void take_written(struct journal *j)
{
    struct job *job = &j->job;

    for (size_t i = 0; i < job->write_count; i++) {
        struct entry *entry = LIST_ENTRY(j->writing.next, struct entry, node);

        entry->place = job->writes[i].place;
        end_write(j, entry, job->written, job->behind);
    }
    if (!job->reads && job->written && job->behind)
        j->ended = false; /* the reader has not seen them */
    if (job->written && j->failing_until_ms > 0) {
        log_info(j->where, "can be written again");
        j->failing_until_ms = 0;
    } else if (!job->written) {
        j->failing_until_ms = uv_now(j->worker->loop) + RETRY_MS;
        log_limited(&j->failed_log, LOG_ERROR, j->where,
                    "cannot be written: %s; clients are refused for now, what is there goes on",
                    job->error.text);
    }
}

static void end(struct journal *j);

static void on_job_done(uv_work_t *request, int status)
{
    struct journal *j = request->data;
    struct job *job = &j->job;

    (void)status; /* jobs are not cancelled */
    j->working = false;
    if (job->write_count > 0)
        take_written(j);
    if (job->reads)
        take_found(j);
    job->write_count = job->mark_count = 0;
    if (j->freed) {
        end(j);
        return;
    }
    hand_on_all_found(j);
    work(j, false);
}

/* ---- when ---- */

static size_t marks(struct journal *j, size_t *entries)
{
    size_t count;

    uv_mutex_lock(&j->lock);
    count = j->gone_count;
    *entries = j->entries;
    uv_mutex_unlock(&j->lock);
    return count;
}

static void on_timer(uv_timer_t *timer)
{
    struct journal *j = timer->data;

    j->rests = false;
    hand_on_all_found(j);
    work(j, true);
}

static void tell_drained(struct journal *j)
{
    struct list *next;

    for (struct list *node = j->inlets.next; node != &j->inlets; node = next) {
        struct inlet *inlet = LIST_ENTRY(node, struct inlet, node);

        next = node->next;
        if (!inlet->drained || inlet->told)
            continue;
        inlet->told = true;
        inlet->drained(&inlet->base);
    }
}

/* Begins a job where there is something to do now, else waits for what comes. look: the timer has
 * come, so that marks are written even if nothing else is. */
static void work(struct journal *j, bool look)
{
    uint64_t due_ms = j->wrote_ms + j->sync_interval_ms, now_ms = uv_now(j->worker->loop);
    bool pending = !list_empty(&j->pending), ends = j->open_inlets == 0;
    size_t entries, marked = marks(j, &entries);

    if (j->working)
        return;
    if ((pending && (due_ms <= now_ms || ends)) || wants_read(j) || (marked > 0 && (look || ends)))
        begin_job(j);
    else if (pending)
        uv_timer_start(&j->timer, on_timer, due_ms - now_ms, 0);
    else if (entries > 0 || marked > 0 || (j->behind && !ends))
        uv_timer_start(&j->timer, on_timer, LOOK_MS, 0);
    else
        uv_timer_stop(&j->timer);
    if (!j->working && ends)
        tell_drained(j);
}

/* ---- inlets ---- */

/* Metadata so long that no record has room for it goes on from memory only. */
static void write_head(struct buf *out, const struct inlet *inlet, const struct payload *payload)
{
    struct journal_head head = {payload->signal, str_of(inlet->id), {NULL, 0}};

    if (payload->metadata && payload->metadata->len <= METADATA_MAX)
        head.metadata = bytes_str(payload->metadata);
    journal_head_write(out, &head);
}

static struct result inlet_consume(struct component *base, struct batch *batch)
{
    struct inlet *inlet = (struct inlet *)base;
    struct journal *j = inlet->journal;
    struct payload *payload = batch->slices[0].payload;
    struct entry *entry;

    assert(batch->slice_count == 1 && !payload->origin); /* as a receiver makes it */
    if (j->failing_until_ms > uv_now(j->worker->loop))
        return result_retry(RETRY_MS, "the disk queue cannot be written");
    if (payload->body->len > SPOOL_BODY_MAX)
        return result_rejected("larger than a record of the disk queue may be");
    if (store_is_full(j->store, payload->body->len)) {
        log_limited(&j->full_log, LOG_WARN, j->where,
                    "is full (%llu bytes): clients are told to try again",
                    (unsigned long long)store_bytes(j->store));
        return result_retry(RETRY_MS, "the disk queue is full");
    }
    entry = entry_new(j, payload);
    entry->batch = batch_ref(batch);
    batch_hold(batch);
    write_head(&entry->head, inlet, payload);
    list_push_back(&j->pending, &entry->node);
    j->worker->held_bytes += batch->bytes;
    work(j, false);
    return result_accepted();
}

static bool inlet_start(struct component *base, struct error *err)
{
    (void)err;
    work(((struct inlet *)base)->journal, false);
    return true;
}

static void inlet_drain(struct component *base, component_drained_cb *drained)
{
    struct inlet *inlet = (struct inlet *)base;

    inlet->drained = drained;
    inlet->journal->open_inlets--;
    work(inlet->journal, false);
}

static void inlet_destroy(struct component *base)
{
    struct inlet *inlet = (struct inlet *)base;

    if (!inlet->drained)
        inlet->journal->open_inlets--;
    list_remove(&inlet->node);
    free(inlet);
}

static const struct component_type journal_inlet = {
    .name = "journal",
    .kind = PROCESSOR,
    .start = inlet_start,
    .consume = inlet_consume,
    .drain = inlet_drain,
    .destroy = inlet_destroy,
};

struct component *journal_inlet_new(struct journal *journal, const char *id, enum signal signal,
                                    struct component *next, const char *where)
{
    struct inlet *inlet = mem_zero(sizeof(*inlet));

    inlet->base = (struct component){.type = &journal_inlet, .id = "journal", .where = where};
    inlet->base.next[signal] = next;
    inlet->journal = journal;
    inlet->id = id;
    inlet->signal = signal;
    list_push_front(&journal->inlets, &inlet->node); /* before one that it takes the place of */
    journal->open_inlets++;
    return &inlet->base;
}

/* ---- the journal ---- */

struct journal *journal_new(struct worker *worker, struct store *store, uint64_t sync_interval_ms,
                            const char *where, struct error *err)
{
    struct spool *spool = spool_open(store, worker->index, worker->count, err);
    struct journal *j;

    if (!spool) {
        store_unref(store);
        return NULL;
    }
    j = mem_zero(sizeof(*j));
    j->worker = worker;
    j->store = store;
    j->spool = spool;
    j->where = where;
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

/* No job runs any more, and none will. */
static void end(struct journal *j)
{
    for (; j->next_found < j->found_count; j->next_found++)
        found_done(&j->found[j->next_found]);
    spool_done(j->spool, j->gone, j->gone_count);
    spool_close(j->spool);
    if (j->worker->index == 0 && store_bytes(j->store) > 0)
        log_info(j->where, "%.1f MiB stay on disk for the next start",
                 (double)store_bytes(j->store) / (1 << 20));
    store_unref(j->store);
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
        end_write(journal, LIST_ENTRY(journal->pending.next, struct entry, node), false, false);
    if (!journal->working)
        end(journal);
}
