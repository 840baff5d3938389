/*
 * Batches of spans of several traces, for the tests of those who hold traces together.
 */
#pragma once

#include <ctype.h>

#include "otlp/wire_write.h"
#include "unit/batches.h"
#include "unit/check.h"

/* 16 bytes that tell n. */
static inline struct str trace_id_of(unsigned n, char id[16])
{
    memset(id, 0, 16);
    id[0] = (char)(n >> 8);
    id[15] = (char)n;
    return (struct str){id, 16};
}

/* One request with a span for each letter, which is its name: of the trace trace_id_of('a'), ...
 * Capitals are root spans. Any other character begins a new request. */
static inline struct batch *batch_of_letters(const char *letters)
{
    struct batch *batch = batch_new(TRACES);

    while (*letters) {
        struct buf request = {0};
        size_t group = wire_begin(&request, 1), scope = wire_begin(&request, 2);
        struct batch *part;
        char id[16];

        for (; isalpha((unsigned char)*letters); letters++) {
            size_t span = wire_begin(&request, 2);

            wire_put_bytes(&request, 1, trace_id_of((unsigned)tolower(*letters), id));
            wire_put_bytes(&request, 2, STR("01234567"));
            if (islower((unsigned char)*letters))
                wire_put_bytes(&request, 4, STR("76543210"));
            wire_put_bytes(&request, 5, (struct str){letters, 1});
            wire_end(&request, span);
        }
        wire_end(&request, scope);
        wire_end(&request, group);
        part = batch_of_request(TRACES, &request);
        buf_done(&request);
        batch_append(batch, part);
        batch_unref(part);
        letters += *letters != '\0';
    }
    return batch;
}
