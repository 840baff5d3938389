/*
 * Stands before a component that needs more than its own worker's data (enum placement), and brings
 * each batch to the worker that it belongs to.
 *
 *     worker 0   ... -> relay --consume--> tail_sampling     its own: a plain call
 *                         |  ^
 *                       inboxes (pipeline/meeting.h)         another's: by reference
 *                         v  |
 *     worker 1   ... -> relay --consume--> tail_sampling
 *
 * Who brings a batch hears what becomes of it in its own worker; what goes to another one is
 * accepted as soon as it is in the inbox. A full inbox refuses for now. What its component refuses
 * for now stays in the inbox, and is tried again before anything else comes to it.
 */
#pragma once

#include "pipeline/component.h"
#include "pipeline/meeting.h"

struct worker;

/*
 * target: borrowed; what its type's placement says. place: the same in all workers. where: for the
 * log, borrowed. It is drained when the relays of all workers are told to, owe nothing, and its
 * inbox is empty; so it has to be told once only, when nothing can come to it any more.
 */
struct component *relay_new(struct worker *worker, struct component *target,
                            struct meeting_place place, const char *where);
