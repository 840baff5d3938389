/*
 * Inlets: they take what receivers bring, and hold it until it is written.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "pipeline/journal_head.h"
#include "pipeline/journal_priv.h"

enum { METADATA_MAX = SPOOL_HEAD_MAX / 2 };

void draft_init(struct draft *draft, struct inlet *inlet, struct batch *batch,
                const struct payload *payload, struct bytes *body)
{
    struct journal_head head = {payload->signal, str_of(inlet->id), {NULL, 0}};

    draft->inlet = inlet;
    draft->batch = batch_ref(batch);
    draft->body = body;
    list_init(&draft->node);
    if (payload->metadata && payload->metadata->len <= METADATA_MAX)
        head.metadata = bytes_str(payload->metadata); /* a longer one goes on from memory only */
    journal_head_write(&draft->head, &head);
}

void draft_done(struct draft *draft)
{
    batch_unref(draft->batch);
    bytes_unref(draft->body);
    buf_done(&draft->head);
    draft->inlet = NULL;
    draft->batch = NULL;
    draft->body = NULL;
}

void draft_add(struct draft *draft)
{
    struct journal *j = draft->inlet->journal;

    list_push_back(&j->pending, &draft->node);
    draft->inlet->waiting++;
    j->pending_bytes += draft->bytes;
    j->waiting_bytes += draft->bytes;
}

struct result inlet_refuse_full(struct journal *j)
{
    log_limited(&j->full_log, LOG_WARN, j->where,
                "is full (%.1f MiB): %s; see why its exporters do not empty it, or raise max_size",
                (double)store_bytes(j->store) / (1 << 20),
                j->trunk ? "what comes waits in memory" : "clients are told to try again");
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
    if (store_is_full(j->store,
                      j->waiting_bytes + payload->bodies[0]->len +
                          (j->lane_count > 0 ? store_spare(j->store, j->worker->count) : 0)))
        return inlet_refuse_full(j);
    entry = entry_new(j, payload);
    batch_hold(batch);
    draft_init(&entry->draft, inlet, batch, payload, bytes_ref(payload->bodies[0]));
    entry->draft.bytes = entry->bytes;
    draft_add(&entry->draft);
    j->worker->held_bytes += batch->bytes;
    journal_work(j);
    return result_accepted();
}

bool inlet_start(struct component *base, struct error *err)
{
    (void)err;
    journal_work(((struct inlet *)base)->journal);
    return true;
}

/* All lanes of the configuration are there when the inlets start. */
static bool trunk_start(struct component *base, struct error *err)
{
    journal_tell_homeless(((struct inlet *)base)->journal);
    return inlet_start(base, err);
}

struct inlet *inlet_find(const struct journal *j, struct str id, enum signal signal)
{
    struct inlet *other = NULL;

    for (struct list *node = j->inlets.next; node != &j->inlets; node = node->next) {
        struct inlet *inlet = LIST_ENTRY(node, struct inlet, node);

        if (!inlet->base.next[signal] || inlet->drained)
            continue;
        if (j->trunk || str_eq(str_of(inlet->id), id))
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

void inlet_drain(struct component *base, component_drained_cb *drained)
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

/* Its drafts go on without it. */
static void forget(struct list *drafts, const struct inlet *inlet)
{
    for (struct list *node = drafts->next; node != drafts; node = node->next) {
        struct draft *draft = LIST_ENTRY(node, struct draft, node);

        if (draft->inlet == inlet)
            draft->inlet = NULL;
    }
}

void inlet_destroy(struct component *base)
{
    struct inlet *inlet = (struct inlet *)base;

    if (!inlet->drained)
        inlet->journal->open_inlets--;
    forget(&inlet->journal->pending, inlet);
    forget(&inlet->journal->writing, inlet);
    list_remove(&inlet->node);
    free(inlet);
}

struct inlet *inlet_new(struct journal *journal, const struct component_type *type, const char *id,
                        const char *where)
{
    struct inlet *inlet = mem_zero(sizeof(*inlet));

    inlet->base = (struct component){.type = type, .id = type->name, .where = where};
    inlet->journal = journal;
    inlet->id = id;
    list_push_front(&journal->inlets, &inlet->node); /* before one that it takes the place of */
    journal->open_inlets++;
    return inlet;
}

static const struct component_type journal_inlet = {
    .name = "journal",
    .kind = PROCESSOR,
    .start = trunk_start,
    .consume = inlet_consume,
    .drain = inlet_drain,
    .destroy = inlet_destroy,
};

struct component *journal_inlet_new(struct journal *journal, const char *id, enum signal signal,
                                    struct component *next, const char *where)
{
    struct inlet *inlet = inlet_new(journal, &journal_inlet, id, where);

    inlet->base.next[signal] = next;
    return &inlet->base;
}
