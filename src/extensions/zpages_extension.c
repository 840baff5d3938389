/*
 * Shows what runs and how it fares: the live page of the pipelines, its JSON, and the official
 * collector's /debug pages as plain tables.
 *
 * Worker 0 answers. The pages are of the whole program: what they show lies in pipeline/overview,
 * base/metric and net, and no other worker is asked.
 */
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "extensions/zpages_html.h"
#include "extensions/zpages_settings.h"
#include "pipeline/doors.h"
#include "pipeline/overview_json.h"

#define JSON_TYPE "application/json"
#define HTML_TYPE "text/html; charset=utf-8"
#define CSS_TYPE  "text/css; charset=utf-8"

enum { STREAMS_MAX = 16 };

/* Nothing is served by gRPC; what counts is what HTTP/2 has of it. */
static const struct grpc_settings no_grpc = {
    .max_recv_msg_size_mib = 1,
    .max_concurrent_streams = STREAMS_MAX,
    .keepalive.enforcement_policy.permit_without_stream = true,
};

struct zpages;

struct page { /* of tables */
    const char *path;
    zpages_write_fn *write;
};

static const struct page pages[] = {
    {"/", zpages_write_index},
    {"/debug/servicez", zpages_write_servicez},
    {"/debug/pipelinez", zpages_write_pipelinez},
    {"/debug/extensionz", zpages_write_extensionz},
    {"/debug/featurez", zpages_write_featurez},
};

enum { PAGES = sizeof(pages) / sizeof(pages[0]), ROUTES = PAGES + 3 };

struct zpages_place { /* what a route's handler gets */
    struct zpages *zpages;
    const struct page *page;
};

struct zpages {
    struct component base;
    const struct zpages_settings *settings; /* borrowed from the configuration */
    struct worker *worker;
    struct zpages_place places[PAGES];
    struct route routes[ROUTES];
    struct doors doors; /* zeroed: not on worker 0 */
};

/* ---- answers ---- */

static void answer(struct request *request, struct buf *body, const char *type)
{
    request_answer(request, &(struct answer){.code = GRPC_OK, .body = buf_str(body), .type = type});
    buf_done(body);
}

static void on_page(void *arg, struct request *request, struct bytes *message)
{
    const struct zpages_place *place = arg;
    const struct worker *worker = place->zpages->worker;
    struct overview_graph *graph = overview_graph(worker->overview);
    const struct zpages_view view = {
        .overview = worker->overview,
        .graph = graph,
        .phase = worker->phase,
        .now_unix_ms = overview_now_unix_ms(),
    };
    struct buf body = {0};

    bytes_unref(message);
    place->page->write(&body, &view);
    overview_graph_unref(graph);
    answer(request, &body, HTML_TYPE);
}

static void on_overview(void *arg, struct request *request, struct bytes *message)
{
    const struct zpages *self = arg;
    struct buf body = {0};

    bytes_unref(message);
    overview_json_write(&body, self->worker->overview, self->worker->phase);
    answer(request, &body, JSON_TYPE);
}

static void on_style(void *arg, struct request *request, struct bytes *message)
{
    struct buf body = {0};

    (void)arg;
    bytes_unref(message);
    zpages_write_style(&body);
    answer(request, &body, CSS_TYPE);
}

static const char *unknown_path(void *arg, bool grpc, struct str path)
{
    (void)arg;
    (void)path;
    return grpc ? "nothing is served by gRPC here" : "not found: the pages are listed at /";
}

/* ---- its life ---- */

static size_t zpages_endpoints(const void *settings, const char *endpoints[ENDPOINTS_MAX])
{
    return doors_endpoints(&no_grpc, &((const struct zpages_settings *)settings)->server,
                           endpoints);
}

static struct component *zpages_create(const void *settings, struct worker *worker,
                                       struct error *err)
{
    struct zpages *self = mem_zero(sizeof(*self));

    (void)err;
    self->settings = settings;
    self->worker = worker;
    return &self->base;
}

static void make_routes(struct zpages *self)
{
    struct route *route = self->routes;

    for (size_t i = 0; i < PAGES; i++) {
        self->places[i] = (struct zpages_place){.zpages = self, .page = &pages[i]};
        *route++ = (struct route){
            .path = pages[i].path,
            .get = true,
            .handler = on_page,
            .arg = &self->places[i],
        };
    }
    *route++ = (struct route){
        .path = "/api/otelc/overview", .get = true, .handler = on_overview, .arg = self};
    *route++ = (struct route){.path = "/zpages.css", .get = true, .handler = on_style, .arg = self};
}

static bool zpages_start(struct component *base, struct error *err)
{
    struct zpages *self = (struct zpages *)base;

    if (self->worker->index != 0)
        return true;
    make_routes(self);
    self->doors = (struct doors){
        .where = base->where,
        .what[HTTP_DOOR] = "pages about the pipelines",
        .worker = self->worker,
        .alone = true,
        .spared = true,
        .grpc = &no_grpc,
        .http = &self->settings->server,
        .routes = self->routes,
        .unknown_path = unknown_path,
        .arg = self,
    };
    return doors_open(&self->doors, err);
}

static void on_drained(void *arg)
{
    (void)arg;
}

/* From now on the heir alone answers. */
static void zpages_bequeath(struct component *base, struct component *heir)
{
    (void)heir;
    doors_drain(&((struct zpages *)base)->doors, on_drained, NULL);
}

static void zpages_reloaded(struct component *base)
{
    doors_reread(&((struct zpages *)base)->doors);
}

static void zpages_destroy(struct component *base)
{
    struct zpages *self = (struct zpages *)base;

    doors_close(&self->doors);
    free(self);
}

const struct component_type zpages_extension = {
    .name = "zpages",
    .kind = EXTENSION,
    .help = "serves pages that show what runs, what comes in and what was refused",
    .fields = zpages_fields,
    .settings_size = sizeof(struct zpages_settings),
    .check = zpages_check_settings,
    .endpoints = zpages_endpoints,
    .create = zpages_create,
    .start = zpages_start,
    .bequeath = zpages_bequeath,
    .reloaded = zpages_reloaded,
    .destroy = zpages_destroy,
};
