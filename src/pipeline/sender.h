/*
 * The sending half of an exporter: a bounded queue, several sends at a time, retries with backoff.
 *
 *     consume -> sender_push -> queue -> send(delivery) -> delivery_done    gone
 *                   |  (batch)               ^    |
 *           full: RETRY_LATER                |    +------> delivery_retry   waits, then again
 *           or waits for room                '------------ (backoff)
 *                                                 +------> delivery_drop    counted, logged, gone
 *
 * Nothing that was pushed is lost but by delivery_drop and, where the user has set it,
 * retry_on_failure.max_elapsed_time. Keys and defaults: docs/configuration.md, "sending_queue".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/field.h"
#include "pipeline/batcher.h"
#include "pipeline/component.h"

struct sender;

enum sizer { SIZER_REQUESTS, SIZER_ITEMS, SIZER_BYTES };

struct queue_batch_settings { /* sending_queue.batch */
    bool enabled;
    struct batcher_settings batcher;
};

struct queue_settings {     /* sending_queue */
    bool enabled;           /* false: one batch at a time per consumer, none waits */
    uint64_t num_consumers; /* sends at a time, all workers together; each worker has its share */
    uint64_t queue_size;    /* in units of sizer, all workers together */
    unsigned sizer;         /* enum sizer */
    bool block_on_overflow; /* a batch waits for room, where it would be refused for now */
    bool wait_for_result;   /* a batch is held until it is delivered or given up */
    struct queue_batch_settings batch;
    const char *storage; /* id of the extension that keeps data on disk; NULL: in memory only */
};

struct retry_settings { /* retry_on_failure */
    bool enabled;
    uint64_t initial_interval_ms, max_interval_ms,
        max_elapsed_time_ms; /* elapsed 0: never gives up */
    double randomization_factor, multiplier;
};

struct sender_settings {
    struct queue_settings queue;
    struct retry_settings retry;
    bool apart; /* no key: sends what is none of the users' data. Nothing is counted, and failures
                   are told by whoever waits for the result */
};

extern const struct field queue_fields[];       /* for FIELD_BLOCK "sending_queue" */
extern const struct field queue_batch_fields[]; /* its batch, which stood outside of it once */
extern const struct field retry_fields[];       /* for FIELD_BLOCK "retry_on_failure" */

/*
 * For the exporter's own check: what the tables cannot say. node is the exporter's body. Lowers
 * max_interval to max_elapsed_time.
 */
void sender_settings_check(struct sender_settings *settings, const struct node *node,
                           struct problems *problems);

struct delivery { /* one batch on its way out; the sender's */
    struct batch *batch;
    void *state;       /* the exporter's, kept between tries: how far it has come; NULL at first */
    unsigned attempts; /* made before this one */
    size_t left;       /* items of the batch that are neither sent nor given up */
    const char *error; /* the exporter's, for metrics: what was wrong with its last request, one of
                          a few constants (exporter_metrics_drop); NULL: not told */
};

/* Starts sending; ends with one of the three delivery_ calls, at once or later. Where the memory
 * budget has no room for what is to be sent, that is a retry too. */
typedef void sender_send_fn(void *arg, struct delivery *delivery);

/* Frees delivery->state where it is not NULL: the delivery is gone. */
typedef void sender_forget_fn(void *arg, struct delivery *delivery);

struct sender_counts { /* items, since the start */
    uint64_t sent, failed /* given up */, refused /* at a full queue */, retries /* batches */;
    size_t held_items, held_batches, held_bytes, in_flight;
};

/* settings and where are borrowed. Never NULL. */
struct sender *sender_new(struct worker *worker, const struct sender_settings *settings,
                          const char *where, sender_send_fn *send, sender_forget_fn *forget,
                          void *arg);

/* Tells its metrics the URL that it sends a signal to; by_path: as exporter_metrics_aim(). Before
 * sender_expect(). */
void sender_aim(struct sender *sender, enum signal signal, const char *url, bool by_path);

/* Its metrics are 0 for these signals (1u << TRACES, ...), and not only from their first batch on.
 */
void sender_expect(struct sender *sender, unsigned signals);

/* Takes a reference, or refuses for now where the queue is full. send may be called before it
 * returns. */
struct result sender_push(struct sender *sender, struct batch *batch);

/*
 * A part of the batch has been sent, or (why is not NULL) is given up: so many items. The try goes
 * on with the rest.
 */
void delivery_part(struct delivery *delivery, size_t items, const char *why);

/* All that was left has been sent. */
void delivery_done(struct delivery *delivery);

/* why: for the log, copied. after_ms: the peer's advice, raises the wait; 0: none. */
void delivery_retry(struct delivery *delivery, uint64_t after_ms, const char *why);
void delivery_drop(struct delivery *delivery, const char *why);

/* Calls drained when nothing is held; retries go on until then, without waiting longer than a
 * second. */
void sender_drain(struct sender *sender, void (*drained)(void *arg), void *arg);

/*
 * Another sender with the same functions gets what is held, and all that is pushed from now on:
 * now what waits, later what is on its way and fails. Where a batch was sent in part, all of it
 * goes again. The heir lives longer.
 */
void sender_bequeath(struct sender *sender, struct sender *heir);

struct sender_counts sender_counts(const struct sender *sender);

/* Bytes of memory that what is held keeps (batch_memory). */
size_t sender_held_memory(const struct sender *sender);

/* Held items that are in memory only. */
size_t sender_unstored(const struct sender *sender);

/*
 * The exporter has cancelled what is in flight. Drops what is held; memory goes when the timer is
 * closed. Takes NULL.
 */
void sender_free(struct sender *sender);
