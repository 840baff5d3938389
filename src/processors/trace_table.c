/*
 * The table of traces.
 */
#include "processors/trace_table.h"

#include <stdlib.h>
#include <sys/random.h>

#include "base/budget.h"
#include "base/mem.h"
#include "otlp/span.h"

enum {
    FIRST_CHAINS = 256,
    TRACE_MEMORY = 512, /* the struct, its batch, the first slices, and what malloc adds */
    SLICES_FREE = 8     /* those first slices */
};

void trace_table_init(struct trace_table *table)
{
    *table = (struct trace_table){.chain_count = FIRST_CHAINS};
    list_init(&table->traces);
    table->chains = mem_zero(table->chain_count * sizeof(table->chains[0]));
    budget_add(table->chain_count * sizeof(table->chains[0]));
    if (getrandom(table->secret, sizeof(table->secret), 0) != (ssize_t)sizeof(table->secret))
        table->secret[0] = (uint64_t)(uintptr_t)table; /* then the place has to do */
}

void trace_table_done(struct trace_table *table)
{
    for (struct list *node = table->traces.next, *next; node != &table->traces; node = next) {
        next = node->next;
        batch_unref(trace_table_take(table, LIST_ENTRY(node, struct trace, node)));
    }
    budget_release(table->chain_count * sizeof(table->chains[0]));
    free(table->chains);
}

uint64_t trace_table_hash(const struct trace_table *table, struct str id)
{
    __extension__ unsigned __int128 product;
    uint64_t half[2];

    memcpy(half, id.at, sizeof(half));
    product = half[0] ^ table->secret[0];
    product *= half[1] ^ table->secret[1];
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static struct trace **chain_of(const struct trace_table *table, uint64_t hash)
{
    return &table->chains[hash & (table->chain_count - 1)];
}

struct trace *trace_table_find(const struct trace_table *table, struct str id, uint64_t hash)
{
    struct trace *trace = *chain_of(table, hash);

    while (trace && memcmp(trace->id, id.at, sizeof(trace->id)) != 0)
        trace = trace->next;
    return trace;
}

static void link_in(struct trace_table *table, struct trace *trace)
{
    struct trace **chain = chain_of(table, trace->hash);

    trace->next = *chain;
    *chain = trace;
}

static void grow(struct trace_table *table)
{
    budget_add(table->chain_count * sizeof(table->chains[0]));
    table->chain_count *= 2;
    free(table->chains);
    table->chains = mem_zero(table->chain_count * sizeof(table->chains[0]));
    for (struct list *node = table->traces.next; node != &table->traces; node = node->next)
        link_in(table, LIST_ENTRY(node, struct trace, node));
}

static void count_memory(struct trace_table *table, struct trace *trace, size_t size)
{
    trace->memory += size;
    table->memory += size;
}

struct trace *trace_table_add(struct trace_table *table, struct str id, uint64_t hash,
                              uint64_t now_ms)
{
    struct trace *trace = mem_zero(sizeof(*trace));

    if (table->count == table->chain_count)
        grow(table);
    budget_add(TRACE_MEMORY);
    count_memory(table, trace, TRACE_MEMORY);
    trace->hash = hash;
    trace->came_ms = now_ms;
    trace->spans = batch_new(TRACES);
    memcpy(trace->id, id.at, sizeof(trace->id));
    list_init(&trace->rooted);
    list_push_back(&table->traces, &trace->node);
    link_in(table, trace);
    table->count++;
    return trace;
}

/* What the slices of a trace take beyond TRACE_MEMORY. */
static size_t slices_memory(const struct batch *spans)
{
    return spans->slice_cap > SLICES_FREE ? spans->slice_cap * sizeof(struct slice) : 0;
}

/* Of a payload's memory the part of so many of its spans. */
static size_t part_of(const struct payload *payload, uint32_t count)
{
    size_t whole = payload->cost;

    for (unsigned i = 0; i < PAYLOAD_BODIES; i++)
        whole += payload->bodies[i] ? payload->bodies[i]->len : 0;
    return (size_t)((double)whole / payload->item_count * count);
}

void trace_table_put(struct trace_table *table, struct trace *trace, struct payload *payload,
                     uint32_t first, uint32_t count)
{
    size_t before = slices_memory(trace->spans), more;

    batch_add(trace->spans, payload, first, count);
    more = slices_memory(trace->spans) - before;
    budget_add(more);
    count_memory(table, trace, part_of(payload, count) + more);
}

struct batch *trace_table_take(struct trace_table *table, struct trace *trace)
{
    struct trace **link = chain_of(table, trace->hash);
    struct batch *spans = trace->spans;

    while (*link != trace)
        link = &(*link)->next;
    *link = trace->next;
    list_remove(&trace->node);
    list_remove(&trace->rooted);
    budget_release(TRACE_MEMORY + slices_memory(spans));
    table->memory -= trace->memory;
    table->count--;
    free(trace);
    return spans;
}

/* Nearly always it is the first field. */
static struct str id_of(const struct payload *payload, uint32_t item)
{
    struct str message = payload_str(payload, payload->items[item]);
    struct span_view span;

    if (message.len > 18 && message.at[0] == 0x0a && message.at[1] == 16)
        return (struct str){message.at + 2, 16};
    span_read(message, &span);
    return span.trace_id;
}

void trace_runs(const struct batch *batch, trace_run_fn *fn, void *arg)
{
    for (size_t i = 0; i < batch->slice_count; i++) {
        const struct slice *slice = &batch->slices[i];
        uint32_t first = slice->first, end = first + slice->count;
        struct str id = id_of(slice->payload, first);

        for (uint32_t item = first + 1; item < end; item++) {
            struct str next = id_of(slice->payload, item);

            if (str_eq(id, next))
                continue;
            fn(arg, id, slice->payload, first, item - first);
            first = item;
            id = next;
        }
        fn(arg, id, slice->payload, first, end - first);
    }
}
