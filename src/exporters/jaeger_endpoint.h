/*
 * Which of Jaeger's two wires an endpoint means, by its shape.
 *
 *     http://jaeger:14268/api/traces    Thrift over HTTP; https:// too
 *     jaeger:14268/api/traces           the same, without its scheme
 *     jaeger:14250                      gRPC
 */
#pragma once

#include "base/buf.h"

enum jaeger_wire { JAEGER_THRIFT, JAEGER_GRPC };

struct jaeger_endpoint {
    enum jaeger_wire wire;
    struct buf url;      /* http:// or https://; of gRPC: without a path */
    const char *note;    /* what was added to it; NULL: nothing. A constant */
    const char *warning; /* why it will hardly work; NULL: it looks well. A constant */
};

/*
 * thrift: it can only be Thrift. insecure: gRPC in plain text. Returns NULL, or what is wrong with
 * it, a constant. endpoint is filled in, to be given back with _done, in any case.
 */
const char *jaeger_endpoint_read(struct jaeger_endpoint *endpoint, struct str text, bool thrift,
                                 bool insecure);
void jaeger_endpoint_done(struct jaeger_endpoint *endpoint);
