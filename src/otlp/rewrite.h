/*
 * Copy on write: a batch of which some resources, scopes or items are left out or written anew.
 * What is not touched is not copied.
 *
 *     payload          bodies[0]  the bytes that came  <-- the new payload's index, for what stays
 *     the new payload  bodies[1]  what is written anew <-- ..., for what has changed
 *
 * Slices in which nothing changes are taken as they are; where items are only left out, the batch
 * gets slices around them; only where bytes change there is a new payload, with the origin and the
 * metadata of the one it is made from.
 */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "otlp/batch.h"

enum rewrite { /* what was appended to out counts for CHANGE only */
               REWRITE_KEEP,
               REWRITE_CHANGE, /* the new message has been appended to out, all of it */
               REWRITE_DROP    /* with everything in it */
};

struct rewrite_place { /* of an item; messages are as they are by now, changed ones too */
    enum signal signal;
    struct str resource, scope; /* empty where there is none */
};

/*
 * The calls come in the order of the wire: a resource, its first scope, that one's items, ... and
 * again for each slice; what has no items in it is passed over. NULL: all are kept. Who changes
 * what is not there (a resource that is empty) makes it.
 */
struct rewriter {
    void (*slice)(void *arg,
                  const struct payload *payload); /* before its calls: of which payload */
    enum rewrite (*resource)(void *arg, enum signal signal, struct str resource, struct buf *out);
    enum rewrite (*scope)(void *arg, enum signal signal, struct str resource, struct str scope,
                          struct buf *out);
    enum rewrite (*item)(void *arg, const struct rewrite_place *place, struct str item,
                         struct buf *out);
};

/*
 * *rewritten: one reference; the batch itself where nothing changes, one without items where
 * nothing is left. False: the memory budget has no room for what changes, and *rewritten is NULL.
 */
bool batch_rewrite(struct batch *batch, const struct rewriter *rewriter, void *arg,
                   struct batch **rewritten);
