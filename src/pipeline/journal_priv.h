/*
 * A journal's parts: its life and its times (journal.c), what stands in front of the pipelines
 * (journal_inlet.c) and of exporters (overflow.c), requests that are on disk or about to be
 * (journal_entry.c), and the work on the disk (journal_job.c).
 */
#pragma once

#include <uv.h>

#include "base/buf.h"
#include "base/list.h"
#include "base/log.h"
#include "pipeline/journal.h"
#include "pipeline/worker.h"
#include "storage/spool.h"

enum {
    JOURNAL_RETRY_MS =
        1000,              /* what refused clients are told; how long writing rests when it fails */
    JOURNAL_LOOK_MS = 100, /* marks are written, memory is looked for */
    JOURNAL_OFFER_MS = 15, /* what was read and refused is offered again */
    JOURNAL_SLOW_MS = 1000,        /* what cannot keep up, or has no memory, for so long is told */
    JOURNAL_GROUP_BYTES = 4 << 20, /* so many waiting bytes are written at once */
    JOURNAL_MEMORY_BYTES = 24 << 20, /* the most of journal_memory() */
    JOURNAL_MEMORY_PART = 8,         /* of the memory budget, for all workers together */
    JOURNAL_SPARE_PART = 4           /* of store_spare(): what may have to move to a lane at once */
};

struct inlet {
    struct component base; /* next: where it leads, for the signals that it takes */
    struct journal *journal;
    struct list node;              /* in journal->inlets */
    const char *id;                /* of its receiver, or of its exporter */
    size_t waiting;                /* of its drafts: pending or being written */
    component_drained_cb *drained; /* not NULL: draining */
    bool told;                     /* ... and drained */
};

/* A record that is to be written, or is being written. */
struct draft {
    struct list node;    /* in pending or writing; else alone */
    struct inlet *inlet; /* that brought it; NULL: gone */
    struct batch *batch; /* one reference */
    struct bytes *body;  /* one reference */
    struct buf head;
    struct spool_place place; /* where it is then */
    size_t bytes;             /* that it counts for while it waits */

    /* It is in no list any more, nor in the sums. was_behind: when the job began the journal was,
     * and the record is the reader's. */
    void (*ended)(struct journal *journal, struct draft *draft, bool written, bool was_behind);
};

/* One payload. It stands behind it as its origin, and lives as long. */
struct entry {
    struct origin origin; /* the first member */
    struct journal *journal;
    struct draft draft; /* while it waits; then its place */
    size_t bytes;       /* of the payload */
    bool left;          /* is not done with when it has gone from memory */
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
    size_t read_bytes;  /* after as many it reads no more */
    bool written, ended;
    struct error error;
};

struct journal {
    struct worker *worker;
    struct store *store;   /* one reference */
    struct spool *spool;   /* owned */
    char *where;           /* owned: the last write may end behind the configuration */
    struct journal *trunk; /* of a lane: the journal that it belongs to; else NULL */
    struct list lanes;     /* of others: theirs */
    struct list node;      /* in trunk->lanes */
    size_t lane_count;
    uint64_t sync_interval_ms;
    struct list inlets;
    size_t open_inlets; /* that are not draining */
    uv_timer_t timer;
    uv_work_t request;
    struct job job;
    bool working, freed;
    uint64_t wrote_ms; /* when the last job with writes began */
    uint64_t look_ms;  /* when the next look is due */
    bool looks;        /* ... and it was: the next job writes marks, if there is nothing else */

    struct list pending, writing; /* drafts */
    size_t pending_bytes;         /* ... of the former, */
    size_t waiting_bytes;         /* ... of both */

    bool behind; /* records are left on disk, from reader on */
    bool ended;  /* ... and the reader has come to the end: found has the last of them */
    bool rests;  /* ... and there was no memory for more, until the next look */
    struct spool_place reader;
    struct spool_found *found; /* read, not handed on yet: those from next_found on */
    size_t found_count, next_found;
    struct payload *offered; /* the next one, which was refused for now; or NULL */
    uint64_t behind_ms;      /* since when it is behind */
    uint64_t fed_ms;         /* when last it had, or could have had, something in memory */
    bool told_behind;        /* ... and that was logged */
    bool told_homeless;

    uint64_t failing_until_ms; /* 0: the last write was good */
    struct log_limit full_log, failed_log, dropped_log, homeless_log, foreign_log, behind_log;
    struct log_limit starved_log;

    uv_mutex_t lock; /* of what follows: any thread may let go of a payload */
    struct spool_place *gone;
    size_t gone_count, gone_cap;
    size_t entries; /* whose payloads somebody has, */
    size_t bytes;   /* ... and so many bytes */
    bool closed;    /* what is let go of is not done with */
    bool over;      /* nothing but entries is left of the journal */
};

/* Of a lane the journal that it belongs to; else itself. */
static inline const struct journal *journal_trunk(const struct journal *journal)
{
    return journal->trunk ? journal->trunk : journal;
}

/* ---- journal.c ---- */

/* Bytes of what one worker has handed on and keeps in memory, about; a lane may have as many. */
size_t journal_memory(const struct journal *journal);

/* Begins a job where there is something to do now, else waits for what comes. */
void journal_work(struct journal *journal);
void journal_end(struct journal *journal); /* no job runs, and none will */

/* Takes it out of its list and the sums, and tells it. */
void journal_end_draft(struct journal *journal, struct draft *draft, bool written, bool was_behind);

/* Lanes on disk that no exporter has. */
void journal_tell_homeless(struct journal *journal);
void journal_destroy(struct journal *journal); /* no entry is left */

/* What a look at the part behind the lock finds. */
struct journal_gone {
    size_t marks, entries, bytes;
};

/* ---- overflow.c ---- */

/* Whether what an overflow stands in front of may have more of a lane in memory. */
bool overflow_has_room(const struct inlet *inlet);

/* Held by exporters that are slower than others: the journal has as much more memory for these. */
size_t overflow_lagging_bytes(struct journal *trunk);

/* ---- journal_inlet.c ---- */

struct inlet *inlet_new(struct journal *journal, const struct component_type *type, const char *id,
                        const char *where);
bool inlet_start(struct component *base, struct error *err);
void inlet_drain(struct component *base, component_drained_cb *drained);
void inlet_destroy(struct component *base);

/* Fills in a draft that is zeroed, but for `ended`; takes over the body. */
void draft_init(struct draft *draft, struct inlet *inlet, struct batch *batch,
                const struct payload *payload, struct bytes *body);
void draft_done(struct draft *draft); /* gives back what it has, but for its place */

/* To be written: behind all others. */
void draft_add(struct draft *draft);
struct result inlet_refuse_full(struct journal *journal);

/* The open inlet of the receiver; where the configuration has no such receiver any more, of another
 * one; NULL: none for this signal. Of a lane the one of its exporter. */
struct inlet *inlet_find(const struct journal *journal, struct str id, enum signal signal);

/* Those that drain, and have nothing waiting. */
void inlets_tell_drained(struct journal *journal);

/* ---- journal_entry.c ---- */

/* Stands behind a payload that is not shared yet. */
struct entry *entry_new(struct journal *journal, struct payload *payload);

struct journal_gone entries_gone(struct journal *journal);

/* The draft of a new entry goes on from memory, or is left on disk; its batch is settled. */
void entry_ended(struct journal *journal, struct draft *draft, bool written, bool was_behind);

/* This record and those behind it are read when there is room for them. */
void journal_fall_behind(struct journal *journal, struct spool_place place);

/* As many of the records that were read as are accepted. */
void found_hand_on(struct journal *journal);
void found_drop(struct journal *journal); /* what was read and not handed on */

/* ---- journal_job.c ---- */

/* Something is on disk that can be read now. */
bool job_wants_read(const struct journal *journal);

/* writes: with what is pending. Ends with journal_work(), or with journal_end(). */
void job_begin(struct journal *journal, bool writes);
