/*
 * The settings of the prometheus exporter. Keys and defaults: docs/configuration.md, "exporters:
 * prometheus".
 */
#pragma once

#include "exporters/prometheus_names.h"
#include "pipeline/component.h"
#include "pipeline/server_settings.h"

struct prometheus_settings {
    struct http_settings server; /* the first, as its fields count from there */
    const char *namespace;       /* NULL: none */
    struct text_map const_labels;
    bool send_timestamps;
    uint64_t metric_expiration_ms; /* 0: never */
    struct prometheus_resource_labels {
        bool enabled;
        bool exclude_service_attributes;
    } resource_labels;
    bool enable_open_metrics;
    bool without_scope_info;
    bool add_metric_suffixes;
    unsigned translation_strategy;

    struct prometheus_naming naming; /* made of these by the check */
};

extern const struct field prometheus_fields[];

void prometheus_check(void *settings, const struct node *node, struct problems *problems);

/* Whether both make the same series of the same data. */
bool prometheus_settings_alike(const struct prometheus_settings *a,
                               const struct prometheus_settings *b);
