/*
 * Fan-out: each target has a slot for the one batch that it has refused for now.
 */
#include "pipeline/fanout.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "pipeline/worker.h"

enum { OWED_RETRY_MS = 100 };

struct branch {
    struct component *target;
    struct batch *owed; /* one reference; NULL: it has everything */
};

struct fanout {
    struct component base;
    uv_timer_t timer; /* runs while a branch is owed something */
    component_drained_cb *drained;
    struct log_limit rejected_log;
    size_t count;
    struct branch branches[];
};

/* False where the target refuses for now. */
static bool give(struct fanout *self, struct branch *branch, struct batch *batch)
{
    struct result result = consume(branch->target, batch);

    if (result.verdict == REJECTED)
        log_limited(&self->rejected_log, LOG_ERROR, branch->target->where, "dropped %zu %s: %s",
                    batch->items, signal_words[batch->signal].items, result.why);
    return result.verdict != RETRY_LATER;
}

/* Tries to give what is owed: true where nothing is owed any more. */
static bool settle(struct fanout *self)
{
    bool settled = true;

    for (size_t i = 0; i < self->count; i++) {
        struct branch *branch = &self->branches[i];

        if (branch->owed && give(self, branch, branch->owed)) {
            batch_unref(branch->owed);
            branch->owed = NULL;
        }
        settled &= !branch->owed;
    }
    return settled;
}

static void tell_drained(struct fanout *self)
{
    component_drained_cb *drained = self->drained;

    self->drained = NULL;
    if (drained)
        drained(&self->base);
}

static void on_timer(uv_timer_t *timer)
{
    struct fanout *self = timer->data;

    if (settle(self))
        tell_drained(self);
    else
        uv_timer_start(timer, on_timer, OWED_RETRY_MS, 0);
}

static struct result fanout_consume(struct component *base, struct batch *batch)
{
    struct fanout *self = (struct fanout *)base;
    bool settled = true;

    if (uv_is_active((uv_handle_t *)&self->timer) && !settle(self))
        return result_retry(OWED_RETRY_MS, "an exporter cannot keep up");
    for (size_t i = 0; i < self->count; i++) {
        struct branch *branch = &self->branches[i];

        if (give(self, branch, batch))
            continue;
        branch->owed = batch_ref(batch);
        settled = false;
    }
    if (settled)
        uv_timer_stop(&self->timer);
    else
        uv_timer_start(&self->timer, on_timer, OWED_RETRY_MS, 0);
    return result_accepted();
}

static void fanout_drain(struct component *base, component_drained_cb *drained)
{
    struct fanout *self = (struct fanout *)base;

    self->drained = drained;
    if (!uv_is_active((uv_handle_t *)&self->timer))
        tell_drained(self);
}

static size_t fanout_held(const struct component *base)
{
    const struct fanout *self = (const struct fanout *)base;
    size_t items = 0;

    for (size_t i = 0; i < self->count; i++)
        items += self->branches[i].owed ? batch_unstored(self->branches[i].owed) : 0;
    return items;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void fanout_destroy(struct component *base)
{
    struct fanout *self = (struct fanout *)base;

    for (size_t i = 0; i < self->count; i++)
        batch_unref(self->branches[i].owed);
    uv_close((uv_handle_t *)&self->timer, on_closed);
}

static const struct component_type fanout = {
    .name = "fanout",
    .kind = PROCESSOR,
    .consume = fanout_consume,
    .drain = fanout_drain,
    .held = fanout_held,
    .destroy = fanout_destroy,
};

struct component *fanout_new(struct worker *worker, struct component *const *targets, size_t count,
                             const char *where)
{
    struct fanout *self = mem_zero(sizeof(*self) + count * sizeof(self->branches[0]));

    self->base = (struct component){.type = &fanout, .id = "fanout", .where = where};
    self->count = count;
    for (size_t i = 0; i < count; i++)
        self->branches[i].target = targets[i];
    uv_timer_init(worker->loop, &self->timer);
    self->timer.data = self;
    return &self->base;
}
