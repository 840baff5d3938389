/*
 * What is served: Jaeger's query API (https://www.jaegertracing.io/docs/1.76/apis/), an API of our
 * own for the page, and the page.
 *
 *     /api/services                    /api/traces?service=..    /api/otelc/summary?..
 *     /api/services/{name}/operations  /api/traces?traceID=..    /api/otelc/traces/{id}/otlp
 *     /api/operations?service=..       /api/traces/{id}          /api/otelc/traces/{id}/jaeger
 *     /api/dependencies?endTs=..
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

/* path and query as they came. The answer is the caller's, for api_answer_done(). */
void api_answer(struct trace_store *store, struct str path, struct str query, uint64_t now_ns,
                struct api_answer *answer);

/* Whoever asks may not: 403, in the form of the API or as plain text. why: with what to do. */
void api_refuse(struct str path, const char *why, struct api_answer *answer);

void api_answer_done(struct api_answer *answer);
