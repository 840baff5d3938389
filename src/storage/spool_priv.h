/*
 * What the files of a spool share.
 */
#pragma once

#include "base/log.h"
#include "storage/segment.h"
#include "storage/spool.h"
#include "storage/store_priv.h"

struct open_file { /* kept open for the next call */
    uint64_t id;   /* of its segment, 0: none */
    int fd;
};

struct spool {
    struct store *store;
    uint64_t lane;
    unsigned share, shares;
    struct segment **segments; /* owned, by rising ids */
    size_t count, cap;
    struct segment *writing; /* the last one, or NULL */
    struct open_file written, read, marked;
    uint64_t left;
    struct spool_counts counts;
    struct log_limit removing, marking; /* failures of */
};

void spool_add_segment(struct spool *spool, struct segment *segment);

/* The segment is not written any more. */
void spool_end_segment(struct spool *spool);

/* ... if all in it is done; false: it is not. */
bool spool_end_if_done(struct spool *spool);

/* Removes all segments that are over; one that cannot be removed is tried again the next time. */
void spool_sweep(struct spool *spool);
