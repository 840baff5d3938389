/*
 * The way of a delivery, request by request.
 */
#include "exporters/sending.h"

#include <stdlib.h>

#include "base/mem.h"
#include "net/proxy.h"

/* Sends the next request; at the end the delivery is done. */
static void send_next(struct sending *s)
{
    if (s->outgoing->kind->next(s))
        list_push_back(&s->outgoing->sendings, &s->node);
    else
        delivery_done(s->delivery);
}

/* The first half of it, then the rest. */
static void send_in_halves(struct sending *s, const char *why)
{
    struct outgoing *self = s->outgoing;

    if (s->most == SIZE_MAX) /* once for each delivery */
        log_limited(&self->halved, LOG_WARN, self->base.where,
                    "%s; its %zu %s are sent again in halves: a lower send_batch_max_size of the "
                    "batch processor saves this",
                    why, s->items, signal_words[s->delivery->batch->signal].items);
    s->most = s->messages - s->messages / 2;
    self->kind->again(s);
    send_next(s);
}

void sending_rejected(struct sending *s, size_t items, const char *why)
{
    struct error text;

    if (items > s->items)
        items = s->items;
    s->items -= items;
    error_set(&text, "Partial success response: %s", why);
    s->delivery->error = NULL;
    delivery_part(s->delivery, items, text.text);
}

void sending_answered(struct sending *s, enum outcome outcome, uint64_t retry_after_ms,
                      const char *why, const char *error)
{
    s->post = NULL;
    s->call = NULL;
    s->delivery->error = error;
    list_remove(&s->node);
    if (outcome == SEND_AGAIN) {
        s->outgoing->kind->again(s);
        delivery_retry(s->delivery, retry_after_ms, why);
        return;
    }
    if (outcome == TOO_LARGE && s->messages > 1) {
        send_in_halves(s, why);
        return;
    }
    delivery_part(s->delivery, s->items, outcome == SENT ? NULL : why);
    if (s->most <= SIZE_MAX / 2) /* one large item must not keep the rest small */
        s->most *= 2;
    send_next(s);
}

static void on_send(void *arg, struct delivery *delivery)
{
    struct sending *s = delivery->state;
    struct outgoing *self = arg;

    if (!s) {
        s = mem_zero(self->kind->size);
        s->outgoing = self;
        s->delivery = delivery;
        s->most = SIZE_MAX;
        list_init(&s->node);
        self->kind->begin(s);
        delivery->state = s;
    }
    send_next(s);
}

static void on_forget(void *arg, struct delivery *delivery)
{
    struct outgoing *self = arg;

    self->kind->end(delivery->state);
    free(delivery->state);
}

/* ---- the component ---- */

void outgoing_init(struct outgoing *self, const struct sending_kind *kind, struct worker *worker)
{
    self->kind = kind;
    self->worker = worker;
    list_init(&self->sendings);
}

void outgoing_start(struct outgoing *self, const struct sender_settings *settings,
                    const char *const urls[SIGNAL_KINDS], bool by_path)
{
    self->sender = sender_new(self->worker, settings, self->base.where, on_send, on_forget, self);
    for (unsigned i = 0; i < SIGNAL_KINDS; i++)
        if (urls[i])
            sender_aim(self->sender, (enum signal)i, urls[i], by_path);
    sender_expect(self->sender, self->base.signals);
}

struct result outgoing_consume(struct component *base, struct batch *batch)
{
    return sender_push(((struct outgoing *)base)->sender, batch);
}

static void on_drained(void *arg)
{
    struct outgoing *self = arg;

    self->drained(&self->base);
}

void outgoing_drain(struct component *base, component_drained_cb *drained)
{
    struct outgoing *self = (struct outgoing *)base;

    self->drained = drained;
    sender_drain(self->sender, on_drained, self);
}

void outgoing_bequeath(struct component *base, struct component *heir)
{
    sender_bequeath(((struct outgoing *)base)->sender, ((struct outgoing *)heir)->sender);
}

const char *outgoing_storage(const void *settings)
{
    return ((const struct sender_settings *)settings)->queue.storage;
}

size_t outgoing_held(const struct component *base)
{
    return sender_unstored(((const struct outgoing *)base)->sender);
}

size_t outgoing_held_bytes(const struct component *base)
{
    return sender_held_memory(((const struct outgoing *)base)->sender);
}

void outgoing_log_proxy(const struct outgoing *outgoing, const char *url)
{
    struct buf proxy = {0};

    if (proxy_describe(url, &proxy))
        log_info(outgoing->base.where, "goes through a proxy: %.*s", STR_ARG(buf_str(&proxy)));
    buf_done(&proxy);
}

void outgoing_done(struct outgoing *self)
{
    while (!list_empty(&self->sendings)) {
        struct sending *s = LIST_ENTRY(self->sendings.next, struct sending, node);

        if (s->post)
            http_transfer_cancel(s->post);
        else
            grpc_transfer_cancel(s->call);
        list_remove(&s->node);
    }
    sender_free(self->sender);
}
