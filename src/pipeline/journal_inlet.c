/*
 * Inlets: they take what receivers bring, and hold it until it is written.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "pipeline/journal_head.h"
#include "pipeline/journal_priv.h"

enum { METADATA_MAX = SPOOL_HEAD_MAX / 2 };

/* Metadata so long that no record has room for it goes on from memory only. */
static void write_head(struct buf *out, const struct inlet *inlet, const struct payload *payload)
{
    struct journal_head head = {payload->signal, str_of(inlet->id), {NULL, 0}};

    if (payload->metadata && payload->metadata->len <= METADATA_MAX)
        head.metadata = bytes_str(payload->metadata);
    journal_head_write(out, &head);
}

static struct result refuse_full(struct journal *j)
{
    log_limited(&j->full_log, LOG_WARN, j->where,
                "is full (%.1f MiB): clients are told to try again",
                (double)store_bytes(j->store) / (1 << 20));
    return result_retry(JOURNAL_RETRY_MS, "the disk queue is full");
}

static struct result inlet_consume(struct component *base, struct batch *batch)
{
    struct inlet *inlet = (struct inlet *)base;
    struct journal *j = inlet->journal;
    struct payload *payload = batch->slices[0].payload;
    struct entry *entry;

    assert(batch->slice_count == 1 && !payload->origin); /* as a receiver makes it */
    if (j->failing_until_ms > uv_now(j->worker->loop))
        return result_retry(JOURNAL_RETRY_MS, "the disk queue cannot be written");
    if (payload->bodies[0]->len > SPOOL_BODY_MAX)
        return result_rejected("larger than a record of the disk queue may be");
    if (store_is_full(j->store, j->waiting_bytes + payload->bodies[0]->len))
        return refuse_full(j);
    entry = entry_new(j, payload);
    entry->inlet = inlet;
    entry->batch = batch_ref(batch);
    batch_hold(batch);
    write_head(&entry->head, inlet, payload);
    list_push_back(&j->pending, &entry->node);
    inlet->waiting++;
    j->pending_bytes += entry->bytes;
    j->waiting_bytes += entry->bytes;
    j->worker->held_bytes += batch->bytes;
    journal_work(j);
    return result_accepted();
}

static bool inlet_start(struct component *base, struct error *err)
{
    (void)err;
    journal_work(((struct inlet *)base)->journal);
    return true;
}

struct inlet *inlet_find(const struct journal *j, struct str id, enum signal signal)
{
    struct inlet *other = NULL;

    for (struct list *node = j->inlets.next; node != &j->inlets; node = node->next) {
        struct inlet *inlet = LIST_ENTRY(node, struct inlet, node);

        if (inlet->signal != signal || inlet->drained)
            continue;
        if (str_eq(str_of(inlet->id), id))
            return inlet;
        other = inlet;
    }
    return other;
}

void inlets_tell_drained(struct journal *j)
{
    struct list *next;

    for (struct list *node = j->inlets.next; node != &j->inlets; node = next) {
        struct inlet *inlet = LIST_ENTRY(node, struct inlet, node);

        next = node->next;
        if (!inlet->drained || inlet->told || inlet->waiting > 0)
            continue;
        inlet->told = true;
        inlet->drained(&inlet->base);
    }
}

static void inlet_drain(struct component *base, component_drained_cb *drained)
{
    struct inlet *inlet = (struct inlet *)base;
    struct journal *j = inlet->journal;

    if (!inlet->drained)
        j->open_inlets--;
    inlet->drained = drained;
    inlet->told = false;
    journal_work(j);
    inlets_tell_drained(j);
}

/* Its entries go on without it. */
static void forget(struct list *entries, const struct inlet *inlet)
{
    for (struct list *node = entries->next; node != entries; node = node->next) {
        struct entry *entry = LIST_ENTRY(node, struct entry, node);

        if (entry->inlet == inlet)
            entry->inlet = NULL;
    }
}

static void inlet_destroy(struct component *base)
{
    struct inlet *inlet = (struct inlet *)base;

    if (!inlet->drained)
        inlet->journal->open_inlets--;
    forget(&inlet->journal->pending, inlet);
    forget(&inlet->journal->writing, inlet);
    list_remove(&inlet->node);
    free(inlet);
}

static const struct component_type journal_inlet = {
    .name = "journal",
    .kind = PROCESSOR,
    .start = inlet_start,
    .consume = inlet_consume,
    .drain = inlet_drain,
    .destroy = inlet_destroy,
};

struct component *journal_inlet_new(struct journal *journal, const char *id, enum signal signal,
                                    struct component *next, const char *where)
{
    struct inlet *inlet = mem_zero(sizeof(*inlet));

    inlet->base = (struct component){.type = &journal_inlet, .id = "journal", .where = where};
    inlet->base.next[signal] = next;
    inlet->journal = journal;
    inlet->id = id;
    inlet->signal = signal;
    list_push_front(&journal->inlets, &inlet->node); /* before one that it takes the place of */
    journal->open_inlets++;
    return &inlet->base;
}
