/*
 * Takes what Jaeger's clients and agents send, as a Jaeger collector and its agent do, and makes
 * OTLP of it at the door: its life, from the settings to the end.
 *
 *     gRPC :14250, HTTP :14268 -> doors -> jaeger_handlers -.
 *     UDP :6831, :6832 -> jaeger_udp -----------------------'-> jaeger/from_* -> payload -> consume
 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/mem.h"
#include "receivers/jaeger_receiver_priv.h"

static size_t jaeger_endpoints(const void *settings, const char *endpoints[ENDPOINTS_MAX])
{
    const struct jaeger_protocols *s =
        &((const struct jaeger_receiver_settings *)settings)->protocols;
    size_t count = doors_endpoints(&s->grpc, &s->thrift_http, endpoints);

    if (s->thrift_compact.enabled)
        endpoints[count++] = s->thrift_compact.listens;
    if (s->thrift_binary.enabled)
        endpoints[count++] = s->thrift_binary.listens;
    return count;
}

static struct component *jaeger_create(const void *settings, struct worker *worker,
                                       struct error *err)
{
    struct jaeger_receiver *self = mem_zero(sizeof(*self));
    const struct jaeger_protocols *s =
        &((const struct jaeger_receiver_settings *)settings)->protocols;

    (void)err;
    self->settings = s;
    self->worker = worker;
    self->ports[UDP_COMPACT] = (struct udp_port){
        .receiver = self, .protocol = THRIFT_COMPACT, .settings = &s->thrift_compact};
    self->ports[UDP_BINARY] = (struct udp_port){
        .receiver = self, .protocol = THRIFT_BINARY, .settings = &s->thrift_binary};
    return &self->base;
}

static bool open_ports(struct jaeger_receiver *self, struct error *err)
{
    size_t size = 0;

    for (size_t i = 0; i < UDP_PORTS; i++) {
        const struct udp_settings *udp = self->ports[i].settings;

        if (udp->enabled && udp->max_packet_size > size)
            size = udp->max_packet_size;
    }
    if (size > 0)
        self->packet = mem_alloc(size);
    for (size_t i = 0; i < UDP_PORTS; i++)
        if (!jaeger_udp_open(&self->ports[i], err))
            return false;
    return true;
}

static bool jaeger_start(struct component *base, struct error *err)
{
    struct jaeger_receiver *self = (struct jaeger_receiver *)base;

    self->health = health_service_new(self->worker->loop, jaeger_handlers_status, self);
    self->metrics = receiver_metrics_new(base->id);
    jaeger_handlers_make_routes(self);
    self->doors = (struct doors){
        .where = base->where,
        .what = {"Jaeger's gRPC", "Jaeger's Thrift over HTTP"},
        .worker = self->worker,
        .grpc = &self->settings->grpc,
        .http = &self->settings->thrift_http,
        .routes = self->routes,
        .unknown_path = jaeger_handlers_unknown_path,
        .arg = self,
    };
    return doors_open(&self->doors, err) && open_ports(self, err);
}

static void on_doors_drained(void *arg)
{
    struct jaeger_receiver *self = arg;

    if (self->dropped_packets > 0)
        log_warn(self->base.where,
                 "dropped %" PRIu64 " packets, of them %" PRIu64
                 " spans that were refused: UDP has no answer; apps that must not lose "
                 "spans send by HTTP or gRPC",
                 self->dropped_packets, self->dropped_spans);
    self->drained(&self->base);
}

static void jaeger_drain(struct component *base, component_drained_cb *drained)
{
    struct jaeger_receiver *self = (struct jaeger_receiver *)base;

    self->drained = drained;
    for (size_t i = 0; i < UDP_PORTS; i++)
        jaeger_udp_drain(&self->ports[i]);
    health_service_end(self->health);
    doors_drain(&self->doors, on_doors_drained, self);
}

static void jaeger_reloaded(struct component *base)
{
    doors_reread(&((struct jaeger_receiver *)base)->doors);
}

static void jaeger_destroy(struct component *base)
{
    struct jaeger_receiver *self = (struct jaeger_receiver *)base;

    for (size_t i = 0; i < UDP_PORTS; i++)
        jaeger_udp_close(&self->ports[i]);
    health_service_free(self->health);
    doors_close(&self->doors);
    free(self->packet);
    receiver_metrics_unref(self->metrics);
    free(self);
}

const struct component_type jaeger_receiver = {
    .name = "jaeger",
    .kind = RECEIVER,
    .signals = 1u << TRACES,
    .help = "takes what Jaeger's clients send: gRPC, Thrift over HTTP and over UDP",
    .fields = jaeger_receiver_fields,
    .settings_size = sizeof(struct jaeger_receiver_settings),
    .check = jaeger_receiver_check,
    .endpoints = jaeger_endpoints,
    .create = jaeger_create,
    .start = jaeger_start,
    .drain = jaeger_drain,
    .reloaded = jaeger_reloaded,
    .destroy = jaeger_destroy,
};
