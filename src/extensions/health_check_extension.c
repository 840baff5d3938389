/*
 * Tells probes whether the program takes data: 200 when all workers have started, 503 before that
 * and from the begin of a shutdown on.
 *
 * Worker 0 answers, also where the limit of connections keeps apps waiting.
 */
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "extensions/health_settings.h"
#include "extensions/health_text.h"
#include "pipeline/doors.h"
#include "pipeline/health_service.h"

#define JSON_TYPE  "application/json"
#define PLAIN_TYPE "text/plain; charset=utf-8"

enum { ROUTES = HEALTH_ROUTES + 1 + 1, STATUS_OK = 200, STATUS_UNAVAILABLE = 503 };

struct health_check {
    struct component base;
    const struct health_settings *settings; /* borrowed from the configuration */
    struct worker *worker;
    uint64_t start_unix_ns;
    struct health_service *grpc; /* NULL: not on worker 0, or not served */
    struct route routes[ROUTES];
    struct doors doors; /* zeroed: not on worker 0 */
};

/* ---- answers ---- */

static void write_body(const struct health_check *self, struct buf *out)
{
    const struct health_settings *s = self->settings;
    const struct health health = {
        .phase = self->worker->phase,
        .since_unix_ns = self->worker->phase_unix_ns,
        .for_ns = uv_hrtime() - self->worker->phase_ns,
        .start_unix_ns = self->start_unix_ns,
    };
    const char *text;

    if (s->plain) {
        text =
            health.phase == PHASE_RUNNING ? s->response_body.healthy : s->response_body.unhealthy;
        buf_append_str(out, str_of(text ? text : ""));
    } else if (s->v2) {
        health_write_v2(out, &health);
    } else {
        health_write(out, &health);
    }
}

static void on_probe(void *arg, struct request *request, struct bytes *message)
{
    const struct health_check *self = arg;
    struct buf body = {0};

    bytes_unref(message);
    write_body(self, &body);
    request_answer(request, &(struct answer){
                                .code = GRPC_OK,
                                .status = self->worker->phase == PHASE_RUNNING ? STATUS_OK
                                                                               : STATUS_UNAVAILABLE,
                                .body = buf_str(&body),
                                .type = self->settings->plain ? PLAIN_TYPE : JSON_TYPE,
                            });
    buf_done(&body);
}

static enum serving find_status(void *arg, struct str service)
{
    const struct health_check *self = arg;

    if (service.len > 0)
        return SERVICE_UNKNOWN;
    return self->worker->phase == PHASE_RUNNING ? SERVING : NOT_SERVING;
}

static const char *unknown_path(void *arg, bool grpc, struct str path)
{
    const struct health_check *self = arg;

    (void)path;
    if (!grpc)
        return "not found: health has another path";
    return self->grpc ? "health is grpc.health.v1.Health/Check and Watch here"
                      : "health is not served by gRPC here: add the block grpc to health_check";
}

/* ---- its life ---- */

static const struct grpc_settings *grpc_of(const struct health_settings *settings)
{
    return settings->grpc.enabled ? &settings->grpc : NULL;
}

static size_t health_endpoints(const void *settings, const char *endpoints[ENDPOINTS_MAX])
{
    const struct health_settings *s = settings;

    return doors_endpoints(grpc_of(s), s->own, endpoints);
}

static struct component *health_create(const void *settings, struct worker *worker,
                                       struct error *err)
{
    struct health_check *self = mem_zero(sizeof(*self));
    struct timespec now;

    (void)err;
    clock_gettime(CLOCK_REALTIME, &now);
    self->settings = settings;
    self->worker = worker;
    self->start_unix_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
    return &self->base;
}

static void make_routes(struct health_check *self)
{
    const char *path = self->settings->own_path;
    struct route *route = self->routes;

    if (self->settings->grpc.enabled) {
        self->grpc = health_service_new(self->worker->loop, find_status, self);
        health_service_make_routes(self->grpc, route);
        route += HEALTH_ROUTES;
    }
    *route = (struct route){
        .path = path,
        .below = path && path[strlen(path) - 1] == '/',
        .get = true,
        .handler = on_probe,
        .arg = self,
    };
}

static bool health_start(struct component *base, struct error *err)
{
    struct health_check *self = (struct health_check *)base;

    if (self->worker->index != 0)
        return true;
    make_routes(self);
    self->doors = (struct doors){
        .where = base->where,
        .what = {"health by gRPC", "health"},
        .worker = self->worker,
        .alone = true,
        .spared = true,
        .grpc = grpc_of(self->settings),
        .http = self->settings->own,
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

/* From now on the heir alone answers, which may have another path. */
static void health_bequeath(struct component *base, struct component *heir)
{
    struct health_check *self = (struct health_check *)base;

    (void)heir;
    if (self->grpc)
        health_service_end(self->grpc);
    doors_drain(&self->doors, on_drained, NULL);
}

static void health_reloaded(struct component *base)
{
    doors_reread(&((struct health_check *)base)->doors);
}

static void health_destroy(struct component *base)
{
    struct health_check *self = (struct health_check *)base;

    health_service_free(self->grpc);
    doors_close(&self->doors);
    free(self);
}

static const char *const old_names[] = {"healthcheckv2", NULL};

const struct component_type health_check_extension = {
    .name = "health_check",
    .old_names = old_names,
    .kind = EXTENSION,
    .help = "tells probes by HTTP and gRPC whether the program takes data",
    .fields = health_fields,
    .settings_size = sizeof(struct health_settings),
    .check = health_check_settings,
    .endpoints = health_endpoints,
    .create = health_create,
    .start = health_start,
    .bequeath = health_bequeath,
    .reloaded = health_reloaded,
    .destroy = health_destroy,
};
