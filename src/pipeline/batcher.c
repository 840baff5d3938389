/*
 *     consume -> pending --- size reached, or timeout passed ---> next
 *                   ^                                               |
 *                   '--- stuck: the piece that next refuses <-------'
 *
 * With metadata_keys each combination of values has a bucket of its own, which exists while it
 * holds something; else there is one bucket for all.
 *
 * While a piece is stuck the pending ones, of all buckets together, grow to one more batch, then
 * consume refuses for now too: what cannot flow out pushes back. A size of 0, or a timeout of 0,
 * sends at once.
 */
#include "pipeline/batcher.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "pipeline/batcher_metrics.h"
#include "pipeline/combination.h"
#include "pipeline/worker.h"

enum { STUCK_RETRY_MS = 100, CHAINS = 256 /* a power of two */ };

struct bucket {
    struct list node;  /* in processor->buckets */
    struct list chain; /* in processor->chains */
    struct batcher *processor;
    struct batch *pending; /* owned; may be empty */
    struct batch *stuck;   /* owned; or NULL */
    uv_timer_t timer;      /* runs while anything is held */
    uint64_t hash;         /* of what follows: the values of metadata_keys */
    size_t combination_len;
    char combination[];
};

struct batcher {
    struct component base;
    const struct batcher_settings *settings; /* borrowed from the configuration */
    uv_loop_t *loop;
    struct list buckets;
    struct list chains[CHAINS]; /* the same, by hash */
    struct bucket *only;        /* without metadata_keys: the one for all, which stays; else NULL */
    struct buf combination;     /* of the batch that is looked at */
    size_t bucket_count;
    size_t pending;                 /* in settings->unit, of all buckets */
    size_t stuck;                   /* buckets */
    component_drained_cb *drained;  /* set while draining */
    struct batcher_metrics metrics; /* of a processor: open from its first batch on */
    struct log_limit rejected_log;
};

void batcher_keys_check(const struct string_list *keys, const struct node *node,
                        struct problems *problems)
{
    for (size_t i = 0; i < keys->count; i++) {
        keys->at[i] = arena_lower(problems->arena, keys->at[i]);
        for (size_t other = 0; other < i; other++)
            if (strcmp(keys->at[i], keys->at[other]) == 0)
                error_at(problems, node_near(node, "metadata_keys"),
                         "%s stands here twice (letter case does not matter)", keys->at[i]);
    }
}

/* ---- buckets ---- */

static void on_timer(uv_timer_t *timer);

/* An empty one. Its combination is part of what the requests in it have in the memory budget. */
static struct bucket *bucket_new(struct batcher *self, struct str combination, uint64_t hash)
{
    struct bucket *bucket = mem_zero(sizeof(*bucket) + combination.len);

    bucket->processor = self;
    bucket->pending = batch_new(TRACES); /* an empty one becomes of the signal that comes */
    bucket->hash = hash;
    bucket->combination_len = combination.len;
    if (combination.len > 0)
        memcpy(bucket->combination, combination.at, combination.len);
    uv_timer_init(self->loop, &bucket->timer);
    bucket->timer.data = bucket;
    list_push_back(&self->buckets, &bucket->node);
    list_push_front(&self->chains[hash % CHAINS], &bucket->chain);
    self->bucket_count++;
    return bucket;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void bucket_free(struct bucket *bucket)
{
    list_remove(&bucket->node);
    list_remove(&bucket->chain);
    bucket->processor->bucket_count--;
    if (bucket->processor->metrics.combinations)
        metric_set(bucket->processor->metrics.combinations, bucket->processor->bucket_count);
    batch_unref(bucket->pending);
    batch_unref(bucket->stuck);
    uv_close((uv_handle_t *)&bucket->timer, on_closed);
}

static struct bucket *bucket_find(struct batcher *self, struct str combination, uint64_t hash)
{
    struct list *chain = &self->chains[hash % CHAINS];

    for (struct list *node = chain->next; node != chain; node = node->next) {
        struct bucket *bucket = LIST_ENTRY(node, struct bucket, chain);

        if (bucket->hash == hash &&
            str_eq((struct str){bucket->combination, bucket->combination_len}, combination))
            return bucket;
    }
    return NULL;
}

/* The bucket that a batch belongs to; NULL: it would be one too many. */
static struct bucket *bucket_of(struct batcher *self, const struct batch *batch)
{
    uint64_t limit = self->settings->metadata_cardinality_limit, hash;
    struct bucket *bucket;
    struct str combination;

    if (self->only)
        return self->only;
    buf_reset(&self->combination);
    combination_put(&self->combination, batch, &self->settings->metadata_keys);
    combination = buf_str(&self->combination);
    hash = str_hash(combination);
    bucket = bucket_find(self, combination, hash);
    if (bucket || (limit > 0 && self->bucket_count >= limit))
        return bucket;
    return bucket_new(self, combination, hash);
}

/* ---- what flows out ---- */

/* Hands one piece on, or keeps it as stuck; the time of what is left begins anew. Takes over the
 * reference. */
static void hand_on(struct bucket *bucket, struct batch *piece)
{
    struct batcher *self = bucket->processor;
    struct result result = component_pass(&self->base, piece);

    uv_timer_stop(&bucket->timer);
    if (result.verdict == RETRY_LATER) {
        bucket->stuck = piece;
        self->stuck++;
        return;
    }
    if (result.verdict == REJECTED)
        component_give_up(&self->base, piece->signal, piece->items);
    if (result.verdict == REJECTED)
        log_limited(&self->rejected_log, LOG_ERROR, self->base.where, "dropped %zu %s: %s",
                    piece->items, signal_words[piece->signal].items, result.why);
    batch_unref(piece);
}

/* Everything that is pending, or as much as one piece may hold. */
static struct batch *take_piece(struct bucket *bucket)
{
    uint64_t most = bucket->processor->settings->max_size;
    struct batch *piece = bucket->pending;

    enum batch_unit unit = bucket->processor->settings->unit;

    if (most > 0 && batch_size(piece, unit) > most)
        piece = batch_take(piece, most, unit);
    else
        bucket->pending = batch_new(piece->signal);
    bucket->processor->pending -= batch_size(piece, unit);
    return piece;
}

static bool is_full(const struct batcher *self, size_t size)
{
    return self->settings->timeout_ms == 0 || size >= self->settings->size;
}

static void count(struct batcher *self, const struct batch *piece, bool full)
{
    bool keyed = !self->only;

    if (self->base.type == &batcher) /* an exporter's, which counts what it sends */
        return;
    if (!self->metrics.items)
        batcher_metrics_open(&self->metrics, self->base.id, keyed);
    batcher_metrics_send(&self->metrics, piece->items, piece->bytes, full);
    if (keyed)
        metric_set(self->metrics.combinations, self->bucket_count);
}

/* Sends what is stuck, then what is due: full batches, or everything. */
static void flush(struct bucket *bucket, bool everything)
{
    struct batcher *self = bucket->processor;
    struct batch *stuck = bucket->stuck;

    if (stuck) {
        bucket->stuck = NULL;
        self->stuck--;
        hand_on(bucket, stuck);
    }
    while (!bucket->stuck && bucket->pending->items > 0) {
        bool full = is_full(self, batch_size(bucket->pending, self->settings->unit));
        struct batch *piece;

        if (!full && !everything)
            return;
        piece = take_piece(bucket);
        count(self, piece, full);
        hand_on(bucket, piece);
    }
}

/* After all that was done with a bucket: it waits for its time, or goes. */
static void settle(struct bucket *bucket)
{
    struct batcher *self = bucket->processor;

    if (bucket->stuck || bucket->pending->items > 0) {
        if (!uv_is_active((uv_handle_t *)&bucket->timer))
            uv_timer_start(&bucket->timer, on_timer,
                           bucket->stuck ? STUCK_RETRY_MS : self->settings->timeout_ms, 0);
    } else if (bucket != self->only) {
        bucket_free(bucket);
    }
}

static void tell_drained(struct batcher *self)
{
    component_drained_cb *drained = self->drained;

    if (!drained || self->stuck > 0)
        return;
    self->drained = NULL;
    drained(&self->base);
}

static void on_timer(uv_timer_t *timer)
{
    struct bucket *bucket = timer->data;
    struct batcher *self = bucket->processor;

    flush(bucket, true);
    settle(bucket);
    tell_drained(self);
}

/* ---- the component ---- */

static struct result push_back(void)
{
    return result_retry(STUCK_RETRY_MS, "the exporters cannot keep up");
}

static struct result take(struct bucket *bucket, struct batch *batch)
{
    struct batcher *self = bucket->processor;

    if (bucket->stuck)
        flush(bucket, false);
    if (self->stuck > 0 && is_full(self, self->pending))
        return push_back();
    batch_append(bucket->pending, batch);
    self->pending += batch_size(batch, self->settings->unit);
    if (!bucket->stuck)
        flush(bucket, false);
    return result_accepted();
}

struct result batcher_consume(struct component *base, struct batch *batch)
{
    struct batcher *self = (struct batcher *)base;
    struct bucket *bucket = bucket_of(self, batch);
    struct result result;

    if (!bucket && self->stuck > 0) /* buckets that would have gone wait */
        return push_back();
    if (!bucket)
        return result_rejected("too many batcher metadata-value combinations");
    result = take(bucket, batch);
    settle(bucket);
    return result;
}

struct component *batcher_create(const void *settings, struct worker *worker, struct error *err)
{
    struct batcher *self = mem_zero(sizeof(*self));

    (void)err;
    self->settings = settings;
    self->loop = worker->loop;
    list_init(&self->buckets);
    for (size_t i = 0; i < CHAINS; i++)
        list_init(&self->chains[i]);
    if (self->settings->metadata_keys.count == 0)
        self->only = bucket_new(self, STR(""), 0);
    return &self->base;
}

void batcher_drain(struct component *base, component_drained_cb *drained)
{
    struct batcher *self = (struct batcher *)base;

    for (struct list *node = self->buckets.next, *next; node != &self->buckets; node = next) {
        struct bucket *bucket = LIST_ENTRY(node, struct bucket, node);

        next = node->next;
        flush(bucket, true);
        settle(bucket);
    }
    self->drained = drained;
    tell_drained(self);
}

size_t batcher_held(const struct component *base)
{
    const struct batcher *self = (const struct batcher *)base;
    size_t items = 0;

    for (struct list *node = self->buckets.next; node != &self->buckets; node = node->next) {
        const struct bucket *bucket = LIST_ENTRY(node, struct bucket, node);

        items += batch_unstored(bucket->pending);
        items += bucket->stuck ? batch_unstored(bucket->stuck) : 0;
    }
    return items;
}

void batcher_destroy(struct component *base)
{
    struct batcher *self = (struct batcher *)base;

    while (!list_empty(&self->buckets))
        bucket_free(LIST_ENTRY(self->buckets.next, struct bucket, node));
    buf_done(&self->combination);
    batcher_metrics_close(&self->metrics);
    free(self);
}

const struct component_type batcher = {
    .name = "batcher",
    .kind = PROCESSOR,
    .signals = SIGNALS_ALL,
    .settings_size = sizeof(struct batcher_settings),
    .create = batcher_create,
    .consume = batcher_consume,
    .drain = batcher_drain,
    .held = batcher_held,
    .destroy = batcher_destroy,
};
