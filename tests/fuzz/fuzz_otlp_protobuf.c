/*
 * Any bytes as a request: payload_read and the views agree with protobuf-c, stay within the body,
 * and give all memory back.
 */
#include "fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/budget.h"
#include "otlp/check.h"
#include "otlp/span.h"
#include "unit/reference.h"

static volatile uint64_t sum; /* so that no reading is optimised away */

static void touch(struct str s)
{
    for (size_t i = 0; i < s.len; i++)
        sum += (unsigned char)s.at[i];
}

static void touch_attributes(struct repeated attributes, unsigned depth);

/* depth: that is left; bytes that nobody has checked may be nested without end. */
static void touch_value(const struct value_view *value, unsigned depth)
{
    struct repeated elements;
    struct value_view element;
    struct str message;

    if (depth == 0)
        return;
    if (value->kind == VALUE_KVLIST) {
        touch_attributes(value_elements(value), depth - 1);
    } else if (value->kind == VALUE_ARRAY) {
        elements = value_elements(value);
        while (repeated_next(&elements, &message)) {
            value_read(message, &element);
            touch_value(&element, depth - 1);
        }
    } else if (value->kind == VALUE_STRING || value->kind == VALUE_BYTES) {
        touch(value->bytes);
    }
}

static void touch_attributes(struct repeated attributes, unsigned depth)
{
    struct attribute_view attribute;

    while (attribute_next(&attributes, &attribute)) {
        touch(attribute.key);
        touch_value(&attribute.value, depth);
    }
}

static void touch_span(struct str message)
{
    struct event_view event;
    struct link_view span_link;
    struct span_view span;

    span_read(message, &span);
    touch(span.trace_id);
    touch(span.span_id);
    touch(span.parent_span_id);
    touch(span.trace_state);
    touch(span.name);
    touch(span.status_message);
    touch_attributes(span.attributes, CHECK_MAX_NESTING);
    while (repeated_next(&span.events, &message)) {
        event_read(message, &event);
        touch(event.name);
        touch_attributes(event.attributes, CHECK_MAX_NESTING);
    }
    while (repeated_next(&span.links, &message)) {
        link_read(message, &span_link);
        touch(span_link.trace_id);
        touch(span_link.span_id);
        touch(span_link.trace_state);
        touch_attributes(span_link.attributes, CHECK_MAX_NESTING);
    }
}

/* Each view of each byte: a payload that was accepted. */
static void touch_payload(const struct payload *p)
{
    struct resource_view resource;
    struct scope_view scope;

    for (uint32_t i = 0; i < p->resource_count; i++) {
        resource_read(payload_str(p, p->resources[i].resource), &resource);
        touch(payload_str(p, p->resources[i].schema_url));
        touch_attributes(resource.attributes, CHECK_MAX_NESTING);
    }
    for (uint32_t i = 0; i < p->scope_count; i++) {
        scope_read(payload_str(p, p->scopes[i].scope), &scope);
        touch(payload_str(p, p->scopes[i].schema_url));
        touch(scope.name);
        touch(scope.version);
        touch_attributes(scope.attributes, CHECK_MAX_NESTING);
    }
    for (uint32_t i = 0; i < p->item_count; i++)
        touch_span(payload_str(p, p->items[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str request = {(const char *)data, size};
    struct payload_report report, again;
    const char *difference = reference_difference(TRACES, request, &report);
    struct payload *p;

    if (difference) {
        fprintf(stderr, "differs: %s\n", difference);
        abort();
    }
    p = payload_read(TRACES, reference_body(request), &report);
    if (p) {
        touch_payload(p);
        payload_unref(payload_read(TRACES, bytes_ref(p->bodies[0]), &again));
        if (again.verdict != PAYLOAD_OK || again.mended_text > 0) {
            fprintf(stderr, "what was accepted or mended is not accepted again\n");
            abort();
        }
        payload_unref(p);
    } else { /* views of bytes that nobody has checked: they keep to their range */
        touch_span(request);
    }
    if (budget_used() > 0) {
        fprintf(stderr, "%zu bytes of the budget are not given back\n", budget_used());
        abort();
    }
    return 0;
}
