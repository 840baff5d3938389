/*
 * What may be done at a time, so that the loop does not wait for long: told in bytes that are read
 * where spans are searched, half a nanosecond each, about. Who has done its part lets the loop go
 * on, and continues where it was.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum {
    WORK_SLICE = 2 << 20, /* about a millisecond */
    WORK_TRACE = 256,     /* to come to a trace */
    WORK_SPAN = 64,       /* ... and to look at a span of it, without its bytes */
    WORK_WRITTEN = 4      /* for each byte that is written */
};

static inline void work_spend(size_t *work, size_t cost)
{
    *work -= cost < *work ? cost : *work;
}
