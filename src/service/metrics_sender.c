/*
 * Worker 0 sends. The exporter's worker is a copy of its own: what is held here does not slow down
 * receivers, and what is delivered here does not tell that a backend takes data.
 */
#include "service/metrics_sender.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/least.h"
#include "base/log.h"
#include "base/mem.h"
#include "exporters/debug_output.h"
#include "exporters/debug_text.h"
#include "pipeline/worker.h"
#include "service/instance.h"
#include "service/metrics_request.h"

enum {
    SOON_MS = 5000, /* when the first failure is tried again */
    REMIND_MS = 3600 * 1000,
    WHY_SIZE = 200,
    NS_PER_S = 1000000000
};

struct metrics_sender {
    struct component base;
    const struct metrics_sender_settings *settings; /* borrowed from the configuration */
    struct worker *worker;
    struct worker own_worker;    /* the exporter's */
    struct component *exporter;  /* owned; NULL: stdout */
    struct debug_output console; /* stdout */
    uv_timer_t timer;            /* its data is NULL before start() and not on worker 0 */
    bool superseded;             /* its heir sends */

    struct batch *on_the_way;             /* one reference; NULL: none */
    struct metric_baseline sent, sending; /* of delta temporality: what the peer has, will have */
    component_drained_cb *finished;       /* at the end; NULL: not yet */
    bool last_sent;                       /* at the end: what is on the way is the last */

    unsigned failures;  /* since the last success */
    char why[WHY_SIZE]; /* of the last failure that was told */
    uint64_t told_ms;   /* when */
    struct log_limit failing, working;
};

/* ---- what became of it ---- */

/* Once when it begins to fail, when the reason changes, and now and then. */
static void tell_failure(struct metrics_sender *self, const char *why)
{
    uint64_t now_ms = uv_now(self->worker->loop);
    bool same = strncmp(why, self->why, sizeof(self->why) - 1) == 0;

    if (self->failures > 1 && same && now_ms - self->told_ms < REMIND_MS)
        return;
    snprintf(self->why, sizeof(self->why), "%s", why);
    self->told_ms = now_ms;
    log_limited(&self->failing, LOG_WARN, self->base.where,
                "otelc's own metrics are not sent to %s: %s (endpoint and protocol are set under "
                "service.telemetry.metrics.readers); tried again every %.1f s",
                self->settings->to, why, (double)self->settings->interval_ms / 1000);
}

static void note_result(struct metrics_sender *self, struct result result)
{
    metric_baseline_done(result.verdict == ACCEPTED ? &self->sent : &self->sending);
    if (result.verdict == ACCEPTED) {
        if (self->failures > 0)
            log_limited(&self->working, LOG_INFO, self->base.where,
                        "otelc's own metrics are sent again, after %u failed tries",
                        self->failures);
        self->failures = 0;
        self->sent = self->sending;
        self->sending = (struct metric_baseline){0};
        return;
    }
    if (self->failures++ == 0 && !self->finished) {
        uv_timer_set_repeat(&self->timer, least(SOON_MS, self->settings->interval_ms));
        uv_timer_again(&self->timer);
    }
    tell_failure(self, result.why);
}

/* ---- sending ---- */

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* All metrics as they are now; NULL: the memory budget has no room for them. */
static struct batch *make_batch(struct metrics_sender *self)
{
    struct buf text = {0};
    struct payload_report report;
    struct payload *payload = NULL;
    struct batch *batch = NULL;
    struct bytes *body;

    metrics_request_write(&text, &(struct metrics_request){
                                     .level = self->settings->level,
                                     .resource = self->settings->resource,
                                     .start_ns = instance_since_ns(),
                                     .now_ns = now_ns(),
                                     .since = self->settings->delta ? &self->sent : NULL,
                                     .now = &self->sending,
                                 });
    body = bytes_new(text.len);
    if (body) {
        memcpy(body->at, text.at, text.len);
        body->len = text.len;
        payload = payload_read(METRICS, body, &report);
    }
    buf_done(&text);
    if (payload)
        batch = batch_of(payload);
    payload_unref(payload);
    return batch;
}

static void show(const struct metrics_sender *self, const struct batch *batch)
{
    struct buf text = {0};
    char line[64];

    debug_text(&text, batch, VERBOSITY_NORMAL);
    snprintf(line, sizeof(line), "otelc's own metrics: %zu data points", batch->items);
    debug_output_write(&self->console, self->base.where, line, buf_str(&text));
    buf_done(&text);
}

static void on_settled(void *arg, struct result result);

/* Nothing is on the way. */
static void send_now(struct metrics_sender *self)
{
    struct batch *batch = make_batch(self);
    struct result result = result_accepted();

    if (!batch) {
        note_result(self, result_retry(0, "the memory budget is used up"));
        return;
    }
    if (self->exporter)
        result = consume(self->exporter, batch);
    else
        show(self, batch);
    if (batch->wait.holds > 0) {
        batch->wait.settled = on_settled;
        batch->wait.arg = self;
        self->on_the_way = batch;
        return;
    }
    note_result(self, result.verdict == ACCEPTED ? batch->wait.result : result);
    batch_unref(batch);
}

/* At the end: when what is on the way has arrived, once more. */
static void send_last(struct metrics_sender *self)
{
    component_drained_cb *finished = self->finished;

    if (!self->on_the_way && !self->last_sent) {
        self->last_sent = true;
        send_now(self);
    }
    if (self->on_the_way)
        return;
    self->finished = NULL;
    finished(&self->base);
}

static void on_settled(void *arg, struct result result)
{
    struct metrics_sender *self = arg;
    struct batch *batch = self->on_the_way;

    self->on_the_way = NULL;
    note_result(self, result);
    batch_unref(batch);
    if (self->finished)
        send_last(self);
}

/* A reload may have put another one in its place, or none, and it is not destroyed yet. While the
 * program ends its worker has no extensions any more. */
static bool is_in_force(const struct metrics_sender *self)
{
    return !self->superseded && (self->worker->phase == PHASE_ENDING ||
                                 worker_extension(self->worker, self->base.id) == &self->base);
}

static void on_tick(uv_timer_t *timer)
{
    struct metrics_sender *self = timer->data;

    uv_timer_set_repeat(timer, self->settings->interval_ms);
    uv_timer_again(timer);
    if (!self->on_the_way && is_in_force(self))
        send_now(self);
}

/* ---- the component ---- */

static struct component *create(const void *settings, struct worker *worker, struct error *err)
{
    struct metrics_sender *self = mem_zero(sizeof(*self));

    (void)err;
    self->settings = settings;
    self->worker = worker;
    self->own_worker = (struct worker){.count = 1, .loop = worker->loop, .http = worker->http};
    return &self->base;
}

static bool start_exporter(struct metrics_sender *self, struct error *err)
{
    const struct component_type *type = self->settings->exporter;

    self->exporter = type->create(self->settings->exporter_settings, &self->own_worker, err);
    if (!self->exporter)
        return false;
    self->exporter->type = type;
    self->exporter->id = self->base.id;
    self->exporter->where = self->base.where;
    self->exporter->signals = 1u << METRICS;
    return type->start(self->exporter, err);
}

static bool start(struct component *base, struct error *err)
{
    static const struct string_list to_stdout;
    struct metrics_sender *self = (struct metrics_sender *)base;

    if (self->worker->index != 0)
        return true;
    if (self->settings->exporter ? !start_exporter(self, err)
                                 : !debug_output_open(&self->console, &to_stdout, err))
        return false;
    uv_timer_init(self->worker->loop, &self->timer);
    self->timer.data = self;
    return uv_timer_start(&self->timer, on_tick, self->settings->interval_ms,
                          self->settings->interval_ms) == 0;
}

static void finish(struct component *base, component_drained_cb *finished)
{
    struct metrics_sender *self = (struct metrics_sender *)base;

    if (!self->timer.data) {
        finished(base);
        return;
    }
    uv_timer_stop(&self->timer);
    self->finished = finished;
    send_last(self);
}

/* The heir goes on where this one was; one that has sent nothing, as its reload came to nothing,
 * knows less. */
static void bequeath(struct component *base, struct component *heir)
{
    struct metrics_sender *self = (struct metrics_sender *)base, *next = (void *)heir;

    self->superseded = true;
    if (self->sent.ns <= next->sent.ns)
        return;
    metric_baseline_done(&next->sent);
    next->sent = self->sent;
    self->sent = (struct metric_baseline){0};
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void destroy(struct component *base)
{
    struct metrics_sender *self = (struct metrics_sender *)base;

    if (self->on_the_way)
        self->on_the_way->wait.settled = NULL;
    if (self->exporter)
        component_destroy(self->exporter);
    batch_unref(self->on_the_way);
    debug_output_close(&self->console);
    metric_baseline_done(&self->sent);
    metric_baseline_done(&self->sending);
    if (self->timer.data)
        uv_close((uv_handle_t *)&self->timer, on_closed);
    else
        free(self);
}

static const struct field no_fields[] = {FIELD_END};

const struct component_type metrics_sender = {
    .name = "metrics_sender",
    .kind = EXTENSION,
    .help = "sends otelc's own metrics",
    .fields = no_fields,
    .settings_size = sizeof(struct metrics_sender_settings),
    .create = create,
    .start = start,
    .finish = finish,
    .bequeath = bequeath,
    .destroy = destroy,
};
