/*
 * The settings of the connector span_metrics.
 */
#pragma once

#include "config/field.h"

enum { SPANMETRICS_DIMENSIONS_MAX = 64 /* of all lists together */ };

struct spanmetrics_dimension {
    const char *name, *preset; /* preset: NULL where there is none */
};

struct spanmetrics_explicit {
    struct string_list buckets;
    double *bounds; /* the same in the unit of the histogram; the configuration's */
    size_t bound_count;
};

struct spanmetrics_exponential {
    bool enabled;
    uint64_t max_size;
};

struct spanmetrics_histogram {
    bool disable;
    unsigned unit; /* 0: milliseconds, 1: seconds */
    struct spanmetrics_explicit explicit;
    struct spanmetrics_exponential exponential;
    struct block_list dimensions; /* this and others: of struct spanmetrics_dimension */
};

struct spanmetrics_exemplars {
    bool enabled;
    uint64_t max_per_data_point;
};

struct spanmetrics_events {
    bool enabled;
    struct block_list dimensions;
};

struct spanmetrics_settings {
    struct spanmetrics_histogram histogram;
    struct block_list dimensions, calls_dimensions;
    struct string_list exclude_dimensions;
    const char *namespace;
    uint64_t flush_interval_ms, metrics_expiration_ms, series_expiration_ms;
    unsigned temporality; /* an odd one is delta */
    struct spanmetrics_exemplars exemplars;
    struct spanmetrics_events events;
    struct string_list key_attributes;
    uint64_t cardinality_limit;
    bool add_resource_attributes;
    struct string_list scopes; /* whose names become dimensions */
};

extern const struct field spanmetrics_fields[];

void spanmetrics_check(void *settings, const struct node *node, struct problems *problems);

/* The dimensions that all have, in the order in which they go out. */
enum spanmetrics_common { BY_SERVICE, BY_SPAN, BY_KIND, BY_STATUS, COMMON_DIMENSIONS };
extern const char *const spanmetrics_common_names[COMMON_DIMENSIONS];

bool spanmetrics_excludes(const struct spanmetrics_settings *s, const char *name);

static inline bool spanmetrics_is_delta(const struct spanmetrics_settings *s)
{
    return s->temporality % 2 == 1;
}
