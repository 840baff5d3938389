/*
 * Walks the slices of a batch. Zipkin has no resources and no scopes: what they say becomes tags of
 * each of their spans, in front of its own, so that for its readers the span's own counts where
 * keys are the same.
 */
#include "zipkin/write.h"

#include <stdlib.h>

#include "base/budget.h"
#include "base/mem.h"

struct cursor {
    size_t slice;
    uint32_t done; /* items of this slice */
};

struct zipkin_writer {
    const struct batch *batch;
    const struct zipkin_form *form;
    struct str default_name;
    struct cursor cursor, start; /* start: of the body that came last */

    const struct payload *payload; /* of these; NULL: of none */
    uint32_t scope;
    struct str service_name;
    struct buf tags; /* of the resource and the scope */
    struct buf scratch;
    size_t counted; /* bytes of both in the memory budget */
};

struct zipkin_writer *zipkin_writer_new(const struct batch *batch, const struct zipkin_form *form,
                                        struct str default_name)
{
    struct zipkin_writer *w = mem_zero(sizeof(*w));

    w->batch = batch;
    w->form = form;
    w->default_name = default_name;
    return w;
}

void zipkin_writer_free(struct zipkin_writer *w)
{
    if (!w)
        return;
    budget_release(w->counted);
    buf_done(&w->tags);
    buf_done(&w->scratch);
    free(w);
}

void zipkin_writer_again(struct zipkin_writer *w)
{
    w->cursor = w->start;
}

static void put_tags(struct zipkin_writer *w, struct repeated attributes)
{
    struct attribute_view attribute;

    while (attribute_next(&attributes, &attribute))
        if (!str_is(attribute.key, "service.name"))
            w->form->tag(&w->tags, attribute.key, zipkin_text(&attribute.value, &w->scratch));
}

/* By today's name and by that of old. */
static void put_scope_tag(struct zipkin_writer *w, struct str name, struct str old_name,
                          struct str value)
{
    if (value.len == 0)
        return;
    w->form->tag(&w->tags, name, value);
    w->form->tag(&w->tags, old_name, value);
}

/* Makes what the spans of a scope have in common. */
static void enter_scope(struct zipkin_writer *w, const struct payload *payload, uint32_t index)
{
    const struct payload_scope *scope = &payload->scopes[index];
    struct str resource = payload_str(payload, payload->resources[scope->resource].resource);
    struct resource_view resource_view;
    struct scope_view scope_view;

    w->payload = payload;
    w->scope = index;
    w->service_name = zipkin_service_name(resource);
    if (w->service_name.len == 0)
        w->service_name = w->default_name;
    buf_reset(&w->tags);
    resource_read(resource, &resource_view);
    put_tags(w, resource_view.attributes);
    scope_read(payload_str(payload, scope->scope), &scope_view);
    put_scope_tag(w, STR("otel.scope.name"), STR("otel.library.name"), scope_view.name);
    put_scope_tag(w, STR("otel.scope.version"), STR("otel.library.version"), scope_view.version);
    put_tags(w, scope_view.attributes);
}

static bool is_in_scope(const struct zipkin_writer *w, const struct payload *payload, uint32_t item)
{
    const struct payload_scope *scope;

    if (w->payload != payload)
        return false;
    scope = &payload->scopes[w->scope];
    return item >= scope->first && item < scope->first + scope->count;
}

static void put_item(struct zipkin_writer *w, const struct payload *payload, uint32_t item,
                     struct buf *out)
{
    struct zipkin_span span;

    if (!is_in_scope(w, payload, item))
        enter_scope(w, payload, payload_scope_of(payload, item));
    zipkin_span_read(payload_str(payload, payload->items[item]), w->service_name, &span);
    w->form->span(out, &span, buf_str(&w->tags), &w->scratch);
}

/* What is needed to send what is held is not reserved, but counted. */
static void count_memory(struct zipkin_writer *w)
{
    size_t now = w->tags.cap + w->scratch.cap;

    budget_add(now);
    budget_release(w->counted);
    w->counted = now;
}

size_t zipkin_writer_next(struct zipkin_writer *w, size_t most_bytes, size_t most_spans,
                          struct buf *out)
{
    size_t count = 0;

    w->start = w->cursor;
    while (w->cursor.slice < w->batch->slice_count && count < most_spans && out->len < most_bytes) {
        const struct slice *slice = &w->batch->slices[w->cursor.slice];

        if (w->cursor.done == slice->count) {
            w->cursor = (struct cursor){.slice = w->cursor.slice + 1};
            continue;
        }
        buf_append_str(out, count == 0 ? w->form->open : w->form->between);
        put_item(w, slice->payload, slice->first + w->cursor.done++, out);
        count++;
    }
    if (count > 0)
        buf_append_str(out, w->form->close);
    count_memory(w);
    return count;
}
