/*
 * Any bytes as a request of a signal: payload_read agrees with protobuf-c, the views behind the
 * debug exporter's text stay within the body, and all memory is given back.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>

#include "base/budget.h"
#include "exporters/debug_text.h"
#include "fuzz/fuzz.h"
#include "unit/reference.h"

static inline void fuzz_fail(const char *why)
{
    fprintf(stderr, "%s\n", why);
    abort();
}

static inline void fuzz_show(struct payload *payload)
{
    struct batch *batch = batch_of(payload), *piece;
    struct buf text = {0};

    debug_text(&text, batch, VERBOSITY_DETAILED);
    debug_text(&text, batch, VERBOSITY_NORMAL);
    buf_done(&text);
    while (batch->items > 0) {
        piece = batch_take(batch, 3, BATCH_ITEMS);
        if (piece->items == 0)
            fuzz_fail("a batch has items and gives none");
        batch_unref(piece);
    }
    batch_unref(batch);
}

static inline int fuzz_signal(enum signal signal, const uint8_t *data, size_t size)
{
    struct str request = {(const char *)data, size};
    struct payload_report report;
    const char *difference = reference_difference(signal, request, &report);
    struct payload *payload;

    if (difference)
        fuzz_fail(difference);
    payload = payload_read(signal, reference_body(request), &report);
    if (payload) {
        fuzz_show(payload);
        payload_unref(payload_read(signal, bytes_ref(payload->bodies[0]), &report));
        if (report.verdict != PAYLOAD_OK || report.mended_text > 0)
            fuzz_fail("what was accepted or mended is not accepted again");
        payload_unref(payload);
    }
    if (budget_used() > 0)
        fuzz_fail("bytes of the budget are not given back");
    return 0;
}
