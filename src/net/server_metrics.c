/*
 * Reasons have series from the first refusal on.
 */
#include "net/server_metrics.h"

static const struct metric_family connections = {
    .name = "otelc_server_connections_accepted",
    .help = "Connections that clients have opened.",
    .unit = "{connections}",
};

static const struct metric_family open_connections = {
    .name = "otelc_server_connections",
    .help = "Connections of clients that are open.",
    .unit = "{connections}",
    .kind = FAMILY_GAUGE,
};

static const struct metric_family requests = {
    .name = "otelc_server_requests",
    .help = "Requests whose head has come.",
    .unit = "{requests}",
};

static const struct metric_family refused = {
    .name = "otelc_server_requests_refused",
    .help = "Requests that were answered with an error, by why.",
    .unit = "{requests}",
};

void server_metrics_open(struct server_metrics *metrics, const char *where)
{
    *metrics = (struct server_metrics){.where = where ? where : ""};
    call_metrics_init(&metrics->calls, CALLS_SERVED);
    metrics->connections = metric_open(&connections, "component", metrics->where, NULL);
    metrics->open_connections = metric_open(&open_connections, "component", metrics->where, NULL);
    metrics->requests = metric_open(&requests, "component", metrics->where, NULL);
}

void server_metrics_close(struct server_metrics *metrics)
{
    metric_close(metrics->connections);
    metric_close(metrics->open_connections);
    metric_close(metrics->requests);
    for (size_t i = 0; i < metrics->reasons; i++)
        metric_close(metrics->refused[i].count);
    call_metrics_done(&metrics->calls);
}

void server_metrics_refuse(struct server_metrics *metrics, const char *reason)
{
    size_t i = 0;

    while (i < metrics->reasons && metrics->refused[i].reason != reason)
        i++;
    if (i == REFUSED_REASONS_MAX)
        return;
    if (i == metrics->reasons) {
        metrics->refused[i].reason = reason;
        metrics->refused[i].count =
            metric_open(&refused, "component", metrics->where, "reason", reason, NULL);
        metrics->reasons++;
    }
    metric_add(metrics->refused[i].count, 1);
}
