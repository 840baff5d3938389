/*
 * Takes OTLP in, over gRPC and over HTTP, on either port: its life, from the settings to the end.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "receivers/otlp_receiver_priv.h"

static size_t otlp_endpoints(const void *settings, const char *endpoints[ENDPOINTS_MAX])
{
    const struct protocol_settings *protocols =
        &((const struct otlp_settings *)settings)->protocols;

    return doors_endpoints(&protocols->grpc, &protocols->http, endpoints);
}

static struct component *otlp_create(const void *settings, struct worker *worker, struct error *err)
{
    struct otlp_receiver *self = mem_zero(sizeof(*self));

    (void)err;
    self->settings = settings;
    self->worker = worker;
    return &self->base;
}

static bool otlp_start(struct component *base, struct error *err)
{
    struct otlp_receiver *self = (struct otlp_receiver *)base;

    self->health = health_service_new(self->worker->loop, otlp_handlers_status, self);
    self->metrics = receiver_metrics_new(base->id);
    otlp_handlers_make_routes(self);
    self->doors = (struct doors){
        .where = base->where,
        .what = {"gRPC and HTTP", "gRPC and HTTP"},
        .worker = self->worker,
        .grpc = &self->settings->protocols.grpc,
        .http = &self->settings->protocols.http,
        .routes = self->routes,
        .unknown_path = otlp_handlers_unknown_path,
        .status_body = otlp_handlers_write_status,
        .arg = self,
    };
    return doors_open(&self->doors, err);
}

static void tell_dropped(const struct otlp_receiver *self)
{
    for (unsigned s = 0; s < SIGNAL_KINDS; s++)
        if (self->dropped[s] > 0)
            log_warn(self->base.where, "dropped %" PRIu64 " %s: %s", self->dropped[s],
                     signal_words[s].items,
                     self->base.not_served[s] ? self->base.not_served[s]
                                              : "no pipeline that took them was running");
}

static void on_doors_drained(void *arg)
{
    struct otlp_receiver *self = arg;

    tell_dropped(self);
    self->drained(&self->base);
}

static void otlp_drain(struct component *base, component_drained_cb *drained)
{
    struct otlp_receiver *self = (struct otlp_receiver *)base;

    self->drained = drained;
    health_service_end(self->health);
    doors_drain(&self->doors, on_doors_drained, self);
}

static void otlp_reloaded(struct component *base)
{
    struct otlp_receiver *self = (struct otlp_receiver *)base;

    otlp_handlers_make_routes(self);
    doors_reread(&self->doors);
}

static void otlp_destroy(struct component *base)
{
    struct otlp_receiver *self = (struct otlp_receiver *)base;

    health_service_free(self->health);
    doors_close(&self->doors);
    receiver_metrics_unref(self->metrics);
    free(self);
}

const struct component_type otlp_receiver = {
    .name = "otlp",
    .kind = RECEIVER,
    .signals = SIGNALS_ALL,
    .help = "takes OTLP over gRPC and HTTP",
    .fields = otlp_fields,
    .settings_size = sizeof(struct otlp_settings),
    .check = otlp_check,
    .endpoints = otlp_endpoints,
    .create = otlp_create,
    .start = otlp_start,
    .drain = otlp_drain,
    .reloaded = otlp_reloaded,
    .destroy = otlp_destroy,
};
