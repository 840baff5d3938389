/*
 * The disk is used by jobs in the thread pool, one at a time: each writes what is pending, marks
 * what is done, and reads what is next.
 */
#include <stdlib.h>

#include "base/least.h"
#include "base/mem.h"
#include "pipeline/journal_priv.h"

/*
 * What one job reads at the most: more than one writes (JOURNAL_GROUP_BYTES), so that a reader that
 * is behind comes nearer while clients send as fast as they can. These wait for it: from a slow
 * disk it reads for READ_NS, and twice as long as it wrote.
 */
enum { READ_BYTES = 2 * JOURNAL_GROUP_BYTES, READ_RECORDS = 4096 };

static const uint64_t READ_NS = 20 * 1000000;

/* ---- in the thread pool ---- */

/* One record at least. */
static void read_some(struct spool *spool, struct job *job, uint64_t end_ns)
{
    struct spool_found found;
    size_t bytes = 0;

    do {
        enum spool_answer answer = spool_read(spool, &job->reader, &found);

        job->ended = answer == SPOOL_END;
        if (answer != SPOOL_RECORD)
            return;
        bytes += found.body->len;
        job->found = mem_room(job->found, job->found_count, &job->found_cap, sizeof(found));
        job->found[job->found_count++] = found;
    } while (bytes < job->read_bytes && job->found_count < READ_RECORDS && uv_hrtime() < end_ns);
}

static void run_job(uv_work_t *request)
{
    struct journal *j = request->data;
    struct job *job = &j->job;
    uint64_t begun_ns = uv_hrtime(), wrote_ns;

    if (job->write_count > 0)
        job->written = spool_write(j->spool, job->writes, job->write_count, &job->error);
    wrote_ns = uv_hrtime() - begun_ns;
    if (job->mark_count > 0)
        spool_done(j->spool, job->marks, job->mark_count);
    if (job->reads)
        read_some(j->spool, job, uv_hrtime() + READ_NS + 2 * wrote_ns);
}

/* ---- before ---- */

static void add_writes(struct journal *j)
{
    struct job *job = &j->job;

    j->wrote_ms = uv_now(j->worker->loop);
    j->pending_bytes = 0;
    while (!list_empty(&j->pending)) {
        struct draft *draft = LIST_ENTRY(j->pending.next, struct draft, node);

        list_remove(&draft->node);
        list_push_back(&j->writing, &draft->node);
        job->writes =
            mem_room(job->writes, job->write_count, &job->write_cap, sizeof(*job->writes));
        job->writes[job->write_count++] = (struct spool_record){
            .head = buf_str(&draft->head),
            .body = bytes_str(draft->body),
        };
    }
}

/* The arrays change places, so that both keep their memory. */
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
    j->looks = false;
}

/* Half of what it may have in memory, at the most. */
static size_t read_bytes(const struct journal *j)
{
    return least(READ_BYTES, journal_memory(j) / 2 / (journal_trunk(j)->lane_count + 1));
}

bool job_wants_read(const struct journal *j)
{
    return j->behind && !j->ended && !j->rests && j->found_count == 0 && j->open_inlets > 0;
}

/* ---- behind ---- */

/* Nobody else has what is in a lane: it is written later. */
static void write_again(struct journal *j)
{
    while (!list_empty(&j->writing)) {
        struct draft *draft = LIST_ENTRY(j->writing.prev, struct draft, node);

        list_remove(&draft->node);
        list_push_front(&j->pending, &draft->node);
        j->pending_bytes += draft->bytes;
    }
}

static void take_written(struct journal *j)
{
    struct job *job = &j->job;

    if (!job->written && j->trunk && !j->freed)
        write_again(j);
    for (size_t i = 0; !list_empty(&j->writing); i++) {
        struct draft *draft = LIST_ENTRY(j->writing.next, struct draft, node);

        draft->place = job->writes[i].place;
        journal_end_draft(j, draft, job->written, job->behind);
    }
    if (job->written && job->behind && !job->reads)
        j->ended = false; /* the reader has not seen them */
    if (job->written && j->failing_until_ms > 0) {
        log_info(j->where, "can be written again");
        j->failing_until_ms = 0;
    } else if (!job->written) {
        j->failing_until_ms = uv_now(j->worker->loop) + JOURNAL_RETRY_MS;
        log_limited(&j->failed_log, LOG_ERROR, j->where,
                    "cannot be written: %s; %s, what is there goes on. Make room on the disk, or "
                    "mend it; it is tried again by itself",
                    job->error.text,
                    j->trunk ? "what comes waits in memory" : "clients are refused for now");
    }
}

static void take_found(struct journal *j)
{
    struct job *job = &j->job;

    found_drop(j);
    j->found = job->found;
    j->found_count = job->found_count;
    j->reader = job->reader;
    j->ended = job->ended;
    j->rests = job->found_count == 0 && !job->ended;
    job->found = NULL;
    job->found_count = job->found_cap = 0;
}

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
        journal_end(j);
        return;
    }
    found_hand_on(j);
    journal_work(j);
    inlets_tell_drained(j);
}

void job_begin(struct journal *j, bool writes)
{
    struct job *job = &j->job;

    if (writes)
        add_writes(j);
    add_marks(j);
    job->behind = j->behind;
    job->reads = job_wants_read(j);
    job->read_bytes = read_bytes(j);
    job->reader = j->reader;
    job->ended = false;
    j->working = true;
    uv_queue_work(j->worker->loop, &j->request, run_job, on_job_done);
}
