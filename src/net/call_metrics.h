/*
 * How long requests take and how large they are, by what they were: of a server or a client, where
 * metrics are detailed. Names, labels and buckets are those of OpenTelemetry's conventions, as the
 * official collector has them.
 * https://opentelemetry.io/docs/specs/semconv/http/http-metrics/, .../rpc/rpc-metrics/
 *
 * Whatever a peer sends, a label has few values: methods and statuses that are not known are
 * "_OTHER". There is an end of series, too: what is beyond has one together, as the SDKs do it:
 * otel_metric_overflow="true".
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/list.h"
#include "net/server_place.h"
#include "net/status.h"

enum { SERVED_SERIES_MAX = 64, MADE_SERIES_MAX = 256 }; /* of one server; of one client */

enum call_side { CALLS_SERVED, CALLS_MADE };

struct call_metrics {
    enum call_side side;
    struct list series;
    size_t count;
    struct buf labels; /* of the call that is counted */
};

void call_metrics_init(struct call_metrics *calls, enum call_side side);
void call_metrics_done(struct call_metrics *calls);

struct http_call {                   /* one that is over */
    struct str method;               /* as it came */
    unsigned status;                 /* 0: no answer, which `error` says why */
    const char *error;               /* one of a few words */
    const char *route;               /* one of a few; NULL: none */
    const char *version;             /* of HTTP: "1.1" */
    const struct server_place *peer; /* the server's, of a server too */
    uint64_t duration_ns;
    size_t request_bytes, response_bytes; /* of bodies, as they are sent */
};

void call_metrics_http(struct call_metrics *calls, const struct http_call *call);

/* method: one of a few, with or without a slash in front; NULL: an unknown one. */
void call_metrics_rpc(struct call_metrics *calls, const char *method, enum grpc_code code,
                      uint64_t duration_ns);
