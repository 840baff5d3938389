/*
 * Overflow: what an exporter refuses is written as requests of a few MiB, in its lane.
 */
#include "pipeline/overflow.h"

#include <stdlib.h>

#include "base/mem.h"
#include "otlp/request_write.h"
#include "pipeline/journal_priv.h"

enum {
    RECORD_BYTES = 4 << 20, /* of one, where a single message is not larger */
    BUSY_RETRY_MS = 15      /* when so much waits to be written that more has to wait */
};

struct spill {
    struct draft draft;
    size_t unstored; /* items that are lost with the process while it waits */
};

/* ---- room ---- */

static size_t held_by(const struct component *exporter)
{
    return exporter->type->held_bytes ? exporter->type->held_bytes(exporter) : 0;
}

/* The exporter that a lane leads to now; NULL: none. */
static const struct component *exporter_of(const struct journal *lane)
{
    const struct inlet *inlet = inlet_find(lane, STR(""), TRACES);

    return inlet ? inlet->base.next[TRACES] : NULL;
}

/*
 * Whether an exporter holds more than its share, and another one of the journal not even half of
 * that: then it is the slow one. Where all are as slow, the journal falls behind, which costs less
 * than a lane for each.
 */
static bool lags(struct journal *trunk, const struct component *exporter)
{
    size_t held = held_by(exporter);

    if (held < journal_memory(trunk) / (trunk->lane_count + 1))
        return false;
    for (struct list *node = trunk->lanes.next; node != &trunk->lanes; node = node->next) {
        const struct component *other = exporter_of(LIST_ENTRY(node, struct journal, node));

        if (other && other != exporter && held_by(other) < held / 2)
            return true;
    }
    return false;
}

size_t overflow_lagging_bytes(struct journal *trunk)
{
    size_t bytes = 0;

    for (struct list *node = trunk->lanes.next; node != &trunk->lanes; node = node->next) {
        const struct component *exporter = exporter_of(LIST_ENTRY(node, struct journal, node));

        if (exporter && lags(trunk, exporter))
            bytes += held_by(exporter);
    }
    return bytes;
}

bool overflow_has_room(const struct inlet *inlet)
{
    struct journal *trunk = inlet->journal->trunk;
    const struct component *exporter = inlet->base.next[TRACES];
    size_t others = trunk->lane_count > 1 ? trunk->lane_count - 1 : 1;
    size_t most = journal_memory(trunk) / others; /* of all that may lag, so much together */

    return held_by(exporter) < most && entries_gone(inlet->journal).bytes < most &&
           !lags(trunk, exporter);
}

/* ---- to the disk ---- */

static void spill_ended(struct journal *j, struct draft *draft, bool written, bool was_behind)
{
    if (written && !was_behind)
        journal_fall_behind(j, draft->place);
    draft_done(draft);
    free(draft);
}

/* The bytes of a request: shared where they are a payload's; NULL: there is no memory for them. */
static struct bytes *take_bytes(const struct batch *batch, const struct pieces *request)
{
    struct bytes *whole = batch->slices[batch->slice_count - 1].payload->bodies[0], *copy;
    struct pieces_cursor cursor = {0};

    if (request->count == 1 && request->at[0].at == whole->at && request->len == whole->len)
        return bytes_ref(whole);
    copy = bytes_new(request->len);
    if (copy)
        copy->len = pieces_read(request, &cursor, copy->at, request->len);
    return copy;
}

/* Drafts for a batch whose payloads have the same metadata. False: there is no memory for all. */
static bool write_run(struct list *drafts, struct inlet *inlet, struct batch *batch,
                      const struct batch *run)
{
    struct request_writer *writer = request_writer_new(run);
    struct request_message message;
    struct bytes *body = NULL;

    while (request_writer_next(writer, RECORD_BYTES, SIZE_MAX, &message)) {
        struct spill *spill;

        body = take_bytes(run, &message.pieces);
        if (!body)
            break;
        spill = mem_zero(sizeof(*spill));
        draft_init(&spill->draft, inlet, batch, run->slices[0].payload, body);
        spill->draft.bytes = body->len;
        spill->draft.ended = spill_ended;
        list_push_back(drafts, &spill->draft.node);
    }
    request_writer_free(writer);
    return body != NULL || run->items == 0;
}

static bool same_metadata(const struct payload *a, const struct payload *b)
{
    if (!a->metadata || !b->metadata)
        return a->metadata == b->metadata;
    return str_eq(bytes_str(a->metadata), bytes_str(b->metadata));
}

/* Drafts for all of the batch. False: there is no memory for all. */
static bool write_batch(struct list *drafts, struct inlet *inlet, struct batch *batch)
{
    bool ok = true;

    for (size_t i = 0; ok && i < batch->slice_count;) {
        const struct slice *slice = &batch->slices[i], *first = slice;
        struct batch *run = batch_new(batch->signal);

        for (; i < batch->slice_count && same_metadata(first->payload, slice->payload);
             slice = &batch->slices[++i])
            batch_add(run, slice->payload, slice->first, slice->count);
        ok = write_run(drafts, inlet, batch, run);
        batch_unref(run);
    }
    return ok;
}

static void drop_all(struct list *drafts)
{
    struct list *node, *next;

    for (node = drafts->next; node != drafts; node = next) {
        struct draft *draft = LIST_ENTRY(node, struct draft, node);

        next = node->next;
        draft_done(draft);
        free(draft);
    }
}

static void add_all(struct list *drafts)
{
    struct list *node, *next;

    for (node = drafts->next; node != drafts; node = next) {
        next = node->next;
        list_remove(node);
        draft_add(LIST_ENTRY(node, struct draft, node));
    }
}

/* The batch is kept until it is written. */
static struct result spill(struct inlet *inlet, struct batch *batch)
{
    struct journal *j = inlet->journal;
    struct list drafts;

    if (j->failing_until_ms > uv_now(j->worker->loop) || j->waiting_bytes >= JOURNAL_GROUP_BYTES)
        return result_retry(BUSY_RETRY_MS, "the disk cannot keep up");
    if (store_is_full(j->store, j->waiting_bytes + batch_memory(batch)))
        return inlet_refuse_full(j);
    list_init(&drafts);
    if (!write_batch(&drafts, inlet, batch)) {
        drop_all(&drafts);
        return result_retry(BUSY_RETRY_MS, "the memory budget is used up");
    }
    if (!list_empty(&drafts)) /* its items count once, however many records they are */
        ((struct spill *)(void *)LIST_ENTRY(drafts.prev, struct draft, node))->unstored =
            batch_unstored(batch);
    add_all(&drafts);
    journal_work(j);
    return result_accepted();
}

/* ---- the component ---- */

static struct result overflow_consume(struct component *base, struct batch *batch)
{
    struct inlet *inlet = (struct inlet *)base;
    const struct journal *j = inlet->journal;
    struct result result;

    if (!j->behind && list_empty(&j->pending) && list_empty(&j->writing) &&
        overflow_has_room(inlet)) {
        result = consume(base->next[batch->signal], batch);
        if (result.verdict != RETRY_LATER)
            return result;
    }
    return spill(inlet, batch);
}

static size_t unstored(struct list *drafts, const struct inlet *inlet)
{
    size_t items = 0;

    for (struct list *node = drafts->next; node != drafts; node = node->next) {
        const struct draft *draft = LIST_ENTRY(node, struct draft, node);

        if (draft->inlet == inlet)
            items += ((const struct spill *)draft)->unstored;
    }
    return items;
}

static size_t overflow_held(const struct component *base)
{
    const struct inlet *inlet = (const struct inlet *)base;

    return unstored(&inlet->journal->pending, inlet) + unstored(&inlet->journal->writing, inlet);
}

static const struct component_type overflow = {
    .name = "overflow",
    .kind = PROCESSOR,
    .start = inlet_start,
    .consume = overflow_consume,
    .drain = inlet_drain,
    .held = overflow_held,
    .destroy = inlet_destroy,
};

bool overflow_leads_to(const struct component *component, const struct component *exporter)
{
    return component->type == &overflow && component->next[TRACES] == exporter;
}

struct component *overflow_new(struct journal *journal, struct component *exporter,
                               struct error *err)
{
    struct journal *lane = journal_lane(journal, exporter->where, err);
    struct inlet *inlet;

    if (!lane)
        return NULL;
    inlet = inlet_new(lane, &overflow, exporter->where, exporter->where);
    for (unsigned s = 0; s < SIGNAL_KINDS; s++)
        inlet->base.next[s] = exporter;
    return &inlet->base;
}
