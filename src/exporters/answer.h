/*
 * What the answer to an exporter's request means for what was in it.
 *
 *     HTTP                gRPC
 *     2xx                 OK                                     SENT
 *     408, 429, 5xx, none any other: also no answer              SEND_AGAIN
 *     413                 RESOURCE_EXHAUSTED of its size         TOO_LARGE
 *     any other           INVALID_ARGUMENT, UNIMPLEMENTED,       REFUSED
 *                         UNAUTHENTICATED, PERMISSION_DENIED
 */
#pragma once

#include "net/grpc_client.h"

enum outcome {
    SENT,
    SEND_AGAIN, /* later */
    TOO_LARGE,  /* as a whole: in smaller parts it may be taken */
    REFUSED     /* for good */
};

enum { WHY_MAX = 512 }; /* bytes of a reason, with its NUL */

struct peer { /* who answers */
    const char *name;
    /* What to do about a status that comes from a wrong setting: " (...)", or "". */
    const char *(*http_advice)(unsigned status);
    const char *(*grpc_advice)(enum grpc_code code);
};

/* why: for the log, empty for SENT: "Jaeger answers 503: busy", "UNAVAILABLE: ...". */
enum outcome http_outcome(const struct peer *peer, const struct http_answer *answer,
                          char why[WHY_MAX]);
enum outcome grpc_outcome(const struct peer *peer, const struct grpc_answer *answer,
                          char why[WHY_MAX]);
