/*
 * The page that Prometheus reads, in one of two formats:
 *
 *     text 0.0.4        https://prometheus.io/docs/instrumenting/exposition_formats/
 *     OpenMetrics 1.0   https://prometheus.io/docs/specs/om/open_metrics_spec/
 */
#pragma once

#include "exporters/prometheus_store.h"

struct prometheus_page { /* its size is reserved in the memory budget */
    struct buf text;
    size_t reserved;
    bool open_metrics, timestamps;
};

/* Writes all series; false: the budget has no room for the page. */
bool prometheus_page_write(struct prometheus_page *page, struct prometheus_store *store);
void prometheus_page_done(struct prometheus_page *page);
