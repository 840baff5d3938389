/*
 * Shows what runs and how it fares: the live page of the pipelines, its JSON, and the official
 * collector's /debug pages as plain tables.
 *
 * Worker 0 answers, to who may ask (pipeline/pages). The pages are of the whole program: what they
 * show lies in pipeline/overview, base/metrics and net, and no other worker is asked.
 */
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "extensions/zpages_html.h"
#include "extensions/zpages_settings.h"
#include "pipeline/doors.h"
#include "pipeline/overview_json.h"
#include "viewer/page.h"

#define HTML_TYPE "text/html; charset=utf-8"

struct zpages {
    struct component base;
    const struct zpages_settings *settings; /* borrowed from the configuration */
    struct worker *worker;
    struct route routes[2];
    struct doors doors; /* zeroed: not on worker 0 */
    struct log_limit refused_log;
};

/* ---- answers ---- */

static void answer(struct request *request, struct str body, const char *type)
{
    request_answer(request, &(struct answer){.code = GRPC_OK, .body = body, .type = type});
}

static void answer_table(const struct zpages *self, struct request *request, zpages_write_fn *write)
{
    struct overview_graph *graph = overview_graph(self->worker->overview);
    const struct zpages_view view = {
        .overview = self->worker->overview,
        .graph = graph,
        .phase = self->worker->phase,
        .now_unix_ms = overview_now_unix_ms(),
    };
    struct buf body = {0};

    write(&body, &view);
    overview_graph_unref(graph);
    answer(request, buf_str(&body), HTML_TYPE);
    buf_done(&body);
}

static void answer_file(struct request *request, struct str path)
{
    struct page page;

    if (str_is(path, "/") || str_is(path, "/pipeline"))
        path = STR("/pipeline.html"); /* index.html is the viewer's */
    if (page_find(path, &page))
        answer(request, page.body, page.type);
    else
        request_answer(request, &(struct answer){.code = GRPC_OK,
                                                 .status = 404,
                                                 .body = STR("not found: the first page is /\n"),
                                                 .type = "text/plain; charset=utf-8"});
}

static void answer_page(const struct zpages *self, struct request *request, struct str path)
{
    static const struct {
        const char *path;
        zpages_write_fn *write;
    } tables[] = {
        {"/debug/servicez", zpages_write_servicez},
        {"/debug/pipelinez", zpages_write_pipelinez},
        {"/debug/extensionz", zpages_write_extensionz},
        {"/debug/featurez", zpages_write_featurez},
    };

    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
        if (str_is(path, tables[i].path)) {
            answer_table(self, request, tables[i].write);
            return;
        }
    if (str_is(path, OVERVIEW_PATH))
        overview_answer(request, self->worker);
    else
        answer_file(request, path);
}

static void on_request(void *arg, struct request *request, struct bytes *message)
{
    struct zpages *self = arg;
    struct str path = request_path(request);
    char why[PAGES_WHY_SIZE];

    bytes_unref(message);
    if (pages_may_ask(&self->settings->pages, request, path, self->base.where, why)) {
        answer_page(self, request, path);
        return;
    }
    log_limited(&self->refused_log, LOG_WARN, self->base.where, "refused a request of %s: %s",
                request_peer(request), why);
    pages_refuse(request, why);
}

/* ---- its life ---- */

static size_t zpages_endpoints(const void *settings, const char *endpoints[ENDPOINTS_MAX])
{
    return doors_endpoints(NULL, &((const struct zpages_settings *)settings)->pages.server,
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

static bool zpages_start(struct component *base, struct error *err)
{
    struct zpages *self = (struct zpages *)base;

    if (self->worker->index != 0)
        return true;
    self->routes[0] = (struct route){.path = "/",
                                     .below = true,
                                     .get = true,
                                     .target = true,
                                     .handler = on_request,
                                     .arg = self};
    self->doors = (struct doors){
        .where = base->where,
        .what[HTTP_DOOR] = "pages about the pipelines",
        .worker = self->worker,
        .alone = true,
        .spared = true,
        .http = &self->settings->pages.server,
        .routes = self->routes,
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
