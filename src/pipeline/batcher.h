/*
 * Gathers what many requests bring, and hands it on in larger pieces: the batch processor, and the
 * batch block of a sending queue.
 */
#pragma once

#include "pipeline/component.h"

struct batcher_settings {
    uint64_t timeout_ms;                 /* sends what there is after this time; 0: at once */
    uint64_t size;                       /* sends as soon as there is so much; 0: at once */
    uint64_t max_size;                   /* splits what is larger; 0: does not */
    enum batch_unit unit;                /* of both */
    struct string_list metadata_keys;    /* in lower case */
    uint64_t metadata_cardinality_limit; /* 0: none */
};

/* Puts the keys in lower case; reports those that stand there twice. node: the block around
 * metadata_keys. */
void batcher_keys_check(const struct string_list *keys, const struct node *node,
                        struct problems *problems);

/* The type of a batcher that no configuration names; and its functions, for one that has a name.
 * settings: a struct batcher_settings, borrowed. */
extern const struct component_type batcher;

struct component *batcher_create(const void *settings, struct worker *worker, struct error *err);
struct result batcher_consume(struct component *base, struct batch *batch);
void batcher_drain(struct component *base, component_drained_cb *drained);
size_t batcher_held(const struct component *base);
void batcher_destroy(struct component *base);
