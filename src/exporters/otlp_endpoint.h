/*
 * Where OTLP goes: the endpoints of gRPC and of HTTP.
 *
 *     otlp       collector:4317             with TLS, or not where tls.insecure is set
 *                http://collector:4317      in plain text; https:// with TLS
 *     otlphttp   http://collector:4318      and behind it /v1/traces, /v1/metrics, /v1/logs
 */
#pragma once

#include "base/buf.h"
#include "otlp/signal.h"

struct otlp_endpoint {
    struct buf url;      /* http:// or https://, NUL-terminated; of gRPC: without a path */
    const char *note;    /* what was made of it; NULL: nothing. A constant */
    const char *warning; /* why it will hardly work; NULL: it looks well. A constant */
};

/*
 * Each returns NULL, or what is wrong with the text, a constant that goes on from it. endpoint is
 * filled in, to be given back with _done, in any case. A zeroed one may be given back too.
 */

/* insecure: where the text has no scheme, in plain text. */
const char *otlp_endpoint_grpc(struct otlp_endpoint *endpoint, struct str text, bool insecure);

/* The URL of a signal; whole: the text is of this signal alone, nothing is put behind it. */
const char *otlp_endpoint_http(struct otlp_endpoint *endpoint, struct str text, enum signal signal,
                               bool whole);

void otlp_endpoint_done(struct otlp_endpoint *endpoint);
