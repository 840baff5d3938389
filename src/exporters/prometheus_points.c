/*
 * Walks a batch resource by resource, scope by scope; labels that many points share are gathered
 * once.
 */
#include "exporters/prometheus_points.h"

#include "otlp/group.h"

enum {
    FLAG_NO_VALUE = 1,
    DELTA = 1, /* AggregationTemporality */
    CUMULATIVE = 2,
    LABELS_MAX = 64 << 10 /* bytes of one series' */
};

struct target { /* what a resource says of the thing that is measured */
    struct str service, namespace, instance;
};

struct walk { /* through one batch */
    struct prometheus_points *points;
    struct metric_view metric;
    struct prometheus_description family;
};

void prometheus_points_done(struct prometheus_points *points)
{
    prometheus_labels_done(&points->labels);
    buf_done(&points->name);
    buf_done(&points->text);
    buf_done(&points->value);
    buf_done(&points->sum);
    buf_done(&points->target_info);
}

static void tell_dropped(struct prometheus_points *points, struct str name, const char *why)
{
    log_limited(&points->dropped, LOG_WARN, points->where, "leaves out data of the metric %.*s: %s",
                STR_ARG(name), why);
}

/* ---- labels that points share ---- */

static struct str text_of(const struct value_view *value)
{
    return value->kind == VALUE_STRING ? value->bytes : (struct str){NULL, 0};
}

static struct target read_target(const struct resource_view *resource)
{
    struct repeated attributes = resource->attributes;
    struct attribute_view attribute;
    struct target target = {0};

    while (attribute_next(&attributes, &attribute)) {
        if (str_eq(attribute.key, STR("service.name")))
            target.service = text_of(&attribute.value);
        else if (str_eq(attribute.key, STR("service.namespace")))
            target.namespace = text_of(&attribute.value);
        else if (str_eq(attribute.key, STR("service.instance.id")))
            target.instance = text_of(&attribute.value);
    }
    return target;
}

/* job="namespace/service",instance="..." */
static void add_target(struct prometheus_points *points, const struct target *target)
{
    struct buf *job = &points->text;

    buf_reset(job);
    if (target->namespace.len > 0 && target->service.len > 0) {
        buf_append_str(job, target->namespace);
        buf_append_char(job, '/');
    }
    buf_append_str(job, target->service);
    if (job->len > 0)
        prometheus_labels_add(&points->labels, LABEL_OF_TARGET, STR("job"), buf_str(job));
    if (target->instance.len > 0)
        prometheus_labels_add(&points->labels, LABEL_OF_TARGET, STR("instance"), target->instance);
}

static bool is_one_of(struct str key, const char *const *names)
{
    for (; *names; names++)
        if (str_is(key, *names))
            return true;
    return false;
}

/* All attributes but some, for metrics of any type. */
static void add_attributes(struct prometheus_points *points, enum label_rank rank,
                           const char *prefix, struct repeated attributes,
                           const char *const *without)
{
    static const char *const reserved[] = {"le", "quantile", NULL};
    struct attribute_view attribute;

    while (attribute_next(&attributes, &attribute))
        if (!is_one_of(attribute.key, without))
            prometheus_labels_add_attribute(&points->labels, rank, prefix, reserved, &attribute);
}

/* Those that become job and instance. */
static const char *const of_service[] = {"service.name", "service.namespace", "service.instance.id",
                                         NULL};
static const char *const none[] = {NULL};

static void add_scope(struct prometheus_points *points, struct str message, struct str schema_url)
{
    static const char *const fields[] = {"name", "version", "schema_url", NULL};
    struct scope_view scope;

    scope_read(message, &scope);
    if (scope.name.len > 0)
        prometheus_labels_add(&points->labels, LABEL_OF_SCOPE, STR("otel_scope_name"), scope.name);
    if (scope.version.len > 0)
        prometheus_labels_add(&points->labels, LABEL_OF_SCOPE, STR("otel_scope_version"),
                              scope.version);
    if (schema_url.len > 0)
        prometheus_labels_add(&points->labels, LABEL_OF_SCOPE, STR("otel_scope_schema_url"),
                              schema_url);
    add_attributes(points, LABEL_OF_SCOPE, "otel_scope_", scope.attributes, fields);
}

static void add_constant(struct prometheus_points *points)
{
    const struct text_map *labels = &points->settings->const_labels;

    for (size_t i = 0; i < labels->count; i++)
        prometheus_labels_add(&points->labels, LABEL_OF_THE_SETTINGS, str_of(labels->at[i].name),
                              str_of(labels->at[i].value));
}

/* ---- families ---- */

static bool read_type(const struct metric_view *metric, enum prometheus_type *type)
{
    switch (metric->kind) {
    case METRIC_GAUGE:
        *type = PROMETHEUS_GAUGE;
        return true;
    case METRIC_SUM:
        *type = metric->monotonic ? PROMETHEUS_COUNTER : PROMETHEUS_GAUGE;
        return true;
    case METRIC_HISTOGRAM:
    case METRIC_EXPONENTIAL_HISTOGRAM:
        *type = PROMETHEUS_HISTOGRAM;
        return true;
    case METRIC_SUMMARY:
        *type = PROMETHEUS_SUMMARY;
        return true;
    case METRIC_EMPTY:
        break;
    }
    return false;
}

/* What keeps a metric from being shown; NULL: nothing. */
static const char *wrong_with(const struct metric_view *metric)
{
    bool sum = metric->kind == METRIC_SUM;
    bool has_temporality =
        sum || metric->kind == METRIC_HISTOGRAM || metric->kind == METRIC_EXPONENTIAL_HISTOGRAM;

    if (has_temporality && metric->temporality != DELTA && metric->temporality != CUMULATIVE)
        return "its aggregation temporality is neither delta nor cumulative";
    if (sum && metric->temporality == DELTA && !metric->monotonic)
        return "it is a sum of deltas that may fall: let the SDK send it as cumulative";
    return NULL;
}

/* Tells once what differs from the family that has the name. False: it cannot join it. */
static bool joins(struct prometheus_points *points, struct prometheus_family *family,
                  const struct prometheus_description *wanted)
{
    bool same_type = family->type == wanted->type;

    if (!family->told && (!same_type || !str_eq(family->help, wanted->help))) {
        log_limited(&points->dropped, LOG_WARN, points->where,
                    "there is more than one metric %.*s, of different %s: the first one counts%s; "
                    "rename one of them in the app",
                    STR_ARG(wanted->name), same_type ? "descriptions" : "types",
                    same_type ? "" : ", the others are left out");
        family->told = true;
    }
    return same_type;
}

/* Fills in the description; false: the metric cannot be shown. */
static bool find_family(struct walk *walk)
{
    struct prometheus_points *points = walk->points;
    const struct metric_view *metric = &walk->metric;
    const struct prometheus_family *rival;
    struct prometheus_family *family;
    const char *wrong = wrong_with(metric);

    if (!read_type(metric, &walk->family.type))
        return false; /* it has no data points either */
    buf_reset(&points->name);
    if (!wrong &&
        !prometheus_name_metric(&points->settings->naming, metric->name, metric->unit,
                                walk->family.type, metric->kind == METRIC_GAUGE, &points->name))
        wrong = "its name has no letter or digit";
    if (!wrong && str_eq(buf_str(&points->name), buf_str(&points->target_info)))
        wrong = "it has the name of what is made of resources";
    if (wrong) {
        tell_dropped(points, metric->name, wrong);
        return false;
    }
    walk->family.name = buf_str(&points->name);
    walk->family.help = metric->description;
    family = prometheus_store_family(points->store, walk->family.name);
    if (family)
        return joins(points, family, &walk->family);
    rival = prometheus_store_rival(points->store, walk->family.name, walk->family.type);
    if (!rival)
        return true;
    log_limited(&points->dropped, LOG_WARN, points->where,
                "leaves out the metric %.*s: its lines would look like those of %.*s; "
                "rename one of them in the app",
                STR_ARG(walk->family.name), STR_ARG(rival->name));
    return false;
}

/* ---- points ---- */

static void put(struct prometheus_points *points, const struct prometheus_description *family,
                struct str labels, const struct prometheus_value *value)
{
    switch (prometheus_store_put(points->store, family, labels, value, points->now_ms)) {
    case PUT_OK:
        break;
    case PUT_TOO_MANY:
        log_limited(&points->full, LOG_WARN, points->where,
                    "takes no new series: there are %zu. Give metrics fewer attributes, or a "
                    "shorter metric_expiration",
                    prometheus_store_count(points->store));
        break;
    case PUT_NO_ROOM:
        log_limited(&points->full, LOG_WARN, points->where,
                    "takes no new series: the memory budget is used up, with %zu series. Raise "
                    "service.memory.limit_mib, or give metrics fewer attributes",
                    prometheus_store_count(points->store));
        break;
    }
}

/* Of a series that is there. False: the point says nothing new. */
static bool follow(struct walk *walk, const struct prometheus_value *older,
                   struct prometheus_value *value)
{
    if (walk->metric.kind != METRIC_GAUGE && walk->metric.kind != METRIC_SUMMARY &&
        walk->metric.temporality == DELTA) {
        if (value->time_ns > 0 && value->time_ns <= older->time_ns)
            return false; /* it has come before, or too late */
        prometheus_value_add(value, older, &walk->points->sum);
        return true;
    }
    return value->time_ns >= older->time_ns;
}

static void take_point(struct walk *walk, struct str message)
{
    static const char *const reserved[PROMETHEUS_TYPES][2] = {
        [PROMETHEUS_HISTOGRAM] = {"le"},
        [PROMETHEUS_SUMMARY] = {"quantile"},
    };
    struct prometheus_points *points = walk->points;
    struct prometheus_series *series = NULL;
    struct prometheus_family *family;
    struct attribute_view attribute;
    struct prometheus_value value;
    struct point_view point;
    const char *wrong;
    struct str labels;

    point_read(walk->metric.kind, message, &point);
    while (attribute_next(&point.attributes, &attribute))
        prometheus_labels_add_attribute(&points->labels, LABEL_OF_POINT, "",
                                        reserved[walk->family.type], &attribute);
    buf_reset(&points->text);
    prometheus_labels_write(&points->labels, &points->text);
    labels = buf_str(&points->text);
    if (labels.len > LABELS_MAX) {
        tell_dropped(points, walk->family.name, "the labels of a series are too long");
        return;
    }
    family = prometheus_store_family(points->store, walk->family.name);
    if (family)
        series = prometheus_store_find(points->store, family, labels);
    if (point.flags & FLAG_NO_VALUE) {
        if (series)
            prometheus_store_remove(points->store, series);
        return;
    }
    wrong = prometheus_value_read(walk->metric.kind, message, &point,
                                  points->settings->enable_open_metrics, &points->value, &value);
    if (wrong)
        tell_dropped(points, walk->family.name, wrong);
    else if (!series || follow(walk, &series->value, &value))
        put(points, &walk->family, labels, &value);
}

static void take_metric(struct prometheus_points *points, struct str message)
{
    struct labels_mark mark = prometheus_labels_mark(&points->labels);
    struct walk walk = {.points = points};
    struct str point;

    metric_read(message, &walk.metric);
    if (!find_family(&walk))
        return;
    while (metric_next_point(&walk.metric.points, &point)) {
        take_point(&walk, point);
        prometheus_labels_cut(&points->labels, mark);
    }
}

/* ---- resources ---- */

static void name_target_info(struct prometheus_points *points)
{
    const struct prometheus_naming naming = {points->settings->naming.namespace, false};

    buf_reset(&points->target_info);
    prometheus_name_metric(&naming, STR("target_info"), STR(""), PROMETHEUS_GAUGE, false,
                           &points->target_info);
}

/* A series for each job and instance, which tells the other attributes of the resource; the last
 * ones where they change. */
static void put_target_info(struct prometheus_points *points, const struct resource_view *resource,
                            const struct target *target)
{
    const struct prometheus_description family = {
        .name = buf_str(&points->target_info),
        .help = STR("Target metadata"),
        .type = PROMETHEUS_GAUGE,
    };
    struct prometheus_value value = {.form = FORM_INFO};
    struct buf *all = &points->value;

    if (target->service.len == 0 && target->instance.len == 0)
        return;
    add_target(points, target);
    buf_reset(&points->text);
    prometheus_labels_write(&points->labels, &points->text);
    add_attributes(points, LABEL_OF_RESOURCE, "", resource->attributes, of_service);
    buf_reset(all);
    prometheus_labels_write(&points->labels, all);
    value.number.count = all->len;
    value.part_count = (uint32_t)((all->len + sizeof(union word) - 1) / sizeof(union word));
    memset(buf_reserve(all, sizeof(union word)), 0, sizeof(union word)); /* the last word's rest */
    value.parts = (union word *)(void *)all->at;
    if (all->len <= LABELS_MAX)
        put(points, &family, buf_str(&points->text), &value);
    prometheus_labels_cut(&points->labels, (struct labels_mark){0});
}

static void begin_scope(struct prometheus_points *points, const struct group_run *run)
{
    const struct payload *payload = run->payload;

    if (!points->settings->without_scope_info)
        add_scope(points, group_run_scope(run),
                  payload_str(payload, payload->scopes[run->scope].schema_url));
}

static void take_group(struct prometheus_points *points, const struct group *group)
{
    const struct prometheus_settings *settings = points->settings;
    struct group_cursor cursor = {0};
    const struct group_run *run = NULL;
    struct resource_view resource;
    struct labels_mark shared;
    struct target target;
    struct str item;

    resource_read(group->resource, &resource);
    target = read_target(&resource);
    prometheus_labels_cut(&points->labels, (struct labels_mark){0});
    put_target_info(points, &resource, &target);
    add_constant(points);
    add_target(points, &target);
    if (settings->resource_labels.enabled)
        add_attributes(points, LABEL_OF_RESOURCE, "", resource.attributes,
                       settings->resource_labels.exclude_service_attributes ? of_service : none);
    shared = prometheus_labels_mark(&points->labels);
    while (group_next(group, &cursor, &item)) {
        if (cursor.run != run) {
            run = cursor.run;
            prometheus_labels_cut(&points->labels, shared);
            begin_scope(points, run);
        }
        take_metric(points, item);
    }
}

void prometheus_points_take(struct prometheus_points *points, const struct batch *batch,
                            uint64_t now_ms)
{
    struct groups *groups = groups_new(batch);

    name_target_info(points);
    points->now_ms = now_ms;
    for (size_t i = 0; i < groups->count; i++)
        take_group(points, &groups->at[i]);
    groups_free(groups);
}
