/*
 * What an exporter counts, for each signal that has come to it: with the official collector's
 * names, and some of our own.
 */
#pragma once

#include "base/metrics.h"
#include "otlp/batch.h"

enum drop_reason { DROP_REJECTED, DROP_RETRY_OFF, DROP_TOO_LATE, DROP_REASONS };

struct exporter_counts { /* of one signal; items, where nothing else is said */
    struct metric *sent, *send_failed, *enqueue_failed;
    struct metric *queue_size, *queue_capacity; /* units of the queue; NULL: it has none */
    struct metric *in_flight;                   /* batches; NULL without a queue, as what follows */
    struct metric *retries;                     /* of batches */
    struct metric *duration;                    /* of tries, in ns */
    struct metric *latency;                     /* of requests, in ms */
    struct metric *dropped[DROP_REASONS];       /* each NULL until there is one */
};

struct exporter_metrics { /* zeroed but for id: counts nothing yet */
    const char *id;       /* "jaeger"; borrowed; NULL: nothing is shown */
    size_t capacity;      /* of its queue; 0: it has none */
    struct exporter_counts of[SIGNAL_KINDS];
};

/* where: "exporters/jaeger", borrowed; NULL: nothing is shown. capacity: of its queue, 0: it has
 * none. */
void exporter_metrics_init(struct exporter_metrics *metrics, const char *where, size_t capacity);
void exporter_metrics_done(struct exporter_metrics *metrics);

/* All is 0 for these signals (1u << TRACES, ...), and not only from their first batch on. */
void exporter_metrics_expect(struct exporter_metrics *metrics, unsigned signals);

/* The first time for a signal. */
void exporter_metrics_open(struct exporter_metrics *metrics, enum signal signal);

static inline struct exporter_counts *exporter_metrics_of(struct exporter_metrics *metrics,
                                                          enum signal signal)
{
    if (!metrics->of[signal].sent)
        exporter_metrics_open(metrics, signal);
    return &metrics->of[signal];
}

/* A batch has gone out. */
static inline void exporter_metrics_sent(struct exporter_metrics *metrics,
                                         const struct batch *batch)
{
    metric_add(exporter_metrics_of(metrics, batch->signal)->sent, batch->items);
}

/* The last of a batch has gone out of a queue. now_ms: uv_now(). */
void exporter_metrics_deliver(struct exporter_metrics *metrics, const struct batch *batch,
                              uint64_t now_ms);

/* So many items are given up. */
void exporter_metrics_drop(struct exporter_metrics *metrics, enum signal signal,
                           enum drop_reason reason, size_t items);
