/*
 * How durations are distributed: a histogram with fixed bounds, or an exponential one.
 *
 * An exponential one has at most max_size buckets: bucket i is above 2^(i * 2^-scale), up to
 * 2^((i + 1) * 2^-scale). The scale begins fine, and becomes coarser as far as what comes wants it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct distribution_form { /* what all distributions of one metric share */
    bool exponential;
    const double *bounds; /* ascending; borrowed */
    size_t bound_count;
    uint32_t max_size; /* buckets of an exponential one, at least 2 */
};

struct distribution {
    uint64_t count;
    double sum, min, max;
    int32_t scale, first; /* of an exponential one: buckets[0] is that with the index first */
    uint32_t used;        /* ... and so many have been given a place */
    uint64_t zeros;
    uint64_t buckets[]; /* bound_count + 1, or max_size */
};

enum { DISTRIBUTION_SCALE_MAX = 20 };

size_t distribution_size(const struct distribution_form *form);

/* Makes it empty, at the beginning and later. */
void distribution_clear(const struct distribution_form *form, struct distribution *d);

/* value: finite, not negative. */
void distribution_add(const struct distribution_form *form, struct distribution *d, double value);

/* Appends its fields of a HistogramDataPoint, or of an ExponentialHistogramDataPoint. */
void distribution_put(const struct distribution_form *form, const struct distribution *d,
                      struct buf *out);
