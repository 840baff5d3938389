/*
 * Conditions: a block's lists, each as texts or as regular expressions. What is asked of the
 * resource and the scope is asked once for each.
 */
#include "processors/match.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/regex.h"
#include "otlp/log_record.h"
#include "otlp/metric.h"
#include "processors/value.h"

struct pattern { /* a text, or what it matches */
    struct str text;
    struct regex *regex; /* NULL: strict */
};

struct patterns {
    struct pattern *at;
    size_t count;
};

struct wanted { /* an attribute */
    struct str key;
    bool has_value;
    struct value_view value; /* strict */
    struct regex *regex;     /* NULL: strict */
};

struct wanteds {
    struct wanted *at;
    size_t count;
};

enum known { UNKNOWN, YES, NO };

struct match {
    const struct match_settings *settings;
    struct patterns services, span_names, span_kinds;
    struct patterns log_bodies, log_severity_texts, metric_names;
    struct patterns libraries; /* names and versions in turn; at NULL: any version */
    struct wanteds attributes, resources;
    enum known resource, scope; /* whether those that the rewriter is in match */
    struct buf text;            /* of a value that is none */
};

static void patterns_done(struct patterns *patterns)
{
    for (size_t i = 0; i < patterns->count; i++)
        regex_free(patterns->at[i].regex);
    free(patterns->at);
}

static void wanteds_done(struct wanteds *wanteds)
{
    for (size_t i = 0; i < wanteds->count; i++)
        regex_free(wanteds->at[i].regex);
    free(wanteds->at);
}

void match_free(struct match *m)
{
    if (!m)
        return;
    patterns_done(&m->services);
    patterns_done(&m->span_names);
    patterns_done(&m->span_kinds);
    patterns_done(&m->log_bodies);
    patterns_done(&m->log_severity_texts);
    patterns_done(&m->metric_names);
    patterns_done(&m->libraries);
    wanteds_done(&m->attributes);
    wanteds_done(&m->resources);
    buf_done(&m->text);
    free(m);
}

static bool pattern_init(const struct match *m, struct pattern *pattern, const char *text,
                         struct error *err)
{
    *pattern = (struct pattern){0};
    if (!text)
        return true;
    pattern->text = str_of(text);
    if (m->settings->match_type == MATCH_STRICT)
        return true;
    pattern->regex = regex_new(pattern->text, err);
    return pattern->regex != NULL;
}

static bool patterns_init(const struct match *m, struct patterns *patterns,
                          const struct string_list *texts, struct error *err)
{
    patterns->at = mem_zero(texts->count * sizeof(*patterns->at) + 1);
    patterns->count = texts->count;
    for (size_t i = 0; i < texts->count; i++)
        if (!pattern_init(m, &patterns->at[i], texts->at[i], err))
            return false;
    return true;
}

static bool libraries_init(struct match *m, struct error *err)
{
    const struct block_list *list = &m->settings->libraries;
    const struct match_library *libraries = list->at;

    m->libraries.at = mem_zero(2 * list->count * sizeof(*m->libraries.at) + 1);
    m->libraries.count = 2 * list->count;
    for (size_t i = 0; i < list->count; i++)
        if (!pattern_init(m, &m->libraries.at[2 * i], libraries[i].name, err) ||
            !pattern_init(m, &m->libraries.at[2 * i + 1], libraries[i].version, err))
            return false;
    return true;
}

static bool wanteds_init(const struct match *m, struct wanteds *wanteds,
                         const struct block_list *list, struct error *err)
{
    const struct match_attribute *attributes = list->at;

    wanteds->at = mem_zero(list->count * sizeof(*wanteds->at) + 1);
    wanteds->count = list->count;
    for (size_t i = 0; i < list->count; i++) {
        struct wanted *wanted = &wanteds->at[i];

        wanted->key = str_of(attributes[i].key);
        wanted->has_value = attributes[i].value != NULL;
        value_read(attributes[i].value_bytes, &wanted->value);
        if (!wanted->has_value || m->settings->match_type == MATCH_STRICT)
            continue;
        wanted->regex = regex_new(wanted->value.bytes, err);
        if (!wanted->regex)
            return false;
    }
    return true;
}

struct match *match_new(const struct match_settings *s, struct error *err)
{
    struct match *m = mem_zero(sizeof(*m));

    m->settings = s;
    if (patterns_init(m, &m->services, &s->services, err) &&
        patterns_init(m, &m->span_names, &s->span_names, err) &&
        patterns_init(m, &m->span_kinds, &s->span_kinds, err) &&
        patterns_init(m, &m->log_bodies, &s->log_bodies, err) &&
        patterns_init(m, &m->log_severity_texts, &s->log_severity_texts, err) &&
        patterns_init(m, &m->metric_names, &s->metric_names, err) && libraries_init(m, err) &&
        wanteds_init(m, &m->attributes, &s->attributes, err) &&
        wanteds_init(m, &m->resources, &s->resources, err))
        return m;
    match_free(m);
    return NULL;
}

/* ---- matching ---- */

static bool is_pattern(const struct pattern *pattern, struct str text)
{
    return pattern->regex ? regex_matches(pattern->regex, text) : str_eq(pattern->text, text);
}

/* Without patterns: anything. */
static bool is_one_of(const struct patterns *patterns, struct str text)
{
    for (size_t i = 0; i < patterns->count; i++)
        if (is_pattern(&patterns->at[i], text))
            return true;
    return patterns->count == 0;
}

static bool same_value(const struct value_view *a, const struct value_view *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case VALUE_EMPTY:
        return true;
    case VALUE_BOOL:
        return a->boolean == b->boolean;
    case VALUE_INT:
        return a->integer == b->integer;
    case VALUE_DOUBLE:
        return a->number >= b->number && a->number <= b->number;
    default:
        return str_eq(a->bytes, b->bytes);
    }
}

static bool value_matches(struct match *m, const struct wanted *wanted,
                          const struct value_view *value)
{
    if (!wanted->has_value)
        return true;
    if (!wanted->regex)
        return same_value(&wanted->value, value);
    return (value->kind == VALUE_STRING || value->kind == VALUE_BOOL || value->kind == VALUE_INT ||
            value->kind == VALUE_DOUBLE) &&
           regex_matches(wanted->regex, value_text(value, &m->text));
}

static bool find(struct repeated attributes, struct str key, struct value_view *value)
{
    struct attribute_view attribute;

    while (attribute_next(&attributes, &attribute)) {
        if (!str_eq(attribute.key, key))
            continue;
        *value = attribute.value;
        return true;
    }
    return false;
}

static bool has_all(struct match *m, const struct wanteds *wanteds, struct repeated attributes)
{
    struct value_view value;

    for (size_t i = 0; i < wanteds->count; i++)
        if (!find(attributes, wanteds->at[i].key, &value) ||
            !value_matches(m, &wanteds->at[i], &value))
            return false;
    return true;
}

static bool resource_matches(struct match *m, struct str message)
{
    struct value_view service = {.kind = VALUE_EMPTY};
    struct resource_view resource;

    if (m->services.count + m->resources.count == 0)
        return true;
    resource_read(message, &resource);
    if (m->services.count > 0) {
        find(resource.attributes, STR("service.name"), &service);
        if (!is_one_of(&m->services, value_text(&service, &m->text)))
            return false;
    }
    return has_all(m, &m->resources, resource.attributes);
}

static bool scope_matches(struct match *m, struct str message)
{
    struct scope_view scope;

    if (m->libraries.count == 0)
        return true;
    scope_read(message, &scope);
    for (size_t i = 0; i < m->libraries.count; i += 2) {
        const struct pattern *version = &m->libraries.at[i + 1];

        if (!is_pattern(&m->libraries.at[i], scope.name) ||
            (version->text.at && !is_pattern(version, scope.version)))
            return false;
    }
    return true;
}

static bool span_matches(struct match *m, struct str message)
{
    struct span_view span;

    if (m->span_names.count + m->span_kinds.count + m->attributes.count == 0)
        return true;
    span_read(message, &span);
    return is_one_of(&m->span_names, span.name) &&
           is_one_of(&m->span_kinds, str_of(match_kind_name(span.kind))) &&
           has_all(m, &m->attributes, span.attributes);
}

static bool severity_matches(const struct match_severity *wanted, int32_t severity)
{
    if (!wanted->enabled)
        return true;
    return severity == 0 ? wanted->match_undefined : severity >= (int32_t)wanted->min;
}

static bool log_record_matches(struct match *m, struct str message)
{
    struct log_record_view record;

    if (m->log_bodies.count + m->log_severity_texts.count + m->attributes.count == 0 &&
        !m->settings->log_severity_number.enabled)
        return true;
    log_record_read(message, &record);
    return (m->log_bodies.count == 0 ||
            (record.body.kind == VALUE_STRING && is_one_of(&m->log_bodies, record.body.bytes))) &&
           is_one_of(&m->log_severity_texts, record.severity_text) &&
           severity_matches(&m->settings->log_severity_number, record.severity) &&
           has_all(m, &m->attributes, record.attributes);
}

static bool metric_matches(struct match *m, struct str message)
{
    struct metric_view metric;

    if (m->metric_names.count == 0)
        return true;
    metric_read(message, &metric);
    return is_one_of(&m->metric_names, metric.name);
}

/* Conditions on what items of this signal do not have never hold. */
static bool item_matches(struct match *m, enum signal signal, struct str item)
{
    size_t of_spans = m->span_names.count + m->span_kinds.count;
    size_t of_records = m->log_bodies.count + m->log_severity_texts.count +
                        m->settings->log_severity_number.enabled;
    size_t of_metrics = m->metric_names.count;

    switch (signal) {
    case TRACES:
        return of_records + of_metrics == 0 && span_matches(m, item);
    case LOGS:
        return of_spans + of_metrics == 0 && log_record_matches(m, item);
    default:
        return of_spans + of_records == 0 && metric_matches(m, item);
    }
}

void match_enter_resource(struct match *m)
{
    if (m)
        m->resource = m->scope = UNKNOWN;
}

void match_enter_scope(struct match *m)
{
    if (m)
        m->scope = UNKNOWN;
}

bool match_item(struct match *m, const struct rewrite_place *place, struct str item)
{
    if (m->resource == UNKNOWN)
        m->resource = resource_matches(m, place->resource) ? YES : NO;
    if (m->resource == YES && m->scope == UNKNOWN)
        m->scope = scope_matches(m, place->scope) ? YES : NO;
    return m->resource == YES && m->scope == YES && item_matches(m, place->signal, item);
}

bool match_attributes(struct match *m, struct repeated attributes)
{
    return has_all(m, &m->attributes, attributes);
}
