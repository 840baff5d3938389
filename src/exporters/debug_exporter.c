/*
 * Shows what arrives, in the log or at places of its own: for the first look at a pipeline.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "exporters/debug_output.h"
#include "exporters/debug_text.h"
#include "pipeline/component.h"
#include "pipeline/exporter_metrics.h"
#include "pipeline/worker.h"

enum { TEXT_KEPT = 1 << 20 /* bytes, for the next batch */ };

struct debug_settings {
    unsigned verbosity;           /* enum verbosity */
    unsigned loglevel;            /* of the old exporter `logging`; index into loglevels */
    uint64_t sampling_initial;    /* batches shown in each second */
    uint64_t sampling_thereafter; /* then every so many; 0: none */
    bool use_internal_logger;
    struct string_list output_paths; /* where not to the log; none: stdout */
};

struct debug_exporter {
    struct component base;
    struct exporter_metrics metrics;
    const struct debug_settings *settings; /* borrowed from the configuration */
    uv_loop_t *loop;
    uint64_t second; /* of the loop's clock, that `batches` counts in */
    uint64_t batches;
    struct buf text; /* reused */
    struct debug_output output;
};

static const char *const verbosities[] = {"basic", "normal", "detailed", NULL};
static const char *const loglevels[] = {"info",   "debug", "warn",  "warning", "error",
                                        "dpanic", "panic", "fatal", NULL};

#define OLD_LEVEL "write it as verbosity: debug is detailed, info is normal, the others are basic"

static const struct field fields[] = {
    FIELD_CHOICE(struct debug_settings, verbosity, "verbosity", "basic", verbosities,
                 "basic: a line for each batch; normal: and for each span, data point "
                 "and log record; detailed: everything"),
    FIELD_UINT(struct debug_settings, sampling_initial, "sampling_initial", "2", 0, UINT32_MAX,
               "batches that are shown in each second"),
    FIELD_UINT(struct debug_settings, sampling_thereafter, "sampling_thereafter", "1", 0,
               UINT32_MAX, "and of those beyond, every so many; 0: none"),
    {.name = "loglevel",
     .type = FIELD_TYPE_CHOICE,
     .offset = offsetof(struct debug_settings, loglevel),
     .choices = loglevels,
     .help = "of the old exporter logging",
     .note = OLD_LEVEL},
    {.name = "logLevel",
     .type = FIELD_TYPE_CHOICE,
     .offset = offsetof(struct debug_settings, loglevel),
     .choices = loglevels,
     .help = "of the old exporter logging",
     .note = OLD_LEVEL},
    FIELD_BOOL(struct debug_settings, use_internal_logger, "use_internal_logger", "true",
               "to the program's log, at info; false: to output_paths, whatever the log's level"),
    FIELD_STRINGS(struct debug_settings, output_paths, "output_paths",
                  "stdout, stderr, or files that are appended to; none: stdout"),
    FIELD_IGNORED("sending_queue", "nothing waits here"),
    FIELD_END,
};

/* The old key decides where the new one is absent. */
static void check(void *settings, const struct node *node, struct problems *problems)
{
    static const enum verbosity of_level[] = {VERBOSITY_NORMAL, VERBOSITY_DETAILED};
    struct debug_settings *s = settings;

    if (!node_get(node, "verbosity") && (node_get(node, "loglevel") || node_get(node, "logLevel")))
        s->verbosity = s->loglevel < 2 ? of_level[s->loglevel] : VERBOSITY_BASIC;
    if (s->use_internal_logger && s->output_paths.count > 0)
        warning_at(problems, node_near(node, "output_paths"),
                   "output_paths has no effect: write use_internal_logger: false beside it");
    if (s->output_paths.count > DEBUG_OUTPUTS_MAX)
        error_at(problems, node_near(node, "output_paths"), "output_paths has %d places at most",
                 DEBUG_OUTPUTS_MAX);
    for (size_t i = 0; i < s->output_paths.count; i++)
        if (!*s->output_paths.at[i])
            error_at(problems, node_near(node, "output_paths"),
                     "output_paths has an empty name: write stdout, stderr or a file");
}

/* The first so many of a second, then every n-th. */
static bool is_shown(struct debug_exporter *self, uint64_t second)
{
    uint64_t beyond;

    if (second != self->second) {
        self->second = second;
        self->batches = 0;
    }
    if (self->batches++ < self->settings->sampling_initial)
        return true;
    beyond = self->batches - self->settings->sampling_initial;
    return self->settings->sampling_thereafter > 0 &&
           beyond % self->settings->sampling_thereafter == 0;
}

/* Its one line, with the text below. */
static void show(const struct debug_exporter *self, const struct batch *batch, size_t resources)
{
    char line[128];
    size_t metrics = 0;

    switch (batch->signal) {
    case METRICS:
        for (size_t i = 0; i < batch->slice_count; i++)
            metrics += batch->slices[i].count;
        snprintf(line, sizeof(line),
                 "Metrics {\"resource metrics\": %zu, \"metrics\": %zu, \"data points\": %zu}",
                 resources, metrics, batch->items);
        break;
    case LOGS:
        snprintf(line, sizeof(line), "Logs {\"resource logs\": %zu, \"log records\": %zu}",
                 resources, batch->items);
        break;
    default:
        snprintf(line, sizeof(line), "Traces {\"resource spans\": %zu, \"spans\": %zu}", resources,
                 batch->items);
        break;
    }
    if (self->settings->use_internal_logger)
        log_block(self->base.where, buf_str(&self->text), "%s", line);
    else
        debug_output_write(&self->output, self->base.where, line, buf_str(&self->text));
}

static struct result debug_consume(struct component *base, struct batch *batch)
{
    struct debug_exporter *self = (struct debug_exporter *)base;
    size_t resources;

    exporter_metrics_sent(&self->metrics, batch);
    if (!is_shown(self, uv_now(self->loop) / 1000))
        return result_accepted();
    buf_reset(&self->text);
    resources = debug_text(&self->text, batch, (enum verbosity)self->settings->verbosity);
    show(self, batch, resources);
    if (self->text.cap > TEXT_KEPT)
        buf_done(&self->text);
    return result_accepted();
}

static struct component *debug_create(const void *settings, struct worker *worker,
                                      struct error *err)
{
    struct debug_exporter *self = mem_zero(sizeof(*self));

    (void)err;
    self->settings = settings;
    self->loop = worker->loop;
    return &self->base;
}

static bool debug_start(struct component *base, struct error *err)
{
    struct debug_exporter *self = (struct debug_exporter *)base;

    exporter_metrics_init(&self->metrics, base->where, 0);
    exporter_metrics_expect(&self->metrics, base->signals);
    return self->settings->use_internal_logger ||
           debug_output_open(&self->output, &self->settings->output_paths, err);
}

static void debug_destroy(struct component *base)
{
    struct debug_exporter *self = (struct debug_exporter *)base;

    buf_done(&self->text);
    debug_output_close(&self->output);
    exporter_metrics_done(&self->metrics);
    free(self);
}

static const char *const old_names[] = {"logging", NULL};

const struct component_type debug_exporter = {
    .name = "debug",
    .old_names = old_names,
    .kind = EXPORTER,
    .signals = SIGNALS_ALL,
    .help = "shows what arrives, in the log",
    .fields = fields,
    .settings_size = sizeof(struct debug_settings),
    .check = check,
    .create = debug_create,
    .start = debug_start,
    .consume = debug_consume,
    .destroy = debug_destroy,
};
