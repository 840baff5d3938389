/*
 * Metrics from spans: how many there are of each kind, and how long they take.
 *
 *     spans -> attributes of their series, as bytes -> series (connectors/series.h) counts
 *     timer -> all series as requests of about 1 MiB -> next[METRICS]
 *
 * One instance has the state for all workers. What is refused for now goes out with the next flush:
 * a series is only marked as sent, and a delta one begun anew, when it has been accepted.
 */
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "base/mem.h"
#include "connectors/series.h"
#include "connectors/spanmetrics_settings.h"
#include "connectors/spanmetrics_write.h"
#include "otlp/span.h"
#include "otlp/wire_write.h"
#include "pipeline/component.h"
#include "pipeline/worker.h"

enum { REQUEST_BYTES = 1 << 20, RETRY_MS = 100 };

/* The duration is in a family of its own where its dimensions are not those of the calls. */
enum { FAMILY_CALLS, FAMILY_DURATION, FAMILY_EVENTS };

struct dimension { /* one more than the common ones */
    struct str name;
    struct buf preset; /* a KeyValue, where neither span nor resource has it; may be empty */
    unsigned families; /* that have it: 1u << FAMILY_CALLS, ... */
};

struct spanmetrics {
    struct component base;
    const struct spanmetrics_settings *settings; /* borrowed from the configuration */
    struct worker *worker;
    uv_timer_t timer; /* runs while there are series */
    struct distribution_form form;
    struct series_form series_form;
    struct series_table *table;
    struct spanmetrics_writer writer;
    bool common[COMMON_DIMENSIONS]; /* that are not excluded */
    bool own_durations;             /* FAMILY_DURATION is in use */
    size_t dimension_count;
    struct dimension dimensions[SPANMETRICS_DIMENSIONS_MAX];

    /* While a batch is looked at: KeyValues of dimensions; at is NULL where there is none. */
    struct str of_resource[SPANMETRICS_DIMENSIONS_MAX];
    struct str of_span[SPANMETRICS_DIMENSIONS_MAX];
    struct str of_event[SPANMETRICS_DIMENSIONS_MAX];
    struct str resource; /* the message */
    struct buf service;  /* the KeyValue service.name, as a field */
    struct buf scope;    /* its name and version, as fields, where they are dimensions */
    struct buf key;      /* of the group, then of the series */
    struct group *group;

    bool fresh;           /* something has come since the last flush */
    struct series **sent; /* owned: those of the request that is written */
    size_t sent_count, sent_cap;
    component_drained_cb *drained; /* not NULL: draining */
    bool ended;                    /* has been drained: what comes goes on soon */
    struct log_limit refused_log, overflow_log;
};

/* ---- attributes of a series ---- */

static size_t varint_size(size_t value)
{
    size_t size = 1;

    for (; value >= 0x80; value >>= 7)
        size++;
    return size;
}

static size_t text_value_size(struct str text)
{
    return 1 + varint_size(text.len) + text.len;
}

/* A KeyValue with a string. Lengths are as short as they can be, as in what SDKs write. */
static void put_key_value(struct buf *out, struct str key, struct str text)
{
    wire_put_bytes(out, 1, key);
    wire_put_tag(out, 2, WIRE_BYTES);
    wire_put_varint(out, text_value_size(text));
    wire_put_bytes(out, 1, text);
}

/* The same as a field with the number 1. */
static void put_text(struct buf *out, struct str key, struct str text)
{
    size_t value = text_value_size(text);

    wire_put_tag(out, 1, WIRE_BYTES);
    wire_put_varint(out, 1 + varint_size(key.len) + key.len + 1 + varint_size(value) + value);
    put_key_value(out, key, text);
}

static struct str kind_text(int32_t kind)
{
    static const struct str texts[] = {
        [SPAN_KIND_UNSPECIFIED] = STR_INIT("SPAN_KIND_UNSPECIFIED"),
        [SPAN_KIND_INTERNAL] = STR_INIT("SPAN_KIND_INTERNAL"),
        [SPAN_KIND_SERVER] = STR_INIT("SPAN_KIND_SERVER"),
        [SPAN_KIND_CLIENT] = STR_INIT("SPAN_KIND_CLIENT"),
        [SPAN_KIND_PRODUCER] = STR_INIT("SPAN_KIND_PRODUCER"),
        [SPAN_KIND_CONSUMER] = STR_INIT("SPAN_KIND_CONSUMER"),
    };

    return texts[kind < 0 || kind > SPAN_KIND_CONSUMER ? 0 : kind];
}

static struct str status_text(int32_t status)
{
    static const struct str texts[] = {
        [STATUS_CODE_UNSET] = STR_INIT("STATUS_CODE_UNSET"),
        [STATUS_CODE_OK] = STR_INIT("STATUS_CODE_OK"),
        [STATUS_CODE_ERROR] = STR_INIT("STATUS_CODE_ERROR"),
    };

    return texts[status < 0 || status > STATUS_CODE_ERROR ? 0 : status];
}

/* The KeyValue of an attribute; at is NULL where there is none. */
static struct str find_attribute(struct repeated attributes, struct str key)
{
    struct attribute_view view;
    struct str message;

    while (repeated_next(&attributes, &message)) {
        if (!attribute_read_plain((const uint8_t *)message.at, message.len, &view))
            attribute_read(message, &view);
        if (str_eq(view.key, key))
            return message;
    }
    return (struct str){NULL, 0};
}

/* For each dimension the KeyValue among these attributes: the first one, where it comes twice. */
static void find_dimensions(const struct spanmetrics *self, struct repeated attributes,
                            struct str *found)
{
    struct attribute_view view;
    struct str message;

    for (size_t i = 0; i < self->dimension_count; i++)
        found[i] = (struct str){NULL, 0};
    while (self->dimension_count > 0 && repeated_next(&attributes, &message)) {
        if (!attribute_read_plain((const uint8_t *)message.at, message.len, &view))
            attribute_read(message, &view);
        for (size_t i = 0; i < self->dimension_count; i++)
            if (!found[i].at && str_eq(view.key, self->dimensions[i].name))
                found[i] = message;
    }
}

/* The dimensions that all families have: the key begins with them. Returns its length. */
static size_t begin_key(struct spanmetrics *self, const struct span_view *span)
{
    buf_reset(&self->key);
    if (self->common[BY_SERVICE])
        buf_append_str(&self->key, buf_str(&self->service));
    if (self->common[BY_SPAN])
        put_text(&self->key, STR("span.name"), span->name);
    if (self->common[BY_KIND])
        put_text(&self->key, STR("span.kind"), kind_text(span->kind));
    if (self->common[BY_STATUS])
        put_text(&self->key, STR("status.code"), status_text(span->status_code));
    buf_append_str(&self->key, buf_str(&self->scope));
    return self->key.len;
}

/* The series of a family that a span (or its event) counts in. begin: what begin_key() said. */
static struct series *find_series(struct spanmetrics *self, unsigned family, size_t begin)
{
    self->key.len = begin;
    for (size_t i = 0; i < self->dimension_count; i++) {
        const struct dimension *dimension = &self->dimensions[i];
        struct str value = buf_str(&dimension->preset);

        if (!(dimension->families & 1u << family))
            continue;
        if (family == FAMILY_EVENTS && self->of_event[i].at)
            value = self->of_event[i];
        else if (self->of_span[i].at)
            value = self->of_span[i];
        else if (self->of_resource[i].at)
            value = self->of_resource[i];
        if (value.len > 0)
            wire_put_bytes(&self->key, 1, value);
    }
    return series_find(self->table, self->group, family, buf_str(&self->key),
                       uv_now(self->worker->loop));
}

/* ---- counting ---- */

static double duration_of(const struct spanmetrics *self, const struct span_view *span)
{
    uint64_t ns = span->end_ns > span->start_ns ? span->end_ns - span->start_ns : 0;

    return (double)ns / (self->settings->histogram.unit == 1 ? 1e9 : 1e6);
}

static void add_exemplar(struct spanmetrics *self, struct series *series,
                         const struct span_view *span, double value)
{
    struct exemplar exemplar = {.time_ns = span->end_ns, .value = value};

    if (series->exemplar_count >= self->series_form.exemplars ||
        span->trace_id.len != sizeof(exemplar.trace_id) ||
        span->span_id.len != sizeof(exemplar.span_id))
        return;
    memcpy(exemplar.trace_id, span->trace_id.at, sizeof(exemplar.trace_id));
    memcpy(exemplar.span_id, span->span_id.at, sizeof(exemplar.span_id));
    series_add_exemplar(self->table, series, &exemplar);
}

static void count_in(struct spanmetrics *self, unsigned family, size_t begin,
                     const struct span_view *span, double value)
{
    struct series *series = find_series(self, family, begin);

    series_count(self->table, series, value);
    add_exemplar(self, series, span, value);
}

static void count_events(struct spanmetrics *self, size_t begin, const struct span_view *span,
                         double value)
{
    struct repeated events = span->events;
    struct event_view event;
    struct str message;

    while (repeated_next(&events, &message)) {
        event_read(message, &event);
        find_dimensions(self, event.attributes, self->of_event);
        count_in(self, FAMILY_EVENTS, begin, span, value);
    }
}

static void count_span(struct spanmetrics *self, struct str message)
{
    struct span_view span;
    double value;
    size_t begin;

    span_read(message, &span);
    value = duration_of(self, &span);
    find_dimensions(self, span.attributes, self->of_span);
    begin = begin_key(self, &span);
    count_in(self, FAMILY_CALLS, begin, &span, value);
    if (self->own_durations)
        count_in(self, FAMILY_DURATION, begin, &span, value);
    if (self->settings->events.enabled)
        count_events(self, begin, &span, value);
}

/* What tells one resource from another. */
static void put_group_key(struct spanmetrics *self, struct repeated attributes)
{
    const struct string_list *keys = &self->settings->key_attributes;

    buf_reset(&self->key);
    if (!self->settings->add_resource_attributes) {
        if (self->common[BY_SERVICE])
            buf_append_str(&self->key, buf_str(&self->service));
        return;
    }
    if (keys->count == 0)
        buf_append_str(&self->key, self->resource);
    for (size_t i = 0; i < keys->count; i++)
        wire_put_bytes(&self->key, 1, find_attribute(attributes, str_of(keys->at[i])));
}

static void begin_resource(struct spanmetrics *self, struct str message)
{
    struct resource_view resource;
    struct str service;

    resource_read(message, &resource);
    self->resource = self->settings->add_resource_attributes ? message : (struct str){NULL, 0};
    find_dimensions(self, resource.attributes, self->of_resource);
    service = find_attribute(resource.attributes, STR("service.name"));
    buf_reset(&self->service);
    if (service.at)
        wire_put_bytes(&self->service, 1, service);
    else
        put_text(&self->service, STR("service.name"), STR("unknown_service"));
    put_group_key(self, resource.attributes);
    self->group =
        series_group(self->table, buf_str(&self->key), self->resource, uv_now(self->worker->loop));
}

static void begin_scope(struct spanmetrics *self, struct str message)
{
    const struct string_list *scopes = &self->settings->scopes;
    struct scope_view scope;

    buf_reset(&self->scope);
    if (scopes->count == 0)
        return;
    scope_read(message, &scope);
    for (size_t i = 0; i < scopes->count; i++) {
        if (!str_is(scope.name, scopes->at[i]))
            continue;
        put_text(&self->scope, STR("span.instrumentation.scope.name"), scope.name);
        if (scope.version.len > 0)
            put_text(&self->scope, STR("span.instrumentation.scope.version"), scope.version);
        return;
    }
}

static void count_slice(struct spanmetrics *self, const struct slice *slice)
{
    const struct payload *payload = slice->payload;
    uint32_t end = slice->first + slice->count, at = slice->first;
    uint32_t scope = payload_scope_of(payload, at), resource = UINT32_MAX;

    for (; at < end; scope++) {
        const struct payload_scope *s = &payload->scopes[scope];

        if (s->first + s->count <= at)
            continue;
        if (s->resource != resource)
            begin_resource(self, payload_str(payload, payload->resources[s->resource].resource));
        resource = s->resource;
        begin_scope(self, payload_str(payload, s->scope));
        for (; at < end && at < s->first + s->count; at++)
            count_span(self, payload_str(payload, payload->items[at]));
    }
}

/* ---- what flows out ---- */

/* False: refused for now. */
static bool hand_on(struct spanmetrics *self)
{
    struct bytes *body = bytes_new(self->writer.request.len);
    struct payload_report report;
    struct payload *payload;
    struct batch *batch;
    struct result result;

    if (!body)
        return false;
    memcpy(body->at, self->writer.request.at, self->writer.request.len);
    body->len = self->writer.request.len;
    payload = payload_read(METRICS, body, &report);
    if (!payload)
        return report.verdict != PAYLOAD_NO_ROOM;
    batch = batch_of(payload);
    payload_unref(payload);
    result = consume(self->base.next[METRICS], batch);
    if (result.verdict == REJECTED)
        log_limited(&self->refused_log, LOG_ERROR, self->base.where, "dropped %zu data points: %s",
                    batch->items, result.why);
    batch_unref(batch);
    return result.verdict != RETRY_LATER;
}

/* Hands on what is written; the series in it have been sent then. False: refused for now. */
static bool send_written(struct spanmetrics *self, uint64_t now_ns)
{
    bool delta = spanmetrics_is_delta(self->settings);

    if (self->sent_count == 0)
        return true;
    if (!hand_on(self))
        return false;
    for (size_t i = 0; i < self->sent_count; i++)
        series_sent(self->table, self->sent[i], delta, now_ns);
    self->sent_count = 0;
    buf_reset(&self->writer.request);
    return true;
}

static void write_series(struct spanmetrics *self, struct series *series, uint64_t now_ns)
{
    spanmetrics_put(&self->writer, series, now_ns);
    self->sent = mem_room(self->sent, self->sent_count, &self->sent_cap, sizeof(*self->sent));
    self->sent[self->sent_count++] = series;
}

static bool send_group(struct spanmetrics *self, struct group *group, uint64_t now_ns)
{
    struct str resource = {group->text + group->key_len, group->resource_len};
    bool delta = spanmetrics_is_delta(self->settings);

    for (struct list *node = group->series.next; node != &group->series; node = node->next) {
        struct series *series = LIST_ENTRY(node, struct series, node);

        if (series->calls == 0 || (delta && !series->fresh))
            continue;
        write_series(self, series, now_ns);
        if (spanmetrics_written(&self->writer) < REQUEST_BYTES)
            continue;
        spanmetrics_end_resource(&self->writer, resource);
        if (!send_written(self, now_ns))
            return false;
    }
    if (self->settings->add_resource_attributes)
        spanmetrics_end_resource(&self->writer, resource);
    return true;
}

static bool send_all(struct spanmetrics *self)
{
    struct list *groups = series_groups(self->table);
    struct timespec now;
    uint64_t now_ns;

    clock_gettime(CLOCK_REALTIME, &now);
    now_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    for (struct list *node = groups->next; node != groups; node = node->next)
        if (!send_group(self, LIST_ENTRY(node, struct group, node), now_ns))
            return false;
    spanmetrics_end_resource(&self->writer, (struct str){NULL, 0});
    return send_written(self, now_ns);
}

/* False: some of it was refused for now, and is still here. */
static bool flush(struct spanmetrics *self)
{
    bool delta = spanmetrics_is_delta(self->settings), all_sent;
    uint64_t overflowed = series_take_overflowed(self->table);

    if (overflowed > 0)
        log_limited(&self->overflow_log, LOG_WARN, self->base.where,
                    "%llu spans or events were counted with otel.metric.overflow=true: there are "
                    "%zu series, and no room or no leave for more; take out dimensions that have "
                    "many values",
                    (unsigned long long)overflowed, series_table_count(self->table));
    series_expire(self->table, delta, uv_now(self->worker->loop));
    all_sent = !self->base.next[METRICS] || send_all(self);
    self->fresh = self->fresh && !all_sent;
    self->sent_count = 0;
    spanmetrics_writer_done(&self->writer); /* also what was refused */
    return all_sent;
}

static void on_timer(uv_timer_t *timer);

static void schedule(struct spanmetrics *self)
{
    bool soon = self->drained || self->ended;

    if (!uv_is_active((uv_handle_t *)&self->timer))
        uv_timer_start(&self->timer, on_timer, soon ? RETRY_MS : self->settings->flush_interval_ms,
                       0);
}

static void finish_draining(struct spanmetrics *self)
{
    component_drained_cb *drained = self->drained;

    self->drained = NULL;
    self->ended = true;
    drained(&self->base);
}

static void on_timer(uv_timer_t *timer)
{
    struct spanmetrics *self = timer->data;
    bool all_sent = flush(self);

    if (all_sent && self->drained)
        finish_draining(self);
    else if (!all_sent || !self->ended)
        schedule(self);
}

static struct result spanmetrics_consume(struct component *base, struct batch *batch)
{
    struct spanmetrics *self = (struct spanmetrics *)base;

    for (size_t i = 0; i < batch->slice_count; i++)
        count_slice(self, &batch->slices[i]);
    self->fresh = true;
    schedule(self);
    return result_accepted();
}

/* ---- life ---- */

static void add_dimensions(struct spanmetrics *self, const struct block_list *list,
                           unsigned families)
{
    const struct spanmetrics_dimension *from = list->at;

    for (size_t i = 0; i < list->count; i++) {
        struct dimension *to = &self->dimensions[self->dimension_count++];

        to->name = str_of(from[i].name);
        to->families = families;
        if (from[i].preset)
            put_key_value(&to->preset, to->name, str_of(from[i].preset));
    }
}

static void set_up_families(struct spanmetrics *self)
{
    const struct spanmetrics_settings *s = self->settings;
    unsigned calls = 1u << FAMILY_CALLS, durations = 1u << FAMILY_DURATION;
    unsigned duration_family = FAMILY_CALLS;

    self->own_durations =
        !s->histogram.disable && s->calls_dimensions.count + s->histogram.dimensions.count > 0;
    add_dimensions(self, &s->dimensions, calls | durations | 1u << FAMILY_EVENTS);
    add_dimensions(self, &s->calls_dimensions, calls);
    add_dimensions(self, &s->histogram.dimensions, durations);
    if (s->events.enabled)
        add_dimensions(self, &s->events.dimensions, 1u << FAMILY_EVENTS);
    if (self->own_durations)
        duration_family = FAMILY_DURATION;
    self->writer.metrics[FAMILY_CALLS] |= 1u << METRIC_CALLS;
    self->writer.metrics[FAMILY_EVENTS] |= 1u << METRIC_EVENTS;
    if (s->histogram.disable)
        return;
    self->writer.metrics[duration_family] |= 1u << METRIC_DURATION;
    self->series_form.distribution[duration_family] = &self->form;
}

static struct component *spanmetrics_create(const void *settings, struct worker *worker,
                                            struct error *err)
{
    const struct spanmetrics_settings *s = settings;
    struct spanmetrics *self = mem_zero(sizeof(*self));

    (void)err;
    self->settings = s;
    self->worker = worker;
    self->form = (struct distribution_form){
        .exponential = s->histogram.exponential.enabled,
        .bounds = s->histogram.explicit.bounds,
        .bound_count = s->histogram.explicit.bound_count,
        .max_size = (uint32_t)s->histogram.exponential.max_size,
    };
    self->series_form = (struct series_form){
        .most = SERIES_MAX,
        .most_of_group = s->cardinality_limit,
        .overflow_has_key = !s->add_resource_attributes,
        .exemplars = s->exemplars.enabled ? (unsigned)s->exemplars.max_per_data_point : 0,
        .group_expires_ms = s->metrics_expiration_ms,
        .series_expires_ms = s->series_expiration_ms,
    };
    self->writer = (struct spanmetrics_writer){
        .namespace = s->namespace,
        .form = &self->form,
        .unit = s->histogram.unit == 1 ? "s" : "ms",
        .delta = spanmetrics_is_delta(s),
    };
    for (unsigned i = 0; i < COMMON_DIMENSIONS; i++)
        self->common[i] = !spanmetrics_excludes(s, spanmetrics_common_names[i]);
    set_up_families(self);
    self->table = series_table_new(&self->series_form);
    uv_timer_init(worker->loop, &self->timer);
    self->timer.data = self;
    return &self->base;
}

static void spanmetrics_drain(struct component *base, component_drained_cb *drained)
{
    struct spanmetrics *self = (struct spanmetrics *)base;

    self->drained = drained;
    uv_timer_stop(&self->timer);
    if (!self->fresh || flush(self))
        finish_draining(self);
    else
        schedule(self);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void spanmetrics_destroy(struct component *base)
{
    struct spanmetrics *self = (struct spanmetrics *)base;

    series_table_free(self->table);
    spanmetrics_writer_done(&self->writer);
    for (size_t i = 0; i < self->dimension_count; i++)
        buf_done(&self->dimensions[i].preset);
    buf_done(&self->service);
    buf_done(&self->scope);
    buf_done(&self->key);
    free(self->sent);
    uv_close((uv_handle_t *)&self->timer, on_closed);
}

static const char *const old_names[] = {"spanmetrics", NULL};

const struct component_type span_metrics_connector = {
    .name = "span_metrics",
    .old_names = old_names,
    .kind = CONNECTOR,
    .signals = 1u << TRACES,
    .signals_out = 1u << METRICS,
    .help = "counts spans and their durations: traces in, metrics out",
    .fields = spanmetrics_fields,
    .settings_size = sizeof(struct spanmetrics_settings),
    .placement = ONE_WORKER,
    .check = spanmetrics_check,
    .create = spanmetrics_create,
    .consume = spanmetrics_consume,
    .drain = spanmetrics_drain,
    .destroy = spanmetrics_destroy,
};
