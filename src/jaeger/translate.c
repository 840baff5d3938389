/*
 * From OTLP's model to Jaeger's. The rules are those of the OpenTelemetry Collector's own Jaeger
 * exporter, with the exceptions that docs/jaeger.md lists.
 */
#include "jaeger/translate.h"

uint64_t id_number(const char *at)
{
    uint64_t id;

    memcpy(&id, at, sizeof(id));
    return __builtin_bswap64(id);
}

struct jaeger_id id_of(struct str trace_id, struct str span_id)
{
    struct jaeger_id id = {0};

    if (trace_id.len == 16) {
        id.trace_high = id_number(trace_id.at);
        id.trace_low = id_number(trace_id.at + 8);
    }
    if (span_id.len == 8)
        id.span = id_number(span_id.at);
    return id;
}

static bool same_trace(const struct jaeger_id *a, const struct jaeger_id *b)
{
    return a->trace_low == b->trace_low && a->trace_high == b->trace_high;
}

/* OpenTracing's shims keep the type of a reference in an attribute; the first of its key counts. */
static void link_to_reference(struct str message, struct reference *ref)
{
    struct attribute_view attribute;
    struct link_view link;

    link_read(message, &link);
    ref->id = id_of(link.trace_id, link.span_id);
    ref->type = FOLLOWS_FROM;
    while (attribute_next(&link.attributes, &attribute)) {
        if (!str_is(attribute.key, "opentracing.ref_type"))
            continue;
        if (attribute.value.kind == VALUE_STRING && str_is(attribute.value.bytes, "child_of"))
            ref->type = CHILD_OF;
        return;
    }
}

/* A link to the parent has no reference of its own, it says of which type the parent's is. */
static bool is_parent(const struct references *refs, const struct reference *ref)
{
    return refs->parent != 0 && ref->id.span == refs->parent && same_trace(&ref->id, &refs->id);
}

/*
 * The parent is the first CHILD_OF reference into the span's own trace, else the first FOLLOWS_FROM
 * reference into it. A link of a span to itself never is: viewers would draw it without end.
 */
static void links_count(struct references *refs)
{
    struct repeated links = refs->links;
    uint64_t first[2] = {0, 0}; /* span ids of references into the own trace, by type */
    bool found[2] = {false, false};
    struct reference ref;
    struct str message;

    while (repeated_next(&links, &message)) {
        link_to_reference(message, &ref);
        if (is_parent(refs, &ref)) {
            refs->type = ref.type;
            continue;
        }
        refs->count++;
        if (found[ref.type] || !same_trace(&ref.id, &refs->id) || ref.id.span == refs->id.span)
            continue;
        found[ref.type] = true;
        first[ref.type] = ref.id.span;
    }
    if (refs->parent != 0) { /* it comes before all links */
        found[refs->type] = true;
        first[refs->type] = refs->parent;
    }
    refs->parent_span_id = first[found[CHILD_OF] ? CHILD_OF : FOLLOWS_FROM];
}

void references_read(const struct span_view *span, struct references *refs)
{
    *refs = (struct references){
        .id = id_of(span->trace_id, span->span_id),
        .parent = span->parent_span_id.len == 8 ? id_number(span->parent_span_id.at) : 0,
        .type = CHILD_OF,
        .links = span->links,
    };
    refs->count = refs->parent != 0;
    refs->parent_span_id = refs->parent;
    if (refs->links.count > 0)
        links_count(refs);
}

bool reference_next(struct references *refs, struct reference *ref)
{
    struct str message;

    if (refs->parent != 0 && refs->count > 0) {
        refs->count = 0; /* the parent's comes once, and first */
        *ref = (struct reference){.id = refs->id, .type = refs->type};
        ref->id.span = refs->parent;
        return true;
    }
    while (repeated_next(&refs->links, &message)) {
        link_to_reference(message, ref);
        if (!is_parent(refs, ref))
            return true;
    }
    return false;
}

void process_read(struct str resource, struct process *process)
{
    struct attribute_view attribute;
    struct resource_view view;
    bool named = false;

    resource_read(resource, &view);
    *process = (struct process){.attributes = view.attributes};
    if (view.attributes.count == 0)
        process->service_name = STR("OTLPResourceNoServiceName");
    while (attribute_next(&view.attributes, &attribute)) {
        if (!str_is(attribute.key, "service.name")) {
            process->count++;
        } else if (!named) { /* the first one counts, and only as a string */
            named = true;
            if (attribute.value.kind == VALUE_STRING)
                process->service_name = attribute.value.bytes;
        }
    }
}

bool process_next(struct process *process, struct attribute_view *tag)
{
    while (attribute_next(&process->attributes, tag))
        if (!str_is(tag->key, "service.name"))
            return true;
    return false;
}

static struct attribute_view text_tag(struct str key, struct str text)
{
    return (struct attribute_view){.key = key, .value = {.kind = VALUE_STRING, .bytes = text}};
}

unsigned scope_tags(struct str scope, struct attribute_view tags[SCOPE_TAGS])
{
    struct scope_view view;
    unsigned count = 0;

    scope_read(scope, &view);
    if (view.name.len > 0)
        tags[count++] = text_tag(STR("otel.scope.name"), view.name);
    if (view.version.len > 0)
        tags[count++] = text_tag(STR("otel.scope.version"), view.version);
    return count;
}

static unsigned dropped_tags(const struct span_view *span, struct attribute_view *tags)
{
    const struct {
        struct str key;
        uint32_t dropped;
    } counts[] = {
        {STR("otel.dropped_attributes_count"), span->dropped_attributes},
        {STR("otel.dropped_events_count"), span->dropped_events},
        {STR("otel.dropped_links_count"), span->dropped_links},
    };
    unsigned count = 0;

    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        if (counts[i].dropped > 0)
            tags[count++] = (struct attribute_view){
                .key = counts[i].key,
                .value = {.kind = VALUE_INT, .integer = counts[i].dropped},
            };
    return count;
}

static struct str kind_name(int32_t kind)
{
    switch (kind) {
    case SPAN_KIND_INTERNAL:
        return STR("internal");
    case SPAN_KIND_SERVER:
        return STR("server");
    case SPAN_KIND_CLIENT:
        return STR("client");
    case SPAN_KIND_PRODUCER:
        return STR("producer");
    case SPAN_KIND_CONSUMER:
        return STR("consumer");
    default:
        return STR("");
    }
}

unsigned span_tags(const struct span_view *span, struct attribute_view tags[SPAN_EXTRA_TAGS])
{
    struct str kind = kind_name(span->kind);
    unsigned count = 0;

    if (kind.len > 0)
        tags[count++] = text_tag(STR("span.kind"), kind);
    if (span->status_code == STATUS_CODE_OK) {
        tags[count++] = text_tag(STR("otel.status_code"), STR("OK"));
    } else if (span->status_code == STATUS_CODE_ERROR) {
        tags[count++] = text_tag(STR("otel.status_code"), STR("ERROR"));
        tags[count++] = (struct attribute_view){.key = STR("error"),
                                                .value = {.kind = VALUE_BOOL, .boolean = true}};
    }
    if (span->status_message.len > 0)
        tags[count++] = text_tag(STR("otel.status_description"), span->status_message);
    if (span->trace_state.len > 0)
        tags[count++] = text_tag(STR("w3c.tracestate"), span->trace_state);
    if ((span->dropped_attributes | span->dropped_events | span->dropped_links) != 0)
        count += dropped_tags(span, tags + count);
    return count;
}

bool event_tag(const struct event_view *event, struct attribute_view *tag)
{
    struct repeated attributes = event->attributes;
    struct attribute_view attribute;

    if (event->name.len == 0)
        return false;
    while (attribute_next(&attributes, &attribute))
        if (str_is(attribute.key, "event"))
            return false; /* the application's own stays, the name goes */
    *tag = text_tag(STR("event"), event->name);
    return true;
}

int64_t duration_ns(uint64_t start_ns, uint64_t end_ns)
{
    int64_t duration;

    /* Times from 2^63 on are negative, as in Go, where the numbers are signed. */
    if (__builtin_sub_overflow((int64_t)end_ns, (int64_t)start_ns, &duration))
        return (int64_t)start_ns < 0 ? INT64_MAX : INT64_MIN;
    return duration;
}
