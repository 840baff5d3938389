/*
 * The keys of the prometheus exporter.
 */
#include "exporters/prometheus_settings.h"

#include <string.h>

enum { WITH_SUFFIXES, WITHOUT_SUFFIXES, UTF8_WITH_SUFFIXES, UNTRANSLATED };

static const char *const strategies[] = {
    [WITH_SUFFIXES] = "UnderscoreEscapingWithSuffixes",
    [WITHOUT_SUFFIXES] = "UnderscoreEscapingWithoutSuffixes",
    [UTF8_WITH_SUFFIXES] = "NoUTF8EscapingWithSuffixes",
    [UNTRANSLATED] = "NoTranslation",
    NULL,
};

#define NOTHING_IS_SENT "Prometheus comes and takes: nothing waits here and nothing is sent"

static const struct field resource_label_fields[] = {
    FIELD_BOOL(struct prometheus_resource_labels, enabled, "enabled", "false",
               "each attribute of the resource is a label of every metric"),
    FIELD_BOOL(struct prometheus_resource_labels, exclude_service_attributes,
               "exclude_service_attributes", "false",
               "but for those that the labels job and instance are made of"),
    FIELD_END,
};

const struct field prometheus_fields[] = {
    FIELD_STRING_LIKE(struct prometheus_settings, server.endpoint, "endpoint", "0.0.0.0:8889",
                      "host:port where /metrics is served; required"),
    FIELD_STRING(struct prometheus_settings, namespace, "namespace", NULL,
                 "a word in front of the name of each metric"),
    FIELD_TEXTS(struct prometheus_settings, const_labels, "const_labels",
                "labels that every metric has"),
    FIELD_BOOL(struct prometheus_settings, send_timestamps, "send_timestamps", "false",
               "tells when each value was measured; without it, Prometheus' time counts"),
    FIELD_DURATION(struct prometheus_settings, metric_expiration_ms, "metric_expiration", "5m",
                   "forgets a series that nothing came for in this time; 0s: never"),
    FIELD_BLOCK(struct prometheus_settings, resource_labels, "resource_to_telemetry_conversion",
                resource_label_fields, "attributes of resources as labels"),
    FIELD_BOOL(struct prometheus_settings, enable_open_metrics, "enable_open_metrics", "false",
               "serves OpenMetrics, with exemplars, to those who ask for it"),
    FIELD_BOOL(struct prometheus_settings, without_scope_info, "without_scope_info", "false",
               "leaves out the labels otel_scope_..."),
    FIELD_BOOL(struct prometheus_settings, add_metric_suffixes, "add_metric_suffixes", "true",
               "puts units, _total and _ratio behind names"),
    FIELD_CHOICE(struct prometheus_settings, translation_strategy, "translation_strategy", NULL,
                 strategies,
                 "how names are made; where it stands, it counts and not "
                 "add_metric_suffixes"),
    HTTP_SERVER_FIELDS,
    FIELD_IGNORED("sending_queue", NOTHING_IS_SENT),
    FIELD_IGNORED("retry_on_failure", NOTHING_IS_SENT),
    FIELD_IGNORED("timeout", NOTHING_IS_SENT),
    FIELD_END,
};

/* What is wrong with "host:port"; NULL: nothing. */
static const char *wrong_with(const char *endpoint)
{
    const char *colon = strrchr(endpoint, ':');
    uint64_t port;

    if (strstr(endpoint, "://"))
        return "is a URL: write host:port, and tls: where it is to be https";
    if (strchr(endpoint, '/'))
        return "has a path: write host:port; the page is at /metrics";
    if (!colon || !str_to_uint(str_of(colon + 1), UINT16_MAX, &port))
        return "has no port: write host:port, such as 0.0.0.0:8889";
    return NULL;
}

static void check_endpoint(struct http_settings *server, const struct node *node,
                           struct problems *problems)
{
    const struct node *at = node_near(node, "endpoint");
    bool path = server->transport != 0 && strcmp(server_transports[server->transport], "unix") == 0;
    const char *wrong = NULL;

    if (!server->endpoint || !*server->endpoint) {
        error_at(
            problems, at,
            "endpoint is missing: write endpoint: 0.0.0.0:8889, where Prometheus finds the page");
        server->endpoint = "";
        return;
    }
    if (!path && !str_starts(str_of(server->endpoint), STR("unix:")))
        wrong = wrong_with(server->endpoint);
    if (wrong)
        error_at(problems, at, "%s %s", server->endpoint, wrong);
}

/* Names that a page has for something else. */
static void check_labels(const struct text_map *labels, const struct node *node,
                         struct problems *problems)
{
    static const char *const taken[] = {"le", "quantile", "__name__"};
    const struct node *at = node_near(node, "const_labels");

    for (size_t i = 0; i < labels->count; i++) {
        if (!labels->at[i].name[0])
            error_at(problems, at, "a label has to have a name");
        for (size_t t = 0; t < sizeof(taken) / sizeof(*taken); t++)
            if (strcmp(labels->at[i].name, taken[t]) == 0)
                error_at(problems, at, "%s is a name of Prometheus' own: choose another one",
                         taken[t]);
    }
}

static void check_names(struct prometheus_settings *s, const struct node *node,
                        struct problems *problems)
{
    s->naming.namespace = s->namespace ? s->namespace : "";
    s->naming.suffixes = s->add_metric_suffixes;
    if (!node_get(node, "translation_strategy"))
        return;
    s->naming.suffixes =
        s->translation_strategy == WITH_SUFFIXES || s->translation_strategy == UTF8_WITH_SUFFIXES;
    if (s->translation_strategy >= UTF8_WITH_SUFFIXES)
        warning_at(problems, node_near(node, "translation_strategy"),
                   "names are served with underscores, as to every scraper that does not ask for "
                   "UTF-8: %s does the same",
                   strategies[s->translation_strategy - UTF8_WITH_SUFFIXES]);
}

void prometheus_check(void *settings, const struct node *node, struct problems *problems)
{
    struct prometheus_settings *s = settings;

    check_endpoint(&s->server, node, problems);
    s->server.enabled = true;
    http_settings_check(&s->server, "8889", node, problems);
    s->server.include_metadata = true; /* Accept is among them */
    check_labels(&s->const_labels, node, problems);
    check_names(s, node, problems);
}

static bool same_labels(const struct text_map *a, const struct text_map *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->at[i].name, b->at[i].name) != 0 ||
            strcmp(a->at[i].value, b->at[i].value) != 0)
            return false;
    return true;
}

bool prometheus_settings_alike(const struct prometheus_settings *a,
                               const struct prometheus_settings *b)
{
    return strcmp(a->naming.namespace, b->naming.namespace) == 0 &&
           a->naming.suffixes == b->naming.suffixes &&
           same_labels(&a->const_labels, &b->const_labels) &&
           a->resource_labels.enabled == b->resource_labels.enabled &&
           a->resource_labels.exclude_service_attributes ==
               b->resource_labels.exclude_service_attributes &&
           a->without_scope_info == b->without_scope_info;
}
