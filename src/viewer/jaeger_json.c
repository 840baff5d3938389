/*
 * What of a span means what in Jaeger is said by jaeger/translate; the query API then puts tags in
 * the order of their keys, shows numbers that JavaScript would change as text, and addresses that
 * came as numbers with dots.
 */
#include "viewer/jaeger_json.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/budget.h"
#include "jaeger/translate.h"
#include "otlp/json_text.h"
#include "viewer/work.h"

#define JSON_INTEGER_MAX INT64_C(9007199254740991) /* Number.MAX_SAFE_INTEGER */

/* ---- tags ---- */

static struct str text_of(struct writing *w, const struct value_view *value)
{
    struct str text = json_text(value, &w->scratch);

    if (w->scratch.cap > w->counted) {
        budget_add(w->scratch.cap - w->counted);
        w->counted = w->scratch.cap;
    }
    return text;
}

static bool is_address(const struct attribute_view *tag)
{
    return tag->value.kind == VALUE_INT &&
           (str_is(tag->key, "ip") || str_is(tag->key, "peer.ipv4"));
}

static void put_address(struct writing *w, int64_t value)
{
    uint32_t address = (uint32_t)value;

    writing_printf(w, "\"string\",\"value\":\"%u.%u.%u.%u\"", address >> 24, address >> 16 & 0xff,
                   address >> 8 & 0xff, address & 0xff);
}

static void put_integer(struct writing *w, int64_t value)
{
    bool safe = value <= JSON_INTEGER_MAX && value >= -JSON_INTEGER_MAX;

    writing_printf(w, safe ? "\"int64\",\"value\":%" PRId64 : "\"int64\",\"value\":\"%" PRId64 "\"",
                   value);
}

static void put_double(struct writing *w, const struct value_view *value)
{
    writing_put(w, "\"float64\",\"value\":");
    if (isnan(value->number))
        writing_put(w, "\"NaN\"");
    else if (isinf(value->number))
        writing_put(w, value->number > 0 ? "\"Infinity\"" : "\"-Infinity\"");
    else
        writing_printf(w, "%.*s", STR_ARG(text_of(w, value)));
}

static void put_bytes(struct writing *w, struct str bytes)
{
    writing_put(w, "\"binary\",\"value\":");
    if (bytes.len == 0) {
        writing_put(w, "null");
    } else if (writing_room(w, 2 * bytes.len + 8)) {
        buf_append_char(&w->out, '"');
        base64_append(&w->out, bytes, true);
        buf_append_char(&w->out, '"');
    }
}

static void put_value(struct writing *w, const struct attribute_view *tag)
{
    const struct value_view *value = &tag->value;

    switch (value->kind) {
    case VALUE_BOOL:
        writing_printf(w, "\"bool\",\"value\":%s", value->boolean ? "true" : "false");
        return;
    case VALUE_INT:
        if (is_address(tag))
            put_address(w, value->integer);
        else
            put_integer(w, value->integer);
        return;
    case VALUE_DOUBLE:
        put_double(w, value);
        return;
    case VALUE_BYTES:
        put_bytes(w, value->bytes);
        return;
    case VALUE_STRING:
        writing_put(w, "\"string\",\"value\":");
        writing_put_text(w, value->bytes);
        return;
    case VALUE_ARRAY:
    case VALUE_KVLIST:
        writing_put(w, "\"string\",\"value\":");
        writing_put_text(w, text_of(w, value));
        return;
    case VALUE_EMPTY:
        break;
    }
    writing_put(w, "\"string\",\"value\":\"\"");
}

static void tag_add(struct writing *w, const struct attribute_view *tag)
{
    if (writing_tag_room(w))
        w->tags[w->tag_count++] = *tag;
}

/* Keys that are equal stay in their order: qsort() of glibc is stable, but does not promise it. */
static int tag_compare(const void *a, const void *b)
{
    const struct attribute_view *left = a, *right = b;
    int order = str_cmp(left->key, right->key);

    return order != 0 ? order : (int)left->value.kind - (int)right->value.kind;
}

/* Those that were added, the first ones as they stand; then there are none. */
static void put_tags(struct writing *w, size_t first_ones)
{
    bool first = true;

    if (w->tag_count > first_ones)
        qsort(w->tags + first_ones, w->tag_count - first_ones, sizeof(*w->tags), tag_compare);
    writing_put(w, "[");
    for (size_t i = 0; i < w->tag_count; i++) {
        writing_comma(w, &first);
        writing_put(w, "{\"key\":");
        writing_put_text(w, w->tags[i].key);
        writing_put(w, ",\"type\":");
        put_value(w, &w->tags[i]);
        writing_put(w, "}");
    }
    writing_put(w, "]");
    w->tag_count = 0;
}

static void add_attributes(struct writing *w, struct repeated attributes)
{
    struct attribute_view attribute;

    while (attribute_next(&attributes, &attribute))
        tag_add(w, &attribute);
}

static void put_span_tags(struct writing *w, const struct span_view *span, struct str scope)
{
    struct attribute_view extra[SPAN_EXTRA_TAGS];
    unsigned count = scope_tags(scope, extra);

    for (unsigned i = 0; i < count; i++)
        tag_add(w, &extra[i]);
    add_attributes(w, span->attributes);
    count = span_tags(span, extra);
    for (unsigned i = 0; i < count; i++)
        tag_add(w, &extra[i]);
    put_tags(w, 0);
}

/* ---- spans ---- */

/* Returns how many were left out: those that refer to nothing. */
static unsigned put_references(struct writing *w, const struct span_view *span)
{
    struct references references;
    struct reference ref;
    unsigned left_out = 0;
    bool first = true;

    references_read(span, &references);
    writing_put(w, "[");
    while (reference_next(&references, &ref)) {
        if (ref.id.trace_high == 0 && ref.id.trace_low == 0) {
            left_out++;
            continue;
        }
        writing_comma(w, &first);
        writing_printf(w, "{\"refType\":\"%s\",\"traceID\":",
                       ref.type == CHILD_OF ? "CHILD_OF" : "FOLLOWS_FROM");
        writing_put_trace_id(w, ref.id.trace_high, ref.id.trace_low);
        writing_printf(w, ",\"spanID\":\"%016" PRIx64 "\"}", ref.id.span);
    }
    writing_put(w, "]");
    return left_out;
}

static void put_logs(struct writing *w, struct repeated events)
{
    struct attribute_view name;
    struct event_view event;
    struct str message;
    bool first = true;

    writing_put(w, "[");
    while (repeated_next(&events, &message)) {
        bool named;

        event_read(message, &event);
        named = event_tag(&event, &name);
        writing_comma(w, &first);
        writing_printf(w, "{\"timestamp\":%" PRId64 ",\"fields\":", (int64_t)event.time_ns / 1000);
        if (named)
            tag_add(w, &name);
        add_attributes(w, event.attributes);
        put_tags(w, named);
        writing_put(w, "}");
    }
    writing_put(w, "]");
}

static void put_warnings(struct writing *w, const struct span_view *span, unsigned references)
{
    bool first = true, backwards = duration_ns(span->start_ns, span->end_ns) < 0;

    if (!backwards && references == 0) {
        writing_put(w, "null");
        return;
    }
    writing_put(w, "[");
    if (backwards) {
        writing_comma(w, &first);
        writing_put(w, "\"the span ends before it begins: its duration is shown as 0\"");
    }
    for (unsigned i = 0; i < references; i++) {
        writing_comma(w, &first);
        writing_put(w, "\"a reference to no trace was left out\"");
    }
    writing_put(w, "]");
}

static void put_span(struct writing *w, const struct held_trace *trace,
                     const struct held_span *span)
{
    const struct part *scope = held_span_scope(trace, span);
    struct span_view view;
    struct jaeger_id id;
    unsigned left_out;

    span_read(held_span_message(trace, span), &view);
    id = id_of(view.trace_id, view.span_id);
    writing_put(w, "{\"traceID\":");
    writing_put_trace_id(w, id.trace_high, id.trace_low);
    writing_printf(w, ",\"spanID\":\"%016" PRIx64 "\",\"operationName\":", id.span);
    writing_put_text(w, view.name);
    writing_put(w, ",\"references\":");
    left_out = put_references(w, &view);
    writing_printf(w, ",\"startTime\":%" PRId64 ",\"duration\":%" PRId64 ",\"tags\":",
                   (int64_t)span->start_ns / 1000, span->duration_ns / 1000);
    put_span_tags(w, &view, part_message(scope));
    writing_put(w, ",\"logs\":");
    put_logs(w, view.events);
    writing_printf(w, ",\"processID\":\"p%u\",\"warnings\":", (unsigned)scope->above->number);
    put_warnings(w, &view, left_out);
    writing_put(w, "}");
}

/* ---- processes ---- */

/* Has it spans that are written? */
static bool is_used(const struct trace_progress *p, size_t scope)
{
    uint32_t first = p->trace->scopes[scope].first;

    return first > 0 && first <= p->spans;
}

static void put_processes(struct writing *w, const struct trace_progress *p)
{
    uint32_t count = 0;
    bool first = true;

    for (size_t i = 0; i < p->scopes; i++) {
        const struct part *resource = p->trace->scopes[i].part->above;
        struct attribute_view tag;
        struct process process;

        if (!is_used(p, i) || resource->number != count + 1)
            continue;
        count++;
        writing_comma(w, &first);
        writing_printf(w, "\"p%u\":{\"serviceName\":", (unsigned)count);
        writing_put_text(w, part_str(resource->above));
        writing_put(w, ",\"tags\":");
        process_read(part_message(resource), &process);
        while (process_next(&process, &tag))
            tag_add(w, &tag);
        put_tags(w, 0);
        writing_put(w, "}");
    }
}

void jaeger_json_begin(struct writing *w, struct trace_store *store, const struct trace_progress *p)
{
    uint32_t count = 0;

    part_walk(&store->parts);
    for (size_t i = 0; i < p->scopes; i++)
        if (is_used(p, i) && part_is_new(&store->parts, p->trace->scopes[i].part->above, count + 1))
            count++;
    writing_put(w, "{\"traceID\":");
    writing_put_trace_id(w, id_number(p->trace->id), id_number(p->trace->id + 8));
    writing_put(w, ",\"spans\":[");
}

static void put_end(struct writing *w, const struct trace_progress *p)
{
    const struct held_trace *trace = p->trace;

    writing_put(w, "],\"processes\":{");
    put_processes(w, p);
    writing_put(w, "},\"warnings\":");
    if (trace->left_out > 0)
        writing_printf(w,
                       "[\"%zu spans are missing: the trace has more than max_memory_mib "
                       "allows for one\"]",
                       trace->left_out);
    else
        writing_put(w, "null");
    writing_put(w, "}");
}

bool jaeger_json_go_on(struct writing *w, struct trace_progress *p, size_t *work)
{
    for (; p->span < p->spans && !w->full; p->span++) {
        size_t len = w->out.len;

        if (*work == 0)
            return false;
        if (p->span > 0)
            writing_put(w, ",");
        put_span(w, p->trace, &p->trace->spans[p->span]);
        work_spend(work, WORK_WRITTEN * (w->out.len - len));
    }
    put_end(w, p);
    return true;
}
