/*
 * Families of all signals, and their cells.
 */
#include "pipeline/exporter_metrics.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "pipeline/batcher_metrics.h"
#include "pipeline/signal_families.h"

static const struct metric_family sent[SIGNAL_KINDS] = SIGNAL_FAMILIES(
    "otelcol_exporter_sent_", "Number of ", " successfully sent to destination. [Alpha]");
static const struct metric_family send_failed[SIGNAL_KINDS] =
    SIGNAL_FAMILIES("otelcol_exporter_send_failed_", "Number of ",
                    " in failed attempts to send to destination. [Alpha]");
static const struct metric_family enqueue_failed[SIGNAL_KINDS] =
    SIGNAL_FAMILIES("otelcol_exporter_enqueue_failed_", "Number of ",
                    " failed to be added to the sending queue. [Alpha]");

static const struct metric_family queue_size = {
    .name = "otelcol_exporter_queue_size",
    .help = "Current size of the retry queue (in batches, or as its sizer says). [Alpha]",
    .unit = "{batches}",
    .kind = FAMILY_GAUGE,
};
static const struct metric_family queue_capacity = {
    .name = "otelcol_exporter_queue_capacity",
    .help = "Fixed capacity of the retry queue (in batches, or as its sizer says). [Alpha]",
    .unit = "{batches}",
    .kind = FAMILY_GAUGE,
};
static const struct metric_family in_flight = {
    .name = "otelcol_exporter_in_flight_requests",
    .help = "Number of batches that are being sent. [Alpha]",
    .unit = "{requests}",
    .kind = FAMILY_GAUGE,
};
static const struct metric_family retries = {
    .name = "otelc_exporter_retries",
    .help = "Number of batches that failed and were tried again.",
    .unit = "{batches}",
};
static const struct metric_family dropped = {
    .name = "otelc_exporter_dropped_items",
    .help = "Number of spans, metric points or log records that were given up, by why.",
    .unit = "{items}",
};

#define MS UINT64_C(1000000)
static const uint64_t duration_bounds[] = {1 * MS,    5 * MS,     10 * MS,   25 * MS,   50 * MS,
                                           100 * MS,  250 * MS,   500 * MS,  1000 * MS, 2500 * MS,
                                           5000 * MS, 10000 * MS, 30000 * MS};
static const struct metric_family duration = {
    .name = "otelc_exporter_send_duration",
    .help = "How long tries to send a batch took, whatever came of them.",
    .unit = "s",
    .per_unit = 1000000000,
    .kind = FAMILY_HISTOGRAM,
    .bounds = duration_bounds,
    .bound_count = sizeof(duration_bounds) / sizeof(duration_bounds[0]),
};

static const uint64_t latency_bounds[] = {5,    10,   25,   50,    100,   250,   500,
                                          1000, 2500, 5000, 10000, 30000, 60000, 300000};
static const struct metric_family latency = {
    .name = "otelc_exporter_delivery_latency",
    .help = "How long it took from a request's arrival until its data were delivered.",
    .unit = "s",
    .per_unit = 1000,
    .kind = FAMILY_HISTOGRAM,
    .bounds = latency_bounds,
    .bound_count = sizeof(latency_bounds) / sizeof(latency_bounds[0]),
};

#define SIZES(items_name, items_help, bytes_name, bytes_help)                                      \
    {                                                                                              \
        {.name = items_name,                                                                       \
         .help = items_help,                                                                       \
         .unit = "{units}",                                                                        \
         .kind = FAMILY_HISTOGRAM,                                                                 \
         .level = METRICS_DETAILED,                                                                \
         .bounds = batch_item_bounds,                                                              \
         .bound_count = BATCH_ITEM_BOUNDS},                                                        \
            {.name = bytes_name,                                                                   \
             .help = bytes_help,                                                                   \
             .unit = "By",                                                                         \
             .kind = FAMILY_HISTOGRAM,                                                             \
             .level = METRICS_DETAILED,                                                            \
             .bounds = batch_byte_bounds,                                                          \
             .bound_count = BATCH_BYTE_BOUNDS},                                                    \
    }
static const struct metric_family enqueued[] = SIZES(
    "otelcol_exporter_enqueue_size", "Number of units in what came to the queue [Development]",
    "otelcol_exporter_enqueue_size_bytes",
    "Number of bytes in what came to the queue [Development]");
static const struct metric_family batched[] =
    SIZES("otelcol_exporter_queue_batch_send_size", "Number of units in the batch [Development]",
          "otelcol_exporter_queue_batch_send_size_bytes",
          "Number of bytes in batch that was sent. [Development]");

/* Stands for all others where nothing is shown: to a histogram, any value may come. */
static const struct metric_family hidden = {
    .name = "otelc_hidden",
    .help = "What own metrics are sent by.",
    .kind = FAMILY_HISTOGRAM,
    .level = METRICS_NEVER,
};

void exporter_metrics_init(struct exporter_metrics *metrics, const char *where, size_t capacity)
{
    const char *slash = where ? strchr(where, '/') : NULL;

    *metrics = (struct exporter_metrics){.id = slash ? slash + 1 : where, .capacity = capacity};
}

static void close_counts(struct exporter_counts *counts)
{
    struct metric *const all[] = {
        counts->sent,           counts->send_failed,    counts->enqueue_failed,
        counts->queue_size,     counts->queue_capacity, counts->in_flight,
        counts->retries,        counts->duration,       counts->latency,
        counts->enqueued.items, counts->enqueued.bytes, counts->batched.items,
        counts->batched.bytes,
    };

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        metric_close(all[i]);
    for (size_t i = 0; i < DROP_REASONS; i++)
        metric_close(counts->dropped[i]);
    for (size_t i = 0; i < counts->failure_count; i++)
        metric_close(counts->failures[i].count);
    free(counts->failures);
    *counts = (struct exporter_counts){.sent = NULL};
}

void exporter_metrics_done(struct exporter_metrics *metrics)
{
    for (unsigned s = 0; s < SIGNAL_KINDS; s++) {
        close_counts(&metrics->of[s]);
        free(metrics->places[s]);
        metrics->places[s] = NULL;
    }
}

void exporter_metrics_aim(struct exporter_metrics *metrics, enum signal signal, const char *url,
                          bool by_path)
{
    struct server_place *place = mem_alloc(sizeof(*place));

    server_place_of_url(place, url);
    if (!by_path)
        place->path[0] = '\0';
    free(metrics->places[signal]);
    metrics->places[signal] = place;
}

static const struct metric_family *shown(const struct exporter_metrics *metrics,
                                         const struct metric_family *family)
{
    return metrics->id ? family : &hidden;
}

/* Where it sends, as further labels. */
static void label_place(const struct exporter_metrics *metrics, enum signal signal,
                        struct buf *labels)
{
    const struct server_place *place = metrics->places[signal];

    metric_label(labels, "exporter", metrics->id);
    if (!place)
        return;
    metric_label(labels, "server_address", place->address);
    if (place->port[0])
        metric_label(labels, "server_port", place->port);
    if (place->path[0])
        metric_label(labels, "url_path", place->path);
}

/* error: NULL: none is told. */
static struct metric *open_placed(const struct exporter_metrics *metrics,
                                  const struct metric_family *family, enum signal signal,
                                  const char *error, bool permanent)
{
    struct metric *metric;
    struct buf labels = {0};

    label_place(metrics, signal, &labels);
    if (error) {
        metric_label(&labels, "error_type", error);
        metric_label(&labels, "error_permanent", permanent ? "true" : "false");
    }
    metric = metric_open_as(shown(metrics, family), buf_text(&labels));
    buf_done(&labels);
    return metric;
}

static struct metric *open_typed(const struct exporter_metrics *metrics,
                                 const struct metric_family *family, enum signal signal)
{
    return metric_open(shown(metrics, family), "exporter", metrics->id, "data_type",
                       signal_words[signal].name, NULL);
}

void exporter_metrics_open(struct exporter_metrics *metrics, enum signal signal)
{
    struct exporter_counts *counts = &metrics->of[signal];

    counts->sent = open_placed(metrics, &sent[signal], signal, NULL, false);
    counts->send_failed = open_placed(metrics, &send_failed[signal], signal, NULL, false);
    if (metrics->capacity == 0)
        return;
    counts->enqueue_failed =
        metric_open(shown(metrics, &enqueue_failed[signal]), "exporter", metrics->id, NULL);
    counts->queue_size = open_typed(metrics, &queue_size, signal);
    counts->queue_capacity = open_typed(metrics, &queue_capacity, signal);
    counts->in_flight = open_typed(metrics, &in_flight, signal);
    counts->retries = open_typed(metrics, &retries, signal);
    counts->duration = open_typed(metrics, &duration, signal);
    counts->latency = open_typed(metrics, &latency, signal);
    metric_set(counts->queue_capacity, metrics->capacity);
}

void exporter_metrics_expect(struct exporter_metrics *metrics, unsigned signals)
{
    for (unsigned s = 0; s < SIGNAL_KINDS; s++)
        if (signals & 1u << s)
            exporter_metrics_of(metrics, (enum signal)s);
}

void exporter_metrics_deliver(struct exporter_metrics *metrics, const struct batch *batch,
                              uint64_t now_ms)
{
    struct metric *histogram = exporter_metrics_of(metrics, batch->signal)->latency;

    for (size_t i = 0; i < batch->slice_count; i++) {
        uint64_t came_ms = batch->slices[i].payload->came_ms;

        if (came_ms > 0)
            metric_observe(histogram, now_ms > came_ms ? now_ms - came_ms : 0);
    }
}

/* The cell that failures count in: its labels tell the error where somebody wants details. */
static struct metric *failure(const struct exporter_metrics *metrics,
                              struct exporter_counts *counts, enum signal signal, const char *error,
                              bool permanent)
{
    struct exporter_failure *of = counts->failures;

    if (!metrics_wanted(METRICS_DETAILED))
        return counts->send_failed;
    for (size_t i = 0; i < counts->failure_count; i++)
        if (of[i].permanent == permanent && strcmp(of[i].error, error) == 0)
            return of[i].count;
    of = mem_grow(of, (counts->failure_count + 1) * sizeof(*of));
    counts->failures = of;
    of += counts->failure_count++;
    *of = (struct exporter_failure){
        .error = error,
        .permanent = permanent,
        .count = open_placed(metrics, &send_failed[signal], signal, error, permanent),
    };
    return of->count;
}

void exporter_metrics_drop(struct exporter_metrics *metrics, enum signal signal,
                           enum drop_reason reason, const char *error, size_t items)
{
    static const char *const names[] = {[DROP_REJECTED] = "rejected",
                                        [DROP_RETRY_OFF] = "retry_off",
                                        [DROP_TOO_LATE] = "max_elapsed_time"};
    struct exporter_counts *counts = exporter_metrics_of(metrics, signal);

    if (!counts->dropped[reason])
        counts->dropped[reason] =
            metric_open(shown(metrics, &dropped), "exporter", metrics->id, "data_type",
                        signal_words[signal].name, "reason", names[reason], NULL);
    metric_add(counts->dropped[reason], items);
    metric_add(failure(metrics, counts, signal, error ? error : "_OTHER", reason == DROP_REJECTED),
               items);
}

uint64_t exporter_counts_failed(const struct exporter_counts *counts)
{
    uint64_t items = metric_value(counts->send_failed);

    for (size_t i = 0; i < counts->failure_count; i++)
        items += metric_value(counts->failures[i].count);
    return items;
}

/* families: of items, and of bytes. */
static void observe(const struct exporter_metrics *metrics, struct exporter_sizes *sizes,
                    const struct metric_family families[2], const struct batch *batch)
{
    if (!metrics_wanted(METRICS_DETAILED))
        return;
    if (!sizes->items) {
        sizes->items = metric_open(shown(metrics, &families[0]), "exporter", metrics->id, NULL);
        sizes->bytes = metric_open(shown(metrics, &families[1]), "exporter", metrics->id, NULL);
    }
    metric_observe(sizes->items, batch->items);
    metric_observe(sizes->bytes, batch->bytes);
}

void exporter_metrics_enqueued(struct exporter_metrics *metrics, const struct batch *batch)
{
    observe(metrics, &exporter_metrics_of(metrics, batch->signal)->enqueued, enqueued, batch);
}

void exporter_metrics_batched(struct exporter_metrics *metrics, const struct batch *batch)
{
    observe(metrics, &exporter_metrics_of(metrics, batch->signal)->batched, batched, batch);
}
