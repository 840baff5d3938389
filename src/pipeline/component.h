/*
 * What a receiver, a processor, an exporter, a connector or an extension is to the rest of the
 * program. A connector is an exporter of some pipelines, and a receiver of those that it feeds.
 *
 * The service decodes each id's settings once, then makes one instance in every worker. It starts
 * exporters first and receivers last, and drains in the other order: data can always flow out.
 *
 *     receiver --consume--> processor --consume--> fan-out --consume--> exporters
 *
 * All functions of an instance are called on its worker's thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/metrics.h"
#include "base/result.h"
#include "config/field.h"
#include "otlp/batch.h"

struct authenticator;
struct component;
struct journal;
struct retirement;
struct worker;

enum component_kind { RECEIVER, PROCESSOR, EXPORTER, EXTENSION, CONNECTOR, COMPONENT_KINDS };

/* Whose data an instance needs, where there are several workers (pipeline/relay.h). */
enum placement {
    EVERYWHERE, /* each one that of its own worker */
    ONE_WORKER, /* that of worker 0 has all; the others exist, and get nothing */
    BY_TRACE    /* all spans of a trace come to the same one; other signals as EVERYWHERE */
};

enum { ENDPOINTS_MAX = 4 /* of a component */ };
enum { SIGNALS_ALL = (1u << SIGNAL_KINDS) - 1 };

/* Called once for each drain(): nothing is held any more, or only what can never leave. */
typedef void component_drained_cb(struct component *self);

struct component_type {           /* one per .c file, const */
    const char *name;             /* in the YAML: "batch" in "batch/fast" */
    const char *const *old_names; /* other spellings that mean the same, NULL-terminated; or NULL */
    enum component_kind kind;
    unsigned signals;     /* that it can take part in: 1u << TRACES, ... */
    unsigned signals_out; /* of a connector: that it gives; 0: just what it takes, passed on */
    const char *help;     /* one line for `otelc components` */
    const struct field *fields; /* its settings; NULL-named at the end */
    size_t settings_size;       /* the struct they are decoded into; all workers read it */
    bool lasting;               /* its settings count from the start on: a reload keeps it */
    bool drains_last;           /* drain() is called once, when nothing can come to it any more */
    enum placement placement;   /* of what takes data */

    /*
     * What a table cannot say: keys that exclude each other, an endpoint's form. Reports every
     * problem, may also fill in derived settings. Called where the table has found nothing wrong.
     * node: the component's body, may be a null node. May be NULL.
     */
    void (*check)(void *settings, const struct node *node, struct problems *problems);

    /* A new instance, not started: base.id and base.next are set by the caller. NULL: *err says
     * why. */
    struct component *(*create)(const void *settings, struct worker *worker, struct error *err);
    bool (*start)(struct component *self, struct error *err); /* may be NULL */

    const struct authenticator *auth; /* of an extension that is one; else NULL */

    /* Of an extension that keeps data on disk (pipeline/journal.h): its journal; else NULL. */
    struct journal *(*journal)(struct component *self);

    /* Of a receiver, an exporter or an extension that listens: where, as listen_set_open() takes
     * it; how many. May be NULL. */
    size_t (*endpoints)(const void *settings, const char *endpoints[ENDPOINTS_MAX]);

    /* Of an exporter: the id of the extension that is to keep on disk what it has not delivered;
     * NULL: none. */
    const char *(*storage)(const void *settings);

    /*
     * Hands over data; not for receivers. Borrows the batch: who keeps it takes a reference. Who
     * accepts it, but has to wait until that is true, holds it (batch_hold).
     */
    struct result (*consume)(struct component *self, struct batch *batch);

    /*
     * Takes no more from outside, passes on what it holds, then calls drained (at once, or later).
     * What comes to it after that is passed on, too, and drain may be called again. NULL: holds
     * nothing. Extensions have none: others use them until destroy().
     */
    void (*drain)(struct component *self, component_drained_cb *drained);

    /*
     * A reload has put another one of its id in its place, which outlives it: gives that one what
     * it holds and what comes to it from now on, but for what is on its way and succeeds. It is
     * drained later. NULL: it is only drained.
     */
    void (*bequeath)(struct component *self, struct component *heir);

    /*
     * A reload that it goes on in: what follows it may be other components. Reads again the files
     * that its settings name, if it does not do so by itself. May be NULL.
     */
    void (*reloaded)(struct component *self);

    /*
     * Of an extension: the program ends, and all components of all workers are drained, or have had
     * their time. The last chance to send something: calls finished (at once, or later), unless
     * destroy() comes before. May be NULL.
     */
    void (*finish)(struct component *self, component_drained_cb *finished);

    /* Items not yet passed on that would be lost with the process: those of batch_unstored().
     * NULL: always 0. */
    size_t (*held)(const struct component *self);

    /* Of an exporter: bytes of memory that what it holds keeps (batch_memory). NULL: next to none.
     */
    size_t (*held_bytes)(const struct component *self);

    /* Closes handles and frees, at the latest when they are closed; drops what is still held. */
    void (*destroy)(struct component *self);
};

struct component { /* the head of every instance, one per worker */
    const struct component_type *type;
    struct retirement *retirement;        /* that drains it; the service's */
    const char *id;                       /* "batch/fast"; lives as long as the configuration */
    const char *where;                    /* "processors/batch/fast", for the log */
    unsigned signals;                     /* that pipelines give it at first: 1u << TRACES, ... */
    struct component *next[SIGNAL_KINDS]; /* downstream for each signal; NULL where no pipeline, but
                                             not of what a connector passes on */

    /* Of a processor: items of each signal that came and that went on, and those that were given up
     * as what follows does not take them; NULL: not counted. */
    struct metric *incoming[SIGNAL_KINDS], *outgoing[SIGNAL_KINDS], *rejected[SIGNAL_KINDS];

    /* Of a processor, where metrics of level detailed are wanted: how long it takes for a batch,
     * without what follows it; NULL: it has had none. */
    struct metric *duration[SIGNAL_KINDS];
    uint64_t passing_ns; /* in its consume(): what follows it has taken so long */

    /* Of a receiver: why the only pipelines that would take a signal from it do not run; NULL
     * where one does, or where there is none. */
    const char *not_served[SIGNAL_KINDS];
};

/* For consume() and component_pass(): with a look at the clock. */
struct result component_consume_timed(struct component *self, struct batch *batch);
struct result component_pass_timed(struct component *self, struct batch *batch);

/* Hands a batch to a component. */
static inline struct result consume(struct component *next, struct batch *batch)
{
    if (next->incoming[batch->signal]) {
        metric_add(next->incoming[batch->signal], batch->items);
        if (metrics_wanted(METRICS_DETAILED))
            return component_consume_timed(next, batch);
    }
    return next->type->consume(next, batch);
}

/* A processor hands a batch to what follows it. */
static inline struct result component_pass(struct component *self, struct batch *batch)
{
    if (self->outgoing[batch->signal]) {
        metric_add(self->outgoing[batch->signal], batch->items);
        if (metrics_wanted(METRICS_DETAILED))
            return component_pass_timed(self, batch);
    }
    return consume(self->next[batch->signal], batch);
}

/* What follows a processor has rejected so many items, which it had accepted: they are given up. */
void component_give_up(struct component *self, enum signal signal, size_t items);

/* Counts from now on what comes to a processor, and goes on. It has its id. */
void component_count(struct component *self, enum signal signal);

/* Calls its destroy(). */
void component_destroy(struct component *self);

/* ---- components that have no settings and hold nothing ---- */

extern const struct field stateless_fields[];
struct component *stateless_create(const void *settings, struct worker *worker, struct error *err);
void stateless_destroy(struct component *self);

#define STATELESS_COMPONENT                                                                        \
    .fields = stateless_fields, .create = stateless_create, .destroy = stateless_destroy
