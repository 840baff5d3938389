/*
 * Writes what comes to a file: lines of OTLP/JSON, or protobuf; `otelc replay` sends them on.
 *
 *     consume -> queue --flush_interval, or 1 MiB--> job in libuv's threads -> file_set
 *                  ^                                    |
 *                  '-- what could not be written, later-'
 *
 * What was accepted waits in memory until it is in the file. While that cannot be written, or is
 * slower than what comes, more is refused for now. One job is under way at a time, and has the
 * files; everything else is the loop's.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "exporters/file_set.h"
#include "otlp/group.h"
#include "otlp/span.h"
#include "pipeline/component.h"
#include "pipeline/exporter_metrics.h"
#include "pipeline/worker.h"

enum {
    FLUSH_BYTES = 1 << 20, /* of batches that do not wait any longer */
    HELD_BYTES = 64 << 20, /* of batches that wait for the disk */
    RETRY_MS = 1000
};

struct file_exporter {
    struct component base;
    struct exporter_metrics metrics;
    const struct file_settings *settings; /* borrowed from the configuration */
    struct worker *worker;                /* borrowed */
    struct file_set *set;                 /* owned; the job's while one is under way */
    struct list queue;                    /* struct file_entry */
    size_t queued_bytes;                  /* of their batches */
    size_t held_bytes, unstored;          /* of the queue and the job */
    uv_timer_t timer;
    bool due;    /* it has fired */
    bool prompt; /* nothing waits for the timer any more: it has been drained once */
    bool open;   /* the files may be open */

    uv_work_t work;
    bool busy;                    /* a job is under way; it has: */
    struct list writing, written; /* struct file_entry */
    bool closes, good;
    struct error error;

    bool failing; /* the last job could not write all */
    struct log_limit failures;
    struct file_exporter *heir; /* after a reload; or NULL */
    bool released;              /* the heir has been told that the files are closed */
    unsigned blocked;           /* by exporters that this one is the heir of */
    component_drained_cb *drained;
    bool destroyed, closed; /* closed: the timer is */
};

/* ---- entries ---- */

static void entry_free(struct file_exporter *self, struct file_entry *entry)
{
    self->held_bytes -= entry->batch->bytes;
    self->unstored -= entry->unstored;
    self->worker->held_bytes -= entry->unstored > 0 ? entry->batch->bytes : 0;
    batch_unref(entry->batch);
    free(entry->segment);
    free(entry);
}

static void free_all(struct file_exporter *self, struct list *entries)
{
    struct list *node, *next;

    for (node = entries->next; node != entries; node = next) {
        next = node->next;
        entry_free(self, LIST_ENTRY(node, struct file_entry, node));
    }
    list_init(entries);
}

/* Takes over the segment. */
static struct file_entry *entry_add(struct file_exporter *self, struct batch *batch, char *segment)
{
    struct file_entry *entry = mem_zero(sizeof(*entry));

    entry->batch = batch_ref(batch);
    entry->segment = segment;
    list_push_back(&self->queue, &entry->node);
    return entry;
}

/* When its batch has all that it will have. */
static void entry_count(struct file_exporter *self, struct file_entry *entry)
{
    size_t bytes = entry->batch->bytes;

    entry->unstored = batch_unstored(entry->batch);
    self->queued_bytes += bytes;
    self->held_bytes += bytes;
    self->unstored += entry->unstored;
    self->worker->held_bytes += entry->unstored > 0 ? bytes : 0;
}

/* ---- group_by ---- */

static char *segment_of(const struct file_exporter *self, const struct group *group)
{
    struct str wanted = str_of(self->settings->group_by.resource_attribute);
    struct attribute_view attribute;
    struct resource_view resource;

    resource_read(group->resource, &resource);
    while (attribute_next(&resource.attributes, &attribute))
        if (str_eq(attribute.key, wanted) && attribute.value.kind == VALUE_STRING)
            return file_segment(attribute.value.bytes);
    return mem_text("unknown");
}

/* Of those behind a place in the queue; the segment becomes the entry's, or is freed. */
static struct batch *batch_for(struct file_exporter *self, struct list *behind, char *segment,
                               enum signal signal)
{
    struct batch *batch;

    for (struct list *node = behind->next; node != &self->queue; node = node->next) {
        struct file_entry *entry = LIST_ENTRY(node, struct file_entry, node);

        if (strcmp(entry->segment, segment) == 0) {
            free(segment);
            return entry->batch;
        }
    }
    batch = batch_new(signal);
    entry_add(self, batch, segment);
    batch_unref(batch);
    return batch;
}

static void enqueue_groups(struct file_exporter *self, const struct batch *batch)
{
    struct groups *groups = groups_new(batch);
    struct list *behind = self->queue.prev;

    for (size_t i = 0; i < groups->count; i++) {
        struct batch *part =
            batch_for(self, behind, segment_of(self, &groups->at[i]), batch->signal);

        for (const struct group_run *run = groups->at[i].runs; run; run = run->next)
            batch_add(part, (struct payload *)(uintptr_t)run->payload, run->first, run->count);
    }
    groups_free(groups);
    for (struct list *node = behind->next; node != &self->queue; node = node->next)
        entry_count(self, LIST_ENTRY(node, struct file_entry, node));
}

static void enqueue(struct file_exporter *self, struct batch *batch)
{
    if (batch->items == 0)
        return;
    if (self->settings->group_by.enabled)
        enqueue_groups(self, batch);
    else
        entry_count(self, entry_add(self, batch, NULL));
}

/* ---- jobs ---- */

static void move(struct file_exporter *self);

static void run_job(uv_work_t *work) /* on a thread of libuv's */
{
    struct file_exporter *self = work->data;

    self->good = file_set_write(self->set, &self->writing, &self->written, &self->error);
    if (self->closes && !file_set_close(self->set))
        self->good = error_set(&self->error, "cannot write all to the disk");
}

static void free_last(struct file_exporter *self)
{
    file_set_free(self->set);
    exporter_metrics_done(&self->metrics);
    free(self);
}

static void tell(struct file_exporter *self)
{
    if (!self->good)
        log_limited(&self->failures, LOG_ERROR, self->base.where,
                    "%s; it is tried again every second, meanwhile more is refused%s",
                    self->error.text,
                    strstr(self->error.text, "No space") ? " (make room on the disk, or set "
                                                           "rotation.max_backups)"
                                                         : "");
    else if (self->failing)
        log_info(self->base.where, "can be written again");
    self->failing = !self->good;
}

/* What a job has not written goes on waiting, before all else. */
static void put_back(struct file_exporter *self)
{
    while (!list_empty(&self->writing)) {
        struct list *node = self->writing.prev;

        list_remove(node);
        list_push_front(&self->queue, node);
        self->queued_bytes += LIST_ENTRY(node, struct file_entry, node)->batch->bytes;
    }
}

static void count_written(struct file_exporter *self)
{
    for (struct list *node = self->written.next; node != &self->written; node = node->next)
        exporter_metrics_sent(&self->metrics, LIST_ENTRY(node, struct file_entry, node)->batch);
}

static void on_job_done(uv_work_t *work, int status)
{
    struct file_exporter *self = work->data;

    (void)status; /* it is never cancelled */
    self->busy = false;
    count_written(self);
    free_all(self, &self->written);
    if (self->destroyed) {
        free_all(self, &self->writing);
        if (self->closed)
            free_last(self);
        return;
    }
    self->due = self->good && !list_empty(&self->writing); /* the next part of it */
    tell(self);
    put_back(self);
    move(self);
}

static void begin_job(struct file_exporter *self, bool closes)
{
    while (!list_empty(&self->queue)) {
        struct list *node = self->queue.next;

        list_remove(node);
        list_push_back(&self->writing, node);
    }
    self->queued_bytes = 0;
    self->due = false;
    self->busy = true;
    self->closes = closes;
    self->open = !closes;
    uv_timer_stop(&self->timer);
    uv_queue_work(self->worker->loop, &self->work, run_job, on_job_done);
}

static void on_due(uv_timer_t *timer)
{
    struct file_exporter *self = timer->data;

    self->due = true;
    move(self);
}

static bool is_urgent(const struct file_exporter *self)
{
    return self->due || (!self->failing && (self->prompt || self->queued_bytes >= FLUSH_BYTES ||
                                            self->settings->flush_interval_ms == 0));
}

static struct file_exporter *successor(struct file_exporter *self)
{
    while (self->heir)
        self = self->heir;
    return self;
}

static void give_to_heir(struct file_exporter *self)
{
    struct file_exporter *heir = successor(self);

    for (struct list *node = self->queue.next; node != &self->queue; node = node->next)
        enqueue(heir, LIST_ENTRY(node, struct file_entry, node)->batch);
    free_all(self, &self->queue);
    self->queued_bytes = 0;
}

/* Nothing waits, and the files are closed. */
static void end(struct file_exporter *self)
{
    component_drained_cb *drained = self->drained;

    self->drained = NULL;
    if (self->heir && !self->released) {
        self->released = true;
        self->heir->blocked--;
        move(self->heir);
    }
    if (drained)
        drained(&self->base);
}

/* Begins what is to be done next. */
static void move(struct file_exporter *self)
{
    if (self->busy || self->blocked > 0)
        return;
    if (self->heir)
        give_to_heir(self);
    if (!list_empty(&self->queue)) {
        if (is_urgent(self))
            begin_job(self, false);
        else if (!uv_is_active((uv_handle_t *)&self->timer))
            uv_timer_start(&self->timer, on_due,
                           self->failing ? RETRY_MS : self->settings->flush_interval_ms, 0);
    } else if ((self->drained || self->heir) && self->open) {
        begin_job(self, true);
    } else if (self->drained || self->heir) {
        end(self);
    }
}

/* ---- the component ---- */

static struct component *file_create(const void *settings, struct worker *worker, struct error *err)
{
    struct file_exporter *self = mem_zero(sizeof(*self));

    (void)err;
    self->settings = settings;
    self->worker = worker;
    list_init(&self->queue);
    list_init(&self->writing);
    list_init(&self->written);
    self->work.data = self;
    uv_timer_init(worker->loop, &self->timer);
    self->timer.data = self;
    return &self->base;
}

/* The data of all workers come to the first one's instance: it alone has the file. */
static bool file_start(struct component *base, struct error *err)
{
    struct file_exporter *self = (struct file_exporter *)base;
    const struct file_settings *s = self->settings;

    exporter_metrics_init(&self->metrics, base->where, 0);
    exporter_metrics_expect(&self->metrics, base->signals);
    self->set = file_set_new(s, base->where);
    if (self->worker->index > 0)
        return true;
    self->open = true;
    if (!file_set_open(self->set, err))
        return false;
    log_info(base->where, "writes %s%s to %s", s->compression > 0 ? "zstd-compressed " : "",
             s->form == FILE_JSON ? "OTLP/JSON" : "OTLP/protobuf", s->path);
    return true;
}

static struct result file_consume(struct component *base, struct batch *batch)
{
    struct file_exporter *self = successor((struct file_exporter *)base);

    if (self->failing)
        return result_retry(RETRY_MS, "the file cannot be written");
    if (self->held_bytes > 0 && self->held_bytes + batch->bytes > HELD_BYTES)
        return result_retry(RETRY_MS, "the file is written more slowly than data come");
    enqueue(self, batch);
    move(self);
    return result_accepted();
}

static void file_drain(struct component *base, component_drained_cb *drained)
{
    struct file_exporter *self = (struct file_exporter *)base;

    self->drained = drained;
    self->prompt = true;
    move(self);
}

/* The heir writes when the files are closed here; to the same one it appends. */
static void file_bequeath(struct component *base, struct component *to)
{
    struct file_exporter *self = (struct file_exporter *)base;
    struct file_exporter *heir = (struct file_exporter *)to;

    self->heir = heir;
    heir->blocked++;
    if (!heir->busy && strcmp(self->settings->path, heir->settings->path) == 0)
        file_set_append(heir->set);
    move(self);
}

static size_t file_held(const struct component *base)
{
    return ((const struct file_exporter *)base)->unstored;
}

static void on_closed(uv_handle_t *handle)
{
    struct file_exporter *self = handle->data;

    self->closed = true;
    if (!self->busy)
        free_last(self);
}

static void file_destroy(struct component *base)
{
    struct file_exporter *self = (struct file_exporter *)base;

    self->destroyed = true;
    free_all(self, &self->queue);
    uv_close((uv_handle_t *)&self->timer, on_closed);
}

const struct component_type file_exporter = {
    .name = "file",
    .kind = EXPORTER,
    .signals = SIGNALS_ALL,
    .placement = ONE_WORKER,
    .help = "writes OTLP/JSON or protobuf to a file, which otelc replay sends on",
    .fields = file_fields,
    .settings_size = sizeof(struct file_settings),
    .check = file_check,
    .create = file_create,
    .start = file_start,
    .consume = file_consume,
    .drain = file_drain,
    .bequeath = file_bequeath,
    .held = file_held,
    .destroy = file_destroy,
};
