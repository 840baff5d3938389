/*
 * Of old and new forms: an address, a list of readers, neither.
 */
#include "service/metrics_settings.h"

#include <fnmatch.h>
#include <string.h>

#include "base/arena.h"
#include "base/metrics.h"
#include "base/version.h"
#include "exporters/prometheus_names.h"
#include "service/configuration_priv.h"
#include "service/metrics_page.h"
#include "service/metrics_sender.h"
#include "service/periodic_reader.h"
#include "service/telemetry_resource.h"

#define HOST "localhost"
#define PORT "8888"

struct constant_labels { /* patterns of the resource's attributes */
    bool enabled;
    struct string_list included, excluded;
};

struct prometheus_reader {
    bool enabled;
    const char *host;
    uint64_t port;
    bool without_type_suffix, without_units, without_scope_info;
    struct constant_labels constant_labels;
};

struct reader {
    struct pull_reader {
        bool enabled;
        struct pull_exporter {
            struct prometheus_reader prometheus;
        } exporter;
    } pull;
    struct periodic_reader periodic;
};

static const struct prometheus_reader usual = {.host = HOST,
                                               .port = 8888,
                                               .without_type_suffix = true,
                                               .without_units = true,
                                               .without_scope_info = true};

static const char *const level_names[] = {"none", "basic", "normal", "detailed", NULL};

static const struct field constant_labels_fields[] = {
    FIELD_STRINGS(struct constant_labels, included, "included",
                  "names, with * for any text; none: all"),
    FIELD_STRINGS(struct constant_labels, excluded, "excluded", "names that are left out of these"),
    FIELD_END,
};

static const struct field prometheus_fields[] = {
    FIELD_STRING(struct prometheus_reader, host, "host", HOST,
                 "the address to listen on; 0.0.0.0: all of IPv4, \"\": all"),
    FIELD_UINT(struct prometheus_reader, port, "port", PORT, 0, 65535,
               "the port; 0: one that the system picks, which the log tells"),
    FIELD_BOOL(struct prometheus_reader, without_type_suffix, "without_type_suffix", "true",
               "false: names of counters end in _total"),
    FIELD_BOOL(struct prometheus_reader, without_units, "without_units", "true",
               "false: names have their unit: _seconds, _bytes"),
    FIELD_BOOL(struct prometheus_reader, without_scope_info, "without_scope_info", "true",
               "false: each series has otel_scope_name and otel_scope_version"),
    FIELD_SWITCH(struct prometheus_reader, constant_labels, "with_resource_constant_labels",
                 constant_labels_fields, "attributes of the resource that each series has"),
    FIELD_END,
};

static const struct field pull_exporter_fields[] = {
    FIELD_SWITCH(struct pull_exporter, prometheus, "prometheus", prometheus_fields,
                 "serves GET /metrics"),
    FIELD_END,
};

static const struct field pull_fields[] = {
    FIELD_BLOCK(struct pull_reader, exporter, "exporter", pull_exporter_fields, "how it is served"),
    FIELD_END,
};

static const struct field reader_fields[] = {
    FIELD_SWITCH(struct reader, pull, "pull", pull_fields, "is asked for the metrics"),
    FIELD_SWITCH(struct reader, periodic, "periodic", periodic_fields, "sends the metrics"),
    FIELD_END,
};

const struct field metrics_fields[] = {
    FIELD_CHOICE(struct metrics_settings, level, "level", "normal", level_names,
                 "how many there are; none: they are neither served nor sent"),
    FIELD_BLOCKS(struct metrics_settings, readers, "readers", reader_fields, struct reader,
                 "where they are served or sent; without this key, served at http://" HOST ":" PORT
                 "/metrics"),
    {.name = "address",
     .type = FIELD_TYPE_STRING,
     .offset = offsetof(struct metrics_settings, address),
     .help = "the old form: host:port of the one reader",
     .note = "write it as readers: [{pull: {exporter: {prometheus: {host: HOST, port: PORT}}}}]"},
    FIELD_IGNORED("views", "has no effect here: all metrics are shown as they are"),
    FIELD_END,
};

/* ---- the resource ---- */

static bool matches(const struct string_list *patterns, const char *name)
{
    for (size_t i = 0; i < patterns->count; i++)
        if (fnmatch(patterns->at[i], name, 0) == 0)
            return true;
    return false;
}

static bool is_wanted(const struct constant_labels *wanted, const char *name)
{
    return !matches(&wanted->excluded, name) &&
           (wanted->included.count == 0 || matches(&wanted->included, name));
}

/* Of net/call_metrics.c and pipeline/exporter_metrics.c, whose metrics have further labels. */
static bool is_of_requests(const char *label)
{
    static const char *const groups[] = {
        "error_", "http_", "network_protocol_", "otel_metric_", "rpc_", "server_", "url_"};

    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
        if (str_starts(str_of(label), str_of(groups[i])))
            return true;
    return false;
}

/* The label of an attribute, in the arena; NULL: it has none. Labels that metrics have themselves
 * are not for others. */
static const char *label_of(struct loader *l, const char *attribute)
{
    static const char *const taken[] = {
        "component",   "connector", "data_type", "decision",        "directory",
        "exporter",    "filter",    "le",        "otel_scope_name", "otel_scope_version",
        "otel_signal", "pipeline",  "policy",    "processor",       "reason",
        "receiver",    "sampled",   "transport"};
    struct buf name = {0};
    const char *label = NULL;

    if (prometheus_name_label(str_of(attribute), &name))
        label = arena_copy(l->arena, buf_str(&name)).at;
    buf_done(&name);
    for (size_t i = 0; label && i < sizeof(taken) / sizeof(taken[0]); i++)
        if (strcmp(label, taken[i]) == 0)
            return arena_printf(l->arena, "exported_%s", label);
    if (label && is_of_requests(label))
        return arena_printf(l->arena, "exported_%s", label);
    return label;
}

/* wanted: NULL: all. Of two attributes with one label the first one counts. */
static const char *labels_of(struct loader *l, const struct telemetry_resource *attributes,
                             const struct constant_labels *wanted, const char *before)
{
    const char *labels[RESOURCE_MAX], *copy;
    struct buf text = {0};
    size_t count = 0;

    buf_append_str(&text, str_of(before));
    for (size_t i = 0; i < attributes->count; i++) {
        const struct text_pair *pair = &attributes->at[i];
        size_t same = 0;

        labels[count] = label_of(l, pair->name);
        if (!pair->value || !labels[count] || (wanted && !is_wanted(wanted, pair->name)))
            continue;
        while (strcmp(labels[same], labels[count]) != 0)
            same++;
        if (same < count)
            continue;
        metric_label(&text, labels[count++], pair->value);
    }
    copy = arena_copy(l->arena, buf_str(&text)).at;
    buf_done(&text);
    return copy;
}

/* ---- readers ---- */

/* One more extension; id: none that a user could write. */
static void add_extension(struct loader *l, const struct component_type *type, const char *id,
                          void *settings)
{
    struct node *service = node_get(l->root, "service"),
                *telemetry = node_get(service, "telemetry");
    struct configuration *c = l->configuration;
    struct component_entry *entry = arena_alloc(l->arena, sizeof(*entry));
    const struct component_entry **extensions =
        arena_alloc(l->arena, (c->extension_count + 1) * sizeof(*extensions));

    *entry = (struct component_entry){
        .type = type,
        .id = id,
        .where = "telemetry/metrics",
        .node = telemetry ? telemetry : service,
        .settings = settings,
        .used = true,
    };
    if (c->extension_count > 0)
        memcpy(extensions, c->extensions, c->extension_count * sizeof(*extensions));
    extensions[c->extension_count++] = entry;
    c->extensions = extensions;
}

static void add_page(struct loader *l, const struct metrics_settings *settings,
                     const struct telemetry_resource *attributes,
                     const struct prometheus_reader *reader, const char *endpoint)
{
    static const char scope[] =
        "otel_scope_name=\"otelc\",otel_scope_version=\"" OTELC_VERSION "\"";
    static const struct telemetry_resource none;
    struct metrics_page_settings *page = arena_alloc(l->arena, sizeof(*page));
    const struct constant_labels *wanted = &reader->constant_labels;

    *page = (struct metrics_page_settings){
        .server = {.enabled = true, .endpoint = endpoint, .keepalive.enabled = true},
        .text = {
            .level = settings->level,
            .type_suffixes = !reader->without_type_suffix,
            .unit_suffixes = !reader->without_units,
            .labels = labels_of(l, wanted->enabled ? attributes : &none, wanted,
                                reader->without_scope_info ? "" : scope),
            .target = labels_of(l, attributes, NULL, ""),
        }};
    add_extension(l, &metrics_page, arena_printf(l->arena, "telemetry.metrics at %s", endpoint),
                  page);
}

static void add_reader(struct loader *l, const struct metrics_settings *settings,
                       const struct telemetry_resource *attributes,
                       const struct prometheus_reader *reader)
{
    bool bare_v6 = strchr(reader->host, ':') && reader->host[0] != '[';

    add_page(l, settings, attributes, reader,
             arena_printf(l->arena, "%s%s%s:%u", bare_v6 ? "[" : "", reader->host,
                          bare_v6 ? "]" : "", (unsigned)reader->port));
}

static void add_old(struct loader *l, const struct metrics_settings *settings,
                    const struct telemetry_resource *attributes, const struct node *node)
{
    const char *colon = strrchr(settings->address, ':');
    uint64_t port;

    if (!colon || !str_to_uint(str_of(colon + 1), 65535, &port))
        error_at(l->problems, node, "wants host:port, such as " HOST ":" PORT ", not \"%s\"",
                 settings->address);
    else
        add_page(l, settings, attributes, &usual, settings->address);
}

static void add_sender(struct loader *l, const struct metrics_settings *settings,
                       const struct telemetry_resource *attributes,
                       const struct periodic_reader *reader, const struct node *node, size_t i)
{
    struct metrics_sender_settings *sender = periodic_reader_load(l, reader, node, attributes);

    if (!sender)
        return;
    sender->level = settings->level;
    add_extension(l, &metrics_sender, arena_printf(l->arena, "telemetry.metrics.readers[%zu]", i),
                  sender);
}

static void add_list(struct loader *l, const struct metrics_settings *settings,
                     const struct telemetry_resource *attributes)
{
    const struct reader *readers = settings->readers.at;

    for (size_t i = 0; i < settings->readers.count; i++) {
        const struct node *node = settings->readers.nodes[i];
        const struct reader *reader = &readers[i];

        if (reader->pull.enabled && reader->periodic.enabled)
            error_at(l->problems, node, "is both pull and periodic: write a reader for each");
        else if (reader->pull.exporter.prometheus.enabled)
            add_reader(l, settings, attributes, &reader->pull.exporter.prometheus);
        else if (reader->periodic.enabled)
            add_sender(l, settings, attributes, &reader->periodic, node_get(node, "periodic"), i);
        else if (!node->broken && l->problems->errors == 0)
            error_at(l->problems, node,
                     "wants pull: {exporter: {prometheus: {host: " HOST ", port: " PORT
                     "}}}, or periodic");
    }
}

void metrics_settings_load(struct loader *l, const struct metrics_settings *settings,
                           const struct telemetry_resource *resource)
{
    const struct node *node =
        node_get(node_get(node_get(l->root, "service"), "telemetry"), "metrics");
    const struct node *readers = node_get(node, "readers");

    if (settings->level == METRICS_NONE)
        return;
    if (readers && readers->kind == NODE_LIST) {
        if (settings->address)
            warning_at(l->problems, node_near(node, "address"),
                       "has no effect beside readers: leave it out");
        if (readers->count == 0)
            error_at(l->problems, readers,
                     "is empty: leave the key out to be served at " HOST ":" PORT
                     ", or set level: none");
        add_list(l, settings, resource);
    } else if (settings->address) {
        add_old(l, settings, resource, node_near(node, "address"));
    } else if (l->problems->errors == 0) {
        add_reader(l, settings, resource, &usual);
    }
}
