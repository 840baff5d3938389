/*
 * Statements of OTTL on one message: OTLP/JSON goes in, and what has become of it comes out.
 */
#pragma once

#include "base/budget.h"
#include "otlp/json_read.h"
#include "otlp/json_write.h"
#include "otlp/metric_write.h"
#include "ottl/statement.h"
#include "unit/check.h"

struct statement_fixture {
    struct attributes attributes;
    struct buf text; /* what came out */
};

/* The shape of the message that a context is about. */
static inline const struct shape *statement_shape(enum ottl_context context)
{
    static const struct shape *const requests[] = {&shape_traces_request, &shape_metrics_request,
                                                   &shape_logs_request};
    enum signal signal = context == OTTL_LOG ? LOGS : context == OTTL_METRIC ? METRICS : TRACES;
    const struct shape *group = requests[signal]->rules[1].shape, *scope = group->rules[2].shape;

    switch (context) {
    case OTTL_RESOURCE:
        return group->rules[1].shape;
    case OTTL_SCOPE:
        return scope->rules[1].shape;
    case OTTL_SPANEVENT:
        return scope->rules[2].shape->rules[SPAN_EVENTS].shape;
    default:
        return scope->rules[2].shape;
    }
}

/* The data of a message that has nothing around it. */
static inline struct ottl_data statement_data(enum ottl_context context, struct str message)
{
    static struct resource_view resource;
    static struct scope_view scope;
    static struct span_view span;
    static struct event_view event;
    static struct metric_view metric;
    static struct log_record_view log;

    resource_read(context == OTTL_RESOURCE ? message : STR(""), &resource);
    scope_read(context == OTTL_SCOPE ? message : STR(""), &scope);
    span_read(context == OTTL_SPAN ? message : STR(""), &span);
    event_read(context == OTTL_SPANEVENT ? message : STR(""), &event);
    metric_read(context == OTTL_METRIC ? message : STR(""), &metric);
    log_record_read(context == OTTL_LOG ? message : STR(""), &log);
    return (struct ottl_data){.resource = &resource,
                              .scope = &scope,
                              .span = &span,
                              .event = &event,
                              .metric = &metric,
                              .log = &log};
}

static inline void statement_quotes(struct buf *text, char from, char to)
{
    for (size_t i = 0; i < text->len; i++)
        text->at[i] = text->at[i] == from ? to : text->at[i];
}

/* The message after the statement, "same", or "failed: why"; good until the next. Strings of JSON
 * stand in single quotes. */
static inline const char *statement_after(struct statement_fixture *f, enum ottl_context context,
                                          const char *statement, const char *json)
{
    static const uint32_t numbers[OTTL_CONTEXTS] = {[OTTL_RESOURCE] = ATTRIBUTES_OF_RESOURCE,
                                                    [OTTL_SCOPE] = ATTRIBUTES_OF_SCOPE,
                                                    [OTTL_SPAN] = ATTRIBUTES_OF_SPAN,
                                                    [OTTL_SPANEVENT] = ATTRIBUTES_OF_EVENT,
                                                    [OTTL_LOG] = ATTRIBUTES_OF_LOG_RECORD};
    struct error err = {""};
    struct ottl_statement *compiled = ottl_statement_new(str_of(statement), context, false, &err);
    const struct shape *shape = statement_shape(context);
    struct buf quoted = {0}, out = {0};
    struct json_report report;
    struct ottl_data data;
    struct bytes *message;

    ck_assert_msg(compiled, "%s: %s", statement, err.text);
    buf_append_str(&quoted, str_of(json));
    statement_quotes(&quoted, '\'', '"');
    message = json_read(shape, buf_str(&quoted), &report);
    ck_assert_msg(message, "%s: %s", report.why, json);
    data = statement_data(context, bytes_str(message));
    buf_reset(&f->text);
    switch (ottl_statement_run(compiled, &data, bytes_str(message), numbers[context],
                               &f->attributes, &out, &err)) {
    case OTTL_TRUE:
        json_write(&f->text, shape, buf_str(&out));
        statement_quotes(&f->text, '"', '\'');
        break;
    case OTTL_FALSE:
        buf_append_str(&f->text, STR("same"));
        break;
    case OTTL_FAILED:
        buf_printf(&f->text, "failed: %s", err.text);
        break;
    }
    bytes_unref(message);
    buf_done(&quoted);
    buf_done(&out);
    ottl_statement_free(compiled);
    return buf_text(&f->text);
}

static inline void statement_done(struct statement_fixture *f)
{
    attributes_done(&f->attributes);
    buf_done(&f->text);
    ck_assert_uint_eq(budget_used(), 0);
}
