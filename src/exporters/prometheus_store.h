/*
 * The series that a page has: families by their names, series by their labels, each with its last
 * value. All of it is in the memory budget.
 *
 *     family  http_requests_total  counter  "Requests."
 *       series  code="200",job="shop"  -> value
 *       series  code="404",job="shop"  -> value
 *
 * A family is there as long as it has series; a series until nothing came for the time of
 * expiration. Belongs to one thread; the clock comes in.
 */
#pragma once

#include "base/list.h"
#include "base/table.h"
#include "exporters/prometheus_names.h"
#include "exporters/prometheus_value.h"

enum { PROMETHEUS_SERIES_MAX = 1000000 };

struct prometheus_family {
    struct table_node node;
    struct list series; /* in the order in which they came */
    size_t count;
    enum prometheus_type type;
    bool told; /* that others of this name differ */
    struct str name, help;
};

struct prometheus_series {
    struct table_node node;
    struct list in_family;
    struct list by_age; /* the oldest first */
    struct prometheus_family *family;
    uint64_t seen_ms;
    struct prometheus_value value; /* its parts are owned */
    uint32_t labels_len;
    char labels[]; /* as prometheus_labels_write() has them */
};

struct prometheus_store;

/* most: series; expiration_ms: 0 keeps them for ever. Never NULL. */
struct prometheus_store *prometheus_store_new(size_t most, uint64_t expiration_ms);
void prometheus_store_free(struct prometheus_store *store); /* takes NULL */

/* NULL: there is none. */
struct prometheus_family *prometheus_store_family(const struct prometheus_store *store,
                                                  struct str name);
struct prometheus_series *prometheus_store_find(const struct prometheus_store *store,
                                                const struct prometheus_family *family,
                                                struct str labels);

/* The family that lines of this one would be mistaken for, such as a summary x beside x_sum; NULL:
 * none. */
const struct prometheus_family *prometheus_store_rival(const struct prometheus_store *store,
                                                       struct str name, enum prometheus_type type);

struct prometheus_description { /* of a family */
    struct str name, help;
    enum prometheus_type type;
};

enum prometheus_put { PUT_OK, PUT_TOO_MANY, PUT_NO_ROOM };

/* Sets a series, which is made, with its family, where it is not there. The value is copied. What
 * is refused leaves all as it was. */
enum prometheus_put prometheus_store_put(struct prometheus_store *store,
                                         const struct prometheus_description *description,
                                         struct str labels, const struct prometheus_value *value,
                                         uint64_t now_ms);

/* Its family goes with its last series. */
void prometheus_store_remove(struct prometheus_store *store, struct prometheus_series *series);

/* Removes series that nothing came for. */
void prometheus_store_expire(struct prometheus_store *store, uint64_t now_ms);

void prometheus_store_set_expiration(struct prometheus_store *store, uint64_t expiration_ms);

size_t prometheus_store_count(const struct prometheus_store *store); /* series */

/* All families, by their names; good until the store changes. */
struct prometheus_family **prometheus_store_sorted(struct prometheus_store *store, size_t *count);
