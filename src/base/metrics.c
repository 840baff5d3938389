/*
 * The registry: families by name, in each its series by their labels, in each its cells.
 */
#include "base/metrics.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct metric_series {
    struct metric_series *next; /* of the registry: by family's name, then by labels */
    const struct metric_family *family;
    char *labels;
    metric_read_fn *read; /* NULL: it has cells */
    struct list cells;
    uint64_t value; /* of those that were closed */
    uint64_t buckets[];
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct metric_series *registry;

_Atomic unsigned metrics_wanted_level = METRICS_NONE;

void metrics_want(enum metric_level level)
{
    atomic_store_explicit(&metrics_wanted_level, level, memory_order_relaxed);
}

/* What a family has of them: 0 but in histograms. */
static size_t bucket_count(const struct metric_family *family)
{
    return family->kind == FAMILY_HISTOGRAM ? family->bound_count + 1 : 0;
}

/* ---- labels ---- */

void metric_label(struct buf *out, const char *name, const char *value)
{
    if (out->len > 0)
        buf_append_char(out, ',');
    buf_append_str(out, str_of(name));
    buf_append_str(out, STR("=\""));
    for (; value && *value; value++) {
        if (*value == '\\' || *value == '"')
            buf_append_char(out, '\\');
        if (*value == '\n')
            buf_append_str(out, STR("\\n"));
        else
            buf_append_char(out, *value);
    }
    buf_append_char(out, '"');
}

/* ---- series: under the mutex ---- */

static int compare(const struct metric_series *series, const struct metric_family *family,
                   const char *labels)
{
    int order = series->family == family ? 0 : strcmp(series->family->name, family->name);

    return order != 0 ? order : strcmp(series->labels, labels);
}

static struct metric_series *find_or_add(const struct metric_family *family, const char *labels)
{
    struct metric_series **at = &registry, *series;

    while (*at && compare(*at, family, labels) < 0)
        at = &(*at)->next;
    if (*at && compare(*at, family, labels) == 0)
        return *at;
    series = mem_zero(sizeof(*series) + bucket_count(family) * sizeof(series->buckets[0]));
    series->family = family;
    series->labels = mem_text(labels);
    list_init(&series->cells);
    series->next = *at;
    *at = series;
    return series;
}

static void remove_series(struct metric_series *series)
{
    struct metric_series **at = &registry;

    while (*at != series)
        at = &(*at)->next;
    *at = series->next;
    free(series->labels);
    free(series);
}

/* ---- cells ---- */

struct metric *metric_open_as(const struct metric_family *family, const char *labels)
{
    size_t buckets = bucket_count(family);
    struct metric *metric = mem_zero(sizeof(*metric) + buckets * sizeof(metric->buckets[0]));

    pthread_mutex_lock(&mutex);
    metric->series = find_or_add(family, labels);
    list_push_back(&metric->series->cells, &metric->node);
    pthread_mutex_unlock(&mutex);
    return metric;
}

struct metric *metric_open(const struct metric_family *family, ...)
{
    struct metric *metric;
    struct buf text = {0};
    const char *name;
    va_list labels;

    va_start(labels, family);
    while ((name = va_arg(labels, const char *)))
        metric_label(&text, name, va_arg(labels, const char *));
    va_end(labels);
    metric = metric_open_as(family, buf_text(&text));
    buf_done(&text);
    return metric;
}

static void add_cell(uint64_t *value, uint64_t *buckets, size_t count, const struct metric *metric)
{
    *value += metric_value(metric);
    for (size_t i = 0; i < count; i++)
        buckets[i] += atomic_load_explicit(&metric->buckets[i], memory_order_relaxed);
}

void metric_close(struct metric *metric)
{
    struct metric_series *series;

    if (!metric)
        return;
    series = metric->series;
    pthread_mutex_lock(&mutex);
    list_remove(&metric->node);
    if (series->family->kind != FAMILY_GAUGE)
        add_cell(&series->value, series->buckets, bucket_count(series->family), metric);
    else if (list_empty(&series->cells))
        remove_series(series);
    pthread_mutex_unlock(&mutex);
    free(metric);
}

void metric_observe(struct metric *histogram, uint64_t value)
{
    const struct metric_family *family = histogram->series->family;
    size_t i = 0;

    while (i < family->bound_count && value > family->bounds[i])
        i++;
    atomic_store_explicit(&histogram->buckets[i],
                          atomic_load_explicit(&histogram->buckets[i], memory_order_relaxed) + 1,
                          memory_order_relaxed);
    metric_add(histogram, value);
}

void metric_ask(const struct metric_family *family, metric_read_fn *read)
{
    pthread_mutex_lock(&mutex);
    find_or_add(family, "")->read = read;
    pthread_mutex_unlock(&mutex);
}

/* ---- looking ---- */

static void visit_series(const struct metric_series *series, metric_visit_fn *visit, void *arg)
{
    size_t count = bucket_count(series->family);
    uint64_t *buckets = mem_zero((count + 1) * sizeof(*buckets));
    struct metric_reading reading = {
        .family = series->family,
        .labels = series->labels,
        .value = series->read ? series->read() : series->value,
        .buckets = buckets,
    };

    memcpy(buckets, series->buckets, count * sizeof(*buckets));
    for (struct list *node = series->cells.next; node != &series->cells; node = node->next)
        add_cell(&reading.value, buckets, count, LIST_ENTRY(node, struct metric, node));
    for (size_t i = 0; i < count; i++)
        reading.count += buckets[i];
    visit(arg, &reading);
    free(buckets);
}

void metrics_each(enum metric_level level, metric_visit_fn *visit, void *arg)
{
    pthread_mutex_lock(&mutex);
    for (const struct metric_series *series = registry; series; series = series->next) {
        enum metric_level least = series->family->level;

        if ((least == METRICS_NONE ? METRICS_BASIC : least) <= level)
            visit_series(series, visit, arg);
    }
    pthread_mutex_unlock(&mutex);
}
