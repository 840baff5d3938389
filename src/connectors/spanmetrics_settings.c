/*
 * The keys of span_metrics, and what a table cannot say of them.
 */
#include "connectors/spanmetrics_settings.h"

#include <string.h>

#include "base/arena.h"
#include "config/duration.h"

enum { BOUNDS_MAX = 1000, EXEMPLARS_MAX = 100 };

const char *const spanmetrics_common_names[COMMON_DIMENSIONS] = {
    [BY_SERVICE] = "service.name",
    [BY_SPAN] = "span.name",
    [BY_KIND] = "span.kind",
    [BY_STATUS] = "status.code",
};

static const char *const units[] = {"ms", "s", NULL};

static const char *const temporalities[] = {"AGGREGATION_TEMPORALITY_CUMULATIVE",
                                            "AGGREGATION_TEMPORALITY_DELTA", "cumulative", "delta",
                                            NULL};

static const struct field dimension_fields[] = {
    FIELD_STRING(struct spanmetrics_dimension, name, "name", NULL,
                 "the attribute; of the span, or else of its resource"),
    FIELD_STRING(struct spanmetrics_dimension, preset, "default", NULL,
                 "its value where neither has it; without one the dimension is left out there"),
    FIELD_END,
};

static const struct field explicit_fields[] = {
    FIELD_STRINGS(struct spanmetrics_explicit, buckets, "buckets",
                  "upper bounds, ascending; without them 2ms, 4ms, 6ms, 8ms, 10ms, 50ms, 100ms, "
                  "200ms, 400ms, 800ms, 1s, 1400ms, 2s, 5s, 10s and 15s"),
    FIELD_END,
};

static const struct field exponential_fields[] = {
    FIELD_UINT(struct spanmetrics_exponential, max_size, "max_size", "160", 2, 16384,
               "buckets; where there would be more they become wider"),
    FIELD_END,
};

static const struct field histogram_fields[] = {
    FIELD_BOOL(struct spanmetrics_histogram, disable, "disable", "false",
               "true: only calls are counted, there is no histogram"),
    FIELD_CHOICE(struct spanmetrics_histogram, unit, "unit", "ms", units, "of the durations"),
    FIELD_BLOCK(struct spanmetrics_histogram, explicit, "explicit", explicit_fields,
                "a histogram with these buckets"),
    FIELD_SWITCH(struct spanmetrics_histogram, exponential, "exponential", exponential_fields,
                 "instead, one that finds its buckets by itself"),
    FIELD_BLOCKS(struct spanmetrics_histogram, dimensions, "dimensions", dimension_fields,
                 struct spanmetrics_dimension, "further dimensions of the histogram only"),
    FIELD_END,
};

static const struct field exemplar_fields[] = {
    FIELD_BOOL(struct spanmetrics_exemplars, enabled, "enabled", "false",
               "adds ids of some spans to the data points"),
    FIELD_UINT(struct spanmetrics_exemplars, max_per_data_point, "max_per_data_point", "5", 1,
               EXEMPLARS_MAX, "the first so many since the last flush"),
    FIELD_END,
};

static const struct field event_fields[] = {
    FIELD_BOOL(struct spanmetrics_events, enabled, "enabled", "false",
               "counts the events of spans, too"),
    FIELD_BLOCKS(struct spanmetrics_events, dimensions, "dimensions", dimension_fields,
                 struct spanmetrics_dimension, "further dimensions: attributes of the event"),
    FIELD_END,
};

const struct field spanmetrics_fields[] = {
    FIELD_BLOCK(struct spanmetrics_settings, histogram, "histogram", histogram_fields,
                "of the durations"),
    FIELD_BLOCKS(struct spanmetrics_settings, dimensions, "dimensions", dimension_fields,
                 struct spanmetrics_dimension,
                 "further dimensions, beside service.name, span.name, span.kind and status.code"),
    FIELD_BLOCKS(struct spanmetrics_settings, calls_dimensions, "calls_dimensions",
                 dimension_fields, struct spanmetrics_dimension,
                 "further dimensions of calls only"),
    FIELD_STRINGS(struct spanmetrics_settings, exclude_dimensions, "exclude_dimensions",
                  "which of service.name, span.name, span.kind and status.code are left out"),
    FIELD_STRING(struct spanmetrics_settings, namespace, "namespace", "traces.span.metrics",
                 "stands before the names: NAMESPACE.calls; \"\": they are calls and duration"),
    FIELD_DURATION(struct spanmetrics_settings, flush_interval_ms, "metrics_flush_interval", "60s",
                   "how often the metrics go out"),
    FIELD_DURATION(struct spanmetrics_settings, metrics_expiration_ms, "metrics_expiration", "0s",
                   "the metrics of a resource (of a service, where resources are not told apart) "
                   "end so long after its last span; 0s: they do not"),
    FIELD_DURATION(struct spanmetrics_settings, series_expiration_ms, "series_expiration", "0s",
                   "a series ends so long after its last span; 0s: it does not"),
    FIELD_CHOICE(struct spanmetrics_settings, temporality, "aggregation_temporality", "cumulative",
                 temporalities, "delta: what has come since the last flush"),
    FIELD_BLOCK(struct spanmetrics_settings, exemplars, "exemplars", exemplar_fields,
                "spans that stand for others"),
    FIELD_BLOCK(struct spanmetrics_settings, events, "events", event_fields,
                "a metric of span events"),
    FIELD_BOOL(struct spanmetrics_settings, add_resource_attributes, "add_resource_attributes",
               "false", "tells resources apart, and gives their attributes to their metrics"),
    FIELD_STRINGS(struct spanmetrics_settings, key_attributes, "resource_metrics_key_attributes",
                  "tells resources apart by these attributes only"),
    FIELD_UINT(
        struct spanmetrics_settings, cardinality_limit, "aggregation_cardinality_limit", "0", 0,
        UINT32_MAX,
        "series of each metric of a resource (of a service, where resources are not told apart); "
        "what goes beyond is counted in one with otel.metric.overflow; 0: only the limit "
        "of 100,000 for all together"),
    FIELD_STRINGS(struct spanmetrics_settings, scopes, "include_instrumentation_scope",
                  "the name and version of these instrumentation scopes become dimensions"),
    FIELD_IGNORED("resource_metrics_cache_size", NULL),
    FIELD_IGNORED("dimensions_cache_size", NULL),
    FIELD_IGNORED("delta_temporality", NULL),
    FIELD_END,
};

bool spanmetrics_excludes(const struct spanmetrics_settings *s, const char *name)
{
    for (size_t i = 0; i < s->exclude_dimensions.count; i++)
        if (strcmp(s->exclude_dimensions.at[i], name) == 0)
            return true;
    return false;
}

/* ---- buckets ---- */

static void check_buckets(struct spanmetrics_settings *s, const struct node *histogram,
                          struct problems *problems)
{
    static const char *presets[] = {"2ms",   "4ms",   "6ms",   "8ms",   "10ms", "50ms",
                                    "100ms", "200ms", "400ms", "800ms", "1s",   "1400ms",
                                    "2s",    "5s",    "10s",   "15s"};
    static const struct string_list preset = {presets, sizeof(presets) / sizeof(presets[0])};
    struct spanmetrics_explicit *e = &s->histogram.explicit;
    const struct string_list *texts = e->buckets.count > 0 ? &e->buckets : &preset;
    const struct node *node = node_near(node_near(histogram, "explicit"), "buckets");
    uint64_t before = 0, ns = 0;

    if (texts->count > BOUNDS_MAX) {
        error_at(problems, node, "there are %zu buckets; at most %d make sense", texts->count,
                 BOUNDS_MAX);
        return;
    }
    e->bounds = arena_alloc(problems->arena, texts->count * sizeof(double));
    for (size_t i = 0; i < texts->count; i++, before = ns) {
        const char *wrong = duration_parse_ns(texts->at[i], &ns);

        if (wrong) {
            error_at(problems, node, "\"%.100s\" %s", texts->at[i], wrong);
            return;
        }
        if (i > 0 && ns <= before) {
            error_at(problems, node,
                     "%.100s stands behind %.100s: write the buckets in ascending "
                     "order",
                     texts->at[i], texts->at[i - 1]);
            return;
        }
        e->bounds[e->bound_count++] = (double)ns / (s->histogram.unit == 1 ? 1e9 : 1e6);
    }
}

/* ---- dimensions ---- */

struct names { /* of the dimensions that one metric has */
    const char *at[COMMON_DIMENSIONS + SPANMETRICS_DIMENSIONS_MAX];
    size_t count;
};

static bool add_name(struct names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->at[i], name) == 0)
            return false;
    if (names->count < sizeof(names->at) / sizeof(names->at[0]))
        names->at[names->count++] = name;
    return true;
}

static void check_dimensions(const struct block_list *list, struct names *names,
                             struct problems *problems)
{
    const struct spanmetrics_dimension *dimensions = list->at;

    for (size_t i = 0; i < list->count; i++) {
        if (!dimensions[i].name || dimensions[i].name[0] == '\0')
            error_at(problems, list->nodes[i], "a dimension needs a name: the attribute's");
        else if (!add_name(names, dimensions[i].name))
            error_at(problems, list->nodes[i], "the metric has the dimension %.100s already",
                     dimensions[i].name);
    }
}

static void check_all_dimensions(const struct spanmetrics_settings *s, const struct node *node,
                                 struct problems *problems)
{
    const struct block_list *own[] = {&s->calls_dimensions, &s->histogram.dimensions,
                                      &s->events.dimensions};
    size_t count = s->dimensions.count;
    struct names common = {.count = 0};

    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        count += own[i]->count;
    if (count > SPANMETRICS_DIMENSIONS_MAX) {
        error_at(problems, node, "there are %zu dimensions; at most %d are possible", count,
                 SPANMETRICS_DIMENSIONS_MAX);
        return;
    }
    for (unsigned i = 0; i < COMMON_DIMENSIONS; i++)
        if (!spanmetrics_excludes(s, spanmetrics_common_names[i]))
            add_name(&common, spanmetrics_common_names[i]);
    check_dimensions(&s->dimensions, &common, problems);
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        struct names names = common;

        check_dimensions(own[i], &names, problems);
    }
}

void spanmetrics_check(void *settings, const struct node *node, struct problems *problems)
{
    struct spanmetrics_settings *s = settings;
    const struct node *histogram = node_near(node, "histogram");

    check_buckets(s, histogram, problems);
    check_all_dimensions(s, node, problems);
    if (s->histogram.exponential.enabled && s->histogram.explicit.buckets.count > 0)
        error_at(problems, node_near(histogram, "exponential"),
                 "a histogram is explicit or exponential: take one of them out");
    if (s->flush_interval_ms == 0)
        error_at(problems, node_near(node, "metrics_flush_interval"),
                 "must be more than 0s: the metrics would go out all the time");
    if (s->events.enabled && s->events.dimensions.count == 0)
        error_at(problems, node_near(node, "events"),
                 "wants dimensions: the attributes that tell events apart, such as "
                 "exception.type");
    if (s->key_attributes.count > 0 && !s->add_resource_attributes)
        note_at(problems, node_near(node, "resource_metrics_key_attributes"),
                "has no effect without add_resource_attributes: resources are not told apart");
}
