/*
 * What runs, and how it fares, as JSON: the answer to GET /api/otelc/overview.
 *
 *     {"version":"..","phase":"running","startUnixMs":n,"nowUnixMs":n,"configUnixMs":n,"workers":n,
 *      "memory":{"used":bytes,"limit":bytes},"files":["otel.yaml"],"config":"YAML" or null,
 *      "components":[{"where","id","type","help","endpoints":[..],"used":bool}],
 *      "pipelines":[{"id","signal","notServed":"why" or null,"receivers":["receivers/otlp"],
 *                    "processors":[..],"exporters":[..]}],
 *      "metrics":[{"name","kind","unit","perUnit","labels":"a=\"x\"","value","count","bounds":[..],
 *                  "buckets":[..]}],
 *      "warnings":[{"unixMs","firstUnixMs","times","level","where","text"}],
 *      "refused":[{"unixMs","times","where","peer","what","agent","why"}],
 *      "clients":[{"where","agent","connections","requests","seenUnixMs"}]}
 *
 * Numbers are whole ones, in parts of the unit (perUnit of them in one); "count", "bounds" and
 * "buckets" are of histograms.
 */
#pragma once

#include "base/buf.h"
#include "net/server.h"
#include "pipeline/overview.h"
#include "pipeline/worker.h"

void overview_json_write(struct buf *out, struct overview *overview, enum phase phase);

#define OVERVIEW_PATH "/api/otelc/overview"

/* Answers a request for it, from the worker's point of view; 503 where the budget has no room. */
void overview_answer(struct request *request, const struct worker *worker);
