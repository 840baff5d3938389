/*
 * Refuses batches for now while the program holds more than it should.
 *
 *     0 ---------------- soft = limit - spike ------------- limit
 *        everything passes           every batch is refused, retryably
 *
 * What is measured is the memory budget's account (base/budget.h): all memory whose size comes from
 * outside. It is exact at any moment, so each batch is held against it; and as it sinks by what
 * flows out, never by refusing alone, nothing is refused for ever. check_interval is how often it
 * is looked at while nothing comes, to say in the log that all is well again.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/budget.h"
#include "base/log.h"
#include "base/mem.h"
#include "pipeline/component.h"
#include "pipeline/signal_families.h"
#include "pipeline/worker.h"

enum { MEBIBYTE_SHIFT = 20, DEFAULT_SPIKE_PERCENT = 20, RETRY_MS = 1000 };

struct limiter_settings {
    uint64_t check_interval_ms;
    uint64_t limit_mib, spike_limit_mib; /* the limits win over the percentages */
    uint64_t limit_percentage, spike_limit_percentage;
    uint64_t hard, soft; /* bytes: derived from them */
};

struct limiter_counts { /* items of a signal; NULL until some have come */
    struct metric *accepted, *refused;
};

struct limiter {
    struct component base;
    const struct limiter_settings *settings; /* borrowed from the configuration */
    struct worker *worker;
    uv_timer_t timer; /* runs while it refuses */
    bool refuses;
    struct limiter_counts counts[SIGNAL_KINDS];
    struct log_limit refused_log, resumed_log;
};

#define GO_ONLY(key) FIELD_IGNORED(key, "has no effect: there is no garbage to collect")

static const struct field fields[] = {
    FIELD_DURATION(struct limiter_settings, check_interval_ms, "check_interval", "0s",
                   "required: how often it is looked whether all is well again; every batch is "
                   "held against the limit in any case"),
    FIELD_UINT(struct limiter_settings, limit_mib, "limit_mib", "0", 0, UINT32_MAX,
               "the hard limit in MiB of what the program holds of its clients' data (see "
               "service.memory); this or limit_percentage is required"),
    FIELD_UINT(struct limiter_settings, spike_limit_mib, "spike_limit_mib", "0", 0, UINT32_MAX,
               "batches are refused above the hard limit less this; 0: a fifth of the hard limit"),
    FIELD_UINT(struct limiter_settings, limit_percentage, "limit_percentage", "0", 0, 100,
               "the hard limit in percent of what the cgroup allows, or of the machine's memory"),
    FIELD_UINT(struct limiter_settings, spike_limit_percentage, "spike_limit_percentage", "0", 0,
               100, "of the same; 0: a fifth of the hard limit"),
    GO_ONLY("min_gc_interval_when_soft_limited"),
    GO_ONLY("min_gc_interval_when_hard_limited"),
    GO_ONLY("max_gc_interval_when_soft_limited"),
    GO_ONLY("max_gc_interval_when_hard_limited"),
    FIELD_IGNORED("ballast_size_mib", "has no effect: there is no garbage to collect"),
    FIELD_END,
};

static void check(void *settings, const struct node *node, struct problems *problems)
{
    struct limiter_settings *s = settings;
    size_t percent = budget_memory() / 100;
    bool in_mib = s->limit_mib > 0;
    uint64_t spike =
        in_mib ? s->spike_limit_mib << MEBIBYTE_SHIFT : s->spike_limit_percentage * percent;

    if (s->check_interval_ms == 0)
        error_at(problems, node_near(node, "check_interval"),
                 "check_interval must be greater than zero, such as 1s");
    if (s->limit_mib == 0 && s->limit_percentage == 0) {
        error_at(problems, node_near(node, "limit_mib"),
                 "limit_mib or limit_percentage must be greater than zero");
        return;
    }
    s->hard = in_mib ? s->limit_mib << MEBIBYTE_SHIFT : s->limit_percentage * percent;
    if (spike >= s->hard)
        error_at(problems, node_near(node, in_mib ? "spike_limit_mib" : "spike_limit_percentage"),
                 "%s must be less than %s", in_mib ? "spike_limit_mib" : "spike_limit_percentage",
                 in_mib ? "limit_mib" : "limit_percentage");
    else
        s->soft = s->hard - (spike > 0 ? spike : s->hard / 100 * DEFAULT_SPIKE_PERCENT);
}

static const struct metric_family accepted[SIGNAL_KINDS] =
    SIGNAL_FAMILIES("otelcol_processor_memory_limiter_accepted_", "Number of ",
                    " successfully pushed into the next component. [Development]");
static const struct metric_family refused[SIGNAL_KINDS] =
    SIGNAL_FAMILIES("otelcol_processor_memory_limiter_refused_", "Number of ",
                    " that were refused, as too much memory was in use. [Development]");

static const struct limiter_counts *counts_of(struct limiter *self, enum signal signal)
{
    struct limiter_counts *counts = &self->counts[signal];

    if (!counts->accepted) {
        counts->accepted = metric_open(&accepted[signal], "processor", self->base.id, NULL);
        counts->refused = metric_open(&refused[signal], "processor", self->base.id, NULL);
    }
    return counts;
}

static size_t used_mib(void)
{
    return budget_used() >> MEBIBYTE_SHIFT;
}

static bool is_above(const struct limiter *self)
{
    return budget_used() > self->settings->soft;
}

static void resume(struct limiter *self)
{
    self->refuses = false;
    uv_timer_stop(&self->timer);
    log_limited(&self->resumed_log, LOG_INFO, self->base.where,
                "Memory usage back within limits. Resuming normal operation. (cur_mem_mib %zu)",
                used_mib());
}

static void on_check(uv_timer_t *timer)
{
    struct limiter *self = timer->data;

    if (!is_above(self))
        resume(self);
}

static void begin_to_refuse(struct limiter *self)
{
    uint64_t interval_ms = self->settings->check_interval_ms;

    self->refuses = true;
    uv_timer_start(&self->timer, on_check, interval_ms, interval_ms);
    log_limited(&self->refused_log, LOG_WARN, self->base.where,
                "Memory usage is above soft limit. Refusing data. (cur_mem_mib %zu) Clients try "
                "again; see why exporters do not empty it, or raise limit_mib",
                used_mib());
}

static struct result limiter_consume(struct component *base, struct batch *batch)
{
    struct limiter *self = (struct limiter *)base;
    const struct limiter_counts *counts = counts_of(self, batch->signal);

    if (is_above(self)) {
        if (!self->refuses)
            begin_to_refuse(self);
        metric_add(counts->refused, batch->items);
        return result_retry(RETRY_MS, "data refused due to high memory usage");
    }
    if (self->refuses)
        resume(self);
    metric_add(counts->accepted, batch->items);
    return component_pass(base, batch);
}

static struct component *limiter_create(const void *settings, struct worker *worker,
                                        struct error *err)
{
    struct limiter *self = mem_zero(sizeof(*self));

    (void)err;
    self->settings = settings;
    self->worker = worker;
    uv_timer_init(worker->loop, &self->timer);
    self->timer.data = self;
    return &self->base;
}

static bool limiter_start(struct component *base, struct error *err)
{
    struct limiter *self = (struct limiter *)base;
    const struct limiter_settings *s = self->settings;

    (void)err;
    if (self->worker->index == 0)
        log_info(base->where,
                 "Memory limiter configured: limit_mib %" PRIu64 ", spike_limit_mib %" PRIu64
                 ", check_interval %" PRIu64 " ms",
                 s->hard >> MEBIBYTE_SHIFT, (s->hard - s->soft) >> MEBIBYTE_SHIFT,
                 s->check_interval_ms);
    if (self->worker->index == 0 && s->soft >= budget_limit())
        log_warn(base->where,
                 "limit_mib has no effect: the memory budget of %zu MiB is used up before. Lower "
                 "limit_mib, or raise service.memory.limit_mib",
                 budget_limit() >> MEBIBYTE_SHIFT);
    return true;
}

static void on_closed(uv_handle_t *handle)
{
    struct limiter *self = handle->data;

    for (unsigned s = 0; s < SIGNAL_KINDS; s++) {
        metric_close(self->counts[s].accepted);
        metric_close(self->counts[s].refused);
    }
    free(self);
}

static void limiter_destroy(struct component *base)
{
    struct limiter *self = (struct limiter *)base;

    uv_close((uv_handle_t *)&self->timer, on_closed);
}

const struct component_type memory_limiter_processor = {
    .name = "memory_limiter",
    .kind = PROCESSOR,
    .signals = SIGNALS_ALL,
    .help = "refuses data for now while too much memory is in use",
    .fields = fields,
    .settings_size = sizeof(struct limiter_settings),
    .check = check,
    .create = limiter_create,
    .start = limiter_start,
    .consume = limiter_consume,
    .destroy = limiter_destroy,
};
