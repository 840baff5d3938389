/*
 * A series is known by the bytes of its attributes, which are put together for each span:
 *
 *     spans -> attributes of their series, as bytes -> series (connectors/series.h) counts
 */
#include "connectors/spanmetrics_counter.h"

#include <stdlib.h>

#include "base/mem.h"
#include "otlp/span.h"
#include "otlp/wire_write.h"

struct dimension { /* one more than the common ones */
    struct str name;
    struct buf preset; /* a KeyValue, where neither span nor resource has it; may be empty */
    unsigned families; /* that have it: 1u << FAMILY_CALLS, ... */
};

struct spanmetrics_counter {
    const struct spanmetrics_settings *settings;
    struct series_table *table;
    unsigned exemplars;             /* of a series */
    bool common[COMMON_DIMENSIONS]; /* that are not excluded */
    bool own_durations;             /* FAMILY_DURATION is in use */
    size_t dimension_count;
    struct dimension dimensions[SPANMETRICS_DIMENSIONS_MAX];

    /* While a batch is looked at: KeyValues of dimensions; at is NULL where there is none. */
    uint64_t now_ms;
    struct str of_resource[SPANMETRICS_DIMENSIONS_MAX];
    struct str of_span[SPANMETRICS_DIMENSIONS_MAX];
    struct str of_event[SPANMETRICS_DIMENSIONS_MAX];
    struct str resource; /* the message */
    struct buf service;  /* the KeyValue service.name, as a field */
    struct buf scope;    /* its name and version, as fields, where they are dimensions */
    struct buf key;      /* of the group, then of the series */
    struct group *group;
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
static void find_dimensions(const struct spanmetrics_counter *self, struct repeated attributes,
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
static size_t begin_key(struct spanmetrics_counter *self, const struct span_view *span)
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
static struct series *find_series(struct spanmetrics_counter *self, unsigned family, size_t begin)
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
    return series_find(self->table, self->group, family, buf_str(&self->key), self->now_ms);
}

/* ---- counting ---- */

static double duration_of(const struct spanmetrics_counter *self, const struct span_view *span)
{
    uint64_t ns = span->end_ns > span->start_ns ? span->end_ns - span->start_ns : 0;

    return (double)ns / (self->settings->histogram.unit == 1 ? 1e9 : 1e6);
}

static void add_exemplar(struct spanmetrics_counter *self, struct series *series,
                         const struct span_view *span, double value)
{
    struct exemplar exemplar = {.time_ns = span->end_ns, .value = value};

    if (series->exemplar_count >= self->exemplars ||
        span->trace_id.len != sizeof(exemplar.trace_id) ||
        span->span_id.len != sizeof(exemplar.span_id))
        return;
    memcpy(exemplar.trace_id, span->trace_id.at, sizeof(exemplar.trace_id));
    memcpy(exemplar.span_id, span->span_id.at, sizeof(exemplar.span_id));
    series_add_exemplar(self->table, series, &exemplar);
}

static void count_in(struct spanmetrics_counter *self, unsigned family, size_t begin,
                     const struct span_view *span, double value)
{
    struct series *series = find_series(self, family, begin);

    series_count(self->table, series, value);
    add_exemplar(self, series, span, value);
}

static void count_events(struct spanmetrics_counter *self, size_t begin,
                         const struct span_view *span, double value)
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

static void count_span(struct spanmetrics_counter *self, struct str message)
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
static void put_group_key(struct spanmetrics_counter *self, struct repeated attributes)
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

static void begin_resource(struct spanmetrics_counter *self, struct str message)
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
    self->group = series_group(self->table, buf_str(&self->key), self->resource, self->now_ms);
}

static void begin_scope(struct spanmetrics_counter *self, struct str message)
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

static void count_slice(struct spanmetrics_counter *self, const struct slice *slice)
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

void spanmetrics_counter_take(struct spanmetrics_counter *self, const struct batch *batch,
                              uint64_t now_ms)
{
    self->now_ms = now_ms;
    for (size_t i = 0; i < batch->slice_count; i++)
        count_slice(self, &batch->slices[i]);
}

/* ---- life ---- */

bool spanmetrics_own_durations(const struct spanmetrics_settings *s)
{
    return !s->histogram.disable && s->calls_dimensions.count + s->histogram.dimensions.count > 0;
}

unsigned spanmetrics_exemplars(const struct spanmetrics_settings *s)
{
    return s->exemplars.enabled ? (unsigned)s->exemplars.max_per_data_point : 0;
}

static void add_dimensions(struct spanmetrics_counter *self, const struct block_list *list,
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

struct spanmetrics_counter *spanmetrics_counter_new(const struct spanmetrics_settings *s,
                                                    struct series_table *table)
{
    struct spanmetrics_counter *self = mem_zero(sizeof(*self));
    unsigned calls = 1u << FAMILY_CALLS, durations = 1u << FAMILY_DURATION;

    self->settings = s;
    self->table = table;
    self->exemplars = spanmetrics_exemplars(s);
    self->own_durations = spanmetrics_own_durations(s);
    for (unsigned i = 0; i < COMMON_DIMENSIONS; i++)
        self->common[i] = !spanmetrics_excludes(s, spanmetrics_common_names[i]);
    add_dimensions(self, &s->dimensions, calls | durations | 1u << FAMILY_EVENTS);
    add_dimensions(self, &s->calls_dimensions, calls);
    add_dimensions(self, &s->histogram.dimensions, durations);
    if (s->events.enabled)
        add_dimensions(self, &s->events.dimensions, 1u << FAMILY_EVENTS);
    return self;
}

void spanmetrics_counter_free(struct spanmetrics_counter *self)
{
    if (!self)
        return;
    for (size_t i = 0; i < self->dimension_count; i++)
        buf_done(&self->dimensions[i].preset);
    buf_done(&self->service);
    buf_done(&self->scope);
    buf_done(&self->key);
    free(self);
}
