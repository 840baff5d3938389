/*
 * Changes the attributes of spans, log records and data points: actions, on those that the include
 * and exclude blocks mean.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "otlp/metric_write.h"
#include "pipeline/rewriting.h"
#include "processors/attribute_actions.h"
#include "processors/match.h"

struct attributes_settings {
    struct block_list actions; /* of action_settings */
    struct match_settings include, exclude;
};

struct attributes_processor {
    struct component base;
    struct actions *actions;
    struct match *include, *exclude; /* or NULL */
    struct attributes attributes;    /* of the message that is looked at */
    const struct bytes *metadata;    /* of the payload that is looked at */
};

static const struct field fields[] = {
    FIELD_BLOCKS(struct attributes_settings, actions, "actions", action_fields,
                 struct action_settings, "required: what is done, one after the other"),
    FIELD_SWITCH(struct attributes_settings, include, "include", match_fields,
                 "only those that this matches"),
    FIELD_SWITCH(struct attributes_settings, exclude, "exclude", match_fields,
                 "... and not those that this matches"),
    FIELD_END,
};

static void check(void *settings, const struct node *node, struct problems *problems)
{
    struct attributes_settings *s = settings;

    actions_check(&s->actions, "actions", node, problems);
    match_check(&s->include, match_fields, "include", node, problems);
    match_check(&s->exclude, match_fields, "exclude", node, problems);
}

static void on_slice(void *arg, const struct payload *payload)
{
    struct attributes_processor *self = arg;

    self->metadata = payload->metadata;
}

static enum rewrite on_resource(void *arg, enum signal signal, struct str resource, struct buf *out)
{
    struct attributes_processor *self = arg;

    (void)signal, (void)resource, (void)out;
    match_enter_resource(self->include);
    match_enter_resource(self->exclude);
    return REWRITE_KEEP;
}

static enum rewrite on_scope(void *arg, enum signal signal, struct str resource, struct str scope,
                             struct buf *out)
{
    struct attributes_processor *self = arg;

    (void)signal, (void)resource, (void)scope, (void)out;
    match_enter_scope(self->include);
    match_enter_scope(self->exclude);
    return REWRITE_KEEP;
}

struct points { /* of a metric that is meant, as far as its data points are */
    struct attributes_processor *self;
    bool excludes; /* those with attributes that exclude matches */
};

static enum rewrite on_point(void *arg, enum metric_kind kind, struct str message, struct buf *out)
{
    const struct points *points = arg;
    struct attributes_processor *self = points->self;
    struct point_view point;

    if (self->include || points->excludes) {
        point_read(kind, message, &point);
        if (self->include && !match_attributes(self->include, point.attributes))
            return REWRITE_KEEP;
        if (points->excludes && match_attributes(self->exclude, point.attributes))
            return REWRITE_KEEP;
    }
    return actions_rewrite(self->actions, &self->attributes, self->metadata, message,
                           point_attributes_number(kind), out);
}

static enum rewrite on_item(void *arg, const struct rewrite_place *place, struct str item,
                            struct buf *out)
{
    struct attributes_processor *self = arg;
    struct points points = {.self = self};

    if (self->include && !match_item(self->include, place, item))
        return REWRITE_KEEP;
    points.excludes = self->exclude && match_item(self->exclude, place, item);
    if (place->signal == METRICS)
        return metric_rewrite(item, on_point, &points, out);
    if (points.excludes)
        return REWRITE_KEEP;
    return actions_rewrite(self->actions, &self->attributes, self->metadata, item,
                           place->signal == TRACES ? ATTRIBUTES_OF_SPAN : ATTRIBUTES_OF_LOG_RECORD,
                           out);
}

static const struct rewriter rewriter = {
    .slice = on_slice, .resource = on_resource, .scope = on_scope, .item = on_item};

static struct result attributes_consume(struct component *base, struct batch *batch)
{
    return rewrite_and_pass(base, batch, &rewriter, base);
}

static void attributes_destroy(struct component *base)
{
    struct attributes_processor *self = (struct attributes_processor *)base;

    actions_free(self->actions);
    match_free(self->include);
    match_free(self->exclude);
    attributes_done(&self->attributes);
    free(self);
}

static struct component *attributes_create(const void *settings, struct worker *worker,
                                           struct error *err)
{
    struct attributes_processor *self = mem_zero(sizeof(*self));
    const struct attributes_settings *s = settings;

    (void)worker;
    self->actions = actions_new(&s->actions, err);
    if (self->actions && s->include.enabled)
        self->include = match_new(&s->include, err);
    if (self->actions && s->exclude.enabled)
        self->exclude = match_new(&s->exclude, err);
    if (self->actions && !self->include == !s->include.enabled &&
        !self->exclude == !s->exclude.enabled)
        return &self->base;
    attributes_destroy(&self->base);
    return NULL;
}

const struct component_type attributes_processor = {
    .name = "attributes",
    .kind = PROCESSOR,
    .signals = SIGNALS_ALL,
    .help = "sets, removes and changes attributes of spans, log records and data points",
    .fields = fields,
    .settings_size = sizeof(struct attributes_settings),
    .check = check,
    .create = attributes_create,
    .consume = attributes_consume,
    .destroy = attributes_destroy,
};
