/*
 * The state of spanmetrics: a series for each combination of dimensions that has been seen.
 *
 *     groups   of one resource, or (resources are not told apart) of one service
 *       series   its attributes as they go out, its number of calls, its distribution
 *
 * A family is a set of series with the same dimensions. Memory is bounded: there is a limit for
 * the series of a group, one for all, and what they take is reserved in the budget, of which they
 * have a quarter at most. What goes beyond is counted in an overflow series, of the group where
 * that is what is full, else of all.
 */
#pragma once

#include "base/list.h"
#include "base/str.h"
#include "connectors/distribution.h"

enum { FAMILIES = 3, SERIES_MAX = 100000 };

struct series_form {
    const struct distribution_form *distribution[FAMILIES]; /* NULL: has none */
    size_t most;                                            /* series of all */
    size_t most_of_group;  /* of each family, and beside it the overflow series; 0: no limit */
    bool overflow_has_key; /* the attributes of a group's overflow series begin with its key */
    unsigned exemplars;    /* of each series between two flushes; 0: none */
    uint64_t group_expires_ms, series_expires_ms; /* after the last span; 0: never */
};

struct exemplar {
    char trace_id[16], span_id[8];
    uint64_t time_ns;
    double value;
};

struct group {
    struct list node; /* in groups */
    struct list series;
    struct group *chain;
    uint64_t hash, seen_ms;
    size_t count[FAMILIES];
    size_t key_len, resource_len;
    char text[]; /* the key, and behind it the Resource message */
};

struct series {
    struct list node; /* in its group's */
    struct series *chain;
    struct group *group;
    uint64_t hash, seen_ms;
    uint64_t start_ns; /* since when it counts */
    uint64_t calls;
    unsigned family;
    bool fresh;                        /* has counted since it was sent */
    struct distribution *distribution; /* in the same memory; NULL: has none */
    struct exemplar *exemplars;        /* owned; NULL: none since the start */
    unsigned exemplar_count;
    size_t attributes_len;
    const char *attributes; /* in the same memory: KeyValue messages, as fields with the number 1 */
};

struct series_table;

/* Both borrow the form. */
struct series_table *series_table_new(const struct series_form *form);
void series_table_free(struct series_table *table); /* takes NULL */

/*
 * The group with this key; a new one shows the resource. Never NULL: where there is no room it is
 * the one that has what goes beyond.
 */
struct group *series_group(struct series_table *table, struct str key, struct str resource,
                           uint64_t now_ms);

/* The series with these attributes; the overflow series where it would be one too many. Never NULL.
 */
struct series *series_find(struct series_table *table, struct group *group, unsigned family,
                           struct str attributes, uint64_t now_ms);

/* Counts one call. The value goes into its distribution, where it has one. */
void series_count(const struct series_table *table, struct series *series, double value);

/* Remembers the call as an example of the value, while there is room. */
void series_add_exemplar(struct series_table *table, struct series *series,
                         const struct exemplar *exemplar);

/* What it had is with the receiver: its exemplars go; of a delta series, its numbers too. */
void series_sent(const struct series_table *table, struct series *series, bool delta,
                 uint64_t now_ns);

/* Removes what was sent and has not counted for so long; all that was sent, where idle ones are
 * not to stay (delta). */
void series_expire(struct series_table *table, bool idle_go, uint64_t now_ms);

/* Groups, each struct group by its node. */
struct list *series_groups(struct series_table *table);

/* How many there are, without those for what goes beyond. */
size_t series_table_count(const struct series_table *table);

/* Calls that overflow series have taken since the last time that this was asked. */
uint64_t series_take_overflowed(struct series_table *table);
