/*
 * Requests by chance, the same for the same seed: valid ones, and what damage makes of them.
 */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "otlp/signal.h"

struct dice {
    uint64_t state;
};

/* The environment's SEED, or one from the clock; prints it, so that a failure can be repeated. */
struct dice dice_new(const char *test);

/* 0 to sides - 1. */
uint32_t dice_roll(struct dice *dice, uint32_t sides);

/* Appends a valid ExportTraceServiceRequest: a few spans, with whatever they can have. */
void random_request(struct dice *dice, struct buf *out);

/* The same fields in another order, some twice, some lost, some unknown, some of a wrong type; the
 * lengths are right again. */
void random_reshape(struct dice *dice, enum signal signal, struct str request, struct buf *out);

/* Flipped bits, cut ends, bytes that come, go, or come twice. */
void random_damage(struct dice *dice, struct buf *request);
