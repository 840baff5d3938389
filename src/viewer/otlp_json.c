/*
 * Heads and spans, each written by otlp/json_write.
 */
#include "viewer/otlp_json.h"

#include "jaeger/translate.h"
#include "otlp/json_write.h"
#include "viewer/work.h"

/* A field of two bytes may be 26 characters: "droppedAttributesCount":1 */
enum { EXPANSION_MAX = 16, MESSAGE_LEAST = 256, FIELD_HEAD = 1, FIELD_LIST = 2 };

static void put_message(struct writing *w, const struct shape *shape, struct str message)
{
    if (writing_room(w, EXPANSION_MAX * message.len + MESSAGE_LEAST))
        json_write(&w->out, shape, message);
}

/* The fields of a ResourceSpans or a ScopeSpans before its list. */
static void put_head(struct writing *w, const struct shape *shape, const struct part *part)
{
    struct wire wire = wire_of(part_str(part));
    struct wire_field field;

    while (wire_next(&wire, &field) && field.type == WIRE_BYTES) {
        const struct rule *rule = &shape->rules[field.number];

        writing_printf(w, "\"%s\":", rule->name);
        if (field.number == FIELD_HEAD)
            put_message(w, rule->shape, field.bytes);
        else
            writing_put_text(w, field.bytes);
        writing_put(w, ",");
    }
}

static const struct shape *shape_below(const struct shape *shape)
{
    return shape->rules[FIELD_LIST].shape;
}

/* Up to the spans of a scope; the resource may be open. */
static void open_scope(struct writing *w, struct trace_progress *p, const struct part *scope)
{
    const struct shape *resource_spans = shape_traces_request.rules[1].shape;

    if (p->resource == scope->above) {
        writing_put(w, ",");
    } else {
        writing_put(w, p->resource ? "]},{" : "{");
        p->resource = scope->above;
        put_head(w, resource_spans, p->resource);
        writing_put(w, "\"scopeSpans\":[");
    }
    writing_put(w, "{");
    put_head(w, shape_below(resource_spans), scope);
    writing_put(w, "\"spans\":[");
}

static void put_span(struct writing *w, struct str message, size_t *work)
{
    size_t len = w->out.len;

    put_message(w, shape_below(shape_below(shape_traces_request.rules[1].shape)), message);
    work_spend(work, WORK_WRITTEN * (w->out.len - len));
}

/* Of one scope; false: the work is done before. */
static bool put_spans(struct writing *w, struct trace_progress *p, uint32_t first, size_t *work)
{
    while (p->span > 0 && p->span <= p->spans && !w->full) {
        const struct held_span *span = &p->trace->spans[p->span - 1];

        if (*work == 0)
            return false;
        if (p->span != first)
            writing_put(w, ",");
        put_span(w, held_span_message(p->trace, span), work);
        p->span = span->next;
    }
    return true;
}

static bool end(struct writing *w, const struct trace_progress *p)
{
    writing_put(w, p->resource ? "]}]}" : "]}");
    return true;
}

void otlp_json_begin(struct writing *w)
{
    writing_put(w, "{\"resourceSpans\":[");
}

bool otlp_json_go_on(struct writing *w, struct trace_progress *p, size_t *work)
{
    for (; p->scope < p->scopes; p->scope++, p->span = 0) {
        const struct held_scope *scope = &p->trace->scopes[p->scope];

        if (scope->first == 0 || scope->first > p->spans)
            continue;
        if (p->span == 0) {
            open_scope(w, p, scope->part);
            p->span = scope->first;
        }
        if (!put_spans(w, p, scope->first, work))
            return false;
        writing_put(w, "]}");
    }
    return end(w, p);
}

bool otlp_json_go_on_with(struct writing *w, struct trace_progress *p, uint64_t span_id,
                          size_t *work)
{
    for (; p->span < p->spans && !w->full; p->span++) {
        const struct held_span *span = &p->trace->spans[p->span];
        struct str message = held_span_message(p->trace, span);
        struct span_view view;

        if (*work == 0)
            return false;
        work_spend(work, WORK_SPAN + message.len);
        span_read(message, &view);
        if (id_of(view.trace_id, view.span_id).span != span_id)
            continue;
        open_scope(w, p, held_span_scope(p->trace, span));
        put_span(w, message, work);
        writing_put(w, "]}");
    }
    return end(w, p);
}
