/*
 * Drops what conditions say: whole resources and scopes, spans, events of spans, metrics, data
 * points, log records. Any condition that is true is enough.
 *
 * Where whole items go only slices change; a span that loses an event, or a metric a data point, is
 * written anew. A condition that cannot be told and is to refuse the data (error_mode: propagate)
 * may fail at the last item: with such ones the batch is walked once before.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "otlp/metric_write.h"
#include "otlp/wire_write.h"
#include "pipeline/rewriting.h"
#include "processors/filter.h"
#include "processors/match.h"

struct includes { /* the oldest form */
    struct match_settings include, exclude;
};

struct filter_settings {
    unsigned error_mode;
    const struct node *trace_conditions, *metric_conditions, *log_conditions;
    struct {
        const struct node *resource, *span, *spanevent;
    } traces;
    struct {
        const struct node *resource, *metric, *datapoint;
        struct includes names;
    } metrics;
    struct {
        const struct node *resource, *log_record;
        struct includes records;
    } logs;
    struct includes spans;
    struct ottl_rules rules; /* derived */
};

struct filter_processor {
    struct component base;
    struct filter *filter;
    struct {
        struct match *include, *exclude; /* or NULL */
    } matches[SIGNAL_KINDS];
    struct metric *filtered[SIGNAL_KINDS]; /* NULL: none yet */

    /* Of the walk: */
    enum signal signal;
    bool dry;              /* nothing is to change: it is only seen whether a condition fails */
    uint64_t kept;         /* items of this batch */
    struct ottl_data data; /* what is looked at: its views below */
    struct resource_view resource;
    struct scope_view scope;
};

static const struct field trace_fields[] = {
    FIELD_NODE(struct filter_settings, traces.resource, "resource",
               "conditions for whole resources, with their spans"),
    FIELD_NODE(struct filter_settings, traces.span, "span", "conditions for spans"),
    FIELD_NODE(struct filter_settings, traces.spanevent, "spanevent",
               "conditions for events of spans; a span without events stays"),
    FIELD_END,
};

static const struct field metric_fields[] = {
    FIELD_NODE(struct filter_settings, metrics.resource, "resource",
               "conditions for whole resources, with their metrics"),
    FIELD_NODE(struct filter_settings, metrics.metric, "metric", "conditions for metrics"),
    FIELD_NODE(struct filter_settings, metrics.datapoint, "datapoint",
               "conditions for data points; a metric without any is dropped"),
    FIELD_SWITCH(struct filter_settings, metrics.names.include, "include", match_metric_fields,
                 "the oldest form: only metrics that this matches stay"),
    FIELD_SWITCH(struct filter_settings, metrics.names.exclude, "exclude", match_metric_fields,
                 "the oldest form: metrics that this matches are dropped"),
    FIELD_END,
};

static const struct field log_fields[] = {
    FIELD_NODE(struct filter_settings, logs.resource, "resource",
               "conditions for whole resources, with their log records"),
    FIELD_NODE(struct filter_settings, logs.log_record, "log_record", "conditions for log records"),
    FIELD_SWITCH(struct filter_settings, logs.records.include, "include", match_record_fields,
                 "the oldest form: only log records that this matches stay"),
    FIELD_SWITCH(struct filter_settings, logs.records.exclude, "exclude", match_record_fields,
                 "the oldest form: log records that this matches are dropped"),
    FIELD_END,
};

static const struct field span_fields[] = {
    FIELD_SWITCH(struct filter_settings, spans.include, "include", match_fields,
                 "only spans that this matches stay"),
    FIELD_SWITCH(struct filter_settings, spans.exclude, "exclude", match_fields,
                 "spans that this matches are dropped"),
    FIELD_END,
};

/* Their members lie in the same struct. */
#define GROUP(key, fields_, help_)                                                                 \
    {                                                                                              \
        .name = (key), .type = FIELD_TYPE_BLOCK, .offset = 0, .fields = (fields_), .help = (help_) \
    }

static const struct field fields[] = {
    FIELD_CHOICE(struct filter_settings, error_mode, "error_mode", "ignore", error_modes,
                 "a condition that cannot be told is taken as false: ignore logs it, silent does "
                 "not; propagate refuses the data"),
    FIELD_NODE(struct filter_settings, trace_conditions, "trace_conditions",
               "drops what one of these is true of: conditions such as span.name == \"x\", or "
               "{context, error_mode, conditions}; docs/ottl.md"),
    FIELD_NODE(struct filter_settings, metric_conditions, "metric_conditions",
               "the same for metrics and data points"),
    FIELD_NODE(struct filter_settings, log_conditions, "log_conditions", "the same for logs"),
    GROUP("traces", trace_fields, "the older form: conditions by what they are about"),
    GROUP("metrics", metric_fields, "the older form, for metrics"),
    GROUP("logs", log_fields, "the older form, for logs"),
    GROUP("spans", span_fields, "the oldest form: blocks that match spans"),
    FIELD_END,
};

/* Whether there are any. */
static bool check_includes(struct includes *includes, const struct field *block,
                           const struct node *node, struct problems *problems)
{
    match_check(&includes->include, block, "include", node, problems);
    match_check(&includes->exclude, block, "exclude", node, problems);
    return includes->include.enabled || includes->exclude.enabled;
}

static void check(void *settings, const struct node *node, struct problems *problems)
{
    struct filter_settings *s = settings;
    const struct {
        enum signal signal;
        enum ottl_context context; /* OTTL_CONTEXTS: the newest form */
        const struct node *list;
    } lists[] = {
        {TRACES, OTTL_CONTEXTS, s->trace_conditions},
        {TRACES, OTTL_RESOURCE, s->traces.resource},
        {TRACES, OTTL_SPAN, s->traces.span},
        {TRACES, OTTL_SPANEVENT, s->traces.spanevent},
        {METRICS, OTTL_CONTEXTS, s->metric_conditions},
        {METRICS, OTTL_RESOURCE, s->metrics.resource},
        {METRICS, OTTL_METRIC, s->metrics.metric},
        {METRICS, OTTL_DATAPOINT, s->metrics.datapoint},
        {LOGS, OTTL_CONTEXTS, s->log_conditions},
        {LOGS, OTTL_RESOURCE, s->logs.resource},
        {LOGS, OTTL_LOG, s->logs.log_record},
    };
    size_t errors = problems->errors;
    bool any = false;

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        if (lists[i].context == OTTL_CONTEXTS)
            ottl_rules_add_any(&s->rules, lists[i].signal, lists[i].list, s->error_mode, problems);
        else
            ottl_rules_add(&s->rules, lists[i].signal, lists[i].context, lists[i].list,
                           s->error_mode, problems);
    any |= check_includes(&s->spans, match_fields, node_get(node, "spans"), problems);
    any |=
        check_includes(&s->metrics.names, match_metric_fields, node_get(node, "metrics"), problems);
    any |= check_includes(&s->logs.records, match_record_fields, node_get(node, "logs"), problems);
    if (problems->errors == errors && s->rules.count == 0 && !any)
        warning_at(problems, node, "without a condition everything passes");
}

static bool drops(struct filter_processor *self, enum ottl_context context)
{
    return filter_drops(self->filter, self->signal, context, &self->data, self->base.where);
}

static enum rewrite verdict_of(const struct filter_processor *self, bool drop)
{
    return drop && !self->dry ? REWRITE_DROP : REWRITE_KEEP;
}

static enum rewrite on_resource(void *arg, enum signal signal, struct str resource, struct buf *out)
{
    struct filter_processor *self = arg;

    (void)out;
    self->signal = signal;
    match_enter_resource(self->matches[signal].include);
    match_enter_resource(self->matches[signal].exclude);
    resource_read(resource, &self->resource);
    return verdict_of(self, drops(self, OTTL_RESOURCE));
}

static enum rewrite on_scope(void *arg, enum signal signal, struct str resource, struct str scope,
                             struct buf *out)
{
    struct filter_processor *self = arg;

    (void)resource, (void)out;
    match_enter_scope(self->matches[signal].include);
    match_enter_scope(self->matches[signal].exclude);
    scope_read(scope, &self->scope);
    return verdict_of(self, drops(self, OTTL_SCOPE));
}

static bool event_drops(struct filter_processor *self, struct str message, uint32_t index)
{
    struct event_view event;

    event_read(message, &event);
    self->data.event = &event;
    self->data.event_index = index;
    return drops(self, OTTL_SPANEVENT);
}

/* The span without its events that are dropped, of which the first is known. */
static void write_span(struct filter_processor *self, struct str span, uint32_t first,
                       struct buf *out)
{
    struct wire w = wire_of(span);
    struct wire_field f = {0};
    uint32_t index = 0;

    while (wire_next(&w, &f)) {
        bool drop = false;

        if (f.number == SPAN_EVENTS) {
            drop = index == first || (index > first && event_drops(self, f.bytes, index));
            index++;
        }
        if (!drop)
            wire_put_field(out, &f);
    }
}

static enum rewrite filter_span(struct filter_processor *self, struct str item, struct buf *out)
{
    bool events = filter_has(self->filter, TRACES, OTTL_SPANEVENT);
    struct repeated list;
    struct span_view span;
    struct str message;

    if (!events && !filter_has(self->filter, TRACES, OTTL_SPAN))
        return REWRITE_KEEP;
    span_read(item, &span);
    self->data.span = &span;
    if (drops(self, OTTL_SPAN))
        return REWRITE_DROP;
    list = span.events;
    for (uint32_t i = 0; events && repeated_next(&list, &message); i++)
        if (event_drops(self, message, i) && !self->dry) {
            write_span(self, item, i, out);
            return REWRITE_CHANGE;
        }
    return REWRITE_KEEP;
}

static enum rewrite on_point(void *arg, enum metric_kind kind, struct str message, struct buf *out)
{
    struct filter_processor *self = arg;
    struct point_view point;
    bool drop;

    (void)out;
    point_read(kind, message, &point);
    self->data.point = &point;
    drop = drops(self, OTTL_DATAPOINT);
    self->kept += !drop;
    return verdict_of(self, drop);
}

static enum rewrite filter_metric(struct filter_processor *self, struct str item, struct buf *out)
{
    struct metric_view metric;

    metric_read(item, &metric);
    self->data.metric = &metric;
    if (drops(self, OTTL_METRIC))
        return REWRITE_DROP;
    if (filter_has(self->filter, METRICS, OTTL_DATAPOINT))
        return metric_rewrite(item, on_point, self, out);
    self->kept += metric_count_points(item);
    return REWRITE_KEEP;
}

static enum rewrite filter_log(struct filter_processor *self, struct str item)
{
    struct log_record_view record;

    log_record_read(item, &record);
    self->data.log = &record;
    return drops(self, OTTL_LOG) ? REWRITE_DROP : REWRITE_KEEP;
}

static bool is_excluded(struct filter_processor *self, const struct rewrite_place *place,
                        struct str item)
{
    struct match *include = self->matches[place->signal].include,
                 *exclude = self->matches[place->signal].exclude;

    return (include && !match_item(include, place, item)) ||
           (exclude && match_item(exclude, place, item));
}

static enum rewrite on_item(void *arg, const struct rewrite_place *place, struct str item,
                            struct buf *out)
{
    struct filter_processor *self = arg;
    enum rewrite verdict = REWRITE_DROP;

    if (is_excluded(self, place, item))
        return verdict_of(self, true);
    switch (place->signal) {
    case TRACES:
        verdict = filter_span(self, item, out);
        break;
    case METRICS: /* counts what it keeps */
        verdict = filter_metric(self, item, out);
        return verdict == REWRITE_DROP ? verdict_of(self, true) : verdict;
    default:
        verdict = filter_log(self, item);
        break;
    }
    self->kept += verdict != REWRITE_DROP;
    return verdict == REWRITE_DROP ? verdict_of(self, true) : verdict;
}

static const struct rewriter rewriter = {
    .resource = on_resource, .scope = on_scope, .item = on_item};

/* Whether a condition fails that is to refuse the batch: why, or NULL. */
static const char *failure(struct filter_processor *self, struct batch *batch)
{
    struct batch *same;

    if (!filter_propagates(self->filter))
        return NULL;
    self->dry = true;
    if (batch_rewrite(batch, &rewriter, self, &same))
        batch_unref(same);
    self->dry = false;
    return filter_failure(self->filter);
}

static void count_filtered(struct filter_processor *self, enum signal signal, uint64_t items)
{
    static const struct metric_family families[SIGNAL_KINDS] = {
        [TRACES] = {.name = "otelcol_processor_filter_spans_filtered",
                    .help = "Number of spans dropped by the filter processor [Alpha]"},
        [METRICS] = {.name = "otelcol_processor_filter_datapoints_filtered",
                     .help =
                         "Number of metric data points dropped by the filter processor [Alpha]"},
        [LOGS] = {.name = "otelcol_processor_filter_logs_filtered",
                  .help = "Number of logs dropped by the filter processor [Alpha]"},
    };

    if (!self->filtered[signal])
        self->filtered[signal] = metric_open(&families[signal], "filter", self->base.id, NULL);
    metric_add(self->filtered[signal], items);
}

static struct result filter_consume(struct component *base, struct batch *batch)
{
    struct filter_processor *self = (struct filter_processor *)base;
    size_t items = batch->items;
    const char *why = failure(self, batch);
    struct result result;

    if (why)
        return result_rejected(why);
    self->kept = 0;
    result = rewrite_and_pass(base, batch, &rewriter, self);
    (void)filter_failure(self->filter);
    if (result.verdict == ACCEPTED && items > self->kept) {
        count_filtered(self, batch->signal, items - self->kept);
        log_debug(base->where, "dropped %" PRIu64 " of %zu %s, %" PRIu64 " since the start",
                  items - self->kept, items, signal_words[batch->signal].items,
                  metric_value(self->filtered[batch->signal]));
    }
    return result;
}

static void filter_destroy(struct component *base)
{
    struct filter_processor *self = (struct filter_processor *)base;

    filter_free(self->filter);
    for (unsigned signal = 0; signal < SIGNAL_KINDS; signal++) {
        match_free(self->matches[signal].include);
        match_free(self->matches[signal].exclude);
        metric_close(self->filtered[signal]);
    }
    free(self);
}

/* False: *err says why not. */
static bool make_matches(struct filter_processor *self, enum signal signal,
                         const struct includes *includes, struct error *err)
{
    if (includes->include.enabled)
        self->matches[signal].include = match_new(&includes->include, err);
    if (includes->exclude.enabled)
        self->matches[signal].exclude = match_new(&includes->exclude, err);
    return !self->matches[signal].include == !includes->include.enabled &&
           !self->matches[signal].exclude == !includes->exclude.enabled;
}

static struct component *filter_create(const void *settings, struct worker *worker,
                                       struct error *err)
{
    struct filter_processor *self = mem_zero(sizeof(*self));
    const struct filter_settings *s = settings;

    (void)worker;
    self->data.resource = &self->resource;
    self->data.scope = &self->scope;
    self->filter = filter_new(&s->rules, err);
    if (self->filter && make_matches(self, TRACES, &s->spans, err) &&
        make_matches(self, METRICS, &s->metrics.names, err) &&
        make_matches(self, LOGS, &s->logs.records, err))
        return &self->base;
    filter_destroy(&self->base);
    return NULL;
}

const struct component_type filter_processor = {
    .name = "filter",
    .kind = PROCESSOR,
    .signals = SIGNALS_ALL,
    .help = "drops what conditions say: resources, spans, their events, metrics, log records",
    .fields = fields,
    .settings_size = sizeof(struct filter_settings),
    .check = check,
    .create = filter_create,
    .consume = filter_consume,
    .destroy = filter_destroy,
};
