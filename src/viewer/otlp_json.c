/*
 * Heads and spans, each written by otlp/json_write.
 */
#include "viewer/otlp_json.h"

#include "otlp/json_write.h"

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

static void put_spans(struct writing *w, const struct shape *shape, const struct held_trace *trace,
                      uint32_t at)
{
    bool first = true;

    for (; at > 0 && !w->full; at = trace->spans[at - 1].next) {
        writing_comma(w, &first);
        put_message(w, shape, held_span_message(trace, &trace->spans[at - 1]));
    }
}

void otlp_json_put_trace(struct writing *w, const struct held_trace *trace)
{
    const struct shape *resource_spans = shape_traces_request.rules[1].shape;
    const struct shape *scope_spans = resource_spans->rules[FIELD_LIST].shape;
    const struct part *open = NULL;

    writing_put(w, "{\"resourceSpans\":[");
    for (size_t i = 0; i < trace->scope_count; i++) {
        const struct held_scope *scope = &trace->scopes[i];

        if (scope->first == 0)
            continue;
        if (open == scope->part->above) {
            writing_put(w, ",");
        } else {
            writing_put(w, open ? "]},{" : "{");
            open = scope->part->above;
            put_head(w, resource_spans, open);
            writing_put(w, "\"scopeSpans\":[");
        }
        writing_put(w, "{");
        put_head(w, scope_spans, scope->part);
        writing_put(w, "\"spans\":[");
        put_spans(w, scope_spans->rules[FIELD_LIST].shape, trace, scope->first);
        writing_put(w, "]}");
    }
    writing_put(w, open ? "]}]}" : "]}");
}
