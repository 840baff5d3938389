/*
 * Changes what statements say, one after the other: each sees what those before it have done.
 *
 * Statements are about one context each, and change its own message: resources, scopes, spans,
 * metrics, data points, log records. A message that no statement changes is not copied.
 */
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "otlp/metric_write.h"
#include "ottl/statement.h"
#include "pipeline/rewriting.h"
#include "processors/ottl_rules.h"

enum { KEPT_BYTES = 64 << 10 };

struct transform_settings {
    unsigned error_mode;
    const struct node *trace_statements, *metric_statements, *log_statements;
    struct ottl_rules rules; /* derived */
};

struct compiled {
    const struct ottl_rule *rule;
    struct ottl_statement *statement;
    struct log_limit log;
};

struct transform_processor {
    struct component base;
    struct compiled *at;
    size_t count;
    bool has[SIGNAL_KINDS][OTTL_CONTEXTS];
    bool propagates, failed;
    struct error why, failure;    /* of the statement that failed last, and that refuses the data */
    struct attributes attributes; /* of the message that is changed */
    struct buf steps[2];          /* what the statement before has made of it, in turns */
    struct buf changed_metric;    /* before its data points are looked at */

    /* What the walk looks at: */
    enum signal signal;
    struct ottl_data data;
    struct resource_view resource;
    struct scope_view scope;
    struct span_view span;
    struct metric_view metric;
    struct point_view point;
    struct log_record_view log;
};

static const struct field fields[] = {
    FIELD_CHOICE(struct transform_settings, error_mode, "error_mode", "ignore", error_modes,
                 "a statement that fails changes nothing: ignore logs it, silent does not; "
                 "propagate refuses the data"),
    FIELD_NODE(struct transform_settings, trace_statements, "trace_statements",
               "such as set(span.attributes[\"a\"], 1) where span.kind == 2, or {context, "
               "error_mode, statements}; docs/ottl.md"),
    FIELD_NODE(struct transform_settings, metric_statements, "metric_statements",
               "the same for metrics and data points"),
    FIELD_NODE(struct transform_settings, log_statements, "log_statements", "the same for logs"),
    FIELD_END,
};

static void check(void *settings, const struct node *node, struct problems *problems)
{
    struct transform_settings *s = settings;

    (void)node;
    s->rules.statements = true;
    ottl_rules_add_any(&s->rules, TRACES, s->trace_statements, s->error_mode, problems);
    ottl_rules_add_any(&s->rules, METRICS, s->metric_statements, s->error_mode, problems);
    ottl_rules_add_any(&s->rules, LOGS, s->log_statements, s->error_mode, problems);
}

static void fail(struct transform_processor *self, struct compiled *compiled)
{
    const struct ottl_rule *rule = compiled->rule;

    if (rule->error_mode == ERROR_IGNORE)
        log_limited(
            &compiled->log, LOG_WARN, self->base.where,
            "changes nothing: %s: %s (if this is as it should be, error_mode: silent keeps quiet)",
            rule->text, self->why.text);
    if (rule->error_mode != ERROR_PROPAGATE || self->failed)
        return;
    self->failed = true;
    error_set(&self->failure, "%s: %s", self->why.text, rule->text);
}

/* The context's view of its message as it is by now. */
static void look(struct transform_processor *self, enum ottl_context context, struct str message)
{
    switch (context) {
    case OTTL_RESOURCE:
        resource_read(message, &self->resource);
        break;
    case OTTL_SCOPE:
        scope_read(message, &self->scope);
        break;
    case OTTL_SPAN:
        span_read(message, &self->span);
        break;
    case OTTL_METRIC:
        metric_read(message, &self->metric);
        break;
    case OTTL_DATAPOINT:
        point_read(self->metric.kind, message, &self->point);
        break;
    default:
        log_record_read(message, &self->log);
        break;
    }
}

/* What a large message needed goes back. */
static void lighten(struct buf *buf)
{
    if (buf->cap > KEPT_BYTES)
        buf_done(buf);
}

/* Runs the statements of a context. number: of the field with the message's attributes. */
static enum rewrite transform(struct transform_processor *self, enum ottl_context context,
                              struct str message, uint32_t number, struct buf *out)
{
    struct str now = message;
    unsigned turn = 0;
    bool changed = false;

    look(self, context, message);
    if (!self->has[self->signal][context])
        return REWRITE_KEEP;
    for (size_t i = 0; i < self->count; i++) {
        struct compiled *compiled = &self->at[i];
        struct buf *step = &self->steps[turn];

        if (compiled->rule->signal != self->signal || compiled->rule->context != context)
            continue;
        buf_reset(step);
        switch (ottl_statement_run(compiled->statement, &self->data, now, number, &self->attributes,
                                   step, &self->why)) {
        case OTTL_TRUE:
            now = buf_str(step);
            turn = !turn;
            changed = true;
            look(self, context, now);
            break;
        case OTTL_FAILED:
            fail(self, compiled);
            break;
        case OTTL_FALSE:
            break;
        }
    }
    if (changed)
        buf_append_str(out, now);
    lighten(&self->steps[0]);
    lighten(&self->steps[1]);
    return changed ? REWRITE_CHANGE : REWRITE_KEEP;
}

static enum rewrite on_resource(void *arg, enum signal signal, struct str resource, struct buf *out)
{
    struct transform_processor *self = arg;

    self->signal = signal;
    return transform(self, OTTL_RESOURCE, resource, ATTRIBUTES_OF_RESOURCE, out);
}

static enum rewrite on_scope(void *arg, enum signal signal, struct str resource, struct str scope,
                             struct buf *out)
{
    struct transform_processor *self = arg;

    self->signal = signal;
    look(self, OTTL_RESOURCE, resource);
    return transform(self, OTTL_SCOPE, scope, ATTRIBUTES_OF_SCOPE, out);
}

static enum rewrite on_point(void *arg, enum metric_kind kind, struct str message, struct buf *out)
{
    return transform(arg, OTTL_DATAPOINT, message, point_attributes_number(kind), out);
}

static enum rewrite transform_metric(struct transform_processor *self, struct str item,
                                     struct buf *out)
{
    enum rewrite verdict, points;

    buf_reset(&self->changed_metric);
    verdict = transform(self, OTTL_METRIC, item, 0, &self->changed_metric);
    if (verdict == REWRITE_CHANGE)
        item = buf_str(&self->changed_metric);
    look(self, OTTL_METRIC, item);
    points = self->has[METRICS][OTTL_DATAPOINT] ? metric_rewrite(item, on_point, self, out)
                                                : REWRITE_KEEP;
    if (points == REWRITE_KEEP && verdict == REWRITE_CHANGE)
        buf_append_str(out, item);
    lighten(&self->changed_metric);
    return points == REWRITE_KEEP ? verdict : points;
}

static enum rewrite on_item(void *arg, const struct rewrite_place *place, struct str item,
                            struct buf *out)
{
    static const enum ottl_context contexts[SIGNAL_KINDS] = {OTTL_SPAN, OTTL_METRIC, OTTL_LOG};
    struct transform_processor *self = arg;

    self->signal = place->signal;
    if (!self->has[place->signal][contexts[place->signal]] &&
        !(place->signal == METRICS && self->has[METRICS][OTTL_DATAPOINT]))
        return REWRITE_KEEP;
    look(self, OTTL_RESOURCE, place->resource);
    look(self, OTTL_SCOPE, place->scope);
    switch (place->signal) {
    case TRACES:
        return transform(self, OTTL_SPAN, item, ATTRIBUTES_OF_SPAN, out);
    case METRICS:
        return transform_metric(self, item, out);
    default:
        return transform(self, OTTL_LOG, item, ATTRIBUTES_OF_LOG_RECORD, out);
    }
}

static const struct rewriter rewriter = {
    .resource = on_resource, .scope = on_scope, .item = on_item};

static struct result transform_consume(struct component *base, struct batch *batch)
{
    struct transform_processor *self = (struct transform_processor *)base;
    struct batch *rewritten;

    self->failed = false;
    if (self->propagates && batch_rewrite(batch, &rewriter, self, &rewritten))
        batch_unref(rewritten);
    if (self->failed)
        return result_rejected(self->failure.text);
    return rewrite_and_pass(base, batch, &rewriter, self);
}

static void transform_destroy(struct component *base)
{
    struct transform_processor *self = (struct transform_processor *)base;

    for (size_t i = 0; i < self->count; i++)
        ottl_statement_free(self->at[i].statement);
    free(self->at);
    attributes_done(&self->attributes);
    buf_done(&self->steps[0]);
    buf_done(&self->steps[1]);
    buf_done(&self->changed_metric);
    free(self);
}

static struct component *transform_create(const void *settings, struct worker *worker,
                                          struct error *err)
{
    struct transform_processor *self = mem_zero(sizeof(*self));
    const struct ottl_rules *rules = &((const struct transform_settings *)settings)->rules;

    (void)worker;
    self->data = (struct ottl_data){.resource = &self->resource,
                                    .scope = &self->scope,
                                    .span = &self->span,
                                    .metric = &self->metric,
                                    .point = &self->point,
                                    .log = &self->log};
    self->at = mem_zero((rules->count + 1) * sizeof(self->at[0]));
    for (; self->count < rules->count; self->count++) {
        const struct ottl_rule *rule = &rules->at[self->count];
        struct compiled *compiled = &self->at[self->count];

        compiled->rule = rule;
        compiled->statement =
            ottl_statement_new(str_of(rule->text), rule->context, rule->prefixed, err);
        if (!compiled->statement) {
            transform_destroy(&self->base);
            return NULL;
        }
        self->has[rule->signal][rule->context] = true;
        self->propagates |= rule->error_mode == ERROR_PROPAGATE;
    }
    return &self->base;
}

const struct component_type transform_processor = {
    .name = "transform",
    .kind = PROCESSOR,
    .signals = SIGNALS_ALL,
    .help = "changes what OTTL statements say",
    .fields = fields,
    .settings_size = sizeof(struct transform_settings),
    .check = check,
    .create = transform_create,
    .consume = transform_consume,
    .destroy = transform_destroy,
};
