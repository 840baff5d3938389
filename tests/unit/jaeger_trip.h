/*
 * For tests of what comes from Jaeger: a request in OTLP as Jaeger's wires have it, and Thrift of
 * the binary protocol as the compact one.
 */
#pragma once

#include "base/buf.h"
#include "base/bytes.h"
#include "base/thrift_read.h"

/* The bodies (THRIFT) or messages (API_V2) of a request in OTLP, one behind the other, with where
 * each begins; the caller frees. */
enum { TRIP_PARTS_MAX = 64 };

struct trip {
    struct buf bytes;
    size_t starts[TRIP_PARTS_MAX + 1];
    size_t count;
};

void trip_thrift(struct trip *trip, struct str request);
void trip_api_v2(struct trip *trip, struct str request);
struct str trip_part(const struct trip *trip, size_t i);
void trip_done(struct trip *trip);

/* A struct of the binary protocol as compact has it. */
void trip_compact(struct buf *out, struct str binary);

/* The head of a message of the agent: emitBatch, whose argument struct has the batch as field 1. */
void trip_message(struct buf *out, struct str batch, enum thrift_protocol protocol);
