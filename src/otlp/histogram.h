/*
 * What histograms and summaries have beside their sums. opentelemetry-proto 1.11, metrics.proto.
 */
#pragma once

#include "otlp/span.h"

struct numbers { /* a repeated field of numbers, packed or not, to be walked */
    struct wire message, packed;
    uint32_t number;
    enum wire_type type;
};

/* The next one, a double by its bits. False when there are no more. */
bool numbers_next(struct numbers *numbers, uint64_t *value);
bool numbers_next_double(struct numbers *numbers, double *value);

/* Of a HistogramDataPoint: bucket i is above bound i - 1 and up to bound i. */
struct numbers histogram_counts(struct str point);
struct numbers histogram_bounds(struct str point); /* doubles */

struct exponential_buckets { /* the first one is that with the index offset */
    int32_t offset;
    struct numbers counts;
};

/* Bucket i is above 2^(i * 2^-scale), up to 2^((i + 1) * 2^-scale). */
struct exponential_view {
    int32_t scale;
    uint64_t zero_count;
    double zero_threshold;
    struct exponential_buckets positive, negative;
};

void exponential_read(struct str point, struct exponential_view *view);

struct quantile_view {
    double quantile, value;
};

/* The next one of a SummaryDataPoint: left begins as the whole of it. False when there are no more.
 */
bool quantile_next(struct wire *left, struct quantile_view *quantile);
