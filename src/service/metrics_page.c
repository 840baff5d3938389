/*
 * Worker 0 answers. A page is some 10 KiB, and written at once: what a client does not take waits
 * in its connection, which has the limits of all servers.
 */
#include "service/metrics_page.h"

#include <stdlib.h>

#include "base/mem.h"
#include "pipeline/doors.h"

enum { ROUTES = 2 };

struct page {
    struct component base;
    const struct metrics_page_settings *settings; /* borrowed from the configuration */
    struct worker *worker;
    struct route routes[ROUTES];
    struct doors doors; /* zeroed: not on worker 0 */
};

static void on_scrape(void *arg, struct request *request, struct bytes *message)
{
    const struct page *self = arg;
    struct buf body = {0};

    bytes_unref(message);
    metric_text_write(&body, &self->settings->text);
    request_answer(request, &(struct answer){
                                .code = GRPC_OK, .body = buf_str(&body), .type = METRIC_TEXT_TYPE});
    buf_done(&body);
}

static const char *unknown_path(void *arg, bool grpc, struct str path)
{
    (void)arg;
    (void)path;
    return grpc ? NULL : "not found: otelc's own metrics are at /metrics";
}

static size_t page_endpoints(const void *settings, const char *endpoints[ENDPOINTS_MAX])
{
    return doors_endpoints(NULL, &((const struct metrics_page_settings *)settings)->server,
                           endpoints);
}

static struct component *page_create(const void *settings, struct worker *worker, struct error *err)
{
    struct page *self = mem_zero(sizeof(*self));

    (void)err;
    self->settings = settings;
    self->worker = worker;
    return &self->base;
}

static bool page_start(struct component *base, struct error *err)
{
    struct page *self = (struct page *)base;
    struct error cause;

    if (self->worker->index != 0)
        return true;
    self->routes[0] =
        (struct route){.path = "/metrics", .get = true, .handler = on_scrape, .arg = self};
    self->doors = (struct doors){
        .where = base->where,
        .what[HTTP_DOOR] = "GET /metrics",
        .worker = self->worker,
        .alone = true,
        .spared = true,
        .http = &self->settings->server,
        .routes = self->routes,
        .unknown_path = unknown_path,
        .arg = self,
    };
    if (doors_open(&self->doors, &cause))
        return true;
    return error_set(err,
                     "%s; otelc's own metrics are served there: give them another port under "
                     "service.telemetry.metrics.readers, or set service.telemetry.metrics.level "
                     "to none",
                     cause.text);
}

static void on_drained(void *arg)
{
    (void)arg;
}

/* From now on the heir alone answers. */
static void page_bequeath(struct component *base, struct component *heir)
{
    (void)heir;
    doors_drain(&((struct page *)base)->doors, on_drained, NULL);
}

static void page_destroy(struct component *base)
{
    struct page *self = (struct page *)base;

    doors_close(&self->doors);
    free(self);
}

static const struct field no_fields[] = {FIELD_END};

const struct component_type metrics_page = {
    .name = "metrics",
    .kind = EXTENSION,
    .help = "serves otelc's own metrics to Prometheus",
    .fields = no_fields,
    .settings_size = sizeof(struct metrics_page_settings),
    .endpoints = page_endpoints,
    .create = page_create,
    .start = page_start,
    .bequeath = page_bequeath,
    .destroy = page_destroy,
};
