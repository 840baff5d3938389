/*
 * A request that brings spans in another format than OTLP, once they are OTLP: they go to the
 * pipelines, and what becomes of them is the answer.
 *
 *     accepted: 202, OK (or when settled)      refused for now: 503, UNAVAILABLE, with a delay
 *                                              for good:        500, INTERNAL
 */
#pragma once

#include "net/request.h"
#include "otlp/payload.h"
#include "pipeline/component.h"
#include "pipeline/receiver_metrics.h"

/* retry_after_ms: 0: none. */
void spans_request_fail(struct request *request, enum grpc_code code, const char *why,
                        unsigned retry_after_ms);

/* The memory budget has no room for it now. */
void spans_request_no_room(struct request *request);

/* Counts, and answers, now, or when it is settled. next: NULL: a reload has taken the pipelines
 * away. */
void spans_request_hand_on(struct request *request, struct component *next, struct payload *payload,
                           struct receiver_metrics *metrics);
