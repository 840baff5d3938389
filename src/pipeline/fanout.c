/*
 * Fan-out: each target has a backlog of what it has refused for now.
 *
 *     batch ---> target A                      takes it
 *         \----> [ 7 ][ 8 ][ 9 ] target B      refuses: gets 7 again, and what follows behind it
 */
#include "pipeline/fanout.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/budget.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "pipeline/worker.h"

enum {
    OWED_RETRY_MS = 15, /* what is owed is offered again, as far as it is taken */
    REFUSED_RETRY_MS = 100,
    SLOW_MS = 1000 /* a target that is owed something for so long cannot keep up */
};

struct owed {
    struct list node;
    struct batch *batch; /* a copy, which nobody waits for */
    size_t bytes;        /* that it keeps in memory */
    size_t own;          /* ... of them the memory of this struct and the copy */
};

struct branch {
    struct component *target;
    struct list backlog;
    size_t items;      /* ... in it */
    uint64_t since_ms; /* it is not empty */
    bool told;         /* ... and that was logged */
};

struct fanout {
    struct component base;
    uv_timer_t timer; /* runs while a branch is owed something */
    component_drained_cb *drained;
    struct log_limit rejected_log, slow_log, refused_log;
    size_t count;
    struct branch branches[];
};

static atomic_size_t kept_bytes; /* of all backlogs in the process */

/* ---- a backlog ---- */

static bool is_owed(const struct branch *branch)
{
    return !list_empty(&branch->backlog);
}

/* What a copy of the batch would take, its payloads' part included. */
static size_t cost_of(const struct batch *batch, size_t *own)
{
    *own = sizeof(struct owed) + sizeof(struct batch) + batch->slice_count * sizeof(struct slice);
    return *own + batch_memory(batch);
}

static bool has_room(size_t bytes)
{
    size_t most = budget_limit() / FANOUT_PART;
    size_t kept = atomic_load_explicit(&kept_bytes, memory_order_relaxed);

    return kept <= most && bytes <= most - kept;
}

static void owe(struct fanout *self, struct branch *branch, const struct batch *batch)
{
    struct owed *owed = mem_zero(sizeof(*owed));

    owed->batch = batch_new(batch->signal);
    batch_append(owed->batch, batch);
    owed->bytes = cost_of(batch, &owed->own);
    budget_add(owed->own);
    atomic_fetch_add_explicit(&kept_bytes, owed->bytes, memory_order_relaxed);
    if (!is_owed(branch))
        branch->since_ms = uv_now(self->timer.loop);
    branch->items += batch->items;
    list_push_back(&branch->backlog, &owed->node);
}

static void drop(struct branch *branch, struct owed *owed)
{
    list_remove(&owed->node);
    branch->items -= owed->batch->items;
    atomic_fetch_sub_explicit(&kept_bytes, owed->bytes, memory_order_relaxed);
    budget_release(owed->own);
    batch_unref(owed->batch);
    free(owed);
}

/* ---- giving ---- */

/* False where the target refuses for now. */
static bool give(struct fanout *self, struct branch *branch, struct batch *batch)
{
    struct result result = consume(branch->target, batch);

    if (result.verdict == REJECTED)
        log_limited(&self->rejected_log, LOG_ERROR, branch->target->where, "dropped %zu %s: %s",
                    batch->items, signal_words[batch->signal].items, result.why);
    return result.verdict != RETRY_LATER;
}

/* Gives as much as it takes of what it is owed: true where nothing is left. */
static bool settle_branch(struct fanout *self, struct branch *branch)
{
    struct list *node, *next;

    for (node = branch->backlog.next; node != &branch->backlog; node = next) {
        struct owed *owed = LIST_ENTRY(node, struct owed, node);

        next = node->next;
        if (!give(self, branch, owed->batch))
            return false;
        drop(branch, owed);
    }
    branch->told = false;
    return true;
}

static void tell_if_slow(struct fanout *self, struct branch *branch)
{
    const struct owed *first;

    if (branch->told || uv_now(self->timer.loop) - branch->since_ms < SLOW_MS)
        return;
    branch->told = true;
    first = LIST_ENTRY(branch->backlog.next, struct owed, node);
    log_limited(&self->slow_log, LOG_WARN, branch->target->where,
                "cannot keep up: %zu %s wait in memory for it, the others go on; see what its "
                "own lines say, or have it keep them on disk (sending_queue.storage)",
                branch->items, signal_words[first->batch->signal].items);
}

static bool settle(struct fanout *self)
{
    bool settled = true;

    for (size_t i = 0; i < self->count; i++) {
        if (settle_branch(self, &self->branches[i]))
            continue;
        tell_if_slow(self, &self->branches[i]);
        settled = false;
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

/* ---- the component ---- */

/* Those that are behind, and so are owed the next batch too. */
static size_t count_behind(struct fanout *self)
{
    size_t behind = 0;

    for (size_t i = 0; i < self->count; i++)
        behind += !settle_branch(self, &self->branches[i]);
    return behind;
}

static struct result refuse(struct fanout *self)
{
    log_limited(&self->refused_log, LOG_WARN, self->base.where,
                "an exporter cannot keep up, and %zu MiB wait in memory for such: clients are told "
                "to try again (sending_queue.storage keeps them on disk)",
                atomic_load_explicit(&kept_bytes, memory_order_relaxed) >> 20);
    return result_retry(REFUSED_RETRY_MS, "an exporter cannot keep up");
}

static struct result fanout_consume(struct component *base, struct batch *batch)
{
    struct fanout *self = (struct fanout *)base;
    size_t behind = uv_is_active((uv_handle_t *)&self->timer) ? count_behind(self) : 0, own;
    bool settled = true;

    if (behind > 0 && !has_room(behind * cost_of(batch, &own)))
        return refuse(self);
    for (size_t i = 0; i < self->count; i++) {
        struct branch *branch = &self->branches[i];

        if (!is_owed(branch) && give(self, branch, batch))
            continue;
        owe(self, branch, batch);
        settled = false;
    }
    if (settled)
        uv_timer_stop(&self->timer);
    else if (!uv_is_active((uv_handle_t *)&self->timer))
        uv_timer_start(&self->timer, on_timer, OWED_RETRY_MS, 0);
    if (settled)
        tell_drained(self);
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

    for (size_t i = 0; i < self->count; i++) {
        const struct list *backlog = &self->branches[i].backlog;

        for (struct list *node = backlog->next; node != backlog; node = node->next)
            items += batch_unstored(LIST_ENTRY(node, struct owed, node)->batch);
    }
    return items;
}

static void drop_all(struct branch *branch)
{
    struct list *node, *next;

    for (node = branch->backlog.next; node != &branch->backlog; node = next) {
        next = node->next;
        drop(branch, LIST_ENTRY(node, struct owed, node));
    }
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void fanout_destroy(struct component *base)
{
    struct fanout *self = (struct fanout *)base;

    for (size_t i = 0; i < self->count; i++)
        drop_all(&self->branches[i]);
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
    for (size_t i = 0; i < count; i++) {
        self->branches[i].target = targets[i];
        list_init(&self->branches[i].backlog);
    }
    uv_timer_init(worker->loop, &self->timer);
    self->timer.data = self;
    return &self->base;
}
