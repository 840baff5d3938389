/*
 * A trace is played from its first operation on: each call begins when the one before it has ended,
 * or beside it, and all times come from that.
 */
#include "commands/shop.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { ROOTS = 4, NS_PER_US = 1000 };

struct shop {
    struct shop_settings settings;
    uint64_t state; /* of the random numbers */
    struct shop_trace trace;
    bool has_order; /* a trace before had one: */
    uint8_t order_trace[16], order_span[8];
};

struct play {   /* where a call happens */
    int parent; /* index of the span that calls; -1: none */
    unsigned service, level;
    uint64_t at_ns;
};

/* ---- random numbers: SplitMix64 ---- */

static uint64_t draw(struct shop *shop)
{
    uint64_t z = shop->state += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static uint64_t below(struct shop *shop, uint64_t limit)
{
    return (draw(shop) >> 32) * limit >> 32;
}

static bool chance(struct shop *shop, double percent)
{
    return (double)(draw(shop) >> 11) * 0x1p-53 * 100 < percent;
}

static void draw_id(struct shop *shop, uint8_t *id, size_t len)
{
    for (size_t i = 0; i < len; i += 8) {
        uint64_t word = draw(shop) | 1; /* an id is not zero */

        memcpy(id + i, &word, 8);
    }
}

/* Around what is typical; seldom much longer. */
static uint64_t lasts_ns(struct shop *shop, uint64_t typical_us)
{
    uint64_t ns = typical_us * (600 + below(shop, 800)) * NS_PER_US / 1000;

    return chance(shop, 2) ? ns * 6 : ns;
}

/* ---- playing ---- */

/* Index of the new span; -1: there are too many, or it would be too deep. */
static int add_span(struct shop *shop, const struct play *play, unsigned operation,
                    enum shop_kind kind)
{
    struct shop_trace *trace = &shop->trace;
    struct shop_span *span = &trace->spans[trace->count];

    if (trace->count == SHOP_SPANS_MAX || play->level >= shop->settings.depth)
        return -1;
    *span = (struct shop_span){
        .parent = play->parent,
        .operation = operation,
        .service = play->service,
        .kind = kind,
        .start_ns = play->at_ns,
        .end_ns = play->at_ns,
        .random = (uint32_t)draw(shop),
    };
    draw_id(shop, span->id, sizeof(span->id));
    return (int)trace->count++;
}

static void end_span(struct shop *shop, int index, uint64_t end_ns)
{
    shop->trace.spans[index].end_ns = end_ns;
    if (end_ns > shop->trace.length_ns)
        shop->trace.length_ns = end_ns;
}

static uint64_t play_call(struct shop *shop, struct play play, unsigned operation);

/* All that a span calls; returns when it ends. */
static uint64_t play_calls(struct shop *shop, int span, const struct play *play, unsigned operation)
{
    const struct shop_operation *op = &shop_operations[operation];
    uint64_t piece_ns = lasts_ns(shop, op->typical_us) / 4;
    uint64_t now_ns = play->at_ns + piece_ns, last_ns = now_ns;

    for (const struct shop_call *call = op->calls; call->percent > 0; call++) {
        unsigned times = call->times > 1 ? 1 + (unsigned)below(shop, call->times) : 1;

        if (!chance(shop, call->percent))
            continue;
        for (unsigned i = 0; i < times; i++) {
            uint64_t begin_ns = call->beside ? last_ns + below(shop, 40) * NS_PER_US : now_ns;
            uint64_t end_ns =
                play_call(shop, (struct play){span, play->service, play->level + 1, begin_ns},
                          call->operation);

            last_ns = begin_ns;
            now_ns = end_ns > now_ns ? end_ns : now_ns;
        }
        now_ns += below(shop, piece_ns + 1);
    }
    return now_ns + piece_ns * 3;
}

/* What the called service does. */
static void play_span(struct shop *shop, struct play play, unsigned operation, enum shop_kind kind)
{
    int span = add_span(shop, &play, operation, kind);

    if (span >= 0)
        end_span(shop, span, play_calls(shop, span, &play, operation));
}

/* A client waits for the server and the way there; one that has no server of ours, for the peer. */
static uint64_t play_request(struct shop *shop, struct play play, unsigned operation)
{
    const struct shop_operation *op = &shop_operations[operation];
    int client = add_span(shop, &play, operation, SHOP_CLIENT);
    uint64_t way_ns = (120 + below(shop, 300)) * NS_PER_US;
    struct play there = {client, op->service, play.level + 1, play.at_ns + way_ns};
    uint64_t end_ns = play.at_ns + way_ns * 2;
    size_t first = shop->trace.count;

    if (client < 0)
        return play.at_ns;
    if (op->service != play.service && (op->style == SHOP_HTTP || op->style == SHOP_RPC))
        play_span(shop, there, operation, SHOP_SERVER);
    if (shop->trace.count > first)
        end_ns = shop->trace.spans[first].end_ns + way_ns;
    else
        end_ns += lasts_ns(shop, op->typical_us);
    end_span(shop, client, end_ns);
    return end_ns;
}

/* Who takes a message does so some time after it was sent, and nobody waits. */
static uint64_t play_message(struct shop *shop, struct play play, unsigned operation)
{
    const struct shop_operation *op = &shop_operations[operation];

    if (op->service == play.service) {
        int producer = add_span(shop, &play, operation, SHOP_PRODUCER);
        uint64_t end_ns = play.at_ns + lasts_ns(shop, op->typical_us);

        if (producer < 0)
            return play.at_ns;
        end_span(shop, producer, end_ns);
        play.at_ns = end_ns;
        play_calls(shop, producer, &play, operation);
        return end_ns;
    }
    play.service = op->service;
    play.at_ns += (5000 + below(shop, 60000)) * NS_PER_US;
    play_span(shop, play, operation, SHOP_CONSUMER);
    return 0;
}

/* Returns when the caller goes on; nothing happens where the service does not take part. */
static uint64_t play_call(struct shop *shop, struct play play, unsigned operation)
{
    const struct shop_operation *op = &shop_operations[operation];
    int span;

    if (op->service >= shop->settings.services)
        return play.at_ns;
    if (op->style == SHOP_QUEUE)
        return play_message(shop, play, operation);
    if (op->style != SHOP_WORK)
        return play_request(shop, play, operation);
    span = add_span(shop, &play, operation, SHOP_INTERNAL);
    if (span < 0)
        return play.at_ns;
    end_span(shop, span, play_calls(shop, span, &play, operation));
    return shop->trace.spans[span].end_ns;
}

/* ---- what goes wrong, and what belongs together ---- */

/* One span throws; those that wait for it mostly fail as well. */
static void fail(struct shop *shop)
{
    struct shop_span *span = &shop->trace.spans[below(shop, shop->trace.count)];

    span->thrown = true;
    for (;;) {
        bool was_client = span->kind == SHOP_CLIENT;

        span->failed = true;
        if (span->parent < 0 || span->kind == SHOP_CONSUMER)
            return;
        if (was_client && chance(shop, 20))
            return; /* the caller does without it */
        span = &shop->trace.spans[span->parent];
    }
}

/* Who books an order looks at the one before, too. */
static void link_orders(struct shop *shop)
{
    struct shop_trace *trace = &shop->trace;
    const struct shop_span *order = NULL;

    trace->has_link = false;
    for (size_t i = 0; i < trace->count; i++) {
        if (trace->spans[i].kind == SHOP_PRODUCER)
            order = &trace->spans[i];
        if (trace->spans[i].kind == SHOP_CONSUMER && shop->has_order)
            trace->has_link = trace->spans[i].linked = true;
    }
    memcpy(trace->linked_id, shop->order_trace, sizeof(trace->linked_id));
    memcpy(trace->linked_span, shop->order_span, sizeof(trace->linked_span));
    if (!order)
        return;
    shop->has_order = true;
    memcpy(shop->order_trace, trace->id, sizeof(trace->id));
    memcpy(shop->order_span, order->id, sizeof(order->id));
}

/* ---- the interface ---- */

struct shop *shop_new(const struct shop_settings *settings)
{
    struct shop *shop = mem_zero(sizeof(*shop));

    shop->settings = *settings;
    shop->state = settings->seed;
    return shop;
}

void shop_free(struct shop *shop)
{
    free(shop);
}

const struct shop_trace *shop_next(struct shop *shop)
{
    static const unsigned char weights[ROOTS] = {40, 35, 15, 10};
    uint64_t ticket = below(shop, 100);
    unsigned root = 0;

    while (ticket >= weights[root])
        ticket -= weights[root++];
    shop->trace.count = 0;
    shop->trace.length_ns = 0;
    draw_id(shop, shop->trace.id, sizeof(shop->trace.id));
    play_span(shop, (struct play){-1, shop_operations[root].service, 0, 0}, root, SHOP_SERVER);
    if (chance(shop, shop->settings.errors))
        fail(shop);
    link_orders(shop);
    return &shop->trace;
}
