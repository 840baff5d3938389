/*
 * What is served: Jaeger's query API (https://www.jaegertracing.io/docs/1.76/apis/), an API of our
 * own for the page, and the page.
 *
 *     /api/services                    /api/traces?service=..    /api/otelc/summary?..
 *     /api/services/{name}/operations  /api/traces?traceID=..    /api/otelc/traces/{id}/otlp
 *     /api/operations?service=..       /api/traces/{id}          /api/otelc/traces/{id}/jaeger
 *     /api/dependencies?endTs=..       /api/otelc/traces/{id}/spans/{span id}
 *
 * What takes long is done in slices, between which the store takes spans.
 */
#pragma once

#include "viewer/trace_store.h"
#include "viewer/writing.h"

enum { DISPOSITION_SIZE = 96 };

struct api_answer {
    unsigned status;
    const char *type;
    struct str body;                    /* in writing, or a file of the page */
    char disposition[DISPOSITION_SIZE]; /* empty: none */
    struct writing writing;
};

struct api_call;

/*
 * path and query as they came. The answer is the caller's, for api_answer_done(). Gives what is
 * left to do for it, one at a time of each store; NULL: it is there.
 */
struct api_call *api_begin(struct trace_store *store, struct str path, struct str query,
                           uint64_t now_ns, struct api_answer *answer);

/* Does some of it (viewer/work.h). True: the answer is there, and the call has gone. */
bool api_go_on(struct api_call *call, size_t work);

/* Nobody wants the answer any more. */
void api_stop(struct api_call *call);

/* An error, in the form of the API or as plain text. why: with what to do. */
void api_refuse(struct str path, unsigned status, const char *why, struct api_answer *answer);

void api_answer_done(struct api_answer *answer);
