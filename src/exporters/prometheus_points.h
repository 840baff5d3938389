/*
 * From OTLP to the store: a batch of metrics becomes values of series.
 *
 *     resource  job, instance, target_info
 *     scope     otel_scope_name, otel_scope_version, its attributes
 *     metric    name, unit, kind -> family
 *     point     attributes -> series; value, added up where its temporality is delta
 */
#pragma once

#include "base/log.h"
#include "exporters/prometheus_labels.h"
#include "exporters/prometheus_settings.h"
#include "exporters/prometheus_store.h"
#include "otlp/batch.h"

struct prometheus_points {
    const char *where; /* for the log; borrowed, like these two */
    const struct prometheus_settings *settings;
    struct prometheus_store *store;
    struct prometheus_labels labels;
    struct buf name, text, value, sum; /* reused */
    struct buf target_info;            /* the name of that family */
    struct log_limit dropped, full;
    uint64_t now_ms;
};

/* The rest zeroed. */
void prometheus_points_done(struct prometheus_points *points);

/* What cannot be shown is left out, and the log says why. */
void prometheus_points_take(struct prometheus_points *points, const struct batch *batch,
                            uint64_t now_ms);
