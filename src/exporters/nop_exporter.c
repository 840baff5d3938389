/*
 * Takes everything and keeps nothing: for measuring, and for trying a configuration.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "pipeline/component.h"

static const struct field fields[] = {FIELD_END};

static struct component *nop_create(const void *settings, struct worker *worker, struct error *err)
{
    (void)settings;
    (void)worker;
    (void)err;
    return mem_zero(sizeof(struct component));
}

static struct result nop_consume(struct component *self, struct batch *batch)
{
    (void)self;
    (void)batch;
    return result_accepted();
}

static void nop_destroy(struct component *self)
{
    free(self);
}

const struct component_type nop_exporter = {
    .name = "nop",
    .kind = EXPORTER,
    .signals = SIGNALS_ALL,
    .help = "drops everything",
    .fields = fields,
    .create = nop_create,
    .consume = nop_consume,
    .destroy = nop_destroy,
};
