/*
 * Batches of one request, with one reference each; the test fails where the request is refused.
 */
#pragma once

#include "base/buf.h"
#include "base/bytes.h"
#include "otlp/batch.h"

/* OTLP/JSON, in which strings may stand in single quotes. */
struct batch *batch_of_json(enum signal signal, const char *json);

/* OTLP, which is copied. */
struct batch *batch_of_request(enum signal signal, const struct buf *request);

/* The same, taking over the reference. */
struct batch *batch_of_body(enum signal signal, struct bytes *body);
