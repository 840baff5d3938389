#include "pipeline/meter.h"

#include <stdlib.h>

#include "base/mem.h"

struct meter {
    struct component base;
    struct metric *items;
};

static const struct metric_family families[] = {
    [METER_INTO_CONNECTOR] = {.name = "otelc_connector_incoming_items",
                              .help = "Number of items that a pipeline has given to a connector.",
                              .unit = "{items}"},
    [METER_OUT_OF_CONNECTOR] = {.name = "otelc_connector_outgoing_items",
                                .help = "Number of items that a connector has given to a pipeline.",
                                .unit = "{items}"},
};

static struct result meter_consume(struct component *base, struct batch *batch)
{
    struct meter *self = (struct meter *)base;
    struct result result = consume(base->next[batch->signal], batch);

    if (result.verdict == ACCEPTED)
        metric_add(self->items, batch->items);
    return result;
}

static void meter_destroy(struct component *base)
{
    struct meter *self = (struct meter *)base;

    metric_close(self->items);
    free(self);
}

static const struct component_type meter = {
    .name = "meter", .kind = PROCESSOR, .consume = meter_consume, .destroy = meter_destroy};

struct component *meter_new(enum meter_side side, const char *connector, const char *pipeline,
                            enum signal signal, struct component *next, const char *where)
{
    struct meter *self = mem_zero(sizeof(*self));

    self->base = (struct component){.type = &meter, .id = "meter", .where = where};
    self->base.next[signal] = next;
    self->items = metric_open(&families[side], "connector", connector, "pipeline", pipeline,
                              "otel_signal", signal_words[signal].name, NULL);
    return &self->base;
}
