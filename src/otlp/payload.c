/*
 * Checking and indexing a request.
 *
 *     measure   counts resources, scopes and items by their lengths alone; one allocation for the
 * index check     walks everything once by the shapes, and fills the index mend      only where
 * check found something to mend: a new body (mend.c), then from the start
 */
#include "otlp/payload.h"

#include <stdlib.h>

#include "base/budget.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "otlp/check.h"
#include "otlp/mend.h"
#include "otlp/metric.h"

enum {
    /* What goes with a payload wherever it is held, and is not counted one by one: slices of
       batches, the batch itself, its place in a queue, what malloc adds. */
    COMPANY = 256
};

enum { FIELD_GROUPS = 1 /* of a request */, FIELD_MEMBERS = 2 /* of ResourceSpans, ScopeSpans */ };

struct reader {
    struct payload *payload; /* being filled */
    struct payload_report *report;
    struct check_result check;
    bool twice; /* a resource or a scope came twice in its parent */
};

/* ---- measure ---- */

/* The next field of the given number that is a message; stops early where the bytes are bad. */
static bool next_message(struct wire *w, uint32_t number, struct str *message)
{
    struct wire_field f = {0};

    while (wire_next(w, &f)) {
        if (f.number == number && f.type == WIRE_BYTES) {
            *message = f.bytes;
            return true;
        }
    }
    return false;
}

static struct payload_room measure(struct str request)
{
    struct payload_room counts = {0};
    struct wire w = wire_of(request);
    struct str group, scope, item;

    while (next_message(&w, FIELD_GROUPS, &group)) {
        struct wire scopes = wire_of(group);

        counts.resources++;
        while (next_message(&scopes, FIELD_MEMBERS, &scope)) {
            struct wire items = wire_of(scope);

            counts.scopes++;
            while (next_message(&items, FIELD_MEMBERS, &item))
                counts.items++;
        }
    }
    return counts;
}

/* ---- the index ---- */

static struct range range_of(const struct reader *r, struct str s)
{
    return (struct range){(uint32_t)(s.at - r->payload->bodies[0]->at), (uint32_t)s.len};
}

static bool end_of_group(struct reader *r, const struct wire *w)
{
    if (!w->bad)
        return true;
    r->check.why = "a field is cut short or not valid";
    r->check.at = (const char *)w->at;
    return false;
}

static bool read_item(struct reader *r, const struct shape *shape, struct str item)
{
    struct payload *p = r->payload;
    uint32_t count = 1;

    r->check.invalid_id = false;
    r->check.own_ids = 0;
    if (!check_message(shape, item, &r->check))
        return false;
    if (p->points)
        count = metric_count_points(item);
    if (r->check.invalid_id || r->check.own_ids != shape->own_ids) {
        r->report->rejected += count;
        return true;
    }
    if (p->points)
        p->points[p->item_count] = count;
    p->counted += count;
    p->items[p->item_count++] = range_of(r, item);
    p->scopes[p->scope_count - 1].count++;
    return true;
}

/* Field 1 or 3 of ResourceSpans or ScopeSpans: the resource or scope, the schema_url. */
static bool read_head(struct reader *r, const struct rule *rule, const struct wire_field *f,
                      struct range *head, struct range *schema_url)
{
    if (rule->check == CHECK_TEXT) {
        *schema_url = range_of(r, f->bytes);
        r->check.wrong_text += !utf8_valid(f->bytes);
        return true;
    }
    r->twice |= head->at != 0; /* an offset is never 0: the request's own tag comes before */
    *head = range_of(r, f->bytes);
    return check_message(rule->shape, f->bytes, &r->check);
}

static bool read_scope(struct reader *r, const struct shape *shape, struct str message)
{
    struct payload *p = r->payload;
    struct payload_scope *scope = &p->scopes[p->scope_count++];
    struct wire w = wire_of(message);
    const struct rule *rule;
    struct wire_field f = {0};

    *scope = (struct payload_scope){.resource = p->resource_count - 1, .first = p->item_count};
    while (wire_next(&w, &f)) {
        if (!check_field(shape, &f, &w, &rule, &r->check))
            return false;
        if (!rule)
            continue;
        if (f.number == FIELD_MEMBERS ? !read_item(r, rule->shape, f.bytes)
                                      : !read_head(r, rule, &f, &scope->scope, &scope->schema_url))
            return false;
    }
    return end_of_group(r, &w);
}

static bool read_resource(struct reader *r, const struct shape *shape, struct str message)
{
    struct payload *p = r->payload;
    struct payload_resource *resource = &p->resources[p->resource_count++];
    struct wire w = wire_of(message);
    const struct rule *rule;
    struct wire_field f = {0};

    *resource = (struct payload_resource){0};
    while (wire_next(&w, &f)) {
        if (!check_field(shape, &f, &w, &rule, &r->check))
            return false;
        if (!rule)
            continue;
        if (f.number == FIELD_MEMBERS
                ? !read_scope(r, rule->shape, f.bytes)
                : !read_head(r, rule, &f, &resource->resource, &resource->schema_url))
            return false;
    }
    return end_of_group(r, &w);
}

static bool read_request(struct reader *r, const struct shape *shape)
{
    struct wire w = wire_of(bytes_str(r->payload->bodies[0]));
    const struct rule *rule;
    struct wire_field f = {0};

    while (wire_next(&w, &f)) {
        if (!check_field(shape, &f, &w, &rule, &r->check))
            return false;
        if (rule && !read_resource(r, rule->shape, f.bytes))
            return false;
    }
    return end_of_group(r, &w);
}

/* ---- payloads ---- */

static const struct {
    const char *too_many, *why_rejected;
} kinds[SIGNAL_KINDS] = {
    [TRACES] = {"more than 1,000,000 spans in one request",
                "trace_id must be 16 bytes and span_id 8, not all zero"},
    [METRICS] = {"more than 1,000,000 metrics in one request",
                 "an exemplar's trace_id must be 16 bytes or empty, its span_id 8 or empty"},
    [LOGS] = {"more than 1,000,000 log records in one request",
              "trace_id must be 16 bytes or empty, span_id 8 or empty"},
};

struct payload *payload_new(enum signal signal, struct bytes *body, struct payload_room room)
{
    size_t resources = room.resources * sizeof(struct payload_resource);
    size_t scopes = room.scopes * sizeof(struct payload_scope);
    size_t items = room.items * sizeof(struct range);
    size_t points = signal == METRICS ? room.items * sizeof(uint32_t) : 0;
    size_t cost = sizeof(struct payload) + resources + scopes + items + points;
    struct payload *payload;
    char *behind;

    if (!budget_reserve(cost + COMPANY))
        return NULL;
    payload = mem_alloc(cost);
    behind = (char *)(payload + 1);
    *payload = (struct payload){
        .signal = signal,
        .bodies = {body},
        .resources = (void *)behind,
        .scopes = (void *)(behind + resources),
        .items = (void *)(behind + resources + scopes),
        .points = signal == METRICS ? (void *)(behind + resources + scopes + items) : NULL,
        .cost = cost + COMPANY,
    };
    atomic_init(&payload->refs, 1);
    return payload;
}

static struct payload *refuse(struct bytes *body, struct payload_report *report, int verdict,
                              const char *why)
{
    bytes_unref(body);
    report->verdict = verdict;
    report->why = why;
    return NULL;
}

struct payload *payload_read(enum signal signal, struct bytes *body, struct payload_report *report)
{
    const struct shape *shape = signal_words[signal].request;
    struct reader reader = {.report = report};
    struct payload_room counts;

    *report = (struct payload_report){.verdict = PAYLOAD_OK};
    if (body->len > INT32_MAX)
        return refuse(body, report, PAYLOAD_MALFORMED, "the request is larger than 2 GiB");
    counts = measure(bytes_str(body));
    if (counts.items > PAYLOAD_MAX_ITEMS)
        return refuse(body, report, PAYLOAD_MALFORMED, kinds[signal].too_many);
    reader.payload = payload_new(signal, body, counts);
    if (!reader.payload)
        return refuse(body, report, PAYLOAD_NO_ROOM, "the memory budget is used up");
    if (!read_request(&reader, shape)) {
        report->at = (size_t)(reader.check.at - body->at);
        payload_unref(reader.payload);
        return refuse(NULL, report, PAYLOAD_MALFORMED, reader.check.why);
    }
    if (reader.check.wrong_text > 0 || reader.twice) {
        uint64_t mended_text = reader.check.wrong_text;
        struct payload_report again;
        struct bytes *mended = mend_request(shape, bytes_str(body));

        payload_unref(reader.payload);
        if (!mended)
            return refuse(NULL, report, PAYLOAD_NO_ROOM, "the memory budget is used up");
        reader.payload = payload_read(signal, mended, &again);
        *report = again;
        report->mended_text = mended_text;
        return reader.payload;
    }
    reader.payload->whole = report->rejected == 0;
    if (report->rejected > 0)
        report->why = kinds[signal].why_rejected;
    return reader.payload;
}

/* The first scope that ends behind the given item. */
uint32_t payload_scope_of(const struct payload *payload, uint32_t item)
{
    uint32_t low = 0, high = payload->scope_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (payload->scopes[middle].first + payload->scopes[middle].count > item)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

size_t payload_count(const struct payload *payload, uint32_t first, uint32_t count)
{
    size_t points = 0;

    if (!payload->points)
        return count;
    for (uint32_t i = first; i < first + count; i++)
        points += payload->points[i];
    return points;
}

struct payload *payload_ref(struct payload *payload)
{
    atomic_fetch_add_explicit(&payload->refs, 1, memory_order_relaxed);
    return payload;
}

static void origin_unref(struct origin *origin)
{
    if (origin && atomic_fetch_sub_explicit(&origin->refs, 1, memory_order_acq_rel) == 1)
        origin->gone(origin);
}

void payload_unref(struct payload *payload)
{
    if (!payload || atomic_fetch_sub_explicit(&payload->refs, 1, memory_order_acq_rel) > 1)
        return;
    for (unsigned i = 0; i < PAYLOAD_BODIES; i++)
        bytes_unref(payload->bodies[i]);
    bytes_unref(payload->metadata);
    budget_release(payload->cost);
    origin_unref(payload->origin);
    free(payload);
}

struct origin *origin_ref(struct origin *origin)
{
    if (origin)
        atomic_fetch_add_explicit(&origin->refs, 1, memory_order_relaxed);
    return origin;
}
