/*
 * payload_read() and the views beside protobuf-c, on the same bytes.
 */
#pragma once

#include "otlp/payload.h"

/*
 * Reads a request both ways: NULL where both accept or both refuse it and, if they accept, all
 * values agree; else what differs, a constant. *report is what payload_read said; may be NULL.
 */
const char *reference_difference(enum signal signal, struct str request,
                                 struct payload_report *report);

/* A copy of a request in shared bytes, for payload_read to take. */
struct bytes *reference_body(struct str request);
