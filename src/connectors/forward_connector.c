/*
 * Joins pipelines of one signal: what comes out of some goes into others, as it is.
 */
#include "pipeline/component.h"

static struct result forward_consume(struct component *self, struct batch *batch)
{
    return consume(self->next[batch->signal], batch);
}

const struct component_type forward_connector = {
    .name = "forward",
    .kind = CONNECTOR,
    .signals = SIGNALS_ALL,
    .help = "joins pipelines of one signal",
    .consume = forward_consume,
    STATELESS_COMPONENT,
};
