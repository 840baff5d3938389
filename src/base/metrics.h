/*
 * What the program counts about itself. Each instance of a component opens cells of its own, so
 * that adding takes no lock and no locked instruction; who looks at them sums up.
 *
 *     worker 0: metric_add(its cell) --.
 *     worker 1: metric_add(its cell) ---+--> one series: family and labels --> metrics_each()
 *     cells that were closed            '         (the page of metrics, the pipeline's page)
 *
 * A cell has one thread that writes to it. Opening, closing and looking take a mutex.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/list.h"

enum family_kind { FAMILY_COUNTER, FAMILY_GAUGE, FAMILY_HISTOGRAM };

enum metric_level {
    METRICS_NONE,
    METRICS_BASIC,
    METRICS_NORMAL,
    METRICS_DETAILED,
    METRICS_NEVER /* of a family that is not shown */
};

struct metric_family { /* const and static; whole numbers, in parts of the unit */
    const char *name;  /* "otelcol_exporter_sent_spans", without suffixes of its unit or kind */
    const char *help;  /* one sentence */
    const char *unit;  /* "s", "By", "{spans}" as in UCUM; NULL: none */
    uint32_t per_unit; /* parts in a unit, a power of ten: 1000 where "s" is counted in ms; 0: 1 */
    enum family_kind kind;
    enum metric_level level; /* the least at which it is shown; 0: basic */
    const uint64_t *bounds;  /* of a histogram: of its buckets, inclusive, rising, in parts */
    size_t bound_count;
};

/*
 * The highest level at which somebody looks. What costs something to count, and is of a higher one,
 * is left uncounted. Any thread; METRICS_NONE at first.
 */
void metrics_want(enum metric_level level);

extern _Atomic unsigned metrics_wanted_level; /* for metrics_wanted() */

static inline bool metrics_wanted(enum metric_level level)
{
    return atomic_load_explicit(&metrics_wanted_level, memory_order_relaxed) >= level;
}

struct metric_series;

struct metric {       /* a cell */
    struct list node; /* in its series */
    struct metric_series *series;
    _Atomic uint64_t value;     /* of a histogram: the sum */
    _Atomic uint64_t buckets[]; /* of a histogram: bound_count + 1 */
};

/*
 * A cell, at 0, of the series with the labels: names and values in turns, NULL behind them. Names
 * are constants, values are copied (NULL is empty). Never NULL.
 */
struct metric *metric_open(const struct metric_family *family, ...) __attribute__((sentinel));

/* The same; labels: as metric_label() writes them. */
struct metric *metric_open_as(const struct metric_family *family, const char *labels);

/* What was counted stays in the series; a gauge is gone with its last cell. Takes NULL. */
void metric_close(struct metric *metric);

/* A counter goes up by so much; a gauge too. */
static inline void metric_add(struct metric *metric, uint64_t more)
{
    uint64_t before = atomic_load_explicit(&metric->value, memory_order_relaxed);

    atomic_store_explicit(&metric->value, before + more, memory_order_relaxed);
}

/* A gauge goes down by so much. */
static inline void metric_subtract(struct metric *metric, uint64_t less)
{
    metric_add(metric, -less); /* the sum of all cells is right modulo 2^64 */
}

static inline void metric_set(struct metric *gauge, uint64_t value)
{
    atomic_store_explicit(&gauge->value, value, memory_order_relaxed);
}

/* What this cell has: its writer may ask. */
static inline uint64_t metric_value(const struct metric *metric)
{
    return atomic_load_explicit(&metric->value, memory_order_relaxed);
}

/* One value comes to a histogram. */
void metric_observe(struct metric *histogram, uint64_t value);

/*
 * A series without labels that is read when somebody looks: what is known anyway. read is called
 * under the mutex, on any thread. Counts until the end of the program; a second time: no effect.
 */
typedef uint64_t metric_read_fn(void);
void metric_ask(const struct metric_family *family, metric_read_fn *read);

struct metric_reading { /* of a series; good during the call */
    const struct metric_family *family;
    const char *labels;      /* a="x",b="y", escaped as Prometheus wants it; "": none */
    uint64_t value;          /* of a histogram: the sum */
    uint64_t count;          /* of a histogram */
    const uint64_t *buckets; /* of a histogram: how many came to each, the last one is above all
                                bounds */
};

/* Appends name="value", escaped, after a comma where something is before it. */
void metric_label(struct buf *out, const char *name, const char *value);

typedef void metric_visit_fn(void *arg, const struct metric_reading *reading);

/*
 * All series up to a level, by the names of their families, then by their labels. Under the mutex:
 * visit opens and closes nothing, and waits for nothing.
 */
void metrics_each(enum metric_level level, metric_visit_fn *visit, void *arg);
