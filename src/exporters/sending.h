/*
 * What exporters have in common that send a batch by several requests, one after the other.
 *
 *     outgoing_consume -> queue -> next request -> answer
 *
 *     SENT          the next request
 *     SEND_AGAIN    back to the queue, later
 *     TOO_LARGE     again in halves
 *     REFUSED       dropped, counted, logged; then the next request
 *
 * What has arrived is not sent again when a later request fails. Of a request that is too large,
 * only an item that is so alone is dropped. The queue and the waiting are pipeline/sender.c's.
 */
#pragma once

#include "base/list.h"
#include "base/log.h"
#include "exporters/answer.h"
#include "pipeline/component.h"
#include "pipeline/sender.h"
#include "pipeline/worker.h"

struct outgoing;

struct sending {               /* how far a delivery has come */
    struct outgoing *outgoing; /* the exporter */
    struct delivery *delivery;
    size_t most;     /* messages in a request, since one was too large; SIZE_MAX: as many as fit */
    size_t messages; /* Span, Metric or LogRecord messages in the request that is under way */
    size_t items;    /* spans, data points or log records in it that the peer has not rejected */

    struct list node;           /* in outgoing->sendings, while a request is under way */
    struct http_transfer *post; /* that request, one of the two; else NULL */
    struct grpc_transfer *call;
};

struct sending_kind { /* an exporter's way of doing it */
    size_t size;      /* of its own struct for a delivery, whose first member is a struct sending */
    void (*begin)(struct sending *s); /* sets up what is behind that member; it is zeroed */
    bool (*next)(struct sending *s);  /* starts the next request of up to `most` messages, and sets
                                         messages, items and post or call; false: no more */
    void (*again)(struct sending *s); /* the request that came last is to be made anew */
    void (*end)(struct sending *s);   /* frees what it has */
};

struct outgoing { /* the first member of such an exporter */
    struct component base;
    const struct sending_kind *kind;
    struct worker *worker; /* borrowed */
    struct sender *sender; /* owned; NULL before outgoing_start() */
    struct list sendings;  /* under way */
    struct log_limit halved;
    component_drained_cb *drained;
};

void outgoing_init(struct outgoing *outgoing, const struct sending_kind *kind,
                   struct worker *worker);
/* urls: that it sends each signal to, NULL where to none; by_path: their paths differ. */
void outgoing_start(struct outgoing *outgoing, const struct sender_settings *settings,
                    const char *const urls[SIGNAL_KINDS], bool by_path);

/* Tells of the proxy that requests to the URL go through, if there is one. */
void outgoing_log_proxy(const struct outgoing *outgoing, const char *url);

void outgoing_done(struct outgoing *outgoing); /* cancels what is under way */

/* So many items of the request have not been taken, for good, though it was answered well. */
void sending_rejected(struct sending *s, size_t items, const char *why);

/* The request that was under way has been answered; why: of the outcome; error: the same in one
 * word, a constant. */
void sending_answered(struct sending *s, enum outcome outcome, uint64_t retry_after_ms,
                      const char *why, const char *error);

/* For the component_type; the settings have a struct sender_settings as their first member. */
const char *outgoing_storage(const void *settings);
struct result outgoing_consume(struct component *base, struct batch *batch);
void outgoing_drain(struct component *base, component_drained_cb *drained);
void outgoing_bequeath(struct component *base, struct component *heir);
size_t outgoing_held(const struct component *base);
size_t outgoing_held_bytes(const struct component *base);

/* ... whose `consume` may be the exporter's own. */
#define OUTGOING_EXPORTER                                                                          \
    .kind = EXPORTER, .storage = outgoing_storage, .drain = outgoing_drain,                        \
    .bequeath = outgoing_bequeath, .held = outgoing_held, .held_bytes = outgoing_held_bytes
