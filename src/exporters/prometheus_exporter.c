/*
 * Shows metrics to Prometheus: keeps the last value of each series, and serves them as a page.
 *
 *     batch -> prometheus_points -> prometheus_store
 *                                        | GET /metrics
 *                                   prometheus_text -> gzip -> answer
 *
 * A page has all series, so the instance of worker 0 gets the data of all workers (pipeline/relay);
 * the others have nothing to do.
 */
#include <stdlib.h>

#include "base/budget.h"
#include "base/log.h"
#include "base/mem.h"
#include "exporters/prometheus_accept.h"
#include "exporters/prometheus_points.h"
#include "exporters/prometheus_settings.h"
#include "exporters/prometheus_text.h"
#include "net/encode.h"
#include "pipeline/doors.h"
#include "pipeline/exporter_metrics.h"

#define TEXT_TYPE         "text/plain; version=0.0.4; charset=utf-8"
#define OPEN_METRICS_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"

enum { NO_ROOM_RETRY_MS = 5000, ROUTES = 2 };

struct prometheus_exporter {
    struct component base;
    struct exporter_metrics metrics;
    const struct prometheus_settings *settings; /* borrowed from the configuration */
    struct worker *worker;
    struct prometheus_store *store; /* owned */
    struct prometheus_points points;
    struct route routes[ROUTES];
    struct doors doors; /* zeroed: not on worker 0 */
    struct encoder *gzip;
    struct component *heir; /* NULL: none */
    component_drained_cb *drained;
};

/* ---- the page ---- */

static void answer_no_room(struct request *request)
{
    request_answer(request, &(struct answer){.code = GRPC_UNAVAILABLE,
                                             .message = "no memory for the page now, try again",
                                             .retry_after_ms = NO_ROOM_RETRY_MS});
}

static void answer_page(struct prometheus_exporter *self, struct request *request,
                        const struct prometheus_page *page)
{
    struct answer answer = {
        .code = GRPC_OK,
        .body = buf_str(&page->text),
        .type = page->open_metrics ? OPEN_METRICS_TYPE : TEXT_TYPE,
    };
    bool gzip = prometheus_accepts_gzip(request_metadata(request));
    size_t room = page->text.len + page->text.len / 8; /* what it is at the worst */
    struct buf packed = {0};

    if (gzip && budget_reserve(room)) {
        encoder_run(self->gzip, answer.body, &packed);
        answer.body = buf_str(&packed);
        answer.encoding = "gzip";
        request_answer(request, &answer);
        buf_done(&packed);
        budget_release(room);
    } else {
        request_answer(request, &answer);
    }
}

/* The one that a reload has put in its place: connections may stay for a moment. */
static struct prometheus_exporter *current(struct prometheus_exporter *self)
{
    while (self->heir)
        self = (struct prometheus_exporter *)self->heir;
    return self;
}

static void on_scrape(void *arg, struct request *request, struct bytes *message)
{
    struct prometheus_exporter *self = current(arg);
    struct prometheus_page page = {
        .open_metrics = self->settings->enable_open_metrics &&
                        prometheus_accepts_open_metrics(request_metadata(request)),
        .timestamps = self->settings->send_timestamps,
    };

    bytes_unref(message);
    prometheus_store_expire(self->store, uv_now(self->worker->loop));
    if (prometheus_page_write(&page, self->store))
        answer_page(self, request, &page);
    else
        answer_no_room(request);
    prometheus_page_done(&page);
}

static const char *unknown_path(void *arg, bool grpc, struct str path)
{
    (void)arg;
    (void)path;
    return grpc ? NULL : "not found: the metrics are at /metrics";
}

/* ---- its life ---- */

static size_t prometheus_endpoints(const void *settings, const char *endpoints[ENDPOINTS_MAX])
{
    return doors_endpoints(NULL, &((const struct prometheus_settings *)settings)->server,
                           endpoints);
}

static struct component *prometheus_create(const void *settings, struct worker *worker,
                                           struct error *err)
{
    struct prometheus_exporter *self = mem_zero(sizeof(*self));

    (void)err;
    self->settings = settings;
    self->worker = worker;
    self->store = prometheus_store_new(PROMETHEUS_SERIES_MAX, self->settings->metric_expiration_ms);
    self->points.settings = settings;
    self->gzip = encoder_new(ENCODING_GZIP, ENCODE_LEVEL_USUAL);
    return &self->base;
}

static bool prometheus_start(struct component *base, struct error *err)
{
    struct prometheus_exporter *self = (struct prometheus_exporter *)base;

    self->points.where = base->where;
    exporter_metrics_init(&self->metrics, base->where, 0);
    exporter_metrics_expect(&self->metrics, base->signals);
    if (self->worker->index != 0)
        return true;
    self->routes[0] =
        (struct route){.path = "/metrics", .get = true, .handler = on_scrape, .arg = self};
    self->doors = (struct doors){
        .where = base->where,
        .what[HTTP_DOOR] = "GET /metrics",
        .worker = self->worker,
        .alone = true,
        .http = &self->settings->server,
        .routes = self->routes,
        .unknown_path = unknown_path,
        .arg = self,
    };
    return doors_open(&self->doors, err);
}

static struct result prometheus_consume(struct component *base, struct batch *batch)
{
    struct prometheus_exporter *self = (struct prometheus_exporter *)base;
    uint64_t now_ms = uv_now(self->worker->loop);

    if (self->heir)
        return consume(self->heir, batch);
    prometheus_store_expire(self->store, now_ms);
    self->points.store = self->store;
    prometheus_points_take(&self->points, batch, now_ms);
    exporter_metrics_sent(&self->metrics, batch);
    return result_accepted();
}

/* The series go on where the new settings would make the same ones. */
static void prometheus_bequeath(struct component *base, struct component *heir)
{
    struct prometheus_exporter *self = (struct prometheus_exporter *)base;
    struct prometheus_exporter *next = (struct prometheus_exporter *)heir;
    struct prometheus_store *store = self->store;

    self->heir = heir;
    if (!prometheus_settings_alike(self->settings, next->settings))
        return;
    self->store = next->store;
    next->store = store;
    prometheus_store_set_expiration(store, next->settings->metric_expiration_ms);
}

static void on_drained(void *arg)
{
    struct prometheus_exporter *self = arg;

    self->drained(&self->base);
}

static void prometheus_drain(struct component *base, component_drained_cb *drained)
{
    struct prometheus_exporter *self = (struct prometheus_exporter *)base;

    self->drained = drained;
    doors_drain(&self->doors, on_drained, self);
}

static void prometheus_reloaded(struct component *base)
{
    struct prometheus_exporter *self = (struct prometheus_exporter *)base;

    doors_reread(&self->doors);
}

static void prometheus_destroy(struct component *base)
{
    struct prometheus_exporter *self = (struct prometheus_exporter *)base;

    doors_close(&self->doors);
    prometheus_points_done(&self->points);
    prometheus_store_free(self->store);
    encoder_free(self->gzip);
    exporter_metrics_done(&self->metrics);
    free(self);
}

const struct component_type prometheus_exporter = {
    .name = "prometheus",
    .kind = EXPORTER,
    .signals = 1U << METRICS,
    .placement = ONE_WORKER,
    .help = "serves metrics as a page that Prometheus scrapes",
    .fields = prometheus_fields,
    .settings_size = sizeof(struct prometheus_settings),
    .check = prometheus_check,
    .endpoints = prometheus_endpoints,
    .create = prometheus_create,
    .start = prometheus_start,
    .consume = prometheus_consume,
    .drain = prometheus_drain,
    .bequeath = prometheus_bequeath,
    .reloaded = prometheus_reloaded,
    .destroy = prometheus_destroy,
};
