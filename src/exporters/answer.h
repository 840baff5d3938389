/*
 * What the answer to an exporter's request means for what was in it.
 *
 *                   HTTP                gRPC
 *     SENT          2xx                 OK
 *     TOO_LARGE     413, or said so     RESOURCE_EXHAUSTED, OUT_OF_RANGE: said so
 *     SEND_AGAIN    no answer           no answer
 *       Jaeger      408, 429, 5xx       all but those below
 *       OTLP        429, 502, 503, 504  CANCELLED, DEADLINE_EXCEEDED, ABORTED, OUT_OF_RANGE,
 *                                       UNAVAILABLE, DATA_LOSS, RESOURCE_EXHAUSTED
 *     REFUSED       any other           any other; to Jaeger INVALID_ARGUMENT, UNIMPLEMENTED,
 *                                       UNAUTHENTICATED, PERMISSION_DENIED
 *
 * OTLP's table has RESOURCE_EXHAUSTED as final where no RetryInfo comes with it. Servers and
 * proxies that limit rates send it so, though; to drop data because somebody is busy would be
 * wrong, and that a message is too large is told by its words.
 * https://opentelemetry.io/docs/specs/otlp/#failures, and #failures-1 for HTTP
 */
#pragma once

#include "net/grpc_client.h"
#include "net/http_client.h"

enum outcome {
    SENT,
    SEND_AGAIN, /* later */
    TOO_LARGE,  /* as a whole: in smaller parts it may be taken */
    REFUSED     /* for good */
};

enum { WHY_MAX = 512 }; /* bytes of a reason, with its NUL */

enum retry_rules { RETRY_UNLESS_REFUSED /* Jaeger */, RETRY_AS_OTLP };

struct peer { /* who answers */
    const char *name;
    enum retry_rules rules;
    /* What to do about a status that comes from a wrong setting, "(...)"; NULL: nobody knows. */
    const char *path_advice;    /* 404, 405 */
    const char *form_advice;    /* 415 */
    const char *service_advice; /* UNIMPLEMENTED */
};

/* why: for the log, empty for SENT: "Jaeger answers 503: busy", "UNAVAILABLE: ...". */
enum outcome http_outcome(const struct peer *peer, const struct http_answer *answer,
                          char why[WHY_MAX]);
enum outcome grpc_outcome(const struct peer *peer, const struct grpc_answer *answer,
                          char why[WHY_MAX]);

/*
 * The same in one word for metrics, as the official collector has it: the name of gRPC's code in
 * its Go form, which HTTP's statuses have too; "Deadline_Exceeded" where HTTP's time was over;
 * "_OTHER". A constant.
 */
const char *http_error_type(const struct http_answer *answer);
const char *grpc_error_type(const struct grpc_answer *answer);
