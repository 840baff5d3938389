/*
 * What is watched is asked for time and again: it is a flag or two, and nothing has to know who
 * watches.
 */
#include "pipeline/health_service.h"

#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/mem.h"

enum {
    LOOK_MS = 200,
    WATCHERS_MAX = 1000,
    SERVICE_MAX = 128 /* of a name; what is longer names none */
};

struct watcher {
    struct list node;
    struct request *request;
    enum serving told;
    size_t service_len;
    char service[SERVICE_MAX];
};

struct health_service {
    health_status_fn *status;
    void *arg;
    bool ended;
    struct list watchers;
    size_t count; /* of them */
    uv_timer_t timer;
};

static void fail(struct request *request, enum grpc_code code, const char *why)
{
    request_answer(request, &(struct answer){.code = code, .message = why});
}

/* The name that is asked for; false: the request is answered. */
static bool read_service(struct request *request, struct bytes *message, struct str *service)
{
    if (message_read_health_request(bytes_str(message), service))
        return true;
    fail(request, GRPC_INVALID_ARGUMENT, "not a valid HealthCheckRequest");
    return false;
}

static enum serving find_status(const struct health_service *self, struct str service)
{
    return service.len > SERVICE_MAX ? SERVICE_UNKNOWN : self->status(self->arg, service);
}

static void on_check(void *arg, struct request *request, struct bytes *message)
{
    const struct health_service *self = arg;
    struct buf body = {0};
    enum serving status;
    struct str service;

    if (read_service(request, message, &service)) {
        status = find_status(self, service);
        if (status == SERVICE_UNKNOWN) {
            fail(request, GRPC_NOT_FOUND, "no such service");
        } else {
            message_put_health_response(&body, status);
            request_answer(request, &(struct answer){.code = GRPC_OK, .body = buf_str(&body)});
        }
    }
    buf_done(&body);
    bytes_unref(message);
}

/* ---- Watch ---- */

static void tell(struct watcher *w, enum serving status)
{
    struct buf body = {0};

    message_put_health_response(&body, status);
    request_send(w->request, buf_str(&body));
    w->told = status;
    buf_done(&body);
}

static void look(const struct health_service *self, struct watcher *w)
{
    enum serving status = find_status(self, (struct str){w->service, w->service_len});

    if (status != w->told)
        tell(w, status);
}

/* The request is answered, or nobody waits for it. */
static void watcher_end(struct health_service *self, struct watcher *w)
{
    fail(w->request, GRPC_UNAVAILABLE, "it is at its end");
    list_remove(&w->node);
    free(w);
    if (--self->count == 0)
        uv_timer_stop(&self->timer);
}

static void on_time(uv_timer_t *timer)
{
    struct health_service *self = timer->data;
    struct list *next;

    for (struct list *node = self->watchers.next; node != &self->watchers; node = next) {
        struct watcher *w = LIST_ENTRY(node, struct watcher, node);

        next = node->next;
        if (request_is_over(w->request))
            watcher_end(self, w);
        else
            look(self, w);
    }
}

static void watch(struct health_service *self, struct request *request, struct str service)
{
    struct watcher *w = mem_zero(sizeof(*w));

    w->request = request;
    w->service_len = service.len;
    if (service.len > 0)
        memcpy(w->service, service.at, service.len);
    list_push_back(&self->watchers, &w->node);
    if (self->count++ == 0)
        uv_timer_start(&self->timer, on_time, LOOK_MS, LOOK_MS);
    tell(w, find_status(self, service));
    if (self->ended)
        watcher_end(self, w);
}

static void on_watch(void *arg, struct request *request, struct bytes *message)
{
    struct health_service *self = arg;
    struct str service;

    if (read_service(request, message, &service)) {
        if (service.len > SERVICE_MAX)
            fail(request, GRPC_INVALID_ARGUMENT, "the name of the service is too long");
        else if (self->count == WATCHERS_MAX) /* clients go on without it then */
            fail(request, GRPC_UNIMPLEMENTED, "too many watch already: call Check");
        else
            watch(self, request, service);
    }
    bytes_unref(message);
}

/* ---- its life ---- */

struct health_service *health_service_new(uv_loop_t *loop, health_status_fn *status, void *arg)
{
    struct health_service *self = mem_zero(sizeof(*self));

    self->status = status;
    self->arg = arg;
    list_init(&self->watchers);
    uv_timer_init(loop, &self->timer);
    self->timer.data = self;
    return self;
}

void health_service_make_routes(struct health_service *self, struct route routes[HEALTH_ROUTES])
{
    routes[0] = (struct route){
        .path = "/grpc.health.v1.Health/Check",
        .grpc = true,
        .open = true,
        .handler = on_check,
        .arg = self,
    };
    routes[1] = routes[0];
    routes[1].path = "/grpc.health.v1.Health/Watch";
    routes[1].handler = on_watch;
}

void health_service_end(struct health_service *self)
{
    struct list *next;

    self->ended = true;
    for (struct list *node = self->watchers.next; node != &self->watchers; node = next) {
        struct watcher *w = LIST_ENTRY(node, struct watcher, node);

        next = node->next;
        look(self, w);
        watcher_end(self, w);
    }
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void health_service_free(struct health_service *self)
{
    if (!self)
        return;
    health_service_end(self);
    uv_close((uv_handle_t *)&self->timer, on_closed);
}
