/*
 * What components of all kinds have in common: their metrics, and their end.
 */
#include "pipeline/component.h"

#include <stdlib.h>

#include <uv.h>

#include "base/mem.h"

static const struct metric_family incoming = {
    .name = "otelcol_processor_incoming_items",
    .help = "Number of items passed to the processor. [Alpha]",
    .unit = "{items}",
};

static const struct metric_family outgoing = {
    .name = "otelcol_processor_outgoing_items",
    .help = "Number of items emitted from the processor. [Alpha]",
    .unit = "{items}",
};

static const struct metric_family given_up = {
    .name = "otelc_processor_dropped_items",
    .help = "Number of items that were given up, as what follows the processor rejected them.",
    .unit = "{items}",
};

#define NS_PER_S UINT64_C(1000000000)

/* The official collector has those of 0, 5, 10, ... seconds: those below 5 tell something. */
static const uint64_t duration_bounds[] = {
    0,
    1000,
    10000,
    100000,
    1000000,
    10000000,
    100000000,
    1 * NS_PER_S,
    5 * NS_PER_S,
    10 * NS_PER_S,
    25 * NS_PER_S,
    50 * NS_PER_S,
    75 * NS_PER_S,
    100 * NS_PER_S,
    250 * NS_PER_S,
    500 * NS_PER_S,
    750 * NS_PER_S,
    1000 * NS_PER_S,
    2500 * NS_PER_S,
    5000 * NS_PER_S,
    7500 * NS_PER_S,
    10000 * NS_PER_S,
};

static const struct metric_family internal_duration = {
    .name = "otelcol_processor_internal_duration",
    .help = "Duration of time taken to process a batch of telemetry data through the processor. "
            "[Alpha]",
    .unit = "s",
    .per_unit = NS_PER_S,
    .kind = FAMILY_HISTOGRAM,
    .level = METRICS_DETAILED,
    .bounds = duration_bounds,
    .bound_count = sizeof(duration_bounds) / sizeof(duration_bounds[0]),
};

static struct metric *open_of(const struct metric_family *family, const struct component *self,
                              enum signal signal)
{
    return metric_open(family, "processor", self->id, "otel_signal", signal_words[signal].name,
                       NULL);
}

void component_count(struct component *self, enum signal signal)
{
    if (self->incoming[signal])
        return;
    self->incoming[signal] = open_of(&incoming, self, signal);
    self->outgoing[signal] = open_of(&outgoing, self, signal);
}

struct result component_consume_timed(struct component *self, struct batch *batch)
{
    struct metric **duration = &self->duration[batch->signal];
    uint64_t begin_ns = uv_hrtime();
    struct result result;

    if (!*duration)
        *duration = open_of(&internal_duration, self, batch->signal);
    self->passing_ns = 0;
    result = self->type->consume(self, batch);
    metric_observe(*duration, uv_hrtime() - begin_ns - self->passing_ns);
    return result;
}

struct result component_pass_timed(struct component *self, struct batch *batch)
{
    uint64_t begin_ns = uv_hrtime();
    struct result result = consume(self->next[batch->signal], batch);

    self->passing_ns += uv_hrtime() - begin_ns;
    return result;
}

void component_give_up(struct component *self, enum signal signal, size_t items)
{
    if (!self->rejected[signal])
        self->rejected[signal] = open_of(&given_up, self, signal);
    metric_add(self->rejected[signal], items);
}

void component_destroy(struct component *self)
{
    for (unsigned s = 0; s < SIGNAL_KINDS; s++) {
        metric_close(self->incoming[s]);
        metric_close(self->outgoing[s]);
        metric_close(self->rejected[s]);
        metric_close(self->duration[s]);
    }
    self->type->destroy(self);
}

const struct field stateless_fields[] = {FIELD_END};

struct component *stateless_create(const void *settings, struct worker *worker, struct error *err)
{
    (void)settings;
    (void)worker;
    (void)err;
    return mem_zero(sizeof(struct component));
}

void stateless_destroy(struct component *self)
{
    free(self);
}
