/*
 * What a receiver counts: items, by what became of them.
 *
 * A request whose batch is held may end after its receiver, so it holds a reference.
 */
#pragma once

#include <stdint.h>

#include "base/result.h"
#include "otlp/signal.h"

struct receiver_metrics;

enum transport { BY_GRPC, BY_HTTP, BY_UDP, TRANSPORTS };

/* With one reference, to be used on one thread. id: of the receiver, copied. Never NULL. */
struct receiver_metrics *receiver_metrics_new(const char *id);
struct receiver_metrics *receiver_metrics_ref(struct receiver_metrics *metrics);
void receiver_metrics_unref(struct receiver_metrics *metrics); /* takes NULL */

/* So many items had that result. */
void receiver_metrics_count(struct receiver_metrics *metrics, enum transport transport,
                            enum signal signal, struct result result, uint64_t items);
