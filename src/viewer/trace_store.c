/*
 * Traces by their ids, and what they take.
 */
#include "viewer/trace_store.h"

#include <stdlib.h>

#include "base/least.h"
#include "base/mem.h"
#include "jaeger/translate.h"
#include "otlp/span.h"
#include "otlp/wire_write.h"

enum {
    SCOPES_SOUGHT = 64, /* the last scopes of a trace that are compared with the one that comes */
    SPANS_MAX = 1 << 24,
    SLOTS_FIRST = 8,
    TRACE_SHARE = 4,  /* a trace has one part of so many of the room at most */
    BUDGET_SHARE = 4, /* and the store one of the memory budget */
    TRACE_SIZE = sizeof(struct held_trace) + ROOM_OVERHEAD + sizeof(struct table_node *),
    FIRST_SPAN_SIZE = TRACE_SIZE + sizeof(struct held_span) + sizeof(struct held_scope) +
                      SLOTS_FIRST * sizeof(uint32_t)
};

struct run { /* the spans that come: of one scope of a payload */
    struct trace_store *store;
    const struct payload *payload;
    uint32_t scope;               /* index into the payload's */
    bool fits;                    /* its heads have no more than a trace may have */
    struct part *resource, *part; /* of it, one reference each; NULL: not looked up so far */
    struct buf head;
};

struct trace_store *trace_store_new(size_t most_bytes, size_t most_traces)
{
    struct trace_store *s = mem_zero(sizeof(*s));

    s->room.most = most_bytes;
    s->most = most_traces;
    parts_init(&s->parts, &s->room);
    table_init(&s->table);
    list_init(&s->traces);
    list_init(&s->walk.missed);
    trace_walk_end(s);
    return s;
}

/* ---- traces come and go ---- */

static void trace_free(struct trace_store *s, struct held_trace *t)
{
    for (size_t i = 0; i < t->span_count; i++)
        part_drop(&s->parts, t->spans[i].operation);
    for (size_t i = 0; i < t->scope_count; i++)
        part_drop(&s->parts, t->scopes[i].part);
    room_give(&s->room, t->memory);
    free(t->bytes);
    free(t->spans);
    free(t->scopes);
    free(t->slots);
    free(t);
}

/* Takes it out of the order; a walk that has it before it goes on behind it. */
static void unlist(struct trace_store *s, struct held_trace *t)
{
    if (s->walk.next == &t->by_age)
        s->walk.next = t->by_age.prev;
    list_remove(&t->by_age);
}

/* The last to have changed. */
static void enlist(struct trace_store *s, struct held_trace *t)
{
    list_push_back(&s->traces, &t->by_age);
    t->seq = ++s->seq;
}

static void trace_changes(struct trace_store *s, struct held_trace *t)
{
    if (t->seq < s->walk.at)
        list_push_back(&s->walk.missed, &t->missed);
    unlist(s, t);
    enlist(s, t);
}

static void trace_remove(struct trace_store *s, struct held_trace *t)
{
    unlist(s, t);
    list_remove(&t->missed);
    table_remove(&s->table, &t->node);
    s->count--;
    t->gone = true;
    if (!t->pinned)
        trace_free(s, t);
}

/* The oldest but for one that is spared: its place among them, or the head. False: no other. */
static bool evict(struct trace_store *s, const struct list *spared)
{
    struct list *oldest = s->traces.next;

    if (oldest == spared)
        oldest = oldest->next;
    if (oldest == &s->traces)
        return false;
    trace_remove(s, LIST_ENTRY(oldest, struct held_trace, by_age));
    s->evicted++;
    return true;
}

/* False: there is none. */
static bool evict_oldest(struct trace_store *s)
{
    return evict(s, &s->traces);
}

void trace_store_free(struct trace_store *s)
{
    while (evict_oldest(s))
        ;
    table_done(&s->table);
    parts_done(&s->parts);
    free(s);
}

static void shrink(struct trace_store *s)
{
    while ((s->count > s->most || s->room.used > s->room.most) && evict_oldest(s))
        ;
}

void trace_store_limit(struct trace_store *s, size_t most_bytes, size_t most_traces)
{
    s->room.most = most_bytes;
    s->most = most_traces;
    shrink(s);
}

struct held_trace *trace_store_find(const struct trace_store *s, struct str id)
{
    struct table_node *node = table_first(&s->table, table_hash(&s->table, id));

    for (; node; node = table_next(node)) {
        struct held_trace *t = LIST_ENTRY(node, struct held_trace, node);

        if (memcmp(t->id, id.at, TRACE_ID_SIZE) == 0)
            return t;
    }
    return NULL;
}

static struct held_trace *trace_new(struct trace_store *s, struct str id)
{
    struct held_trace *t;

    while (s->count >= s->most)
        evict_oldest(s);
    while (!room_take(&s->room, TRACE_SIZE))
        if (!evict_oldest(s))
            return NULL;
    t = mem_zero(sizeof(*t));
    t->memory = TRACE_SIZE;
    memcpy(t->id, id.at, TRACE_ID_SIZE);
    list_init(&t->missed);
    enlist(s, t);
    table_add(&s->table, &t->node, table_hash(&s->table, id));
    s->count++;
    return t;
}

/* ---- who is busy with one ---- */

void trace_pin(struct held_trace *t)
{
    t->pinned = true;
}

void trace_unpin(struct trace_store *s, struct held_trace *t)
{
    t->pinned = false;
    if (t->gone)
        trace_free(s, t);
}

/* ---- a span comes ---- */

/* Room for a number of elements in an array of the trace; others go for it. */
static bool grow(struct trace_store *s, struct held_trace *t, void *array, size_t *cap,
                 size_t count, size_t size)
{
    size_t more = *cap + *cap / 2;
    void **at = array;

    if (count <= *cap)
        return true;
    if (more < count)
        more = count;
    if (t->memory + (more - *cap) * size > s->room.most / TRACE_SHARE)
        more = count;
    if (t->memory + (more - *cap) * size > s->room.most / TRACE_SHARE)
        return false;
    while (!room_take(&s->room, (more - *cap) * size))
        if (!evict(s, &t->by_age))
            return false;
    t->memory += (more - *cap) * size;
    *at = mem_grow(*at, more * size);
    *cap = more;
    return true;
}

static void slot_put(struct held_trace *t, uint32_t hash, uint32_t span)
{
    size_t at = hash & (t->slot_cap - 1);

    while (t->slots[at] != 0)
        at = (at + 1) & (t->slot_cap - 1);
    t->slots[at] = span + 1;
}

/* Twice as many slots as spans at least. */
static bool slots_grow(struct trace_store *s, struct held_trace *t)
{
    size_t cap = t->slot_cap > 0 ? 2 * t->slot_cap : SLOTS_FIRST, had = t->slot_cap;

    if (2 * (t->span_count + 1) <= had)
        return true;
    if (!grow(s, t, &t->slots, &t->slot_cap, cap, sizeof(*t->slots)))
        return false;
    memset(t->slots, 0, t->slot_cap * sizeof(*t->slots));
    for (size_t i = 0; i < t->span_count; i++)
        slot_put(t, t->spans[i].hash, (uint32_t)i);
    return true;
}

static bool is_held(const struct held_trace *t, struct str message, uint32_t hash)
{
    if (t->slot_cap == 0)
        return false;
    for (size_t at = hash & (t->slot_cap - 1); t->slots[at] != 0;
         at = (at + 1) & (t->slot_cap - 1)) {
        const struct held_span *span = &t->spans[t->slots[at] - 1];

        if (span->hash == hash && str_eq(held_span_message(t, span), message))
            return true;
    }
    return false;
}

/* The scope's index among those of the trace; false: there is no room for it. */
static bool find_scope(struct trace_store *s, struct held_trace *t, struct part *part,
                       uint32_t *index)
{
    size_t oldest = t->scope_count > SCOPES_SOUGHT ? t->scope_count - SCOPES_SOUGHT : 0;

    for (size_t i = t->scope_count; i-- > oldest;) {
        *index = (uint32_t)i;
        if (t->scopes[i].part == part)
            return true;
    }
    if (!grow(s, t, &t->scopes, &t->scope_cap, t->scope_count + 1, sizeof(*t->scopes)))
        return false;
    *index = (uint32_t)t->scope_count++;
    t->scopes[*index] = (struct held_scope){.part = part_ref(part)};
    return true;
}

/* Puts it behind the others of its scope. */
static void link_span(struct held_trace *t, uint32_t index)
{
    struct held_scope *scope = &t->scopes[t->spans[index].scope];

    if (scope->last > 0)
        t->spans[scope->last - 1].next = index + 1;
    else
        scope->first = index + 1;
    scope->last = index + 1;
}

/* What the trace is as a whole. */
static void sum_up(struct held_trace *t, const struct held_span *span, bool root)
{
    size_t index = (size_t)(span - t->spans);
    uint64_t end_ns = span->start_ns + (uint64_t)span->duration_ns;

    t->errors += span->error;
    if (index == 0 || (root && !t->rooted) ||
        (root == t->rooted && span->start_ns < t->spans[t->root].start_ns)) {
        t->root = index;
        t->rooted = root;
    }
    if (index == 0 || span->start_ns < t->start_ns)
        t->start_ns = span->start_ns;
    if (index == 0 || end_ns > t->end_ns)
        t->end_ns = end_ns;
}

/* How long it took; times of clocks that went wrong are no reason to show nonsense. */
static int64_t duration_of(const struct span_view *view)
{
    int64_t duration = duration_ns(view->start_ns, view->end_ns);

    if (duration < 0)
        return 0;
    return (int64_t)least((uint64_t)duration, UINT64_MAX - view->start_ns);
}

/* One that OTLP knows. */
static int32_t kind_of(const struct span_view *view)
{
    return view->kind >= 0 && view->kind <= SPAN_KIND_CONSUMER ? view->kind : SPAN_KIND_UNSPECIFIED;
}

static bool put_span(struct trace_store *s, struct held_trace *t, struct part *part,
                     struct str message, uint32_t hash)
{
    struct held_span span = {
        .at = (uint32_t)t->byte_count, .len = (uint32_t)message.len, .hash = hash};
    struct span_view view;
    struct part_key key;

    span_read(message, &view);
    key = (struct part_key){PART_OPERATION, kind_of(&view), part->above->above, view.name};
    if (t->span_count >= SPANS_MAX || !slots_grow(s, t) ||
        !grow(s, t, &t->bytes, &t->byte_cap, t->byte_count + message.len, 1) ||
        !grow(s, t, &t->spans, &t->span_cap, t->span_count + 1, sizeof(*t->spans)) ||
        !find_scope(s, t, part, &span.scope))
        return false;
    while (!(span.operation = part_get(&s->parts, &key)))
        if (!evict(s, &t->by_age))
            return false;
    span.start_ns = view.start_ns;
    span.duration_ns = duration_of(&view);
    span.error = view.status_code == STATUS_CODE_ERROR;
    memcpy(t->bytes + t->byte_count, message.at, message.len);
    t->byte_count += message.len;
    t->spans[t->span_count] = span;
    slot_put(t, hash, (uint32_t)t->span_count);
    link_span(t, (uint32_t)t->span_count);
    t->span_count++;
    sum_up(t, &t->spans[t->span_count - 1], view.parent_span_id.len == 0);
    return true;
}

static void take_span(struct trace_store *s, struct part *part, struct str id, struct str message)
{
    uint32_t hash = (uint32_t)table_hash(&s->table, message);
    struct held_trace *t = trace_store_find(s, id);

    if (t && is_held(t, message, hash))
        return;
    if (t)
        trace_changes(s, t);
    else if (message.len + FIRST_SPAN_SIZE <= s->room.most / TRACE_SHARE)
        t = trace_new(s, id);
    if (!t) {
        s->left_out++;
        return;
    }
    if (put_span(s, t, part, message, hash))
        return;
    s->left_out++;
    t->left_out++;
    if (t->span_count == 0)
        trace_remove(s, t);
}

/* ---- a batch comes ---- */

/* As Jaeger calls those that have no name. */
static struct str service_name(struct str resource)
{
    struct attribute_view attribute;
    struct resource_view view;

    resource_read(resource, &view);
    while (attribute_next(&view.attributes, &attribute)) {
        if (!str_is(attribute.key, "service.name") || attribute.value.kind != VALUE_STRING)
            continue;
        return attribute.value.bytes.len > 0 ? attribute.value.bytes : STR("empty-service-name");
    }
    return STR("missing-service-name");
}

/* The fields of a ResourceSpans or a ScopeSpans before its list. */
static struct str head_of(struct run *run, struct range message, struct range schema_url)
{
    buf_reset(&run->head);
    if (message.at > 0)
        wire_put_bytes(&run->head, 1, payload_str(run->payload, message));
    if (schema_url.at > 0)
        wire_put_bytes(&run->head, 3, payload_str(run->payload, schema_url));
    return buf_str(&run->head);
}

static void run_drop(struct run *run)
{
    part_drop(&run->store->parts, run->part);
    part_drop(&run->store->parts, run->resource);
    run->part = run->resource = NULL;
}

static bool get_parts(struct run *run)
{
    const struct payload_scope *scope = &run->payload->scopes[run->scope];
    const struct payload_resource *resource = &run->payload->resources[scope->resource];
    struct parts *parts = &run->store->parts;
    struct part_key key = {PART_SERVICE, 0, NULL, {0}};
    struct part *service;

    key.bytes = service_name(payload_str(run->payload, resource->resource));
    service = part_get(parts, &key);
    if (!service)
        return false;
    key = (struct part_key){PART_RESOURCE, 0, service,
                            head_of(run, resource->resource, resource->schema_url)};
    run->resource = part_get(parts, &key);
    part_drop(parts, service);
    if (!run->resource)
        return false;
    key = (struct part_key){PART_SCOPE, 0, run->resource,
                            head_of(run, scope->scope, scope->schema_url)};
    run->part = part_get(parts, &key);
    if (!run->part)
        run_drop(run);
    return run->part != NULL;
}

/* What cannot be held costs no other trace its place. */
static bool heads_fit(const struct run *run)
{
    const struct payload_scope *scope = &run->payload->scopes[run->scope];
    const struct payload_resource *resource = &run->payload->resources[scope->resource];

    return payload_str(run->payload, resource->resource).len +
               payload_str(run->payload, resource->schema_url).len +
               payload_str(run->payload, scope->scope).len +
               payload_str(run->payload, scope->schema_url).len <=
           run->store->room.most / TRACE_SHARE;
}

/* The run goes on with spans of that scope. */
static void run_enter(struct run *run, const struct payload *payload, uint32_t scope)
{
    if (run->payload == payload && run->scope == scope)
        return;
    run_drop(run);
    run->payload = payload;
    run->scope = scope;
    run->fits = heads_fit(run);
}

static void take_slice(struct run *run, const struct slice *slice)
{
    for (uint32_t i = slice->first; i < slice->first + slice->count; i++) {
        struct str message = payload_str(slice->payload, slice->payload->items[i]);
        uint32_t scope = payload_scope_of(slice->payload, i);
        struct span_view view;

        run_enter(run, slice->payload, scope);
        while (run->fits && !run->part && !get_parts(run))
            if (!evict_oldest(run->store))
                break;
        span_read(message, &view);
        if (run->part && view.trace_id.len == TRACE_ID_SIZE)
            take_span(run->store, run->part, view.trace_id, message);
        else
            run->store->left_out++;
    }
}

void trace_store_take(struct trace_store *s, const struct batch *batch)
{
    struct run run = {.store = s};
    size_t limit = budget_limit() / BUDGET_SHARE, most = s->room.most;

    if (limit < most) { /* it may have changed */
        s->room.most = limit;
        shrink(s);
    }
    for (size_t i = 0; i < batch->slice_count; i++)
        take_slice(&run, &batch->slices[i]);
    run_drop(&run);
    buf_done(&run.head);
    s->room.most = most;
}
