/*
 * The workers: threads with a loop each, which the control thread tells what to do.
 *
 *     control   crew_call(worker 0, build) ... crew_call(worker 1, build) ...     one at a time,
 * waits worker 0  ------[build]--- its connections, its batches ---[drain]------[destroy]--| end
 *     worker 1  -----------------[build]--- its connections ---[drain]----[destroy]------| end
 *
 * A worker's loop, handles and graph are touched by its own thread alone; jobs are how others reach
 * in.
 */
#pragma once

#include "base/error.h"
#include "pipeline/worker.h"

struct crew;
struct crew_member;
struct listen_set;
struct overview;

/* Starts the threads. NULL and *err where the system does not give them. */
struct crew *crew_new(unsigned workers, struct error *err);

unsigned crew_size(const struct crew *crew);
struct crew_member *crew_at(struct crew *crew, unsigned index);

/* What its workers show of what runs: the control thread sets it. Borrowed. */
struct overview *crew_overview(const struct crew *crew);

/* Where its workers listen. Borrowed. */
struct listen_set *crew_sockets(const struct crew *crew);

/* Runs a job on the worker's thread and waits for its end. From the control thread only. */
typedef void crew_job_fn(struct worker *worker, void *arg);
void crew_call(struct crew_member *member, crew_job_fn *job, void *arg);

/*
 * Ends the threads and frees. Everything that uses the loops must have been destroyed by jobs: what
 * is still closing is waited for. Takes NULL.
 */
void crew_free(struct crew *crew);
