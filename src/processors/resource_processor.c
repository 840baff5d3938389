/*
 * Changes the attributes of resources.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "pipeline/rewriting.h"
#include "processors/attribute_actions.h"

struct resource_settings {
    struct block_list attributes; /* of action_settings */
};

struct resource_processor {
    struct component base;
    struct actions *actions;
    struct attributes attributes; /* of the resource that is looked at */
    const struct bytes *metadata; /* of the payload that is looked at */
};

static const struct field fields[] = {
    FIELD_BLOCKS(struct resource_settings, attributes, "attributes", action_fields,
                 struct action_settings, "required: what is done, one after the other"),
    FIELD_END,
};

static void check(void *settings, const struct node *node, struct problems *problems)
{
    struct resource_settings *s = settings;

    actions_check(&s->attributes, "attributes", node, problems);
}

static void on_slice(void *arg, const struct payload *payload)
{
    struct resource_processor *self = arg;

    self->metadata = payload->metadata;
}

static enum rewrite on_resource(void *arg, enum signal signal, struct str resource, struct buf *out)
{
    struct resource_processor *self = arg;

    (void)signal;
    return actions_rewrite(self->actions, &self->attributes, self->metadata, resource,
                           ATTRIBUTES_OF_RESOURCE, out);
}

static const struct rewriter rewriter = {.slice = on_slice, .resource = on_resource};

static struct result resource_consume(struct component *base, struct batch *batch)
{
    return rewrite_and_pass(base, batch, &rewriter, base);
}

static void resource_destroy(struct component *base)
{
    struct resource_processor *self = (struct resource_processor *)base;

    actions_free(self->actions);
    attributes_done(&self->attributes);
    free(self);
}

static struct component *resource_create(const void *settings, struct worker *worker,
                                         struct error *err)
{
    struct resource_processor *self = mem_zero(sizeof(*self));
    const struct resource_settings *s = settings;

    (void)worker;
    self->actions = actions_new(&s->attributes, err);
    if (self->actions)
        return &self->base;
    free(self);
    return NULL;
}

const struct component_type resource_processor = {
    .name = "resource",
    .kind = PROCESSOR,
    .signals = SIGNALS_ALL,
    .help = "sets, removes and changes attributes of resources",
    .fields = fields,
    .settings_size = sizeof(struct resource_settings),
    .check = check,
    .create = resource_create,
    .consume = resource_consume,
    .destroy = resource_destroy,
};
