/*
 * Gathers what many requests bring, and hands it on in larger pieces.
 *
 *     consume -> pending --- send_batch_size reached, or timeout passed ---> next
 *                   ^                                                          |
 *                   '--- stuck: the piece that next refuses for now <----------'
 *
 * While a piece is stuck the pending ones grow to one more batch, then consume refuses for now too:
 * what cannot flow out pushes back. A size of 0, or a timeout of 0, sends at once.
 */
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "pipeline/component.h"
#include "pipeline/worker.h"

enum { STUCK_RETRY_MS = 100 };

struct batch_settings {
    uint64_t timeout_ms;
    uint64_t send_batch_size, send_batch_max_size; /* spans, data points, log
                                                       records; max 0: no limit */
    struct string_list metadata_keys;
    uint64_t metadata_cardinality_limit;
};

struct batch_processor {
    struct component base;
    const struct batch_settings *settings; /* borrowed from the configuration */
    struct batch *pending;                 /* owned; may be empty */
    struct batch *stuck;                   /* owned; or NULL */
    uv_timer_t timer;                      /* runs while anything is held */
    component_drained_cb *drained;         /* set while draining */
    struct log_limit rejected_log;
};

static const struct field fields[] = {
    FIELD_DURATION(struct batch_settings, timeout_ms, "timeout", "200ms",
                   "sends what there is after this time; 0s: at once"),
    FIELD_UINT(struct batch_settings, send_batch_size, "send_batch_size", "8192", 0, UINT32_MAX,
               "sends as soon as there are so many spans, data points or log records; 0: at once"),
    FIELD_UINT(struct batch_settings, send_batch_max_size, "send_batch_max_size", "0", 0,
               UINT32_MAX, "splits what is larger, but no single metric; 0: does not split"),
    {.name = "metadata_keys",
     .type = FIELD_TYPE_STRINGS,
     .offset = offsetof(struct batch_settings, metadata_keys),
     .help = "one batch for each combination of these request headers",
     .note = "request headers do not reach processors yet: all requests share one batch"},
    FIELD_UINT(struct batch_settings, metadata_cardinality_limit, "metadata_cardinality_limit",
               "1000", 0, UINT32_MAX, "how many such combinations there may be"),
    FIELD_END,
};

static void check(void *settings, const struct node *node, struct problems *problems)
{
    const struct batch_settings *s = settings;

    if (s->send_batch_max_size > 0 && s->send_batch_max_size < s->send_batch_size)
        error_at(problems, node_near(node, "send_batch_max_size"),
                 "send_batch_max_size (%llu) must not be less than send_batch_size (%llu)",
                 (unsigned long long)s->send_batch_max_size,
                 (unsigned long long)s->send_batch_size);
}

/* Hands one piece on, or keeps it as stuck. Takes over the reference. */
static void hand_on(struct batch_processor *self, struct batch *piece)
{
    struct result result = consume(self->base.next[piece->signal], piece);

    if (result.verdict == RETRY_LATER) {
        self->stuck = piece;
        return;
    }
    if (result.verdict == REJECTED)
        log_limited(&self->rejected_log, LOG_ERROR, self->base.where, "dropped %zu %s: %s",
                    piece->items, signal_words[piece->signal].items, result.why);
    batch_unref(piece);
}

/* Everything that is pending, or as much as one piece may hold. */
static struct batch *take_piece(struct batch_processor *self)
{
    uint64_t most = self->settings->send_batch_max_size;
    struct batch *piece = self->pending;

    if (most > 0 && piece->items > most)
        return batch_take(piece, most);
    self->pending = batch_new(piece->signal);
    return piece;
}

static bool is_full(const struct batch_processor *self)
{
    return self->settings->timeout_ms == 0 ||
           self->pending->items >= self->settings->send_batch_size;
}

/* Sends what is stuck, then what is due: full batches, or everything. */
static void flush(struct batch_processor *self, bool everything)
{
    struct batch *stuck = self->stuck;

    self->stuck = NULL;
    if (stuck)
        hand_on(self, stuck);
    while (!self->stuck && self->pending->items > 0 && (everything || is_full(self)))
        hand_on(self, take_piece(self));
}

static void on_timer(uv_timer_t *timer);

/* sent: the time of the pending ones begins anew. */
static void set_timer(struct batch_processor *self, bool sent)
{
    uint64_t wait_ms = self->stuck ? STUCK_RETRY_MS : self->settings->timeout_ms;

    if (!self->stuck && self->pending->items == 0)
        uv_timer_stop(&self->timer);
    else if (sent || self->stuck || !uv_is_active((uv_handle_t *)&self->timer))
        uv_timer_start(&self->timer, on_timer, wait_ms, 0);
}

static void on_timer(uv_timer_t *timer)
{
    struct batch_processor *self = timer->data;

    flush(self, true);
    set_timer(self, true);
    if (self->drained && !self->stuck)
        self->drained(&self->base);
}

static struct result batch_consume(struct component *base, struct batch *batch)
{
    struct batch_processor *self = (struct batch_processor *)base;

    if (self->stuck)
        flush(self, false);
    if (self->stuck && is_full(self))
        return result_retry(STUCK_RETRY_MS, "the exporters cannot keep up");
    batch_append(self->pending, batch);
    if (self->stuck || !is_full(self)) {
        set_timer(self, false);
        return result_accepted();
    }
    flush(self, false);
    set_timer(self, true);
    return result_accepted();
}

static struct component *batch_create(const void *settings, struct worker *worker,
                                      struct error *err)
{
    struct batch_processor *self = mem_zero(sizeof(*self));

    (void)err;
    self->settings = settings;
    self->pending = batch_new(TRACES); /* an empty one becomes of the signal that comes */
    uv_timer_init(worker->loop, &self->timer);
    self->timer.data = self;
    return &self->base;
}

static void batch_drain(struct component *base, component_drained_cb *drained)
{
    struct batch_processor *self = (struct batch_processor *)base;

    self->drained = drained;
    flush(self, true);
    set_timer(self, true);
    if (!self->stuck)
        drained(base);
}

static size_t batch_held(const struct component *base)
{
    const struct batch_processor *self = (const struct batch_processor *)base;

    return self->pending->items + (self->stuck ? self->stuck->items : 0);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void batch_destroy(struct component *base)
{
    struct batch_processor *self = (struct batch_processor *)base;

    batch_unref(self->pending);
    batch_unref(self->stuck);
    uv_close((uv_handle_t *)&self->timer, on_closed);
}

const struct component_type batch_processor = {
    .name = "batch",
    .kind = PROCESSOR,
    .signals = SIGNALS_ALL,
    .help = "gathers what comes into larger batches",
    .fields = fields,
    .settings_size = sizeof(struct batch_settings),
    .check = check,
    .create = batch_create,
    .consume = batch_consume,
    .drain = batch_drain,
    .held = batch_held,
    .destroy = batch_destroy,
};
