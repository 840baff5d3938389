/*
 * Entries: payloads that are on disk, or about to be.
 *
 *     pending --job--> written --handed on--> in memory, downstream --gone--> marked as done
 *                 |            '-- no room now: left on disk, out of memory
 *                 '-- not written: the client is refused
 *
 * While nothing is left on disk, entries are handed on as soon as they are written. When one is
 * refused, or too much is in memory already, the journal falls behind: from there on entries are
 * left where they are written and read back in order, until the reader has caught up.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "pipeline/journal_head.h"
#include "pipeline/journal_priv.h"

/* ---- what is let go of ---- */

/* With the lock. */
static void add_gone(struct journal *j, struct spool_place place)
{
    j->gone = mem_room(j->gone, j->gone_count, &j->gone_cap, sizeof(*j->gone));
    j->gone[j->gone_count++] = place;
}

static void on_gone(struct origin *origin)
{
    struct entry *entry = (struct entry *)origin;
    struct journal *j = entry->journal;
    bool over;

    uv_mutex_lock(&j->lock);
    if (!entry->left && !j->closed)
        add_gone(j, entry->draft.place);
    j->entries--;
    j->bytes -= entry->bytes;
    over = j->over && j->entries == 0;
    uv_mutex_unlock(&j->lock);
    free(entry);
    if (over)
        journal_destroy(j);
}

struct entry *entry_new(struct journal *j, struct payload *payload)
{
    struct entry *entry = mem_zero(sizeof(*entry));

    atomic_init(&entry->origin.refs, 1);
    entry->origin.gone = on_gone;
    entry->journal = j;
    entry->bytes = payload->bodies[0]->len + payload->cost;
    list_init(&entry->draft.node);
    entry->draft.ended = entry_ended;
    payload->origin = &entry->origin;
    uv_mutex_lock(&j->lock);
    j->entries++;
    j->bytes += entry->bytes;
    uv_mutex_unlock(&j->lock);
    return entry;
}

struct journal_gone entries_gone(struct journal *j)
{
    struct journal_gone gone;

    uv_mutex_lock(&j->lock);
    gone = (struct journal_gone){j->gone_count, j->entries, j->bytes};
    uv_mutex_unlock(&j->lock);
    return gone;
}

/* For one more. What waits to be written does not count: it goes on, or goes, by itself. */
static bool has_memory(struct journal *j, const struct inlet *inlet, size_t own_bytes)
{
    if (j->trunk)
        return overflow_has_room(inlet);
    return entries_gone(j).bytes <
           journal_memory(j) + overflow_lagging_bytes(j) + j->waiting_bytes + own_bytes;
}

/* It was accepted and held; refused after all, it stays until the next start. */
static void on_settled(void *arg, struct result result)
{
    struct entry *entry = arg;

    if (result.verdict == RETRY_LATER)
        entry->left = true;
}

/* In a batch of its own: who brought it does not wait for what becomes of it behind the disk. */
static struct result pass(struct entry *entry, struct inlet *inlet, struct payload *payload)
{
    struct batch *batch = batch_of(payload);
    struct result result = consume(inlet->base.next[payload->signal], batch);

    if (result.verdict == ACCEPTED)
        result = batch->wait.result; /* of those that have settled it already */
    entry->left = result.verdict == RETRY_LATER;
    batch->wait.settled = on_settled;
    batch->wait.arg = entry;
    batch_unref(batch);
    return result;
}

/* ---- from memory ---- */

void journal_fall_behind(struct journal *j, struct spool_place place)
{
    if (!j->behind) {
        j->reader = place;
        j->behind_ms = uv_now(j->worker->loop);
    }
    j->behind = true;
    j->ended = false;
}

/* Either way it is accepted, unless it is refused for good. */
static struct result hand_on(struct entry *entry, struct inlet *inlet, struct payload *payload)
{
    struct journal *j = entry->journal;
    struct result result = result_retry(0, "");

    if (inlet && !j->behind && has_memory(j, inlet, entry->bytes))
        result = pass(entry, inlet, payload);
    if (result.verdict != RETRY_LATER)
        return result;
    entry->left = true;
    journal_fall_behind(j, entry->draft.place);
    return result_accepted();
}

void entry_ended(struct journal *j, struct draft *draft, bool written, bool was_behind)
{
    struct result result = result_retry(JOURNAL_RETRY_MS, "the disk queue cannot be written");
    struct entry *entry = LIST_ENTRY(draft, struct entry, draft);
    struct batch *batch = batch_ref(draft->batch);
    struct inlet *inlet = draft->inlet;

    j->worker->held_bytes -= batch->bytes;
    draft_done(draft);
    if (!written || was_behind)
        entry->left = true;
    if (written)
        result = was_behind ? result_accepted() : hand_on(entry, inlet, batch->slices[0].payload);
    batch_settle(batch, result);
    batch_unref(batch);
}

/* ---- from the disk ---- */

static void log_dropped(struct journal *j, const struct spool_found *found, const char *why)
{
    log_limited(&j->dropped_log, LOG_ERROR, j->where, "dropped a record of %zu bytes: %s",
                found->body->len, why);
}

/* It goes no further; true, so that it is passed over. */
static bool drop(struct journal *j, const struct spool_found *found, const char *why)
{
    log_dropped(j, found, why);
    uv_mutex_lock(&j->lock);
    add_gone(j, found->place);
    uv_mutex_unlock(&j->lock);
    return true;
}

/* NULL of nothing. False: there is no memory for it now. */
static bool copy(struct str text, struct bytes **bytes)
{
    *bytes = text.len > 0 ? bytes_new(text.len) : NULL;
    if (!*bytes)
        return text.len == 0;
    memcpy((*bytes)->at, text.at, text.len);
    (*bytes)->len = text.len;
    return true;
}

/* NULL: there is no memory for it now, or the report says what is wrong with it. */
static struct payload *read_payload(const struct spool_found *found,
                                    const struct journal_head *head, struct payload_report *report)
{
    struct bytes *metadata;
    struct payload *payload;

    report->verdict = PAYLOAD_NO_ROOM;
    if (!copy(head->metadata, &metadata))
        return NULL;
    payload = payload_read(head->signal, bytes_ref(found->body), report);
    if (payload)
        payload->metadata = metadata;
    else
        bytes_unref(metadata);
    return payload;
}

/* The payload of a record that nobody has refused yet, with its entry; NULL as read_payload(). */
static struct payload *prepare(struct journal *j, const struct spool_found *found,
                               const struct journal_head *head, struct payload_report *report)
{
    struct payload *payload = read_payload(found, head, report);

    if (payload)
        entry_new(j, payload)->draft.place = found->place;
    return payload;
}

/* False: refused for now; it is offered again, and not read anew for that. */
static bool offer(struct journal *j, const struct spool_found *found, struct inlet *inlet,
                  struct payload *payload)
{
    struct result result = pass((struct entry *)payload->origin, inlet, payload);

    j->offered = result.verdict == RETRY_LATER ? payload : NULL;
    if (j->offered)
        return false;
    payload_unref(payload);
    if (result.verdict == REJECTED)
        log_dropped(j, found, result.why);
    return true;
}

/* False: not now. */
static bool hand_on_found(struct journal *j, const struct spool_found *found)
{
    struct payload *payload = j->offered;
    struct payload_report report;
    struct journal_head head;
    struct inlet *inlet;

    if (!journal_head_read(bytes_str(found->head), &head)) {
        log_limited(&j->foreign_log, LOG_WARN, j->where,
                    "a record of another version of this program stays on disk until the next "
                    "start: have that version deliver it, or delete the files");
        return true;
    }
    inlet = inlet_find(j, head.id, head.signal);
    if (!inlet) {
        log_limited(&j->homeless_log, LOG_WARN, j->where,
                    "%s of receivers/%.*s stay on disk until the next start: no pipeline with this "
                    "storage takes them; put it back for that, or delete the files",
                    signal_words[head.signal].items, STR_ARG(head.id));
        return true;
    }
    if (!payload && !has_memory(j, inlet, 0))
        return false;
    payload = payload ? payload : prepare(j, found, &head, &report);
    j->rests = !payload && report.verdict == PAYLOAD_NO_ROOM;
    if (!payload)
        return !j->rests && drop(j, found, report.why);
    return offer(j, found, inlet, payload);
}

static void found_done(const struct spool_found *found)
{
    bytes_unref(found->head);
    bytes_unref(found->body);
}

/* The payload that was offered is gone, and its record is left. */
static void withdraw(struct journal *j)
{
    if (j->offered)
        ((struct entry *)j->offered->origin)->left = true;
    payload_unref(j->offered);
    j->offered = NULL;
}

void found_drop(struct journal *j)
{
    withdraw(j);
    for (; j->next_found < j->found_count; j->next_found++)
        found_done(&j->found[j->next_found]);
    free(j->found);
    j->found = NULL;
    j->found_count = j->next_found = 0;
}

static void catch_up(struct journal *j)
{
    j->behind = false;
    if (j->told_behind)
        log_info(j->where, "keeps up again: all that was on disk for it has been read");
    j->told_behind = false;
}

void found_hand_on(struct journal *j)
{
    while (j->next_found < j->found_count) {
        if (j->open_inlets == 0 || !hand_on_found(j, &j->found[j->next_found]))
            return;
        withdraw(j);
        found_done(&j->found[j->next_found++]);
    }
    j->found_count = j->next_found = 0;
    if (j->ended && j->behind)
        catch_up(j);
}
