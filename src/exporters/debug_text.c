/*
 * Batches as text. The detailed form follows what people know from the official collector:
 *
 *     ResourceSpans #0
 *     Resource SchemaURL: https://opentelemetry.io/schemas/1.26.0
 *     Resource attributes:
 *          -> service.name: Str(shop)
 *     ScopeSpans #0
 *     ScopeSpans SchemaURL:
 *     InstrumentationScope checkout 1.0
 *     Span #0
 *         Trace ID       : 0102...
 */
#include "exporters/debug_text.h"

#include "exporters/debug_put.h"
#include "otlp/group.h"

static const struct words { /* of a signal */
    const char *resource, *scope;
    void (*block)(struct buf *out, struct str message, size_t n);
    void (*line)(struct buf *out, struct str message);
} words_of[SIGNAL_KINDS] = {
    [TRACES] = {"ResourceSpans", "ScopeSpans", debug_span_block, debug_span_line},
    [METRICS] = {"ResourceMetrics", "ScopeMetrics", debug_metric_block, debug_metric_line},
    [LOGS] = {"ResourceLog", "ScopeLogs", debug_log_record_block, debug_log_record_line},
};

static void put_schema_url(struct buf *out, const char *label, const struct payload *payload,
                           struct range url)
{
    buf_printf(out, "%s SchemaURL: ", label);
    debug_put_text(out, payload_str(payload, url));
    buf_append_char(out, '\n');
}

static void put_scope(struct buf *out, const struct words *words, const struct group_run *run,
                      size_t n)
{
    struct scope_view scope;

    scope_read(group_run_scope(run), &scope);
    buf_printf(out, "%s #%zu\n", words->scope, n);
    put_schema_url(out, words->scope, run->payload, run->payload->scopes[run->scope].schema_url);
    buf_printf(out, "InstrumentationScope ");
    debug_put_text(out, scope.name);
    buf_append_char(out, ' ');
    debug_put_text(out, scope.version);
    buf_append_char(out, '\n');
    if (scope.attributes.count > 0)
        buf_printf(out, "InstrumentationScope attributes:\n");
    debug_put_attributes(out, scope.attributes, "     ");
}

static void put_group(struct buf *out, const struct words *words, const struct group *group,
                      size_t n)
{
    const struct payload *first = group->runs->payload;
    const struct group_run *run = NULL;
    struct group_cursor cursor = {0};
    struct resource_view resource;
    size_t scopes = 0, items = 0;
    struct str item;

    resource_read(group->resource, &resource);
    buf_printf(out, "%s #%zu\n", words->resource, n);
    put_schema_url(out, "Resource", first,
                   first->resources[first->scopes[group->runs->scope].resource].schema_url);
    if (resource.attributes.count > 0)
        buf_printf(out, "Resource attributes:\n");
    debug_put_attributes(out, resource.attributes, "     ");
    while (group_next(group, &cursor, &item)) {
        if (cursor.run != run) {
            run = cursor.run;
            put_scope(out, words, run, scopes++);
            items = 0;
        }
        words->block(out, item, items++);
    }
}

size_t debug_text(struct buf *out, const struct batch *batch, enum verbosity verbosity)
{
    const struct words *words = &words_of[batch->signal];
    struct groups *groups = groups_new(batch);
    size_t count = groups->count;
    struct str item;

    for (size_t g = 0; g < groups->count && verbosity != VERBOSITY_BASIC; g++) {
        struct group_cursor cursor = {0};

        if (verbosity == VERBOSITY_DETAILED)
            put_group(out, words, &groups->at[g], g);
        else
            while (group_next(&groups->at[g], &cursor, &item))
                words->line(out, item);
    }
    groups_free(groups);
    return count;
}
