/*
 * What a server counts: connections, requests, and why it refuses.
 */
#pragma once

#include "base/metrics.h"
#include "net/call_metrics.h"

enum { REFUSED_REASONS_MAX = 48 }; /* more than there are: refusals, codes of gRPC, CORS */

struct server_metrics {
    const char *where; /* label "component": "receivers/otlp" */
    struct metric *connections, *open_connections, *requests;
    struct {
        const char *reason; /* a constant, known by its address */
        struct metric *count;
    } refused[REFUSED_REASONS_MAX];
    size_t reasons;
    struct call_metrics calls; /* empty where metrics are not detailed */
};

void server_metrics_open(struct server_metrics *metrics, const char *where);
void server_metrics_close(struct server_metrics *metrics);

/* A request was answered with an error. reason: a constant. */
void server_metrics_refuse(struct server_metrics *metrics, const char *reason);
