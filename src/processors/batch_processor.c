/*
 * Gathers what many requests bring, and hands it on in larger pieces.
 *
 *     consume -> pending --- send_batch_size reached, or timeout passed ---> next
 *                   ^                                                          |
 *                   '--- stuck: the piece that next refuses for now <----------'
 *
 * With metadata_keys each combination of values has a bucket of its own, which exists while it
 * holds something; else there is one bucket for all.
 *
 * While a piece is stuck the pending ones, of all buckets together, grow to one more batch, then
 * consume refuses for now too: what cannot flow out pushes back. A size of 0, or a timeout of 0,
 * sends at once.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "pipeline/component.h"
#include "pipeline/worker.h"
#include "processors/combination.h"

enum { STUCK_RETRY_MS = 100, CHAINS = 256 /* a power of two */ };

struct batch_settings {
    uint64_t timeout_ms;
    uint64_t send_batch_size, send_batch_max_size; /* spans, data points, log
                                                       records; max 0: no limit */
    struct string_list metadata_keys;              /* in lower case */
    uint64_t metadata_cardinality_limit;           /* 0: none */
};

struct bucket {
    struct list node;  /* in processor->buckets */
    struct list chain; /* in processor->chains */
    struct batch_processor *processor;
    struct batch *pending; /* owned; may be empty */
    struct batch *stuck;   /* owned; or NULL */
    uv_timer_t timer;      /* runs while anything is held */
    uint64_t hash;         /* of what follows: the values of metadata_keys */
    size_t combination_len;
    char combination[];
};

struct batch_processor {
    struct component base;
    const struct batch_settings *settings; /* borrowed from the configuration */
    uv_loop_t *loop;
    struct list buckets;
    struct list chains[CHAINS]; /* the same, by hash */
    struct bucket *only;        /* without metadata_keys: the one for all, which stays; else NULL */
    struct buf combination;     /* of the batch that is looked at */
    size_t bucket_count;
    size_t pending;                /* items, of all buckets */
    size_t stuck;                  /* buckets */
    component_drained_cb *drained; /* set while draining */
    struct log_limit rejected_log;
};

static const struct field fields[] = {
    FIELD_DURATION(struct batch_settings, timeout_ms, "timeout", "200ms",
                   "sends what there is after this time; 0s: at once"),
    FIELD_UINT(struct batch_settings, send_batch_size, "send_batch_size", "8192", 0, UINT32_MAX,
               "sends as soon as there are so many spans, data points or log records; 0: at once"),
    FIELD_UINT(struct batch_settings, send_batch_max_size, "send_batch_max_size", "0", 0,
               UINT32_MAX, "splits what is larger, but no single metric; 0: does not split"),
    FIELD_STRINGS(struct batch_settings, metadata_keys, "metadata_keys",
                  "one batch for each combination of these header fields of requests; the receiver "
                  "needs include_metadata"),
    FIELD_UINT(struct batch_settings, metadata_cardinality_limit, "metadata_cardinality_limit",
               "1000", 0, UINT32_MAX,
               "how many combinations may be held at a time, in each worker; what goes beyond is "
               "rejected for good; 0: no limit"),
    FIELD_END,
};

static void check_keys(const struct string_list *keys, const struct node *node,
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

static void check(void *settings, const struct node *node, struct problems *problems)
{
    const struct batch_settings *s = settings;

    if (s->send_batch_max_size > 0 && s->send_batch_max_size < s->send_batch_size)
        error_at(problems, node_near(node, "send_batch_max_size"),
                 "send_batch_max_size (%llu) must not be less than send_batch_size (%llu)",
                 (unsigned long long)s->send_batch_max_size,
                 (unsigned long long)s->send_batch_size);
    check_keys(&s->metadata_keys, node, problems);
}

/* ---- buckets ---- */

static void on_timer(uv_timer_t *timer);

/* An empty one. Its combination is part of what the requests in it have in the memory budget. */
static struct bucket *bucket_new(struct batch_processor *self, struct str combination,
                                 uint64_t hash)
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
    batch_unref(bucket->pending);
    batch_unref(bucket->stuck);
    uv_close((uv_handle_t *)&bucket->timer, on_closed);
}

static struct bucket *bucket_find(struct batch_processor *self, struct str combination,
                                  uint64_t hash)
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
static struct bucket *bucket_of(struct batch_processor *self, const struct batch *batch)
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
    struct batch_processor *self = bucket->processor;
    struct result result = consume(self->base.next[piece->signal], piece);

    uv_timer_stop(&bucket->timer);
    if (result.verdict == RETRY_LATER) {
        bucket->stuck = piece;
        self->stuck++;
        return;
    }
    if (result.verdict == REJECTED)
        log_limited(&self->rejected_log, LOG_ERROR, self->base.where, "dropped %zu %s: %s",
                    piece->items, signal_words[piece->signal].items, result.why);
    batch_unref(piece);
}

/* Everything that is pending, or as much as one piece may hold. */
static struct batch *take_piece(struct bucket *bucket)
{
    uint64_t most = bucket->processor->settings->send_batch_max_size;
    struct batch *piece = bucket->pending;

    if (most > 0 && piece->items > most)
        piece = batch_take(piece, most);
    else
        bucket->pending = batch_new(piece->signal);
    bucket->processor->pending -= piece->items;
    return piece;
}

static bool is_full(const struct batch_processor *self, size_t items)
{
    return self->settings->timeout_ms == 0 || items >= self->settings->send_batch_size;
}

/* Sends what is stuck, then what is due: full batches, or everything. */
static void flush(struct bucket *bucket, bool everything)
{
    struct batch_processor *self = bucket->processor;
    struct batch *stuck = bucket->stuck;

    if (stuck) {
        bucket->stuck = NULL;
        self->stuck--;
        hand_on(bucket, stuck);
    }
    while (!bucket->stuck && bucket->pending->items > 0 &&
           (everything || is_full(self, bucket->pending->items)))
        hand_on(bucket, take_piece(bucket));
}

/* After all that was done with a bucket: it waits for its time, or goes. */
static void settle(struct bucket *bucket)
{
    struct batch_processor *self = bucket->processor;

    if (bucket->stuck || bucket->pending->items > 0) {
        if (!uv_is_active((uv_handle_t *)&bucket->timer))
            uv_timer_start(&bucket->timer, on_timer,
                           bucket->stuck ? STUCK_RETRY_MS : self->settings->timeout_ms, 0);
    } else if (bucket != self->only) {
        bucket_free(bucket);
    }
}

static void tell_drained(struct batch_processor *self)
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
    struct batch_processor *self = bucket->processor;

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
    struct batch_processor *self = bucket->processor;

    if (bucket->stuck)
        flush(bucket, false);
    if (self->stuck > 0 && is_full(self, self->pending))
        return push_back();
    batch_append(bucket->pending, batch);
    self->pending += batch->items;
    if (!bucket->stuck)
        flush(bucket, false);
    return result_accepted();
}

static struct result batch_consume(struct component *base, struct batch *batch)
{
    struct batch_processor *self = (struct batch_processor *)base;
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

static struct component *batch_create(const void *settings, struct worker *worker,
                                      struct error *err)
{
    struct batch_processor *self = mem_zero(sizeof(*self));

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

static void batch_drain(struct component *base, component_drained_cb *drained)
{
    struct batch_processor *self = (struct batch_processor *)base;

    for (struct list *node = self->buckets.next, *next; node != &self->buckets; node = next) {
        struct bucket *bucket = LIST_ENTRY(node, struct bucket, node);

        next = node->next;
        flush(bucket, true);
        settle(bucket);
    }
    self->drained = drained;
    tell_drained(self);
}

static size_t batch_held(const struct component *base)
{
    const struct batch_processor *self = (const struct batch_processor *)base;
    size_t items = 0;

    for (struct list *node = self->buckets.next; node != &self->buckets; node = node->next) {
        const struct bucket *bucket = LIST_ENTRY(node, struct bucket, node);

        items += batch_unstored(bucket->pending);
        items += bucket->stuck ? batch_unstored(bucket->stuck) : 0;
    }
    return items;
}

static void batch_destroy(struct component *base)
{
    struct batch_processor *self = (struct batch_processor *)base;

    while (!list_empty(&self->buckets))
        bucket_free(LIST_ENTRY(self->buckets.next, struct bucket, node));
    buf_done(&self->combination);
    free(self);
}

const struct component_type batch_processor = {
    .name = "batch",
    .kind = PROCESSOR,
    .signals = SIGNALS_ALL,
    .help = "gathers what comes into larger batches",
    .fields = fields,
    .settings_size = sizeof(struct batch_settings),
    .check = check,
    .create = batch_create,
    .consume = batch_consume,
    .drain = batch_drain,
    .held = batch_held,
    .destroy = batch_destroy,
};
