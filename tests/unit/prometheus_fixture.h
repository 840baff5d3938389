/*
 * A prometheus exporter without its server: OTLP in JSON goes in, the page comes out.
 */
#pragma once

#include "exporters/prometheus_points.h"
#include "exporters/prometheus_text.h"
#include "unit/batches.h"
#include "unit/check.h"

#define T0 "\"1700000000000000000\""
#define T1 "\"1700000010000000000\""
#define T2 "\"1700000020000000000\""

struct prometheus_fixture {
    struct prometheus_settings settings;
    struct prometheus_store *store;
    struct prometheus_points points;
    struct buf page;
    uint64_t now_ms;
};

static inline void prometheus_begin_with(struct prometheus_fixture *f, size_t most)
{
    *f = (struct prometheus_fixture){.now_ms = 1000};
    f->settings.naming = (struct prometheus_naming){"", true};
    f->settings.without_scope_info = true;
    f->store = prometheus_store_new(most, 300000);
    f->points.where = "test";
    f->points.settings = &f->settings;
    f->points.store = f->store;
}

static inline void prometheus_begin(struct prometheus_fixture *f)
{
    prometheus_begin_with(f, PROMETHEUS_SERIES_MAX);
}

static inline void prometheus_end(struct prometheus_fixture *f)
{
    prometheus_points_done(&f->points);
    prometheus_store_free(f->store);
    buf_done(&f->page);
}

static inline void prometheus_take_bytes(struct prometheus_fixture *f, struct bytes *body)
{
    struct payload_report report;
    struct payload *payload = payload_read(METRICS, body, &report);
    struct batch *batch;

    if (!payload)
        return;
    batch = batch_of(payload);
    prometheus_points_take(&f->points, batch, f->now_ms);
    batch_unref(batch);
    payload_unref(payload);
}

static inline void prometheus_take(struct prometheus_fixture *f, const char *json)
{
    struct batch *batch = batch_of_json(METRICS, json);

    prometheus_points_take(&f->points, batch, f->now_ms);
    batch_unref(batch);
}

/* Metrics of one resource and scope: the elements of their list. */
static inline void prometheus_take_metrics(struct prometheus_fixture *f, const char *metrics)
{
    struct buf json = {0};

    buf_printf(&json, "{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[%s]}]}]}", metrics);
    prometheus_take(f, buf_text(&json));
    buf_done(&json);
}

/* The page; good until the next one. */
static inline const char *prometheus_page(struct prometheus_fixture *f, bool open_metrics)
{
    struct prometheus_page page = {.open_metrics = open_metrics,
                                   .timestamps = f->settings.send_timestamps};

    prometheus_store_expire(f->store, f->now_ms);
    ck_assert(prometheus_page_write(&page, f->store));
    buf_reset(&f->page);
    buf_append_str(&f->page, buf_str(&page.text));
    prometheus_page_done(&page);
    return buf_text(&f->page);
}
