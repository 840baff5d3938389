/*
 * Where the relays of one component meet, one of each worker (pipeline/relay.h): each has an inbox
 * for what the others bring.
 *
 *     meetings (of all workers) -> meeting of tail_sampling   inbox 0 | inbox 1 | ...
 *                                  meeting of spanmetrics     inbox 0 | inbox 1 | ...
 *
 * Any thread may call all of it.
 */
#pragma once

#include <stdbool.h>
#include <uv.h>

#include "otlp/batch.h"

/* What an inbox takes, but for one batch that alone has more bytes. */
enum { INBOX_BATCHES = 256, INBOX_BYTES = 8 << 20 };

struct meeting;
struct meetings;

struct meetings *meetings_new(unsigned workers);
void meetings_free(struct meetings *meetings); /* when all have left; takes NULL */

/* Two addresses, or NULL, that are the same for all who are to meet. */
struct meeting_place {
    const void *of, *in;
};

/* A worker's inbox is there from now on. wake is sent when there is something in it, and when the
 * meeting may be over. */
struct meeting *meeting_join(struct meetings *meetings, struct meeting_place place, unsigned worker,
                             uv_async_t *wake);

/* What is in the inbox is dropped; wake is not sent any more. */
void meeting_leave(struct meeting *meeting, unsigned worker);

/*
 * Puts a batch into a worker's inbox: takes over the caller's reference, which has to be the only
 * one, so that nobody else touches the batch. False, and nothing is taken: the inbox is full, or
 * is not there.
 */
bool meeting_post(struct meeting *meeting, unsigned worker, struct batch *batch);

/* The first batch of an inbox, which stays there; NULL: it is empty. For its worker alone. */
struct batch *meeting_first(struct meeting *meeting, unsigned worker);
void meeting_remove_first(struct meeting *meeting, unsigned worker);

/* The worker posts no more. */
void meeting_finish(struct meeting *meeting, unsigned worker);

/* All who have joined have finished (or left), and the worker's inbox is empty. */
bool meeting_is_over(struct meeting *meeting, unsigned worker);

/* Items in a worker's inbox that are nowhere on disk. */
size_t meeting_held(struct meeting *meeting, unsigned worker);
