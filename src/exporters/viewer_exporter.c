/*
 * Keeps the last traces in memory and shows them: a page, and Jaeger's query API.
 *
 *     batch -> viewer/trace_store
 *                   | GET /api/...
 *              viewer/api -> answer, a slice at a time (viewer_answers)
 *
 * All of a trace has to be in one place, and the socket too: so the instance of worker 0 gets the
 * data of all workers (pipeline/relay); the others have nothing to do.
 *
 * Who asks is looked at first (pipeline/pages): the API only reads, and no page of another site
 * gets to read what it answers.
 */
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "exporters/viewer_answers.h"
#include "exporters/viewer_settings.h"
#include "pipeline/doors.h"
#include "pipeline/exporter_metrics.h"
#include "pipeline/overview_json.h"

struct viewer_exporter {
    struct component base;
    struct exporter_metrics metrics;
    const struct viewer_settings *settings; /* borrowed from the configuration */
    struct worker *worker;
    struct trace_store *store;      /* owned */
    struct viewer_answers *answers; /* owned; NULL: not on worker 0 */
    struct route routes[2];
    struct doors doors;     /* zeroed: not on worker 0 */
    struct component *heir; /* NULL: none */
    struct log_limit refused_log;
    component_drained_cb *drained;
};

/* ---- what is asked ---- */

/* The one that a reload has put in its place: connections may stay for a moment. */
static struct viewer_exporter *current(struct viewer_exporter *self)
{
    while (self->heir)
        self = (struct viewer_exporter *)self->heir;
    return self;
}

static void on_request(void *arg, struct request *request, struct bytes *message)
{
    struct viewer_exporter *self = current(arg);
    char why[PAGES_WHY_SIZE];

    bytes_unref(message);
    if (!pages_may_ask(&self->settings->pages, request, request_path(request), self->base.where,
                       why)) {
        log_limited(&self->refused_log, LOG_WARN, self->base.where, "refused a request of %s: %s",
                    request_peer(request), why);
        viewer_answers_refuse(request, 403, why);
    } else if (str_is(request_path(request), OVERVIEW_PATH)) {
        overview_answer(request, self->worker);
    } else {
        viewer_answers_take(self->answers, request);
    }
}

/* ---- its life ---- */

static size_t viewer_endpoints(const void *settings, const char *endpoints[ENDPOINTS_MAX])
{
    return doors_endpoints(NULL, &((const struct viewer_settings *)settings)->pages.server,
                           endpoints);
}

static size_t max_memory(const struct viewer_settings *settings)
{
    return (size_t)settings->max_memory_mib << 20;
}

static struct component *viewer_create(const void *settings, struct worker *worker,
                                       struct error *err)
{
    struct viewer_exporter *self = mem_zero(sizeof(*self));

    (void)err;
    self->settings = settings;
    self->worker = worker;
    self->store = trace_store_new(max_memory(settings), self->settings->max_traces);
    return &self->base;
}

static bool viewer_start(struct component *base, struct error *err)
{
    struct viewer_exporter *self = (struct viewer_exporter *)base;

    exporter_metrics_init(&self->metrics, base->where, 0);
    exporter_metrics_expect(&self->metrics, base->signals);
    if (self->worker->index != 0)
        return true;
    self->answers = viewer_answers_new(self->worker->loop, self->store);
    self->routes[0] = (struct route){.path = "/",
                                     .below = true,
                                     .get = true,
                                     .target = true,
                                     .handler = on_request,
                                     .arg = self};
    self->doors = (struct doors){
        .where = base->where,
        .what[HTTP_DOOR] = "the trace viewer and Jaeger's query API",
        .worker = self->worker,
        .alone = true,
        .http = &self->settings->pages.server,
        .routes = self->routes,
        .arg = self,
    };
    return doors_open(&self->doors, err);
}

static struct result viewer_consume(struct component *base, struct batch *batch)
{
    struct viewer_exporter *self = current((struct viewer_exporter *)base);

    trace_store_take(self->store, batch);
    exporter_metrics_sent(&self->metrics, batch);
    return result_accepted();
}

/* The traces go along, and who waits for an answer. */
static void viewer_bequeath(struct component *base, struct component *heir)
{
    struct viewer_exporter *self = (struct viewer_exporter *)base;
    struct viewer_exporter *next = (struct viewer_exporter *)heir;
    struct trace_store *store = self->store;
    struct viewer_answers *answers = self->answers;

    self->heir = heir;
    self->store = next->store;
    self->answers = next->answers;
    next->store = store;
    next->answers = answers;
    trace_store_limit(store, max_memory(next->settings), next->settings->max_traces);
}

static void on_drained(void *arg)
{
    struct viewer_exporter *self = arg;

    self->drained(&self->base);
}

static void viewer_drain(struct component *base, component_drained_cb *drained)
{
    struct viewer_exporter *self = (struct viewer_exporter *)base;

    self->drained = drained;
    doors_drain(&self->doors, on_drained, self);
}

static void viewer_reloaded(struct component *base)
{
    struct viewer_exporter *self = (struct viewer_exporter *)base;

    doors_reread(&self->doors);
}

static void viewer_destroy(struct component *base)
{
    struct viewer_exporter *self = (struct viewer_exporter *)base;

    doors_close(&self->doors);
    viewer_answers_free(self->answers);
    trace_store_free(self->store);
    exporter_metrics_done(&self->metrics);
    free(self);
}

const struct component_type viewer_exporter = {
    .name = "viewer",
    .kind = EXPORTER,
    .signals = 1U << TRACES,
    .placement = ONE_WORKER,
    .help = "keeps the last traces and shows them on a page of its own",
    .fields = viewer_fields,
    .settings_size = sizeof(struct viewer_settings),
    .check = viewer_check,
    .endpoints = viewer_endpoints,
    .create = viewer_create,
    .start = viewer_start,
    .consume = viewer_consume,
    .drain = viewer_drain,
    .bequeath = viewer_bequeath,
    .reloaded = viewer_reloaded,
    .destroy = viewer_destroy,
};
