/*
 * A journal on a directory of its own, with inlets before a stage's exporter, and clients that
 * remember what they were told.
 */
#pragma once

#include "pipeline/journal.h"
#include "unit/stage.h"
#include "unit/store_fixture.h"

enum { KEPT_MAX = 4096 };

struct shelf { /* an exporter that keeps what it gets, until it is emptied */
    struct component base;
    struct batch *kept[KEPT_MAX];
    size_t count;
};

struct journal_fixture {
    struct stage stage;
    struct store_fixture disk;
    uint64_t sync_interval_ms;
    struct journal *journal;
    struct component *inlet; /* of receiver "otlp", before stage.out */
    struct shelf shelf;
    size_t accepted, refused, rejected; /* what clients were told */
};

void journal_fixture_init(struct journal_fixture *f);
void journal_fixture_done(struct journal_fixture *f); /* ends, and checks that nothing is left */

/* Opens the store, makes the journal; starts an inlet where next is not NULL. */
void journal_fixture_open(struct journal_fixture *f, struct component *next);

/* Destroys the inlet and frees the journal, without draining, and lets it end. */
void journal_fixture_close(struct journal_fixture *f);

struct component *journal_fixture_inlet(struct journal_fixture *f, const char *id,
                                        struct component *next);

/* A client sends a batch: its answer is counted at once, or when it is settled. */
void journal_fixture_send(struct journal_fixture *f, struct batch *batch);
void journal_fixture_send_spans(struct journal_fixture *f, unsigned first, unsigned count);

size_t journal_fixture_told(const struct journal_fixture *f);

void shelf_empty(struct shelf *shelf);
