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

static const char *const type_names[] = {"strict", "regexp", NULL};

static const char *const kind_names[] = {
    [SPAN_KIND_UNSPECIFIED] = "SPAN_KIND_UNSPECIFIED",
    [SPAN_KIND_INTERNAL] = "SPAN_KIND_INTERNAL",
    [SPAN_KIND_SERVER] = "SPAN_KIND_SERVER",
    [SPAN_KIND_CLIENT] = "SPAN_KIND_CLIENT",
    [SPAN_KIND_PRODUCER] = "SPAN_KIND_PRODUCER",
    [SPAN_KIND_CONSUMER] = "SPAN_KIND_CONSUMER",
    NULL,
};

#define CACHE_NOTE "has no effect: matching needs no cache"

static const struct field regexp_fields[] = {
    FIELD_IGNORED("cacheenabled", CACHE_NOTE),
    FIELD_IGNORED("cachemaxnumentries", CACHE_NOTE),
    FIELD_END,
};

static const struct field severity_fields[] = {
    FIELD_UINT(struct match_severity, min, "min", "0", 0, 24, "the least severity number"),
    FIELD_BOOL(struct match_severity, match_undefined, "match_undefined", "false",
               "takes records without a severity too"),
    FIELD_END,
};

static const struct field attribute_fields[] = {
    FIELD_STRING(struct match_attribute, key, "key", NULL, "required: the attribute's name"),
    FIELD_NODE(struct match_attribute, value, "value",
               "its value, or the regular expression for it; without: that it is there"),
    FIELD_END,
};

static const struct field library_fields[] = {
    FIELD_STRING(struct match_library, name, "name", NULL, "required: the scope's name"),
    FIELD_STRING(struct match_library, version, "version", NULL, "its version; without: any"),
    FIELD_END,
};

const struct field match_fields[] = {
    FIELD_CHOICE(struct match_settings, match_type, "match_type", NULL, type_names,
                 "required: whether texts are compared or are regular expressions"),
    FIELD_STRINGS(struct match_settings, services, "services", "one of these is service.name"),
    FIELD_STRINGS(struct match_settings, span_names, "span_names", "one of these is its name"),
    FIELD_STRINGS(struct match_settings, span_kinds, "span_kinds",
                  "one of these is its kind, as SPAN_KIND_SERVER"),
    FIELD_BLOCKS(struct match_settings, attributes, "attributes", attribute_fields,
                 struct match_attribute, "it has all of these"),
    FIELD_BLOCKS(struct match_settings, resources, "resources", attribute_fields,
                 struct match_attribute, "its resource has all of these"),
    FIELD_BLOCKS(struct match_settings, libraries, "libraries", library_fields,
                 struct match_library, "its instrumentation scope is as all of these say"),
    FIELD_STRINGS(struct match_settings, log_bodies, "log_bodies",
                  "one of these is the log record's text"),
    FIELD_STRINGS(struct match_settings, log_severity_texts, "log_severity_texts",
                  "one of these is its severity"),
    FIELD_SWITCH(struct match_settings, log_severity_number, "log_severity_number", severity_fields,
                 "the severity number that it has at least"),
    FIELD_STRINGS(struct match_settings, metric_names, "metric_names",
                  "one of these is the metric's name"),
    FIELD_BLOCK(struct match_settings, regexp, "regexp", regexp_fields, "of no effect here"),
    FIELD_END,
};

/* ---- the configuration ---- */

/* Of a list of texts, for messages: the element's node, where the list stands as one. */
static const struct node *element(const struct node *list, size_t i)
{
    return list && list->kind == NODE_LIST && i < list->count ? list->children[i] : list;
}

static void check_regex(const char *pattern, const struct node *at, struct problems *problems)
{
    struct error err;
    struct regex *regex = regex_new(str_of(pattern), &err);

    if (!regex)
        error_at(problems, at, "%s", err.text);
    regex_free(regex);
}

static bool is_kind(const char *text)
{
    for (size_t i = SPAN_KIND_INTERNAL; kind_names[i]; i++)
        if (strcmp(kind_names[i], text) == 0)
            return true;
    return false;
}

static void check_texts(const struct match_settings *s, const struct string_list *texts,
                        const char *key, const struct node *block, struct problems *problems)
{
    const struct node *list = node_near(block, key);

    for (size_t i = 0; i < texts->count; i++) {
        if (s->match_type == MATCH_REGEXP)
            check_regex(texts->at[i], element(list, i), problems);
        else if (texts == &s->span_kinds && !is_kind(texts->at[i]))
            error_at(problems, element(list, i),
                     "not a kind of span; they are SPAN_KIND_INTERNAL, SPAN_KIND_SERVER, "
                     "SPAN_KIND_CLIENT, SPAN_KIND_PRODUCER and SPAN_KIND_CONSUMER");
    }
}

static void check_attributes(const struct match_settings *s, struct block_list *list,
                             struct problems *problems)
{
    struct match_attribute *attributes = list->at;

    for (size_t i = 0; i < list->count; i++) {
        struct match_attribute *a = &attributes[i];
        struct value_view value;

        if (list->nodes[i]->broken || list->nodes[i]->kind != NODE_MAP)
            continue;
        if (!a->key || !*a->key)
            error_at(problems, list->nodes[i], "needs a key: the attribute's name");
        a->value_bytes = value_of_node(a->value, problems->arena);
        value_read(a->value_bytes, &value);
        if (!a->value || s->match_type != MATCH_REGEXP)
            continue;
        if (value.kind == VALUE_STRING)
            check_regex(arena_copy(problems->arena, value.bytes).at, a->value, problems);
        else
            error_at(problems, a->value,
                     "with match_type regexp it is a regular expression: put it in quotes");
    }
}

static void check_libraries(const struct match_settings *s, const struct block_list *list,
                            struct problems *problems)
{
    const struct match_library *libraries = list->at;

    for (size_t i = 0; i < list->count; i++) {
        if (list->nodes[i]->broken || list->nodes[i]->kind != NODE_MAP)
            continue;
        if (!libraries[i].name)
            error_at(problems, list->nodes[i], "needs a name: the instrumentation scope's");
        else if (s->match_type == MATCH_REGEXP)
            check_regex(libraries[i].name, node_near(list->nodes[i], "name"), problems);
        if (libraries[i].version && s->match_type == MATCH_REGEXP)
            check_regex(libraries[i].version, node_near(list->nodes[i], "version"), problems);
    }
}

void match_check(struct match_settings *s, const char *name, const struct node *node,
                 struct problems *problems)
{
    const struct node *block = node_get(node, name);

    if (!s->enabled || !block || block->broken || block->kind == NODE_SCALAR)
        return;
    if (!node_get(block, "match_type"))
        error_at(problems, block, "needs match_type: strict or regexp");
    if (s->services.count + s->span_names.count + s->span_kinds.count + s->log_bodies.count +
                s->log_severity_texts.count + s->metric_names.count + s->attributes.count +
                s->resources.count + s->libraries.count ==
            0 &&
        !s->log_severity_number.enabled)
        error_at(problems, block,
                 "needs at least one of services, span_names, span_kinds, attributes, resources, "
                 "libraries, log_bodies, log_severity_texts, log_severity_number and "
                 "metric_names");
    check_texts(s, &s->services, "services", block, problems);
    check_texts(s, &s->span_names, "span_names", block, problems);
    check_texts(s, &s->span_kinds, "span_kinds", block, problems);
    check_texts(s, &s->log_bodies, "log_bodies", block, problems);
    check_texts(s, &s->log_severity_texts, "log_severity_texts", block, problems);
    check_texts(s, &s->metric_names, "metric_names", block, problems);
    check_attributes(s, &s->attributes, problems);
    check_attributes(s, &s->resources, problems);
    check_libraries(s, &s->libraries, problems);
}

/* ---- made for a worker ---- */

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
    uint32_t kind;

    if (m->span_names.count + m->span_kinds.count + m->attributes.count == 0)
        return true;
    span_read(message, &span);
    kind = (uint32_t)span.kind <= SPAN_KIND_CONSUMER ? (uint32_t)span.kind : SPAN_KIND_UNSPECIFIED;
    return is_one_of(&m->span_names, span.name) &&
           is_one_of(&m->span_kinds, str_of(kind_names[kind])) &&
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
