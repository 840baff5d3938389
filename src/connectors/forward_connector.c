/*
 * Joins pipelines of one signal: what comes out of some goes into others, as it is.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "pipeline/component.h"

static const struct field fields[] = {FIELD_END};

static struct component *forward_create(const void *settings, struct worker *worker,
                                        struct error *err)
{
    (void)settings;
    (void)worker;
    (void)err;
    return mem_zero(sizeof(struct component));
}

static struct result forward_consume(struct component *self, struct batch *batch)
{
    return consume(self->next[batch->signal], batch);
}

static void forward_destroy(struct component *self)
{
    free(self);
}

const struct component_type forward_connector = {
    .name = "forward",
    .kind = CONNECTOR,
    .signals = SIGNALS_ALL,
    .help = "joins pipelines of one signal",
    .fields = fields,
    .create = forward_create,
    .consume = forward_consume,
    .destroy = forward_destroy,
};
