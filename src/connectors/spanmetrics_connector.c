/*
 * Metrics from spans: how many there are of each kind, and how long they take.
 *
 *     spans -> their series (connectors/spanmetrics_counter.h) count
 *     timer -> all series as requests of about 1 MiB -> next[METRICS]
 *
 * One instance has the state for all workers. What is refused for now goes out with the next flush:
 * a series is only marked as sent, and a delta one begun anew, when it has been accepted.
 */
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "base/mem.h"
#include "connectors/series.h"
#include "connectors/spanmetrics_counter.h"
#include "connectors/spanmetrics_settings.h"
#include "connectors/spanmetrics_write.h"
#include "pipeline/component.h"
#include "pipeline/worker.h"

enum { REQUEST_BYTES = 1 << 20, RETRY_MS = 100 };

struct spanmetrics {
    struct component base;
    const struct spanmetrics_settings *settings; /* borrowed from the configuration */
    struct worker *worker;
    uv_timer_t timer; /* runs while there are series */
    struct distribution_form form;
    struct series_form series_form;
    struct series_table *table;
    struct spanmetrics_writer writer;
    struct spanmetrics_counter *counter;

    bool fresh;           /* something has come since the last flush */
    struct series **sent; /* owned: those of the request that is written */
    size_t sent_count, sent_cap;
    component_drained_cb *drained; /* not NULL: draining */
    bool ended;                    /* has been drained: what comes goes on soon */
    struct log_limit refused_log, overflow_log;
};

/* ---- what flows out ---- */

/* False: refused for now. */
static bool hand_on(struct spanmetrics *self)
{
    struct bytes *body = bytes_new(self->writer.request.len);
    struct payload_report report;
    struct payload *payload;
    struct batch *batch;
    struct result result;

    if (!body)
        return false;
    memcpy(body->at, self->writer.request.at, self->writer.request.len);
    body->len = self->writer.request.len;
    payload = payload_read(METRICS, body, &report);
    if (!payload)
        return report.verdict != PAYLOAD_NO_ROOM;
    batch = batch_of(payload);
    payload_unref(payload);
    result = consume(self->base.next[METRICS], batch);
    if (result.verdict == REJECTED)
        log_limited(&self->refused_log, LOG_ERROR, self->base.where, "dropped %zu data points: %s",
                    batch->items, result.why);
    batch_unref(batch);
    return result.verdict != RETRY_LATER;
}

/* Hands on what is written; the series in it have been sent then. False: refused for now. */
static bool send_written(struct spanmetrics *self, uint64_t now_ns)
{
    bool delta = spanmetrics_is_delta(self->settings);

    if (self->sent_count == 0)
        return true;
    if (!hand_on(self))
        return false;
    for (size_t i = 0; i < self->sent_count; i++)
        series_sent(self->table, self->sent[i], delta, now_ns);
    self->sent_count = 0;
    buf_reset(&self->writer.request);
    return true;
}

static void write_series(struct spanmetrics *self, struct series *series, uint64_t now_ns)
{
    spanmetrics_put(&self->writer, series, now_ns);
    self->sent = mem_room(self->sent, self->sent_count, &self->sent_cap, sizeof(*self->sent));
    self->sent[self->sent_count++] = series;
}

static bool send_group(struct spanmetrics *self, struct group *group, uint64_t now_ns)
{
    struct str resource = {group->text + group->key_len, group->resource_len};
    bool delta = spanmetrics_is_delta(self->settings);

    for (struct list *node = group->series.next; node != &group->series; node = node->next) {
        struct series *series = LIST_ENTRY(node, struct series, node);

        if (series->calls == 0 || (delta && !series->fresh))
            continue;
        write_series(self, series, now_ns);
        if (spanmetrics_written(&self->writer) < REQUEST_BYTES)
            continue;
        spanmetrics_end_resource(&self->writer, resource);
        if (!send_written(self, now_ns))
            return false;
    }
    if (self->settings->add_resource_attributes)
        spanmetrics_end_resource(&self->writer, resource);
    return true;
}

static bool send_all(struct spanmetrics *self)
{
    struct list *groups = series_groups(self->table);
    struct timespec now;
    uint64_t now_ns;

    clock_gettime(CLOCK_REALTIME, &now);
    now_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    for (struct list *node = groups->next; node != groups; node = node->next)
        if (!send_group(self, LIST_ENTRY(node, struct group, node), now_ns))
            return false;
    spanmetrics_end_resource(&self->writer, (struct str){NULL, 0});
    return send_written(self, now_ns);
}

/* False: some of it was refused for now, and is still here. */
static bool flush(struct spanmetrics *self)
{
    bool delta = spanmetrics_is_delta(self->settings), all_sent;
    uint64_t overflowed = series_take_overflowed(self->table);

    if (overflowed > 0)
        log_limited(&self->overflow_log, LOG_WARN, self->base.where,
                    "%llu spans or events were counted with otel.metric.overflow=true: there are "
                    "%zu series, and no room or no leave for more; take out dimensions that have "
                    "many values",
                    (unsigned long long)overflowed, series_table_count(self->table));
    series_expire(self->table, delta, uv_now(self->worker->loop));
    all_sent = !self->base.next[METRICS] || send_all(self);
    self->fresh = self->fresh && !all_sent;
    self->sent_count = 0;
    spanmetrics_writer_done(&self->writer); /* also what was refused */
    return all_sent;
}

static void on_timer(uv_timer_t *timer);

static void schedule(struct spanmetrics *self)
{
    bool soon = self->drained || self->ended;

    if (!uv_is_active((uv_handle_t *)&self->timer))
        uv_timer_start(&self->timer, on_timer, soon ? RETRY_MS : self->settings->flush_interval_ms,
                       0);
}

static void finish_draining(struct spanmetrics *self)
{
    component_drained_cb *drained = self->drained;

    self->drained = NULL;
    self->ended = true;
    drained(&self->base);
}

static void on_timer(uv_timer_t *timer)
{
    struct spanmetrics *self = timer->data;
    bool all_sent = flush(self);

    if (all_sent && self->drained)
        finish_draining(self);
    else if (!all_sent || !self->ended)
        schedule(self);
}

static struct result spanmetrics_consume(struct component *base, struct batch *batch)
{
    struct spanmetrics *self = (struct spanmetrics *)base;

    spanmetrics_counter_take(self->counter, batch, uv_now(self->worker->loop));
    self->fresh = true;
    schedule(self);
    return result_accepted();
}

/* ---- life ---- */

static void set_up_families(struct spanmetrics *self)
{
    const struct spanmetrics_settings *s = self->settings;
    unsigned duration_family = spanmetrics_own_durations(s) ? FAMILY_DURATION : FAMILY_CALLS;

    self->writer.metrics[FAMILY_CALLS] |= 1u << METRIC_CALLS;
    self->writer.metrics[FAMILY_EVENTS] |= 1u << METRIC_EVENTS;
    if (s->histogram.disable)
        return;
    self->writer.metrics[duration_family] |= 1u << METRIC_DURATION;
    self->series_form.distribution[duration_family] = &self->form;
}

static struct component *spanmetrics_create(const void *settings, struct worker *worker,
                                            struct error *err)
{
    const struct spanmetrics_settings *s = settings;
    struct spanmetrics *self = mem_zero(sizeof(*self));

    (void)err;
    self->settings = s;
    self->worker = worker;
    self->form = (struct distribution_form){
        .exponential = s->histogram.exponential.enabled,
        .bounds = s->histogram.explicit.bounds,
        .bound_count = s->histogram.explicit.bound_count,
        .max_size = (uint32_t)s->histogram.exponential.max_size,
    };
    self->series_form = (struct series_form){
        .most = SERIES_MAX,
        .most_of_group = s->cardinality_limit,
        .overflow_has_key = !s->add_resource_attributes,
        .exemplars = spanmetrics_exemplars(s),
        .group_expires_ms = s->metrics_expiration_ms,
        .series_expires_ms = s->series_expiration_ms,
    };
    self->writer = (struct spanmetrics_writer){
        .namespace = s->namespace,
        .form = &self->form,
        .unit = s->histogram.unit == 1 ? "s" : "ms",
        .delta = spanmetrics_is_delta(s),
    };
    set_up_families(self);
    self->table = series_table_new(&self->series_form);
    self->counter = spanmetrics_counter_new(s, self->table);
    uv_timer_init(worker->loop, &self->timer);
    self->timer.data = self;
    return &self->base;
}

static void spanmetrics_drain(struct component *base, component_drained_cb *drained)
{
    struct spanmetrics *self = (struct spanmetrics *)base;

    self->drained = drained;
    uv_timer_stop(&self->timer);
    if (!self->fresh || flush(self))
        finish_draining(self);
    else
        schedule(self);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void spanmetrics_destroy(struct component *base)
{
    struct spanmetrics *self = (struct spanmetrics *)base;

    series_table_free(self->table);
    spanmetrics_writer_done(&self->writer);
    spanmetrics_counter_free(self->counter);
    free(self->sent);
    uv_close((uv_handle_t *)&self->timer, on_closed);
}

static const char *const old_names[] = {"spanmetrics", NULL};

const struct component_type span_metrics_connector = {
    .name = "span_metrics",
    .old_names = old_names,
    .kind = CONNECTOR,
    .signals = 1u << TRACES,
    .signals_out = 1u << METRICS,
    .help = "counts spans and their durations: traces in, metrics out",
    .fields = spanmetrics_fields,
    .settings_size = sizeof(struct spanmetrics_settings),
    .placement = ONE_WORKER,
    .check = spanmetrics_check,
    .create = spanmetrics_create,
    .consume = spanmetrics_consume,
    .drain = spanmetrics_drain,
    .destroy = spanmetrics_destroy,
};
