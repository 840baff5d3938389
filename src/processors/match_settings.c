/*
 * Texts or regular expressions: the fields of a block, and what is wrong in them.
 */
#include "processors/match_settings.h"

#include <stdio.h>
#include <strings.h>

#include "base/regex.h"
#include "otlp/span.h"
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

const char *match_kind_name(int32_t kind)
{
    return kind_names[kind < 0 || kind > SPAN_KIND_CONSUMER ? SPAN_KIND_UNSPECIFIED : kind];
}

static const struct field severity_name_fields[] = {
    FIELD_STRING(struct match_severity, name, "min", NULL,
                 "the least severity, as WARN or 13; without: any"),
    FIELD_BOOL(struct match_severity, match_undefined, "match_undefined", "false",
               "takes records without a severity too"),
    FIELD_END,
};

const struct field match_record_fields[] = {
    FIELD_CHOICE(struct match_settings, match_type, "match_type", NULL, type_names,
                 "required: whether texts are compared or are regular expressions"),
    FIELD_BLOCKS(struct match_settings, resources, "resource_attributes", attribute_fields,
                 struct match_attribute, "its resource has all of these"),
    FIELD_BLOCKS(struct match_settings, attributes, "record_attributes", attribute_fields,
                 struct match_attribute, "it has all of these"),
    FIELD_STRINGS(struct match_settings, log_severity_texts, "severity_texts",
                  "one of these is its severity"),
    FIELD_SWITCH(struct match_settings, log_severity_number, "severity_number",
                 severity_name_fields, "the severity that it has at least"),
    FIELD_STRINGS(struct match_settings, log_bodies, "bodies", "one of these is its text"),
    FIELD_END,
};

const struct field match_metric_fields[] = {
    FIELD_CHOICE(struct match_settings, match_type, "match_type", NULL, type_names,
                 "required: whether texts are compared or are regular expressions"),
    FIELD_STRINGS(struct match_settings, metric_names, "metric_names", "one of these is its name"),
    FIELD_BLOCKS(struct match_settings, resources, "resource_attributes", attribute_fields,
                 struct match_attribute, "its resource has all of these"),
    FIELD_BLOCK(struct match_settings, regexp, "regexp", regexp_fields, "of no effect here"),
    FIELD_END,
};

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

/* key: the one of match_fields; others have a shorter one. */
static void check_texts(const struct match_settings *s, const struct string_list *texts,
                        const char *key, const struct node *block, struct problems *problems)
{
    bool is_short = !node_get(block, key) && strncmp(key, "log_", 4) == 0;
    const struct node *list = node_near(block, is_short ? key + 4 : key);

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
        if (!libraries[i].name)
            error_at(problems, list->nodes[i], "needs a name: the instrumentation scope's");
        else if (s->match_type == MATCH_REGEXP)
            check_regex(libraries[i].name, node_near(list->nodes[i], "name"), problems);
        if (libraries[i].version && s->match_type == MATCH_REGEXP)
            check_regex(libraries[i].version, node_near(list->nodes[i], "version"), problems);
    }
}

/* "a, b and c": what a block has beside match_type, and what is of no effect. */
static const char *conditions_of(const struct field *fields, struct arena *arena)
{
    const char *text = "", *last = NULL;

    for (const struct field *field = fields + 1; field->name; field++) {
        if (strcmp(field->name, "regexp") == 0)
            continue;
        if (last)
            text = arena_printf(arena, "%s%s%s", text, *text ? ", " : "", last);
        last = field->name;
    }
    return arena_printf(arena, "%s and %s", text, last);
}

/* "WARN2" and "14" are 14. False: there is no such severity. */
static bool read_severity(const char *name, uint64_t *number)
{
    static const char *const names[] = {"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"};
    char text[16];

    for (unsigned i = 1; i <= 24; i++) {
        unsigned nth = (i - 1) % 4 + 1;

        *number = i;
        snprintf(text, sizeof(text), nth > 1 ? "%s%u" : "%s", names[(i - 1) / 4], nth);
        if (strcasecmp(text, name) == 0)
            return true;
        snprintf(text, sizeof(text), "%u", i);
        if (strcmp(text, name) == 0)
            return true;
    }
    return false;
}

static void check_severity(struct match_severity *severity, const struct node *block,
                           struct problems *problems)
{
    if (severity->enabled && severity->name && !read_severity(severity->name, &severity->min))
        error_at(problems, node_near(node_near(block, "severity_number"), "min"),
                 "no severity; they are TRACE, DEBUG, INFO, WARN, ERROR and FATAL, each also with "
                 "2, 3 and 4 behind it, or 1 to 24");
}

void match_check(struct match_settings *s, const struct field *fields, const char *name,
                 const struct node *node, struct problems *problems)
{
    const struct node *block = node_get(node, name);

    if (!s->enabled)
        return;
    if (!node_get(block, "match_type"))
        error_at(problems, block, "needs match_type: strict or regexp");
    if (s->services.count + s->span_names.count + s->span_kinds.count + s->log_bodies.count +
                s->log_severity_texts.count + s->metric_names.count + s->attributes.count +
                s->resources.count + s->libraries.count ==
            0 &&
        !s->log_severity_number.enabled)
        error_at(problems, block, "needs at least one of %s",
                 conditions_of(fields, problems->arena));
    check_texts(s, &s->services, "services", block, problems);
    check_texts(s, &s->span_names, "span_names", block, problems);
    check_texts(s, &s->span_kinds, "span_kinds", block, problems);
    check_texts(s, &s->log_bodies, "log_bodies", block, problems);
    check_texts(s, &s->log_severity_texts, "log_severity_texts", block, problems);
    check_texts(s, &s->metric_names, "metric_names", block, problems);
    check_attributes(s, &s->attributes, problems);
    check_attributes(s, &s->resources, problems);
    check_libraries(s, &s->libraries, problems);
    check_severity(&s->log_severity_number, block, problems);
}
