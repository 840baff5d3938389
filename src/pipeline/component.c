/*
 * What components of all kinds have in common: their metrics, and their end.
 */
#include "pipeline/component.h"

#include <stdlib.h>

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
