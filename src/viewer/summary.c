/*
 * Lists for the page.
 */
#include "viewer/summary.h"

#include <inttypes.h>

#include "jaeger/translate.h"

/* ---- traces ---- */

/* How many spans are of each service, from the one of the first span on. */
static void put_services_of(struct writing *w, struct trace_store *store,
                            const struct held_trace *trace)
{
    bool first = true;

    part_walk(&store->parts);
    for (size_t i = 0; i < trace->span_count; i++) {
        struct part *service = held_span_service(&trace->spans[i]);

        if (!part_is_new(&store->parts, service, 1))
            service->number++;
    }
    writing_put(w, "[");
    for (size_t i = 0; i < trace->span_count; i++) {
        struct part *service = held_span_service(&trace->spans[i]);

        if (service->number == 0)
            continue;
        writing_comma(w, &first);
        writing_put(w, "{\"name\":");
        writing_put_text(w, part_str(service));
        writing_printf(w, ",\"spans\":%" PRIu32 "}", service->number);
        service->number = 0;
    }
    writing_put(w, "]");
}

void summary_put_trace(struct writing *w, struct trace_store *store, const struct held_trace *trace)
{
    const struct held_span *root = &trace->spans[trace->root];

    writing_put(w, "{\"traceID\":");
    writing_put_trace_id(w, id_number(trace->id), id_number(trace->id + 8));
    writing_printf(w, ",\"seq\":%" PRIu64 ",\"service\":", trace->seq);
    writing_put_text(w, part_str(held_span_service(root)));
    writing_put(w, ",\"operation\":");
    writing_put_text(w, part_str(root->operation));
    writing_printf(w,
                   ",\"start\":%" PRIu64 ",\"duration\":%" PRIu64 ",\"spans\":%zu,\"errors\":%zu,"
                   "\"leftOut\":%zu,\"services\":",
                   trace->start_ns / 1000, (trace->end_ns - trace->start_ns) / 1000,
                   trace->span_count, trace->errors, trace->left_out);
    put_services_of(w, store, trace);
    writing_put(w, "}");
}

/* ---- services and operations ---- */

size_t summary_put_services(struct writing *w, const struct trace_store *store)
{
    const struct list *services = &store->parts.services;
    size_t count = 0;
    bool first = true;

    for (struct list *node = services->next; node != services; node = node->next, count++) {
        writing_comma(w, &first);
        writing_put_text(w, part_str(LIST_ENTRY(node, struct part, among)));
    }
    return count;
}

static const char *kind_name(int32_t kind)
{
    static const char *const names[] = {"", "internal", "server", "client", "producer", "consumer"};

    return names[kind]; /* the store has no others */
}

/* An operation of another kind, which comes first, has its name. */
static bool is_repeated(const struct trace_store *store, const struct part *operation)
{
    struct part_key key = {PART_OPERATION, 0, operation->above, part_str(operation)};

    for (; key.span_kind < operation->span_kind; key.span_kind++)
        if (part_find(&store->parts, &key))
            return true;
    return false;
}

size_t summary_put_operations(struct writing *w, const struct trace_store *store,
                              struct str service_name, struct str span_kind, bool kinds)
{
    const struct part_key key = {PART_SERVICE, 0, NULL, service_name};
    struct part *service = part_find(&store->parts, &key);
    size_t count = 0;
    bool first = true;

    if (!service)
        return 0;
    for (struct list *node = service->within.next; node != &service->within; node = node->next) {
        const struct part *operation = LIST_ENTRY(node, struct part, among);
        const char *kind = kind_name(operation->span_kind);

        if ((span_kind.len > 0 && !str_is(span_kind, kind)) ||
            (!kinds && is_repeated(store, operation)))
            continue;
        writing_comma(w, &first);
        if (kinds)
            writing_put(w, "{\"name\":");
        writing_put_text(w, part_str(operation));
        if (kinds)
            writing_printf(w, ",\"spanKind\":\"%s\"}", kind);
        count++;
    }
    return count;
}
