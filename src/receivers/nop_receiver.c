/*
 * Receives nothing: a placeholder in configurations.
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

static void nop_destroy(struct component *self)
{
    free(self);
}

const struct component_type nop_receiver = {
    .name = "nop",
    .kind = RECEIVER,
    .signals = SIGNALS_ALL,
    .help = "receives nothing",
    .fields = fields,
    .create = nop_create,
    .destroy = nop_destroy,
};
