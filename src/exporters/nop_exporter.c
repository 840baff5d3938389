/*
 * Takes everything and keeps nothing: for measuring, and for trying a configuration.
 */
#include "pipeline/component.h"

static struct result nop_consume(struct component *self, struct batch *batch)
{
    (void)self;
    (void)batch;
    return result_accepted();
}

const struct component_type nop_exporter = {
    .name = "nop",
    .kind = EXPORTER,
    .signals = SIGNALS_ALL,
    .help = "drops everything",
    .consume = nop_consume,
    STATELESS_COMPONENT,
};
