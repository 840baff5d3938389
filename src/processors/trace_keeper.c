/*
 * Holding traces until they are decided.
 */
#include "processors/trace_keeper.h"

#include <inttypes.h>

#include "base/budget.h"
#include "otlp/span.h"

enum {
    TICK_MS = 100,
    MOST_OUT = 8192, /* spans: then a batch goes on */
    BUDGET_PART = 4, /* of the memory budget a quarter, for all workers together */
    RETRY_MS = TICK_MS,
    NS_PER_MS = 1000000
};

static uint64_t share_of(uint64_t number, const struct worker *worker)
{
    return number > 0 && number < worker->count ? 1 : number / worker->count;
}

void trace_keeper_init(struct trace_keeper *self, const struct keeper_settings *settings,
                       trace_decide_fn *decide, void (*free_)(struct trace_keeper *self),
                       struct worker *worker)
{
    self->settings = *settings;
    self->settings.most_traces = share_of(settings->most_traces, worker);
    self->decide = decide;
    self->free = free_;
    self->worker = worker;
    keeper_metrics_open(&self->metrics, settings->groups);
    trace_table_init(&self->table);
    list_init(&self->rooted);
    if (settings->most_sampled > 0)
        self->sampled = trace_ids_new(share_of(settings->most_sampled, worker));
    if (settings->most_dropped > 0)
        self->dropped = trace_ids_new(share_of(settings->most_dropped, worker));
    self->out = batch_new(TRACES);
    uv_timer_init(worker->loop, &self->timer);
    self->timer.data = self;
}

/* ---- what goes on ---- */

static void pass_on(struct trace_keeper *self)
{
    struct result result;

    if (self->out->items == 0)
        return;
    result = component_pass(&self->base, self->out);
    self->stuck = result.verdict == RETRY_LATER;
    if (self->stuck)
        return;
    if (result.verdict == REJECTED)
        component_give_up(&self->base, TRACES, self->out->items);
    if (result.verdict == REJECTED)
        log_limited(&self->rejected_log, LOG_ERROR, self->base.where, "dropped %zu spans: %s",
                    self->out->items, result.why);
    batch_unref(self->out);
    self->out = batch_new(TRACES);
}

static uint64_t now_s(const struct trace_keeper *self)
{
    return uv_now(self->worker->loop) / 1000;
}

static void remember(const struct trace_keeper *self, struct trace_ids *ids, uint64_t hash)
{
    if (ids)
        trace_ids_add(ids, hash, (uint32_t)now_s(self));
}

/* The spans, one reference. */
static struct batch *take_out(struct trace_keeper *self, struct trace *trace)
{
    keeper_metrics_observe(self->metrics.removal_age,
                           (uv_now(self->worker->loop) - trace->came_ms) / 1000);
    return trace_table_take(&self->table, trace);
}

static void decide(struct trace_keeper *self, struct trace *trace)
{
    uint64_t hash = trace->hash;
    struct batch *spans = take_out(self, trace);

    if (self->decide(self, spans, uv_now(self->worker->loop))) {
        metric_add(self->metrics.sampled, 1);
        remember(self, self->sampled, hash);
        batch_append(self->out, spans);
    } else {
        metric_add(self->metrics.dropped, 1);
        remember(self, self->dropped, hash);
    }
    batch_unref(spans);
    if (self->out->items >= MOST_OUT)
        pass_on(self);
}

/* The first of those whose time has come; NULL: none has. */
static struct trace *next_due(const struct trace_keeper *self, uint64_t now_ms)
{
    struct trace *trace;

    if (!list_empty(&self->rooted)) {
        trace = LIST_ENTRY(self->rooted.next, struct trace, rooted);
        if (trace->rooted_ms + self->settings.root_wait_ms <= now_ms)
            return trace;
    }
    if (list_empty(&self->table.traces))
        return NULL;
    trace = LIST_ENTRY(self->table.traces.next, struct trace, node);
    return self->ended || trace->came_ms + self->settings.wait_ms <= now_ms ? trace : NULL;
}

static void decide_due(struct trace_keeper *self)
{
    uint64_t now_ms = uv_now(self->worker->loop);
    struct trace *trace;

    while (!self->stuck && (trace = next_due(self, now_ms)) != NULL)
        decide(self, trace);
    if (!self->stuck)
        pass_on(self);
}

/* ---- its bounds ---- */

static bool is_beyond(const struct trace_keeper *self)
{
    return self->table.count > self->settings.most_traces ||
           self->table.memory > budget_limit() / BUDGET_PART / self->worker->count;
}

static void make_room(struct trace_keeper *self)
{
    while (!self->stuck && self->table.count > 0 && is_beyond(self)) {
        metric_add(self->metrics.early, 1);
        log_limited(&self->early_log, LOG_WARN, self->base.where,
                    "decided a trace early, with the spans that have come: %zu traces of %zu bytes "
                    "are held (num_traces, and a quarter of the memory); %" PRIu64
                    " since the start. Raise num_traces or the memory, or lower decision_wait",
                    self->table.count, self->table.memory, metric_value(self->metrics.early));
        decide(self, LIST_ENTRY(self->table.traces.next, struct trace, node));
    }
}

/* ---- what comes ---- */

static bool has_root(const struct payload *payload, uint32_t first, uint32_t count)
{
    struct span_view span;

    for (uint32_t item = first; item < first + count; item++) {
        span_read(payload_str(payload, payload->items[item]), &span);
        if (span.parent_span_id.len == 0)
            return true;
    }
    return false;
}

static void drop_large(struct trace_keeper *self, struct trace *trace)
{
    metric_add(self->metrics.large, 1);
    log_limited(&self->large_log, LOG_WARN, self->base.where,
                "dropped a trace of %zu bytes, more than maximum_trace_size_bytes; %" PRIu64
                " since the start. Raise it where such traces are wanted",
                trace->spans->bytes, metric_value(self->metrics.large));
    remember(self, self->dropped, trace->hash);
    batch_unref(take_out(self, trace));
}

/* What belongs to a trace that was decided already follows that: true where it does. */
static bool follows(struct trace_keeper *self, uint64_t hash, struct payload *payload,
                    uint32_t first, uint32_t count)
{
    uint32_t decided_s;
    bool sampled = self->sampled && trace_ids_find(self->sampled, hash, &decided_s);

    if (!sampled && !(self->dropped && trace_ids_find(self->dropped, hash, &decided_s)))
        return false;
    metric_add(sampled ? self->metrics.late_sampled : self->metrics.late_dropped, count);
    keeper_metrics_observe(self->metrics.late_age, now_s(self) - decided_s);
    if (sampled)
        batch_add(self->out, payload, first, count);
    return true;
}

static void on_run(void *arg, struct str id, struct payload *payload, uint32_t first,
                   uint32_t count)
{
    struct trace_keeper *self = arg;
    uint64_t hash = trace_table_hash(&self->table, id), now_ms = uv_now(self->worker->loop);
    struct trace *trace = trace_table_find(&self->table, id, hash);

    if (!trace) {
        if (follows(self, hash, payload, first, count))
            return;
        trace = trace_table_add(&self->table, id, hash, now_ms);
        metric_add(self->metrics.fresh, 1);
    }
    trace_table_put(&self->table, trace, payload, first, count);
    if (self->settings.most_trace_bytes > 0 &&
        trace->spans->bytes > self->settings.most_trace_bytes) {
        drop_large(self, trace);
    } else if (self->settings.root_wait_ms > 0 && list_empty(&trace->rooted) &&
               has_root(payload, first, count)) {
        trace->rooted_ms = now_ms;
        list_push_back(&self->rooted, &trace->rooted);
    }
}

/* ---- the component ---- */

static void on_tick(uv_timer_t *timer);

/* The timer runs as long as anything is held. Then it has drained, too. */
static void settle(struct trace_keeper *self)
{
    component_drained_cb *drained = self->drained;

    metric_set(self->metrics.held, self->table.count);
    if (self->table.count > 0 || self->out->items > 0) {
        if (!uv_is_active((uv_handle_t *)&self->timer))
            uv_timer_start(&self->timer, on_tick, TICK_MS, TICK_MS);
        return;
    }
    uv_timer_stop(&self->timer);
    if (drained) {
        self->drained = NULL;
        drained(&self->base);
    }
}

static void on_tick(uv_timer_t *timer)
{
    struct trace_keeper *self = timer->data;
    uint64_t sampled = metric_value(self->metrics.sampled),
             dropped = metric_value(self->metrics.dropped), begin_ns = uv_hrtime();

    pass_on(self);
    decide_due(self);
    keeper_metrics_observe(self->metrics.decision_ms, (uv_hrtime() - begin_ns) / NS_PER_MS);
    if (metric_value(self->metrics.sampled) + metric_value(self->metrics.dropped) >
        sampled + dropped)
        log_debug(self->base.where,
                  "%" PRIu64 " traces go on, %" PRIu64
                  " were dropped, %zu wait; spans that came late: %" PRIu64 " since the start",
                  metric_value(self->metrics.sampled) - sampled,
                  metric_value(self->metrics.dropped) - dropped, self->table.count,
                  keeper_metrics_late(&self->metrics));
    settle(self);
}

struct result trace_keeper_consume(struct component *base, struct batch *batch)
{
    struct trace_keeper *self = (struct trace_keeper *)base;

    if (self->stuck)
        pass_on(self);
    if (self->stuck)
        return result_retry(RETRY_MS, "the exporters cannot keep up");
    if (self->settings.refuse_at_bounds && self->table.count > 0 &&
        (is_beyond(self) || self->table.count == self->settings.most_traces))
        return result_retry(RETRY_MS, "as many traces as num_traces wait to be decided");
    trace_runs(batch, on_run, self);
    if (!self->settings.refuse_at_bounds)
        make_room(self);
    if (self->ended)
        decide_due(self);
    else if (!self->stuck)
        pass_on(self);
    settle(self);
    return result_accepted();
}

void trace_keeper_drain(struct component *base, component_drained_cb *drained)
{
    struct trace_keeper *self = (struct trace_keeper *)base;

    if (self->settings.drop_at_end && self->table.count > 0)
        log_warn(base->where,
                 "drops %zu traces that wait, as drop_pending_traces_on_shutdown says: without it "
                 "they are decided first",
                 self->table.count);
    while (self->settings.drop_at_end && self->table.count > 0)
        batch_unref(take_out(self, LIST_ENTRY(self->table.traces.next, struct trace, node)));
    self->ended = true;
    self->drained = drained;
    pass_on(self);
    decide_due(self);
    settle(self);
}

size_t trace_keeper_held(const struct component *base)
{
    const struct trace_keeper *self = (const struct trace_keeper *)base;
    size_t items = batch_unstored(self->out);

    for (struct list *node = self->table.traces.next; node != &self->table.traces;
         node = node->next)
        items += batch_unstored(LIST_ENTRY(node, struct trace, node)->spans);
    return items;
}

static void on_closed(uv_handle_t *handle)
{
    struct trace_keeper *self = handle->data;

    self->free(self);
}

void trace_keeper_destroy(struct component *base)
{
    struct trace_keeper *self = (struct trace_keeper *)base;

    keeper_metrics_close(&self->metrics);
    batch_unref(self->out);
    trace_table_done(&self->table);
    trace_ids_free(self->sampled);
    trace_ids_free(self->dropped);
    uv_close((uv_handle_t *)&self->timer, on_closed);
}
