/*
 * Changes what statements say, one after the other: each sees what those before it have done.
 *
 * Statements are about one context each, and change its own message: resources, scopes, spans,
 * their events, metrics, data points, log records. Those about an event may change its span, too. A
 * message that no statement changes is not copied.
 */
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "otlp/metric_write.h"
#include "otlp/wire_write.h"
#include "ottl/statement.h"
#include "pipeline/rewriting.h"
#include "processors/ottl_rules.h"

enum {
    KEPT_BYTES = 64 << 10,
    MOST_WORK = 256 << 20 /* bytes of a span that its events may have looked at and written anew */
};

struct transform_settings {
    unsigned error_mode;
    const struct node *trace_statements, *metric_statements, *log_statements;
    struct ottl_rules rules; /* derived */
};

struct compiled {
    const struct ottl_rule *rule;
    struct ottl_statement *statement;
    struct ottl_condition **conditions; /* one of which has to be true; owned where it is the first
                                           one of its group, which the next ones share; or NULL */
    struct log_limit log;
};

struct stage { /* a message on its way through the statements */
    struct str now;
    uint32_t number; /* of the field with its attributes; 0: it has none */
    struct buf steps[2];
    unsigned turn; /* the step that is written next */
    bool changed;
};

struct transform_processor {
    struct component base;
    struct compiled *at;
    size_t count;
    bool has[SIGNAL_KINDS][OTTL_CONTEXTS];
    bool propagates, failed;
    struct error why, failure;    /* of the statement that failed last, and that refuses the data */
    struct attributes attributes; /* of the message that is changed */
    struct stage stage;           /* of the message that the statements are about */
    struct stage span;            /* of the span without its events, while they are about these */
    bool lifts;                   /* there are statements about events that change the span */
    struct repeated span_events;  /* of the span, whatever it is changed to */
    struct buf head;              /* that span, before it is changed */
    size_t work;                  /* bytes of it that were looked at, again and again */
    struct buf whole;             /* the span or metric, before what is in it is looked at */
    struct buf event, events;     /* a changed one; all from the first changed one on, as fields */

    /* What the walk looks at: */
    enum signal signal;
    struct ottl_data data;
    struct resource_view resource;
    struct scope_view scope;
    struct span_view span_view;
    struct event_view event_view;
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
               "error_mode, conditions, statements}; docs/ottl.md"),
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

/* Whether one of the conditions is true that the statement shares with others of its group. */
static bool holds(struct transform_processor *self, struct compiled *compiled)
{
    bool any = !compiled->conditions;

    for (size_t i = 0; !any && i < compiled->rule->group->count; i++)
        switch (ottl_condition_holds(compiled->conditions[i], &self->data, &self->why)) {
        case OTTL_TRUE:
            any = true;
            break;
        case OTTL_FAILED:
            fail(self, compiled);
            break;
        case OTTL_FALSE:
            break;
        }
    return any;
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
        span_read(message, &self->span_view);
        break;
    case OTTL_SPANEVENT:
        event_read(message, &self->event_view);
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

static void stage_begin(struct stage *stage, struct str message, uint32_t number)
{
    stage->now = message;
    stage->number = number;
    stage->changed = false;
}

static void stage_end(struct stage *stage)
{
    lighten(&stage->steps[0]);
    lighten(&stage->steps[1]);
}

static void stage_done(struct stage *stage)
{
    buf_done(&stage->steps[0]);
    buf_done(&stage->steps[1]);
}

/* One statement. What it changes is in the next step, and looked at anew. */
static void run(struct transform_processor *self, struct compiled *compiled, struct stage *stage)
{
    struct buf *step = &stage->steps[stage->turn];

    if (stage == &self->span && (self->work += stage->now.len) > MOST_WORK) {
        error_set(&self->why, "the span is too large to be changed by so many events");
        fail(self, compiled);
        return;
    }
    buf_reset(step);
    switch (ottl_statement_run(compiled->statement, &self->data, stage->now, stage->number,
                               &self->attributes, step, &self->why)) {
    case OTTL_TRUE:
        stage->now = buf_str(step);
        stage->turn = !stage->turn;
        stage->changed = true;
        look(self, ottl_statement_target(compiled->statement), stage->now);
        if (stage == &self->span)
            self->span_view.events = self->span_events;
        break;
    case OTTL_FAILED:
        fail(self, compiled);
        break;
    case OTTL_FALSE:
        break;
    }
}

/* Runs the statements of a context. number: of the field with the message's attributes. */
static enum rewrite transform(struct transform_processor *self, enum ottl_context context,
                              struct str message, uint32_t number, struct buf *out)
{
    struct stage *stage = &self->stage;
    struct ottl_condition **conditions = NULL;
    bool go = true;

    look(self, context, message);
    if (!self->has[self->signal][context])
        return REWRITE_KEEP;
    stage_begin(stage, message, number);
    for (size_t i = 0; i < self->count; i++) {
        struct compiled *compiled = &self->at[i];

        if (compiled->rule->signal != self->signal || compiled->rule->context != context)
            continue;
        if (!conditions || compiled->conditions != conditions) /* else it is known */
            go = holds(self, compiled);
        conditions = compiled->conditions;
        if (go)
            run(self, compiled,
                ottl_statement_target(compiled->statement) == context ? stage : &self->span);
    }
    if (stage->changed)
        buf_append_str(out, stage->now);
    stage_end(stage);
    return stage->changed ? REWRITE_CHANGE : REWRITE_KEEP;
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

/* The events of the span, which the view has. From the first one that is changed on they are
 * written; returns its number, or how many there are. */
static uint32_t transform_events(struct transform_processor *self)
{
    struct repeated list = self->span_events;
    uint32_t first = list.count;
    struct str message;

    buf_reset(&self->events);
    for (uint32_t i = 0; repeated_next(&list, &message); i++) {
        enum rewrite verdict;

        buf_reset(&self->event);
        self->data.event_index = i;
        verdict = transform(self, OTTL_SPANEVENT, message, ATTRIBUTES_OF_EVENT, &self->event);
        if (verdict == REWRITE_CHANGE && i < first)
            first = i;
        if (i >= first)
            wire_put_bytes(&self->events, SPAN_EVENTS,
                           verdict == REWRITE_CHANGE ? buf_str(&self->event) : message);
    }
    return first;
}

/* The fields of the span that are no events, or those that are, before the first one. */
static void put_fields(struct str span, bool events, uint32_t first, struct buf *out)
{
    struct wire w = wire_of(span);
    struct wire_field f = {0};
    uint32_t index = 0;

    while (wire_next(&w, &f))
        if ((f.number == SPAN_EVENTS) == events && (!events || index++ < first))
            wire_put_field(out, &f);
}

/* The statements about the events of a span, which is item. */
static enum rewrite transform_inside(struct transform_processor *self, struct str item,
                                     struct buf *out)
{
    uint32_t first, count;

    look(self, OTTL_SPAN, item);
    self->span_events = self->span_view.events;
    count = self->span_events.count;
    buf_reset(&self->head);
    if (self->lifts && count > 0)
        put_fields(item, false, 0, &self->head);
    self->work = 0;
    stage_begin(&self->span, buf_str(&self->head), ATTRIBUTES_OF_SPAN);
    first = transform_events(self);
    if (first < count || self->span.changed) {
        put_fields(self->span.changed ? self->span.now : item, false, 0, out);
        put_fields(item, true, first, out);
        buf_append_str(out, buf_str(&self->events));
    }
    stage_end(&self->span);
    lighten(&self->head);
    lighten(&self->event);
    lighten(&self->events);
    return first < count || self->span.changed ? REWRITE_CHANGE : REWRITE_KEEP;
}

static enum rewrite transform_span(struct transform_processor *self, struct str item,
                                   struct buf *out)
{
    enum rewrite verdict, inside;

    if (!self->has[TRACES][OTTL_SPANEVENT])
        return transform(self, OTTL_SPAN, item, ATTRIBUTES_OF_SPAN, out);
    buf_reset(&self->whole);
    verdict = transform(self, OTTL_SPAN, item, ATTRIBUTES_OF_SPAN, &self->whole);
    if (verdict == REWRITE_CHANGE)
        item = buf_str(&self->whole);
    inside = transform_inside(self, item, out);
    if (inside == REWRITE_KEEP && verdict == REWRITE_CHANGE)
        buf_append_str(out, item);
    lighten(&self->whole);
    return inside == REWRITE_KEEP ? verdict : inside;
}

static enum rewrite on_point(void *arg, enum metric_kind kind, struct str message, struct buf *out)
{
    return transform(arg, OTTL_DATAPOINT, message, point_attributes_number(kind), out);
}

static enum rewrite transform_metric(struct transform_processor *self, struct str item,
                                     struct buf *out)
{
    enum rewrite verdict, points;

    buf_reset(&self->whole);
    verdict = transform(self, OTTL_METRIC, item, 0, &self->whole);
    if (verdict == REWRITE_CHANGE)
        item = buf_str(&self->whole);
    look(self, OTTL_METRIC, item);
    points = self->has[METRICS][OTTL_DATAPOINT] ? metric_rewrite(item, on_point, self, out)
                                                : REWRITE_KEEP;
    if (points == REWRITE_KEEP && verdict == REWRITE_CHANGE)
        buf_append_str(out, item);
    lighten(&self->whole);
    return points == REWRITE_KEEP ? verdict : points;
}

static enum rewrite on_item(void *arg, const struct rewrite_place *place, struct str item,
                            struct buf *out)
{
    static const enum ottl_context contexts[SIGNAL_KINDS] = {OTTL_SPAN, OTTL_METRIC, OTTL_LOG};
    static const enum ottl_context inner_contexts[SIGNAL_KINDS] = {OTTL_SPANEVENT, OTTL_DATAPOINT,
                                                                   OTTL_LOG};
    struct transform_processor *self = arg;

    self->signal = place->signal;
    if (!self->has[place->signal][contexts[place->signal]] &&
        !self->has[place->signal][inner_contexts[place->signal]])
        return REWRITE_KEEP;
    look(self, OTTL_RESOURCE, place->resource);
    look(self, OTTL_SCOPE, place->scope);
    switch (place->signal) {
    case TRACES:
        return transform_span(self, item, out);
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

static bool shares_conditions(const struct transform_processor *self, size_t i)
{
    return i > 0 && self->at[i].rule->group == self->at[i - 1].rule->group &&
           self->at[i].rule->context == self->at[i - 1].rule->context;
}

/* False: *err says why not; what there is by then is freed with the processor. */
static bool compile(struct transform_processor *self, size_t i, const struct ottl_rule *rule,
                    struct error *err)
{
    struct compiled *compiled = &self->at[i];

    compiled->rule = rule;
    compiled->statement =
        ottl_statement_new(str_of(rule->text), rule->context, rule->prefixed, err);
    if (shares_conditions(self, i))
        compiled->conditions = self->at[i - 1].conditions;
    else if (rule->group && !(compiled->conditions = ottl_group_compile(rule, err)))
        return false;
    return compiled->statement != NULL;
}

static void transform_destroy(struct component *base)
{
    struct transform_processor *self = (struct transform_processor *)base;

    for (size_t i = 0; i < self->count; i++) {
        ottl_statement_free(self->at[i].statement);
        if (!shares_conditions(self, i))
            ottl_group_free(self->at[i].rule->group, self->at[i].conditions);
    }
    free(self->at);
    attributes_done(&self->attributes);
    stage_done(&self->stage);
    stage_done(&self->span);
    buf_done(&self->whole);
    buf_done(&self->head);
    buf_done(&self->event);
    buf_done(&self->events);
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
                                    .span = &self->span_view,
                                    .event = &self->event_view,
                                    .metric = &self->metric,
                                    .point = &self->point,
                                    .log = &self->log};
    self->at = mem_zero((rules->count + 1) * sizeof(self->at[0]));
    while (self->count < rules->count) {
        const struct ottl_rule *rule = &rules->at[self->count];

        if (!compile(self, self->count++, rule, err)) {
            transform_destroy(&self->base);
            return NULL;
        }
        self->has[rule->signal][rule->context] = true;
        self->lifts |= ottl_statement_target(self->at[self->count - 1].statement) != rule->context;
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
