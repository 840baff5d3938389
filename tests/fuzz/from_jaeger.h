/*
 * What the targets for Jaeger's formats have in common: whatever was taken is OTLP that
 * payload_read takes, what was refused has a reason and a place, and all memory comes back.
 */
#pragma once

#include <assert.h>

#include "base/budget.h"
#include "jaeger/to_otlp.h"
#include "otlp/payload.h"

/* Takes over the request. */
static inline void taken_check(struct bytes *request, size_t size, const struct from_report *read)
{
    struct payload_report report;
    struct payload *payload;

    if (!request) {
        assert(read->why && (read->no_room || read->at <= size));
        return;
    }
    payload = payload_read(TRACES, request, &report);
    assert(payload || report.verdict == PAYLOAD_NO_ROOM);
    payload_unref(payload);
}
