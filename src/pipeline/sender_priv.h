/*
 * A held batch is in one of four lists:
 *
 *     blocked ---> queue  ------->  sending  ------->  waiting   (a consumer's slot is kept from
 *            room           slot      ^  |    retry       |       sending until the delivery is
 *                                     |  '--> gone        |       gone)
 *                                     '-------------------'  due
 *
 * What the files of a sender share: sender.c has its life, its entrance and its end, delivery.c
 * moves what it holds from list to list.
 */
#pragma once

#include "base/least.h"
#include "base/list.h"
#include "base/log.h"
#include "pipeline/exporter_metrics.h"
#include "pipeline/sender.h"
#include "pipeline/worker.h"

enum { DRAIN_WAIT_MS = 1000 /* between tries, when draining */ };

struct parcel { /* a held batch */
    struct delivery delivery;
    struct sender *sender;
    struct list node;
    bool waited;          /* the batch is held until it is known what becomes of it */
    char *refused;        /* ... and why a part was given up; NULL: none was */
    size_t units;         /* of the queue's sizer */
    uint64_t first_ms;    /* when it was tried first */
    uint64_t try_ns;      /* sending: when this try began, of uv_hrtime() */
    uint64_t due_ms;      /* waiting: when it is tried again */
    uint64_t interval_ms; /* the next wait, before jitter */
};

struct entrance {
    struct component base;
    struct sender *sender;
};

struct sender {
    uv_timer_t timer; /* the next waiting parcel */
    uv_loop_t *loop;
    struct worker *worker;
    const struct sender_settings *settings;
    const char *where;
    sender_send_fn *send;
    sender_forget_fn *forget;
    void *arg;

    struct list blocked, queue, sending, waiting;
    size_t slots, busy; /* parcels that may be, and are, sending or waiting */
    size_t room, used;  /* units that may be, and are, in the queue */
    size_t held_bytes_max;
    size_t held_memory; /* batch_memory() of all */
    size_t congesting;  /* bytes that count in worker->held_bytes */
    struct exporter_metrics metrics;
    size_t held_batches, held_items, held_bytes;
    bool moving; /* inside move() */

    struct component *batchers[SIGNAL_KINDS]; /* owned; made when they are needed */
    struct entrance entrance;                 /* what they hand to */
    size_t batchers_draining;

    void (*drained)(void *arg); /* NULL: not draining */
    void *drained_arg;
    struct sender *heir; /* gets what cannot be sent, and what comes; NULL: none */

    uint64_t random;            /* of the jitter */
    unsigned failures;          /* tries since the last success; above 0: congesting is part of
                                   worker->stuck_bytes */
    char why[200];              /* of the last failure that was logged */
    uint64_t logged_ms;         /* when */
    struct log_limit limits[4]; /* failing, works again, dropped, full */
};

/* Of the batch's signal. */
static inline struct exporter_counts *parcel_counts(const struct parcel *parcel)
{
    return exporter_metrics_of(&parcel->sender->metrics, parcel->delivery.batch->signal);
}

/* ---- from delivery.c ---- */

/* Units of the queue's sizer. */
size_t sender_units(const struct sender *sender, const struct batch *batch);

/* Whether the queue has room for a batch that is not in it. One that is larger than the whole queue
 * is taken where the queue is empty. */
bool sender_has_room(const struct sender *sender, size_t units);

/*
 * Starts whatever can be started, and sets the timer, whose callback it is too. The last thing that
 * it does is to say that all is drained: the sender may be gone then.
 */
void sender_move(uv_timer_t *timer);

/* A parcel for a batch, counted as held, in no list. */
struct parcel *parcel_new(struct sender *sender, struct batch *batch, size_t units);

/* Out of its list; result: for whoever waits. */
void parcel_free(struct parcel *parcel, struct result result);

void parcel_enqueue(struct parcel *parcel);

/* Out of the queue, in no list. */
void parcel_dequeue(struct parcel *parcel);

/* Queues one that was blocked: it is accepted now. */
void parcel_admit(struct parcel *parcel);

/* Who sends what comes to the sender: itself, or the last of its heirs. */
static inline struct sender *sender_successor(struct sender *sender)
{
    while (sender->heir)
        sender = sender->heir;
    return sender;
}

/* The parcel, in no list, goes to the heir's queue as if it were new; it finds room in any case. */
void parcel_give_to_heir(struct parcel *parcel);
