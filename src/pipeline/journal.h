/*
 * What keeps acknowledged data on disk: one worker's part of a store, between the receivers and the
 * pipelines that asked for it (sending_queue.storage).
 *
 *     receiver -> inlet --hold--> written and synced, many at a time --settle: OK to the client
 *                                     |
 *                                     | handed on from memory           refused for now: left there
 *                                     v                                              |
 *                 processors, exporters --all done: marked--> forgotten              |
 *                                     ^                                              |
 *                                     '---- read back when there is room again <-----'
 *                                                  (and at the start: what was left before)
 *
 * So OK means "on disk", whatever a batch processor still gathers; and what the exporters cannot
 * take for now costs no memory. Delivery is at least once: what was on its way when the process
 * died goes again.
 */
#pragma once

#include <stdint.h>

#include "otlp/signal.h"
#include "pipeline/component.h"
#include "storage/store.h"

struct journal;
struct worker;

/*
 * Takes over the reference to the store. where: for the log, borrowed. sync_interval_ms: requests
 * that come within this time of the last sync wait for the next one. NULL and *err: the directory
 * cannot be read.
 */
struct journal *journal_new(struct worker *worker, struct store *store, uint64_t sync_interval_ms,
                            const char *where, struct error *err);

/*
 * The lane of a name: a journal of its own in the same store, apart from the others; made where it
 * is not there yet. It is the journal's, and ends with it. NULL and *err: it cannot be opened.
 */
struct journal *journal_lane(struct journal *journal, const char *name, struct error *err);

/* Whether it has one, or there is something in it on disk. */
bool journal_has_lane(const struct journal *journal, const char *name);

/*
 * A component that stands in front of what follows a receiver for a signal: next (borrowed). id:
 * the receiver's, under which it finds on disk what is its own. Reading begins when it is started.
 */
struct component *journal_inlet_new(struct journal *journal, const char *id, enum signal signal,
                                    struct component *next, const char *where);

/*
 * From now on nothing that is let go of counts as done: its holders are ending. Records that are
 * neither delivered nor dropped stay on disk.
 */
void journal_close(struct journal *journal);

/* Behind its inlets. Memory goes when the last write has ended and the loop has run. Takes NULL. */
void journal_free(struct journal *journal);
