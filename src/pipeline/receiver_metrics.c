/*
 * As the official collector: all that a pipeline does not take is refused. failed stays at 0, but
 * dashboards have it.
 */
#include "pipeline/receiver_metrics.h"

#include <stdlib.h>

#include "base/mem.h"
#include "pipeline/signal_families.h"

struct receiver_counts { /* NULL until something has come */
    struct metric *accepted, *refused, *failed;
};

struct receiver_metrics {
    unsigned refs;
    char *id;
    struct receiver_counts of[TRANSPORTS][SIGNAL_KINDS];
};

static const struct metric_family accepted[SIGNAL_KINDS] = SIGNAL_FAMILIES(
    "otelcol_receiver_accepted_", "Number of ", " successfully pushed into the pipeline. [Alpha]");
static const struct metric_family refused[SIGNAL_KINDS] =
    SIGNAL_FAMILIES("otelcol_receiver_refused_", "Number of ",
                    " that could not be pushed into the pipeline. [Alpha]");
static const struct metric_family failed[SIGNAL_KINDS] =
    SIGNAL_FAMILIES("otelcol_receiver_failed_", "Number of ",
                    " that failed to be processed by the receiver. [Alpha]");

static struct receiver_counts open_counts(const char *id, enum transport transport,
                                          enum signal signal)
{
    static const char *const names[] = {[BY_GRPC] = "grpc", [BY_HTTP] = "http", [BY_UDP] = "udp"};
    const char *name = names[transport];

    return (struct receiver_counts){
        metric_open(&accepted[signal], "receiver", id, "transport", name, NULL),
        metric_open(&refused[signal], "receiver", id, "transport", name, NULL),
        metric_open(&failed[signal], "receiver", id, "transport", name, NULL),
    };
}

struct receiver_metrics *receiver_metrics_new(const char *id)
{
    struct receiver_metrics *metrics = mem_zero(sizeof(*metrics));

    metrics->refs = 1;
    metrics->id = mem_text(id);
    return metrics;
}

struct receiver_metrics *receiver_metrics_ref(struct receiver_metrics *metrics)
{
    metrics->refs++;
    return metrics;
}

void receiver_metrics_unref(struct receiver_metrics *metrics)
{
    if (!metrics || --metrics->refs > 0)
        return;
    for (unsigned t = 0; t < TRANSPORTS; t++)
        for (unsigned s = 0; s < SIGNAL_KINDS; s++) {
            metric_close(metrics->of[t][s].accepted);
            metric_close(metrics->of[t][s].refused);
            metric_close(metrics->of[t][s].failed);
        }
    free(metrics->id);
    free(metrics);
}

void receiver_metrics_count(struct receiver_metrics *metrics, enum transport transport,
                            enum signal signal, struct result result, uint64_t items)
{
    struct receiver_counts *counts = &metrics->of[transport][signal];

    if (!counts->accepted)
        *counts = open_counts(metrics->id, transport, signal);
    metric_add(result.verdict == ACCEPTED ? counts->accepted : counts->refused, items);
}
