/*
 * What an exporter counts, for each signal that has come to it: with the official collector's
 * names, and some of our own.
 */
#pragma once

#include "base/metrics.h"
#include "net/server_place.h"
#include "otlp/batch.h"

enum drop_reason { DROP_REJECTED, DROP_RETRY_OFF, DROP_TOO_LATE, DROP_REASONS };

struct exporter_failure { /* where metrics are detailed */
    const char *error;    /* a constant */
    bool permanent;
    struct metric *count;
};

struct exporter_sizes { /* where metrics are detailed; NULL until there is one */
    struct metric *items, *bytes;
};

struct exporter_counts { /* of one signal; items, where nothing else is said */
    struct metric *sent, *enqueue_failed;
    struct metric *send_failed;        /* without those that have an error */
    struct exporter_failure *failures; /* owned */
    size_t failure_count;
    struct exporter_sizes enqueued, batched; /* what comes to the queue; what its batcher makes */
    struct metric *queue_size, *queue_capacity; /* units of the queue; NULL: it has none */
    struct metric *in_flight;                   /* batches; NULL without a queue, as what follows */
    struct metric *retries;                     /* of batches */
    struct metric *duration;                    /* of tries, in ns */
    struct metric *latency;                     /* of requests, in ms */
    struct metric *dropped[DROP_REASONS];       /* each NULL until there is one */
};

struct exporter_metrics {                      /* zeroed but for id: counts nothing yet */
    const char *id;                            /* "jaeger"; borrowed; NULL: nothing is shown */
    size_t capacity;                           /* of its queue; 0: it has none */
    struct server_place *places[SIGNAL_KINDS]; /* that it sends to, owned; NULL: to no server */
    struct exporter_counts of[SIGNAL_KINDS];
};

/* where: "exporters/jaeger", borrowed; NULL: nothing is shown. capacity: of its queue, 0: it has
 * none. */
void exporter_metrics_init(struct exporter_metrics *metrics, const char *where, size_t capacity);
void exporter_metrics_done(struct exporter_metrics *metrics);

/* Tells where it sends a signal to, before anything of the signal is counted. The path of the URL
 * is told where several are in use: by_path. */
void exporter_metrics_aim(struct exporter_metrics *metrics, enum signal signal, const char *url,
                          bool by_path);

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

/* So many items are given up. error: what the last answer was, one of a few constants, as gRPC's
 * codes are; NULL: another. */
void exporter_metrics_drop(struct exporter_metrics *metrics, enum signal signal,
                           enum drop_reason reason, const char *error, size_t items);

/* All that were given up. */
uint64_t exporter_counts_failed(const struct exporter_counts *counts);

/* A batch was taken into the queue; the queue's own batcher has made one. */
void exporter_metrics_enqueued(struct exporter_metrics *metrics, const struct batch *batch);
void exporter_metrics_batched(struct exporter_metrics *metrics, const struct batch *batch);
